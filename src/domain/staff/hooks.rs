//! Export of an account's roles.

use async_trait::async_trait;
use entity::{AccountId, role};

use crate::domain::{
    context::{AccountHooks, Export, OpContext},
    kernel::fault::Fault,
};

/// Roles of an account. Removed with the account.
pub struct StaffHooks;

#[async_trait]
impl AccountHooks for StaffHooks {
    fn tables(&self) -> &'static [&'static str] {
        &["account_role"]
    }

    async fn exported(&self, ctx: &OpContext, id: AccountId) -> Result<Export, Fault> {
        let roles = role::Entity::of_account(id).all(ctx.db()).await?;
        Ok(vec![("roles", roles.into_iter().map(|role| role.name).collect())])
    }
}
