//! Letters about accounts. What there is to write goes through the outbox, in the transaction of its cause; the letter is
//! written when it is sent. Only then is it looked up whether an account has the address, so that asking for a letter takes
//! the same way and the same time for known and unknown addresses; and only then is its token made, so that no secret waits
//! in the database.

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, RegistrationId, account,
    one_time_token::{self, Purpose},
    registration,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::Token;
use crate::domain::{
    Fault, Ports,
    mail::{Letter, compose},
    outbox::{self, Attempt, Effect, HandleError, Handler},
    port::MailError,
};

/// How long a registration waits for its address to be verified.
pub const VERIFY_WITHIN: TimeDelta = TimeDelta::hours(24);
/// How long a password may be reset with one letter.
pub const RESET_WITHIN: TimeDelta = TimeDelta::hours(1);
/// How long an address may be changed with one letter.
pub const CHANGE_WITHIN: TimeDelta = TimeDelta::hours(2);

/// Something to write.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Post {
    /// To a new address: verify it, or know that it has an account already.
    Verification { registration: RegistrationId },
    /// The same once more for the latest registration of an address, if one waits.
    VerificationAgain { email: String },
    /// To an account's address, if an account has it: choose a new password.
    PasswordReset { email: String },
    /// To the address that an account's owner wants to change theirs to.
    EmailChange { account: AccountId, epoch: i32, email: String },
    /// To somebody: what has happened to their account.
    Notice { to: String, notice: Notice },
}

impl Effect for Post {
    const KIND: &'static str = "account.letter";
}

/// What has happened to an account, for its owner to know.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(in crate::domain) enum Notice {
    /// The password is another one now.
    PasswordChanged,
    /// Somebody wants to change the address to this one.
    EmailChangeRequested { new_email: String },
    /// The address is this one now.
    EmailChanged { new_email: String },
    /// Logging in needs a second factor from now on.
    SecondFactorEnabled,
    /// Logging in needs only the password from now on.
    SecondFactorDisabled,
    /// Somebody logged in with a recovery code, and so many are left.
    RecoveryCodeUsed { left: u32 },
    /// A login from a network that was not seen before.
    NewLogin { device: String, address: IpAddr, at: DateTime<Utc> },
    /// The shop has blocked the account.
    AccountBlocked,
    /// The shop has given the account back.
    AccountUnblocked,
    /// The account is gone.
    AccountDeleted,
}

/// Has the owner of the address `to` told, if the transaction commits; [`Outbox::wake`](outbox::Outbox::wake) is to follow.
pub(in crate::domain) async fn notify_in_txn(
    ports: &Ports,
    transaction: &DatabaseTransaction,
    to: &str,
    notice: Notice,
) -> Result<(), Fault> {
    outbox::enqueue_in_txn(ports, transaction, &Post::Notice { to: to.to_owned(), notice }).await
}

/// Writes the letters about accounts.
pub struct Letters;

#[async_trait]
impl Handler for Letters {
    fn kind(&self) -> &'static str {
        Post::KIND
    }

    async fn handle(
        &self,
        ports: &Arc<Ports>,
        payload: serde_json::Value,
        attempt: Attempt,
    ) -> Result<(), HandleError> {
        match outbox::decode(payload)? {
            Post::Verification { registration } => verification(ports, registration).await,
            Post::VerificationAgain { email } => {
                let latest = registration::Entity::latest_of(&email, ports.clock.now());
                match latest.one(ports.db.connection()).await.map_err(Fault::from)? {
                    Some(registration) => verification(ports, registration.id).await,
                    None => Ok(()),
                }
            }
            // Who asked that long ago has found another way, or asks again: a late letter is only good for thieves.
            Post::PasswordReset { .. } if ports.clock.now() > attempt.created_at + RESET_WITHIN => Ok(()),
            Post::PasswordReset { email } => password_reset(ports, &email).await,
            Post::EmailChange { account, epoch, email } => email_change(ports, account, epoch, &email).await,
            Post::Notice { to, notice } => send(ports, &to, notice.into()).await,
        }
    }
}

async fn verification(ports: &Ports, id: RegistrationId) -> Result<(), HandleError> {
    let db = ports.db.connection();
    let found = registration::Entity::find_by_id(id).one(db).await.map_err(Fault::from)?;
    let Some(registration) = found.filter(|found| found.expires_at > ports.clock.now()) else {
        return Ok(());
    };
    if with_email(ports, &registration.email).await?.is_some() {
        return send(ports, &registration.email, Letter::AlreadyRegistered).await;
    }
    let within = registration.expires_at - ports.clock.now();
    let token = one_time_token::ActiveModel {
        purpose: Set(Purpose::VerifyEmail),
        registration_id: Set(Some(id)),
        ..Default::default()
    };
    let (token, expires_in) = keep(ports, token, within).await?;
    send(ports, &registration.email, Letter::VerifyEmail { token, expires_in }).await
}

