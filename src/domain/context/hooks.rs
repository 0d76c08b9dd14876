//! What a noun does when something happens to an account that its rows belong to.

use async_trait::async_trait;
use entity::{AccountId, account};
use serde_json::Value;

use super::{OpContext, Txn};
use crate::domain::kernel::fault::Fault;

/// Parts of an export, each under a key of its own.
pub type Export = Vec<(&'static str, Value)>;

/// What a noun does when something happens to an account. Each noun with rows of accounts implements it, `app.rs` lists
/// the implementations, and a test fails when a table with an `account_id` is in none of them.
///
/// `account` and what lies below it cannot know the nouns above; they call these, in their own transaction.
#[async_trait]
pub trait AccountHooks: Send + Sync + 'static {
    /// Tables with an `account_id` whose rows this noun exports and erases.
    fn tables(&self) -> &'static [&'static str];

    /// Somebody logs in to the account: the transaction commits before the session is made.
    async fn logged_in(&self, _txn: &Txn<'_>, _account: &account::Model) -> Result<(), Fault> {
        Ok(())
    }

    /// The account has shown that it reads mail at its address.
    async fn email_verified(&self, _txn: &Txn<'_>, _account: &account::Model) -> Result<(), Fault> {
        Ok(())
    }

    /// What this noun stores about the account, without secrets.
    async fn exported(&self, ctx: &OpContext, account: AccountId) -> Result<Export, Fault>;

    /// The account is about to be deleted: erases or detaches its rows, unless a foreign key does.
    async fn deleted(&self, _txn: &Txn<'_>, _account: &account::Model) -> Result<(), Fault> {
        Ok(())
    }
}
