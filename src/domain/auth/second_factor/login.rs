//! Second step of a login: a code.

use chrono::TimeDelta;
use entity::{
    AccountId, account,
    one_time_token::{self, Purpose},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Shown, use_code};
use crate::domain::{
    account::{self as accounts, Notification, notify},
    audit::AuditEntry,
    auth::{
        login::{Challenge, Note, note_in_txn},
        session::{self, NewSession, SessionOptions},
    },
    context::{OpContext, Txn},
    credential::create_token,
    identity::{Token, TokenHash},
    kernel::{fault::Fault, operation_error::operation_error},
};

/// Validity of a challenge.
const WITHIN: TimeDelta = TimeDelta::minutes(5);

/// Number of wrong codes that invalidate a challenge.
pub const MAX_WRONG_CODES: i32 = 5;

/// Input of `login_second_factor`.
#[derive(Debug)]
pub struct LoginSecondFactor {
    pub challenge: SecretString,
    /// A code of the app, or a recovery code.
    pub code: SecretString,
    /// Whether the session has the full lifetime or a short one.
    pub is_remembered: bool,
    /// Token of the guest's cart that the account takes over; without it that of the cookie.
    pub cart_token: Option<SecretString>,
}

operation_error! {
    throttled
    pub enum LoginSecondFactorError {
        #[error("The code is wrong, or was used before.")]
        InvalidCode,
        /// The challenge has expired, had too many wrong codes, was used, or never existed.
        #[error("This login has expired. Log in again with your password.")]
        ChallengeExpired,
    }
}

/// Creates a challenge after the correct password.
pub(in crate::domain) async fn challenge(ctx: &OpContext, account: AccountId) -> Result<Challenge, Fault> {
    let row = one_time_token::ActiveModel {
        purpose: Set(Purpose::SecondFactor),
        account_id: Set(Some(account)),
        ..Default::default()
    };
    let expires_at = ctx.now() + WITHIN;
    let entry = AuditEntry::new("login")
        .by(account)
        .about("Account", account)
        .change(Value::Null, json!({ "secondFactor": "required" }));
    let create = async |txn: &Txn<'_>| -> Result<Token, Fault> {
        txn.audit(entry.clone()).await?;
        create_token(txn, txn.now(), txn.random(), row.clone(), WITHIN).await
    };
    let token = ctx.write(|txn| create(txn).scope_boxed()).await?;
    Ok(Challenge { token, expires_at })
}

/// Opens a session with a challenge and a code. Requires no session.
#[tracing::instrument(name = "auth::login_second_factor", level = "debug", skip_all, err(level = "debug"))]
pub async fn login_second_factor(
    ctx: &OpContext,
    command: LoginSecondFactor,
) -> Result<NewSession, LoginSecondFactorError> {
    use LoginSecondFactorError::{ChallengeExpired, InvalidCode};
    let token: Token = command.challenge.expose_secret().parse().map_err(|_| ChallengeExpired)?;
    let challenge = token.hash();
    let account = waiting(ctx, &challenge).await?.ok_or(ChallengeExpired)?;
    let id = account.id;
    let attempt = ctx.throttle(ctx.services().throttle.second_factor_keys(id)).await?;
    if !count(ctx, &challenge).await? {
        return Err(ChallengeExpired);
    }
    let is_known = accounts::is_known(ctx, id).await?;
    let options = SessionOptions { is_strong: true, is_remembered: command.is_remembered };
    let login = session::new(ctx, account, options)?;
    let cart = ctx.cart_token(command.cart_token.as_ref());
    let note = Note { is_known, action: "loginSecondFactor", cart };
    let done = ctx.write(|txn| finish(ctx, txn, &challenge, &command.code, &login, &note).scope_boxed());
    let done = done.await;
    if let Err(InvalidCode) = done {
        let entry = AuditEntry::new("loginSecondFactor").rejected().about("Account", id);
        ctx.audit(entry).await?;
    }
    done?;
    attempt.succeeded().await;
    session::persist(ctx, &login).await?;
    Ok(login)
}

/// The account of a valid challenge.
async fn waiting(ctx: &OpContext, challenge: &TokenHash) -> Result<Option<account::Model>, Fault> {
    let db = ctx.db();
    let found = one_time_token::Entity::live(challenge.as_bytes(), Purpose::SecondFactor, ctx.now());
    let found = found.filter(one_time_token::Column::Attempts.lt(MAX_WRONG_CODES)).one(db).await?;
    let Some(account) = found.and_then(|challenge| challenge.account_id) else { return Ok(None) };
    let account = account::Entity::find_by_id(account).one(db).await?;
    Ok(account.filter(|account| account.blocked_at.is_none()))
}

/// Counts a code for the challenge before it is checked, so that concurrent requests cannot exceed the limit.
async fn count(ctx: &OpContext, challenge: &TokenHash) -> Result<bool, Fault> {
    let counted = one_time_token::Entity::update_many()
        .col_expr(one_time_token::Column::Attempts, Expr::col(one_time_token::Column::Attempts).add(1))
        .filter(one_time_token::Column::TokenHash.eq(challenge.as_bytes()))
        .filter(one_time_token::Column::Attempts.lt(MAX_WRONG_CODES))
        .exec(ctx.db())
        .await?;
    Ok(counted.rows_affected == 1)
}

async fn finish(
    ctx: &OpContext,
    txn: &Txn<'_>,
    challenge: &TokenHash,
    code: &SecretString,
    login: &NewSession,
    note: &Note,
) -> Result<(), LoginSecondFactorError> {
    accounts::lock(txn, login.account.id).await?.ok_or(LoginSecondFactorError::ChallengeExpired)?;
    let removed = one_time_token::Entity::delete_by_id(challenge.as_bytes().to_vec()).exec(txn).await;
    if removed?.rows_affected == 0 {
        return Err(LoginSecondFactorError::ChallengeExpired);
    }
    match use_code(txn, login.account.id, code).await? {
        None => return Err(LoginSecondFactorError::InvalidCode),
        Some(Shown::App) => {}
        Some(Shown::RecoveryCode { left }) => {
            notify(txn, &login.account.email, Notification::RecoveryCodeUsed { left }).await?;
        }
    }
    Ok(note_in_txn(ctx, txn, login, note).await?)
}
