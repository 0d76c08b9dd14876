//! Hooks of nouns for events of an account.

use async_trait::async_trait;
use entity::{AccountId, account};
use serde_json::Value;

use super::{OpContext, Txn};
use crate::domain::{identity::TokenHash, kernel::fault::Fault};

/// Parts of an export, each under a key of its own.
pub type Export = Vec<(&'static str, Value)>;

/// Hooks of a noun for events of an account. Each noun with rows of accounts implements it, `app.rs` lists the
/// implementations, and a test fails if no hook covers a table with an `account_id`.
///
/// `account` and lower modules cannot depend on the nouns above; they call these hooks in their own transaction.
#[async_trait]
pub trait AccountHooks: Send + Sync + 'static {
    /// Tables with an `account_id` whose rows this noun exports and deletes.
    fn tables(&self) -> &'static [&'static str];

    /// A login to the account, whose row is locked: the transaction commits before the session is opened. `cart_token` is
    /// that of the guest's cart which the caller has filled before.
    async fn logged_in(
        &self,
        _txn: &Txn<'_>,
        _account: &account::Model,
        _cart_token: Option<&TokenHash>,
    ) -> Result<(), Fault> {
        Ok(())
    }

    /// The account's owner has proved access to its mailbox.
    async fn email_verified(&self, _txn: &Txn<'_>, _account: &account::Model) -> Result<(), Fault> {
        Ok(())
    }

    /// The data of this noun about the account, without secrets.
    async fn exported(&self, ctx: &OpContext, account: AccountId) -> Result<Export, Fault>;

    /// The account is about to be deleted: deletes or detaches its rows, unless a foreign key does.
    async fn deleted(&self, _txn: &Txn<'_>, _account: &account::Model) -> Result<(), Fault> {
        Ok(())
    }
}
