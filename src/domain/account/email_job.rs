//! Mails about accounts. Each is a job, added in the transaction of its cause; the mail is composed when the job runs.
//! Only then the account is looked up by its email address, so that requests take the same time for known and unknown
//! addresses, and only then the token is created, so that jobs contain no secrets.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::TimeDelta;
use entity::{
    AccountId, RegistrationId, account,
    one_time_token::{self, Purpose},
    registration,
};
use sea_orm::{ActiveValue::Set, EntityTrait};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::domain::{
    context::{Services, Txn},
    credential::create_token,
    job::{self, Job, JobAttempt, JobError, JobHandler},
    kernel::fault::Fault,
    mail::{EmailTemplate, MailError, compose},
    shop,
};

pub(in crate::domain) use crate::domain::mail::Notification;

/// Maximum time from a registration to its verification.
pub const VERIFY_WITHIN: TimeDelta = TimeDelta::hours(24);

/// Validity of a token for a password reset.
pub const RESET_WITHIN: TimeDelta = TimeDelta::hours(1);

/// Validity of a token for a change of address.
pub const CHANGE_WITHIN: TimeDelta = TimeDelta::hours(2);

/// A mail to compose.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(in crate::domain) enum EmailJob {
    /// To a new address: token for verification, or the note that it has an account already.
    Verification { registration: RegistrationId },
    /// The same again for the latest registration of an address, if it has not expired.
    VerificationAgain { email: String },
    /// To the address of an account, if there is one: token for a new password.
    PasswordReset { email: String },
    /// To the new address of an account: token for the change.
    EmailChange { account: AccountId, epoch: i32, email: String },
    /// To an owner: a notification about the account.
    Notification { to: String, notification: Notification },
}

impl Job for EmailJob {
    const KIND: &'static str = "account.email";
}

/// Sends a notification to the address `to`, if the transaction commits.
pub(in crate::domain) async fn notify(
    txn: &Txn<'_>,
    to: &str,
    notification: Notification,
) -> Result<(), Fault> {
    txn.enqueue(&EmailJob::Notification { to: to.to_owned(), notification }).await
}

/// Sends mails about accounts.
pub struct EmailJobHandler {
    services: Arc<Services>,
}

impl EmailJobHandler {
    /// With the services that mails are written and sent with.
    pub fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

#[async_trait]
impl JobHandler for EmailJobHandler {
    fn kind(&self) -> &'static str {
        EmailJob::KIND
    }

    async fn handle(&self, payload: serde_json::Value, attempt: JobAttempt) -> Result<(), JobError> {
        let services = &self.services;
        match job::decode(payload)? {
            EmailJob::Verification { registration } => verification(services, registration).await,
            EmailJob::VerificationAgain { email } => {
                let latest = registration::Entity::latest_of(&email, services.clock.now());
                match latest.one(services.db.connection()).await? {
                    Some(registration) => verification(services, registration.id).await,
                    None => Ok(()),
                }
            }
            // The request is too old: a late token would only help attackers.
            EmailJob::PasswordReset { .. } if services.clock.now() > attempt.created_at + RESET_WITHIN => {
                Ok(())
            }
            EmailJob::PasswordReset { email } => password_reset(services, &email).await,
            EmailJob::EmailChange { account, epoch, email } => {
                email_change(services, account, epoch, &email).await
            }
            EmailJob::Notification { to, notification } => send(services, &to, notification.into()).await,
        }
    }
}

async fn verification(services: &Services, id: RegistrationId) -> Result<(), JobError> {
    let db = services.db.connection();
    let found = registration::Entity::find_by_id(id).one(db).await?;
    let Some(registration) = found.filter(|found| found.expires_at > services.clock.now()) else {
        return Ok(());
    };
    if with_email(services, &registration.email).await?.is_some() {
        return send(services, &registration.email, EmailTemplate::AlreadyRegistered).await;
    }
    let within = registration.expires_at - services.clock.now();
    let token = one_time_token::ActiveModel {
        purpose: Set(Purpose::VerifyEmail),
        registration_id: Set(Some(id)),
        ..Default::default()
    };
    let (token, expires_in) = create(services, token, within).await?;
    send(services, &registration.email, EmailTemplate::VerifyEmail { token, expires_in }).await
}

async fn password_reset(services: &Services, email: &str) -> Result<(), JobError> {
    let account = with_email(services, email).await?.filter(|account| account.blocked_at.is_none());
    let Some(account) = account else { return Ok(()) };
    let token = one_time_token::ActiveModel {
        purpose: Set(Purpose::ResetPassword),
        account_id: Set(Some(account.id)),
        ..Default::default()
    };
    let (token, expires_in) = create(services, token, RESET_WITHIN).await?;
    send(services, email, EmailTemplate::PasswordReset { token, expires_in }).await
}

async fn email_change(services: &Services, id: AccountId, epoch: i32, email: &str) -> Result<(), JobError> {
    let account = account::Entity::find_by_id(id).one(services.db.connection()).await?;
    // A change of the password, or a block, invalidates earlier requests.
    if account.is_none_or(|account| account.session_epoch != epoch || account.blocked_at.is_some()) {
        return Ok(());
    }
    if with_email(services, email).await?.is_some() {
        return send(services, email, EmailTemplate::EmailTaken).await;
    }
    let token = one_time_token::ActiveModel {
        purpose: Set(Purpose::ChangeEmail),
        account_id: Set(Some(id)),
        email: Set(Some(email.to_owned())),
        ..Default::default()
    };
    let (token, expires_in) = create(services, token, CHANGE_WITHIN).await?;
    send(services, email, EmailTemplate::EmailChangeConfirm { token, expires_in }).await
}

async fn with_email(services: &Services, email: &str) -> Result<Option<account::Model>, Fault> {
    Ok(account::Entity::with_email(email).one(services.db.connection()).await?)
}

/// Creates a token and stores its hash. Returns it with its validity.
async fn create(
    services: &Services,
    row: one_time_token::ActiveModel,
    within: TimeDelta,
) -> Result<(SecretString, Duration), Fault> {
    let token =
        create_token(services.db.connection(), services.clock.now(), &*services.random, row, within).await?;
    Ok((token.expose().into(), within.to_std().unwrap_or_default()))
}

async fn send(services: &Services, to: &str, letter: EmailTemplate) -> Result<(), JobError> {
    let shop_name = shop::name(services.db.connection()).await?;
    let mail = compose(&shop_name, &services.mail, to, &letter)?;
    services.mailer.send(&mail).await.map_err(|error| match error {
        MailError::Temporary(text) => JobError::Retryable(text),
        MailError::Permanent(text) => JobError::Permanent(text),
    })
}
