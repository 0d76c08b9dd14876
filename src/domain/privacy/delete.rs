//! Deletion of an account.

use entity::{AccountId, account, registration};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::LockType};
use secrecy::SecretString;

use crate::domain::{
    account::{Notification, confirm_password, lock_with_admins, notify, revoke_keys_in_txn},
    audit::AuditEntry,
    context::{OpContext, Txn},
    identity::UNKNOWN_SESSION,
    kernel::operation_error::operation_error,
};

operation_error! {
    throttled
    pub enum AccountDeleteError {
        #[error("The current password is wrong.")]
        WrongPassword,
        #[error("This is the last admin who can log in. Appoint another admin first.")]
        LastAdmin,
    }
}

/// Deletes the viewer's account with its addresses, sessions, second factor and tokens. Orders keep their amounts
/// without personal data; the audit log keeps the account's id, which then refers to nothing.
#[tracing::instrument(name = "privacy::account_delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn account_delete(
    ctx: &OpContext,
    password: SecretString,
) -> Result<AccountId, AccountDeleteError> {
    let viewer = ctx.authenticated_account().await?;
    let id = viewer.account.id;
    if !confirm_password(ctx, &viewer.account, password, "accountDelete").await? {
        return Err(AccountDeleteError::WrongPassword);
    }
    ctx.write(|txn| delete_in_txn(txn, id).scope_boxed()).await?;
    Ok(id)
}

async fn delete_in_txn(txn: &Txn<'_>, id: AccountId) -> Result<(), AccountDeleteError> {
    // One of several concurrent requests deletes it; the others find no session.
    let (account, admin_remains) = lock_with_admins(txn, id, LockType::Update).await?;
    let account = account.ok_or(UNKNOWN_SESSION)?;
    if !admin_remains {
        return Err(AccountDeleteError::LastAdmin);
    }
    for hooks in &*txn.services().account_hooks {
        hooks.deleted(txn, &account).await?;
    }
    revoke_keys_in_txn(txn, id).await?;
    let registrations =
        registration::Entity::delete_many().filter(registration::Column::Email.eq(&account.email));
    registrations.exec(txn).await?;
    // Foreign keys delete the rest.
    account::Entity::delete_by_id(id).exec(txn).await?;
    txn.forget_sessions(id);
    notify(txn, &account.email, Notification::AccountDeleted).await?;
    Ok(txn.audit(AuditEntry::new("accountDelete").about("Account", id)).await?)
}
