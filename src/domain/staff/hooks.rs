//! The roles that an account's export names.

use async_trait::async_trait;
use entity::{AccountId, role};

use crate::domain::{
    context::{AccountHooks, Export, OpContext},
    kernel::fault::Fault,
};

/// The roles that an account has. They go with the account.
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
