//! Registration of an email address, and its verification, which creates the account.
//!
//! Until the verification there is no account, only a registration with its own password. An attacker therefore cannot
//! prepare an account for another person's address and wait until its owner verifies it: each verification creates the
//! account with the password of its own registration, and deletes the others. If there are others, that password is
//! required.

use entity::{
    AccountId, RegistrationId,
    account::{self, Kind},
    one_time_token::{self, Purpose},
    registration,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;

use super::{
    Name,
    email_job::{EmailJob, VERIFY_WITHIN},
};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    credential::consume_token,
    database,
    identity::{Email, Token},
    kernel::{operation_error::operation_error, text::InvalidField},
    mail::masked,
    shop,
    throttle::digest,
};

/// Input of `register`, as typed.
#[derive(Debug)]
pub struct Registration {
    pub email: String,
    pub password: SecretString,
    /// Name of the owner; may be empty.
    pub name: String,
}

operation_error! {
    throttled
    pub enum RegisterError {
        #[error("{0}")]
        Invalid(#[from] InvalidField),
    }
}

operation_error! {
    throttled
    pub enum RequestMailError {
        #[error("{0}")]
        Invalid(#[from] InvalidField),
    }
}

operation_error! {
    pub enum EmailVerifyError {
        #[error("This link has expired or was used already. Ask for a new one.")]
        InvalidToken,
        /// The address has several registrations: the password shows which of them belongs to the client.
        #[error("Enter the password that you have registered with.")]
        PasswordRequired,
    }
}

/// Stores a registration and sends a mail: a token for verification, or the note that the address has an account
/// already. Answer, duration and stored data are the same for both. Requires no session.
#[tracing::instrument(name = "account::register", level = "debug", skip_all, err(level = "debug"))]
pub async fn register(ctx: &OpContext, command: Registration) -> Result<(), RegisterError> {
    let email = Email::of_field("email", &command.email)?;
    let name = Name::of_field("name", &command.name)?;
    let policies = &ctx.services().throttle;
    // Attempts count regardless of their outcome, because each may send a mail.
    if let Some(caller) = ctx.counted_caller() {
        ctx.throttle_always(policies.registration_keys(caller)).await?;
    }
    let passwords = &ctx.services().passwords;
    let context = vec![email.to_string(), name.to_string(), shop::name(ctx.db()).await?];
    passwords.check_choice("password", &command.password, context).await??;
    ctx.throttle_always(policies.mail_keys(ctx.counted_caller(), "register", &digest(email.as_str())))
        .await?;
    let hash = passwords.hash(command.password, ctx.random().secret()).await?;

    let now = ctx.now();
    let row = registration::ActiveModel {
        id: Set(RegistrationId(ctx.random().id(now))),
        email: Set(email.to_string()),
        name: Set(name.to_string()),
        password_hash: Set(hash),
        created_at: Set(now),
        expires_at: Set(now + VERIFY_WITHIN),
    };
    ctx.write(|txn| insert(txn, row.clone()).scope_boxed()).await
}

async fn insert(txn: &Txn<'_>, row: registration::ActiveModel) -> Result<(), RegisterError> {
    let expired = registration::Entity::delete_many().filter(registration::Column::ExpiresAt.lt(txn.now()));
    expired.exec(txn).await?;
    let row = row.insert(txn).await?;
    txn.enqueue(&EmailJob::Verification { registration: row.id }).await?;
    let entry = AuditEntry::new("register")
        .change(serde_json::Value::Null, serde_json::json!({ "email": masked(&row.email) }));
    Ok(txn.audit(entry).await?)
}

/// Sends the mail of the latest registration of an address again, if it has not expired. Requires no session, and does
/// not reveal whether there is a registration.
#[tracing::instrument(name = "account::email_verify_resend", level = "debug", skip_all, err(level = "debug"))]
pub async fn email_verify_resend(ctx: &OpContext, email: &str) -> Result<(), RequestMailError> {
    request_mail(ctx, email, "emailVerifyResend", |email| EmailJob::VerificationAgain { email }).await
}

/// Sends a mail to the address, if the job finds a recipient.
pub(in crate::domain) async fn request_mail(
    ctx: &OpContext,
    email: &str,
    action: &'static str,
    job: impl Fn(String) -> EmailJob + Sync,
) -> Result<(), RequestMailError> {
    let email = Email::of_field("email", email)?;
    let keys = ctx.services().throttle.mail_keys(ctx.counted_caller(), action, &digest(email.as_str()));
    ctx.throttle_always(keys).await?;
    let job = job(email.to_string());
    let entry = AuditEntry::new(action)
        .change(serde_json::Value::Null, serde_json::json!({ "email": masked(email.as_str()) }));
    ctx.write(|txn| {
        async {
            txn.enqueue(&job).await?;
            txn.audit(entry.clone()).await
        }
        .scope_boxed()
    })
    .await?;
    Ok(())
}

/// Creates the account of the registration that the token belongs to. If the address was registered more than once, the
/// password of that registration is required, too: another person may have registered it, and the mails look the same.
#[tracing::instrument(name = "account::email_verify", level = "debug", skip_all, err(level = "debug"))]
pub async fn email_verify(
    ctx: &OpContext,
    token: &str,
    password: Option<SecretString>,
) -> Result<account::Model, EmailVerifyError> {
    let token: Token = token.parse().map_err(|_| EmailVerifyError::InvalidToken)?;
    let is_shown = is_of_registration(ctx, &token, password).await?;
    ctx.write(|txn| create_account(txn, &token, is_shown).scope_boxed()).await
}

/// Whether this is the password of the registration that the token belongs to.
async fn is_of_registration(
    ctx: &OpContext,
    token: &Token,
    password: Option<SecretString>,
) -> Result<bool, EmailVerifyError> {
    let Some(password) = password else { return Ok(false) };
    let db = ctx.db();
    let found = one_time_token::Entity::live(token.hash().as_bytes(), Purpose::VerifyEmail, ctx.now());
    let found = found.one(db).await?.and_then(|found| found.registration_id);
    let id = found.ok_or(EmailVerifyError::InvalidToken)?;
    let registration = registration::Entity::find_by_id(id).one(db).await?;
    let hash = registration.map(|registration| registration.password_hash);
    Ok(ctx.services().passwords.fits(password, hash).await?)
}

async fn create_account(
    txn: &Txn<'_>,
    token: &Token,
    is_shown: bool,
) -> Result<account::Model, EmailVerifyError> {
    let now = txn.now();
    let found = consume_token(txn, now, token, Purpose::VerifyEmail).await?;
    let id = found.and_then(|found| found.registration_id).ok_or(EmailVerifyError::InvalidToken)?;
    let registration = registration::Entity::find_by_id(id).one(txn).await?;
    let registration = registration.ok_or(EmailVerifyError::InvalidToken)?;
    let others = registration::Entity::latest_of(&registration.email, now)
        .filter(registration::Column::Id.ne(id))
        .one(txn)
        .await?;
    if others.is_some() && !is_shown {
        return Err(EmailVerifyError::PasswordRequired);
    }
    let account = account::ActiveModel {
        id: Set(AccountId(txn.random().id(now))),
        email: Set(registration.email.clone()),
        password_hash: Set(Some(registration.password_hash)),
        kind: Set(Kind::Customer),
        name: Set(registration.name),
        blocked_at: Set(None),
        session_epoch: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let account = account.insert(txn).await.map_err(|error| {
        // Another registration of the address was verified in the meantime.
        match database::is_duplicate(&error, "account", "email") {
            true => EmailVerifyError::InvalidToken,
            false => error.into(),
        }
    })?;
    let others =
        registration::Entity::delete_many().filter(registration::Column::Email.eq(registration.email));
    others.exec(txn).await?;
    let entry = AuditEntry::new("emailVerify").by(account.id).about("Account", account.id);
    txn.audit(entry).await?;
    for hooks in &*txn.services().account_hooks {
        hooks.email_verified(txn, &account).await?;
    }
    Ok(account)
}
