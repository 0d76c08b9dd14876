//! How an account comes to be: somebody registers an address, and whoever reads mail there verifies it.
//!
//! Until then there is no account, only a registration, which has its own password. So nobody can prepare an account for
//! somebody else's address and wait for them to verify it: each verification makes the account with the password of the
//! registration that it belongs to, and ends the others. Where there are others it takes that password, too.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, RegistrationId,
    account::{self, Kind},
    one_time_token::{self, Purpose},
    registration,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use secrecy::SecretString;

use super::{
    Email, InvalidEmail, InvalidName, Name, PasswordError, Token, VERIFY_WITHIN, letter::Post,
    operation_error,
};
use crate::domain::{
    Fault, Op,
    audit::{self, Entry},
    database,
    guard::{Attempt, digest},
    mail::masked,
    outbox,
};

/// What a registration needs, as it was typed.
#[derive(Debug)]
pub struct Registration {
    /// The address.
    pub email: String,
    /// The password of the account to be.
    pub password: SecretString,
    /// What its owner is called; may be empty.
    pub name: String,
}

operation_error! {
    /// Why a registration was not taken.
    pub enum RegisterError {
        /// The address cannot be one.
        #[error("This is no email address.")]
        InvalidEmail(#[from] InvalidEmail),
        #[error("{0}")]
        InvalidName(#[from] InvalidName),
        #[error("{0}")]
        Password(#[from] PasswordError),
    }
}

operation_error! {
    /// Why a letter is not sent again.
    pub enum AskForMailError {
        /// The address cannot be one.
        #[error("This is no email address.")]
        InvalidEmail(#[from] InvalidEmail),
    }
}

operation_error! {
    /// Why no account came of a token.
    pub enum VerifyError {
        /// It was used, is too old, or never was one.
        #[error("This link has expired or was used already. Ask for a new one.")]
        InvalidToken,
        /// Others have registered this address, too: only the password tells whose registration this is.
        #[error("Enter the password that you have registered with.")]
        PasswordRequired,
    }
}

impl From<TokenError> for VerifyError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::InvalidToken => Self::InvalidToken,
            TokenError::RateLimited { retry_after } => Self::RateLimited { retry_after },
            TokenError::Fault(fault) => Self::Fault(fault),
        }
    }
}

operation_error! {
    /// Why a token did nothing.
    pub enum TokenError {
        /// It was used, is too old, or never was one.
        #[error("This link has expired or was used already. Ask for a new one.")]
        InvalidToken,
    }
}

/// Takes a registration and has a letter sent: to verify the address or, if an account has it already, to say so. The
/// answer, the time and what is written down are the same for both. Anybody may call it.
#[tracing::instrument(name = "account::register", level = "debug", skip_all, err(level = "debug"))]
pub async fn register(op: &Op, command: Registration) -> Result<(), RegisterError> {
    let email: Email = command.email.parse()?;
    let name: Name = command.name.parse()?;
    let guarding = &op.accounts.guarding;
    // Attempts count however they end, because each may send a letter.
    let _ = Attempt::begin(op, guarding.registration_keys(op)).await?;
    let passwords = &op.accounts.passwords;
    let context = vec![email.to_string(), name.to_string(), op.mail.shop_name.clone()];
    passwords.check_choice(&command.password, context).await??;
    let _ = Attempt::begin(op, guarding.mail_keys(op, "register", &digest(email.as_str()))).await?;
    let hash = passwords.hash(command.password, op.random.secret()).await?;

    let now = op.clock.now();
    let row = registration::ActiveModel {
        id: Set(RegistrationId(op.random.id(now))),
        email: Set(email.to_string()),
        name: Set(name.to_string()),
        password_hash: Set(hash),
        created_at: Set(now),
        expires_at: Set(now + VERIFY_WITHIN),
    };
    op.db.write(|transaction| keep(op, transaction, row.clone(), now).scope_boxed()).await?;
    op.outbox.wake();
    Ok(())
}

async fn keep(
    op: &Op,
    transaction: &DatabaseTransaction,
    row: registration::ActiveModel,
    now: DateTime<Utc>,
) -> Result<(), RegisterError> {
    let expired = registration::Entity::delete_many().filter(registration::Column::ExpiresAt.lt(now));
    expired.exec(transaction).await.map_err(Fault::from)?;
    let row = row.insert(transaction).await.map_err(Fault::from)?;
    outbox::enqueue_in_txn(op, transaction, &Post::Verification { registration: row.id }).await?;
    let entry = Entry::new("register")
        .change(serde_json::Value::Null, serde_json::json!({ "email": masked(&row.email) }));
    Ok(audit::record(op, transaction, entry).await?)
}

/// Has the letter for the latest registration of an address sent again, if there is one that waits. Anybody may call it,
/// and nobody learns whether there was one.
#[tracing::instrument(name = "account::verify_again", level = "debug", skip_all, err(level = "debug"))]
pub async fn verify_again(op: &Op, email: &str) -> Result<(), AskForMailError> {
    ask_for_mail(op, email, "emailVerifyResend", |email| Post::VerificationAgain { email }).await
}

/// Has the owner of an address sent a letter, if there is one to whom it can go.
pub(super) async fn ask_for_mail(
    op: &Op,
    email: &str,
    action: &'static str,
    post: impl Fn(String) -> Post + Sync,
) -> Result<(), AskForMailError> {
    let email: Email = email.parse()?;
    let _ = Attempt::begin(op, op.accounts.guarding.mail_keys(op, action, &digest(email.as_str()))).await?;
    let post = post(email.to_string());
    let entry = Entry::new(action)
        .change(serde_json::Value::Null, serde_json::json!({ "email": masked(email.as_str()) }));
    op.db
        .write(|transaction| {
            async {
                outbox::enqueue_in_txn(op, transaction, &post).await?;
                audit::record(op, transaction, entry.clone()).await
            }
            .scope_boxed()
        })
        .await?;
    op.outbox.wake();
    Ok(())
}

/// Makes the account of the registration whose letter held this token. Whoever shows it may do so. If the address was
/// registered more than once, it takes the password of that registration, too: a stranger may have registered it, and the
/// letters look alike.
#[tracing::instrument(name = "account::verify", level = "debug", skip_all, err(level = "debug"))]
pub async fn verify(
    op: &Op,
    token: &str,
    password: Option<SecretString>,
) -> Result<account::Model, VerifyError> {
    let token: Token = token.parse().map_err(|_| VerifyError::InvalidToken)?;
    let is_shown = is_of_registration(op, &token, password).await?;
    op.db.write(|transaction| make(op, transaction, &token, is_shown).scope_boxed()).await
}

/// Whether this is the password of the registration that the token belongs to.
async fn is_of_registration(
    op: &Op,
    token: &Token,
    password: Option<SecretString>,
) -> Result<bool, VerifyError> {
    let Some(password) = password else { return Ok(false) };
    let db = op.db.connection();
    let found = one_time_token::Entity::live(token.hash().as_bytes(), Purpose::VerifyEmail, op.clock.now());
    let found = found.one(db).await.map_err(Fault::from)?.and_then(|found| found.registration_id);
    let id = found.ok_or(VerifyError::InvalidToken)?;
    let registration = registration::Entity::find_by_id(id).one(db).await.map_err(Fault::from)?;
    let hash = registration.map(|registration| registration.password_hash);
    Ok(op.accounts.passwords.fits(password, hash).await?)
}

async fn make(
    op: &Op,
    transaction: &DatabaseTransaction,
    token: &Token,
    is_shown: bool,
) -> Result<account::Model, VerifyError> {
    let now = op.clock.now();
    let found = spend(op, transaction, token, Purpose::VerifyEmail).await?;
    let id = found.registration_id.ok_or(VerifyError::InvalidToken)?;
    let registration = registration::Entity::find_by_id(id).one(transaction).await.map_err(Fault::from)?;
    let registration = registration.ok_or(VerifyError::InvalidToken)?;
    let others = registration::Entity::latest_of(&registration.email, now)
        .filter(registration::Column::Id.ne(id))
        .one(transaction)
        .await
        .map_err(Fault::from)?;
    if others.is_some() && !is_shown {
        return Err(VerifyError::PasswordRequired);
    }
    let account = account::ActiveModel {
        id: Set(AccountId(op.random.id(now))),
        email: Set(registration.email.clone()),
        password_hash: Set(Some(registration.password_hash)),
        kind: Set(Kind::Customer),
        name: Set(registration.name),
        blocked_at: Set(None),
        session_epoch: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let account = account.insert(transaction).await.map_err(|error| {
        // Somebody else was faster, with this address in another registration.
        if database::is_duplicate(&error, "account", "email") {
            VerifyError::InvalidToken
        } else {
            Fault::from(error).into()
        }
    })?;
    let others =
        registration::Entity::delete_many().filter(registration::Column::Email.eq(registration.email));
    others.exec(transaction).await.map_err(Fault::from)?;
    let entry = Entry::new("emailVerify").by(account.id).about("Account", account.id);
    audit::record(op, transaction, entry).await?;
    Ok(account)
}

/// Takes a token for what it is good for, so that nobody can take it again.
pub(super) async fn spend(
    op: &Op,
    transaction: &DatabaseTransaction,
    token: &Token,
    purpose: Purpose,
) -> Result<one_time_token::Model, TokenError> {
    let hash = token.hash();
    let found = one_time_token::Entity::live(hash.as_bytes(), purpose, op.clock.now())
        .one(transaction)
        .await
        .map_err(Fault::from)?
        .ok_or(TokenError::InvalidToken)?;
    // Of two that show it at the same time one removes it.
    let removed = one_time_token::Entity::delete_by_id(hash.as_bytes().to_vec());
    match removed.exec(transaction).await.map_err(Fault::from)?.rows_affected {
        1 => Ok(found),
        _ => Err(TokenError::InvalidToken),
    }
}
