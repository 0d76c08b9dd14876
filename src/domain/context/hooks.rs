//! What a noun does when something happens to an account that its rows belong to.

use async_trait::async_trait;
use entity::{AccountId, account};
use serde_json::{Map, Value};

use super::{OpContext, Txn};
use crate::domain::kernel::fault::Fault;

/// A table whose rows belong to accounts, and what becomes of them when the account is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountTable {
    /// Name of the table.
    pub table: &'static str,
    /// Column that names the account.
    pub column: &'static str,
}

/// What a noun does when something happens to an account. Each noun with rows of accounts implements it, `app.rs` lists
/// the implementations, and a test fails when a table with an `account_id` is in none of them.
///
/// `account` and what lies below it cannot know the nouns above; they call these, in their own transaction.
#[async_trait]
pub trait AccountHooks: Send + Sync + 'static {
    /// The tables whose rows of an account this noun exports and erases.
    fn tables(&self) -> &'static [AccountTable];

    /// Somebody logs in to the account: the transaction commits before the session is made.
    async fn logged_in(&self, _txn: &Txn<'_>, _account: &account::Model) -> Result<(), Fault> {
        Ok(())
    }

    /// The account has shown that it reads mail at its address.
    async fn email_verified(&self, _txn: &Txn<'_>, _account: &account::Model) -> Result<(), Fault> {
        Ok(())
    }

    /// Adds what this noun stores about the account to an export, under keys of its own and without secrets.
    async fn exported(
        &self,
        ctx: &OpContext,
        account: AccountId,
        export: &mut Map<String, Value>,
    ) -> Result<(), Fault>;

    /// The account is about to be deleted: erases or detaches its rows, unless a foreign key does.
    async fn deleted(&self, _txn: &Txn<'_>, _account: &account::Model) -> Result<(), Fault> {
        Ok(())
    }
}
