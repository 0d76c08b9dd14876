//! The roles that an account's export names.

use async_trait::async_trait;
use entity::{AccountId, role};
use serde_json::{Map, Value};

use crate::domain::{
    context::{AccountHooks, AccountTable, OpContext},
    kernel::fault::Fault,
};

/// The roles that an account has. They go with the account.
pub struct StaffHooks;

#[async_trait]
impl AccountHooks for StaffHooks {
    fn tables(&self) -> &'static [AccountTable] {
        &[AccountTable { table: "account_role", column: "account_id" }]
    }

    async fn exported(
        &self,
        ctx: &OpContext,
        id: AccountId,
        export: &mut Map<String, Value>,
    ) -> Result<(), Fault> {
        let roles = role::Entity::of_account(id).all(ctx.db()).await?;
        export.insert("roles".to_owned(), roles.into_iter().map(|role| role.name).collect());
        Ok(())
    }
}
