//! Deleting an account.

use entity::{
    AccountId, Permissions,
    account::{self, Kind},
    registration,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use secrecy::SecretString;

use crate::domain::{
    Fault, Op,
    account::{
        KeepAdminError, Notice, end_all, is_password, keep_an_admin_in_txn, notify_in_txn, operation_error,
        refused, revoke_keys_in_txn,
    },
    audit::{self, Entry},
};

operation_error! {
    /// Why an account was not deleted.
    pub enum DeleteAccountError {
        /// The password is another one.
        #[error("The password is another one.")]
        WrongPassword,
        /// It is the last admin who can log in.
        #[error("This is the last admin. Make somebody else an admin first.")]
        LastAdmin,
    }
}

impl From<KeepAdminError> for DeleteAccountError {
    fn from(error: KeepAdminError) -> Self {
        match error {
            KeepAdminError::LastAdmin => Self::LastAdmin,
            KeepAdminError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Deletes the viewer's account with all that belongs to it: addresses, sessions, second factor, tokens. Orders keep their
/// figures and lose the person; the audit log keeps the account's id, which leads nowhere any more.
#[tracing::instrument(name = "privacy::delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn delete(op: &Op, password: SecretString) -> Result<AccountId, DeleteAccountError> {
    let viewer = op.signed_in().await?;
    let account = &viewer.account;
    if !is_password::<DeleteAccountError>(op, &viewer, password).await? {
        refused(op, "accountDelete", account.id).await?;
        return Err(DeleteAccountError::WrongPassword);
    }
    op.db.write(|transaction| delete_in_txn(op, transaction, account).scope_boxed()).await?;
    op.outbox.wake();
    end_all(op, account.id).await;
    Ok(account.id)
}

async fn delete_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    account: &account::Model,
) -> Result<(), DeleteAccountError> {
    if account.kind == Kind::Admin {
        keep_an_admin_in_txn(transaction, account.id).await?;
    }
    revoke_keys_in_txn(op, transaction, account.id, Permissions::NONE).await?;
    let registrations =
        registration::Entity::delete_many().filter(registration::Column::Email.eq(&account.email));
    registrations.exec(transaction).await.map_err(Fault::from)?;
    // What else belongs to it goes by the foreign keys.
    account::Entity::delete_by_id(account.id).exec(transaction).await.map_err(Fault::from)?;
    notify_in_txn(op, transaction, &account.email, Notice::AccountDeleted).await?;
    let entry = Entry::new("accountDelete").about("Account", account.id);
    Ok(audit::record(op, transaction, entry).await?)
}