async fn password_reset(ports: &Ports, email: &str) -> Result<(), HandleError> {
    let account = with_email(ports, email).await?.filter(|account| account.blocked_at.is_none());
    let Some(account) = account else { return Ok(()) };
    let token = one_time_token::ActiveModel {
        purpose: Set(Purpose::ResetPassword),
        account_id: Set(Some(account.id)),
        ..Default::default()
    };
    let (token, expires_in) = keep(ports, token, RESET_WITHIN).await?;
    send(ports, email, Letter::PasswordReset { token, expires_in }).await
}

async fn email_change(ports: &Ports, id: AccountId, epoch: i32, email: &str) -> Result<(), HandleError> {
    let account = account::Entity::find_by_id(id).one(ports.db.connection()).await.map_err(Fault::from)?;
    // What was asked for before the owner changed the password, or was blocked, is asked for no more.
    if account.is_none_or(|account| account.session_epoch != epoch || account.blocked_at.is_some()) {
        return Ok(());
    }
    if with_email(ports, email).await?.is_some() {
        return send(ports, email, Letter::EmailTaken).await;
    }
    let token = one_time_token::ActiveModel {
        purpose: Set(Purpose::ChangeEmail),
        account_id: Set(Some(id)),
        email: Set(Some(email.to_owned())),
        ..Default::default()
    };
    let (token, expires_in) = keep(ports, token, CHANGE_WITHIN).await?;
    send(ports, email, Letter::EmailChangeConfirm { token, expires_in }).await
}

async fn with_email(ports: &Ports, email: &str) -> Result<Option<account::Model>, Fault> {
    Ok(account::Entity::with_email(email).one(ports.db.connection()).await?)
}

/// Makes a token, keeps its hash, and says how long it is good.
async fn keep(
    ports: &Ports,
    row: one_time_token::ActiveModel,
    within: TimeDelta,
) -> Result<(SecretString, Duration), Fault> {
    let token = keep_token(ports, ports.db.connection(), row, within).await?;
    Ok((token.expose().into(), within.to_std().unwrap_or_default()))
}

/// Makes a token and keeps its hash, with what `row` says of it. What has expired is removed on the way.
pub(super) async fn keep_token(
    ports: &Ports,
    db: &impl sea_orm::ConnectionTrait,
    row: one_time_token::ActiveModel,
    within: TimeDelta,
) -> Result<Token, Fault> {
    let now = ports.clock.now();
    one_time_token::Entity::delete_many().filter(one_time_token::Column::ExpiresAt.lt(now)).exec(db).await?;
    let token = Token::new(ports.random.secret());
    let row = one_time_token::ActiveModel {
        token_hash: Set(token.hash().as_bytes().to_vec()),
        attempts: Set(0),
        created_at: Set(now),
        expires_at: Set(now + within),
        ..row
    };
    one_time_token::Entity::insert(row).exec_without_returning(db).await?;
    Ok(token)
}

async fn send(ports: &Ports, to: &str, letter: Letter) -> Result<(), HandleError> {
    let mail = compose(&ports.mail, to, &letter)?;
    ports.mailer.send(&mail).await.map_err(|error| match error {
        MailError::Temporary(text) => HandleError::Again(text),
        MailError::Permanent(text) => HandleError::Never(text),
    })
}

impl From<Notice> for Letter {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::PasswordChanged => Self::PasswordChanged,
            Notice::EmailChangeRequested { new_email } => Self::EmailChangeRequested { new_email },
            Notice::EmailChanged { new_email } => Self::EmailChanged { new_email },
            Notice::SecondFactorEnabled => Self::SecondFactorEnabled,
            Notice::SecondFactorDisabled => Self::SecondFactorDisabled,
            Notice::RecoveryCodeUsed { left } => Self::RecoveryCodeUsed { left },
            Notice::NewLogin { device, address, at } => Self::NewLogin { device, address, at },
            Notice::AccountBlocked => Self::AccountBlocked,
            Notice::AccountUnblocked => Self::AccountUnblocked,
            Notice::AccountDeleted => Self::AccountDeleted,
        }
    }
}
