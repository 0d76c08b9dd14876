//! Changing a password: by whoever knows the present one, or reads the account's mail.

use entity::{
    AccountId, account,
    one_time_token::{self, Purpose},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use secrecy::SecretString;

use super::{
    AskForMailError, LoggedIn, LoginError, Notice, PasswordError, Token, TokenError, UNKNOWN, end_all,
    letter::Post,
    login::show_password,
    network, next_epoch, notify_in_txn, operation_error,
    registration::{ask_for_mail, spend},
    session,
};
use crate::domain::{
    Fault, Op, SignedIn,
    audit::{self, Entry},
    guard::Refused,
};

operation_error! {
    /// Why a password was not changed.
    pub enum ChangePasswordError {
        /// The present password is another one.
        #[error("The present password is another one.")]
        WrongPassword,
        #[error("{0}")]
        Password(#[from] PasswordError),
    }
}

operation_error! {
    /// Why a password was not reset.
    pub enum ResetPasswordError {
        /// The token was used, is too old, or never was one.
        #[error("This link has expired or was used already. Ask for a new one.")]
        InvalidToken,
        #[error("{0}")]
        Password(#[from] PasswordError),
    }
}

impl From<TokenError> for ResetPasswordError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::InvalidToken => Self::InvalidToken,
            TokenError::RateLimited { retry_after } => Self::RateLimited { retry_after },
            TokenError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Whether this is the password of whoever is logged in. Wrong ones count like failed logins.
pub(in crate::domain) async fn is_password<E: From<Refused> + From<Fault>>(
    op: &Op,
    viewer: &SignedIn,
    password: SecretString,
) -> Result<bool, E> {
    match show_password(op, &viewer.account, password).await {
        Ok(()) => Ok(true),
        Err(LoginError::InvalidCredentials) => Ok(false),
        Err(LoginError::RateLimited { retry_after }) => Err(Refused::TooSoon { retry_after }.into()),
        Err(LoginError::Fault(fault)) => Err(fault.into()),
    }
}

/// Has the owner of an address sent a letter with which they choose a new password, if an account has the address. Anybody
/// may call it, and nobody learns whether one has.
#[tracing::instrument(name = "account::ask_for_reset", level = "debug", skip_all, err(level = "debug"))]
pub async fn ask_for_reset(op: &Op, email: &str) -> Result<(), AskForMailError> {
    ask_for_mail(op, email, "passwordResetRequest", |email| Post::PasswordReset { email }).await
}

/// Sets a new password for whoever shows a token from a letter. All sessions and tokens of the account end. A second factor
/// stays: the next login asks for it.
#[tracing::instrument(name = "account::reset_password", level = "debug", skip_all, err(level = "debug"))]
pub async fn reset_password(op: &Op, token: &str, password: SecretString) -> Result<(), ResetPasswordError> {
    let token: Token = token.parse().map_err(|_| ResetPasswordError::InvalidToken)?;
    // First, so that nobody makes the server work without a token.
    let hash = token.hash();
    let found = one_time_token::Entity::live(hash.as_bytes(), Purpose::ResetPassword, op.clock.now());
    let found = found.one(op.db.connection()).await.map_err(Fault::from)?;
    let id = found.and_then(|found| found.account_id).ok_or(ResetPasswordError::InvalidToken)?;
    let account = account::Entity::find_by_id(id).one(op.db.connection()).await.map_err(Fault::from)?;
    let account = account.ok_or(ResetPasswordError::InvalidToken)?;
    let hash = hash_of_choice::<ResetPasswordError>(op, &account, password).await?;
    op.db
        .write(|transaction| {
            async {
                spend(op, transaction, &token, Purpose::ResetPassword).await?;
                // Whoever reads the account's mail is its owner: nobody elsewhere can make them wait here.
                network::remember_in_txn(op, transaction, account.id).await?;
                let entry = Entry::new("passwordReset").by(account.id);
                Ok::<_, ResetPasswordError>(replace_in_txn(op, transaction, &account, &hash, entry).await?)
            }
            .scope_boxed()
        })
        .await?;
    op.outbox.wake();
    end_all(op, account.id).await;
    Ok(())
}

/// Replaces the viewer's password. All sessions and tokens of the account end; the viewer goes on with a new session.
#[tracing::instrument(name = "account::change_password", level = "debug", skip_all, err(level = "debug"))]
pub async fn change_password(
    op: &Op,
    present: SecretString,
    password: SecretString,
) -> Result<LoggedIn, ChangePasswordError> {
    let viewer = op.signed_in().await?;
    let account = &viewer.account;
    if !is_password::<ChangePasswordError>(op, &viewer, present).await? {
        refused(op, "passwordChange", account.id).await?;
        return Err(ChangePasswordError::WrongPassword);
    }
    let hash = hash_of_choice::<ChangePasswordError>(op, account, password).await?;
    op.db
        .write(|transaction| {
            replace_in_txn(op, transaction, account, &hash, Entry::new("passwordChange")).scope_boxed()
        })
        .await?;
    op.outbox.wake();
    end_all(op, account.id).await;
    Ok(session::renew(op, &viewer, viewer.session.is_strong).await?)
}

async fn hash_of_choice<E: From<PasswordError> + From<Fault>>(
    op: &Op,
    account: &account::Model,
    password: SecretString,
) -> Result<String, E> {
    let passwords = &op.accounts.passwords;
    let context = vec![account.email.clone(), account.name.clone(), op.mail.shop_name.clone()];
    passwords.check_choice(&password, context).await??;
    Ok(passwords.hash(password, op.random.secret()).await?)
}

async fn replace_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    account: &account::Model,
    hash: &str,
    entry: Entry,
) -> Result<(), Fault> {
    let changed = account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, hash.into())
        .col_expr(account::Column::UpdatedAt, op.clock.now().into())
        .filter(account::Column::Id.eq(account.id))
        // Whoever began before a reset, a block or the end of all sessions comes too late.
        .filter(account::Column::SessionEpoch.eq(account.session_epoch))
        .filter(account::Column::BlockedAt.is_null())
        .exec(transaction)
        .await?;
    if changed.rows_affected == 0 {
        return Err(UNKNOWN);
    }
    next_epoch(transaction, account.id).await?;
    drop_tokens(transaction, account.id).await?;
    notify_in_txn(op, transaction, &account.email, Notice::PasswordChanged).await?;
    audit::record(op, transaction, entry.about("Account", account.id)).await
}

/// Makes all one-time tokens of an account useless.
pub(in crate::domain) async fn drop_tokens(
    transaction: &DatabaseTransaction,
    account: AccountId,
) -> Result<(), Fault> {
    let tokens = one_time_token::Entity::delete_many().filter(one_time_token::Column::AccountId.eq(account));
    tokens.exec(transaction).await?;
    Ok(())
}

/// Writes down that somebody did not know the password.
pub(in crate::domain) async fn refused(
    op: &Op,
    action: &'static str,
    account: AccountId,
) -> Result<(), Fault> {
    audit::record(op, op.db.connection(), Entry::new(action).about("Account", account).refused()).await
}
