//! The second step of a login: a code.

use std::time::Duration;

use chrono::TimeDelta;
use entity::{
    AccountId, account,
    one_time_token::{self, Purpose},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Shown, use_code};
use crate::domain::{
    Fault, Op,
    account::{
        LoggedIn, Notice, Opening, Token, TokenHash, letter::keep_token, login::Challenge,
        login::note_in_txn, network, notify_in_txn, session,
    },
    audit::{self, Entry},
    database::AsFault,
    guard::{Attempt, Refused},
    quota::whole_seconds,
};

/// A login waits this long for its second factor.
const WITHIN: TimeDelta = TimeDelta::minutes(5);
/// So many wrong codes end a login.
pub const MAX_WRONG_CODES: i32 = 5;

/// What the second step of a login needs.
#[derive(Debug)]
pub struct LoginSecondFactor {
    /// What the first step answered.
    pub challenge: SecretString,
    /// A code of the app, or a recovery code.
    pub code: SecretString,
    /// Whether the session lasts as long as sessions may, or only for a short time.
    pub is_remembered: bool,
}

/// Why the second step of a login failed.
#[derive(Debug, thiserror::Error)]
pub enum LoginSecondFactorError {
    /// The code is wrong, too old, or was used before.
    #[error("The code is wrong, or was used before.")]
    InvalidCode,
    /// The login took too long, was shown too many wrong codes, or is done; or there never was one.
    #[error("This login has expired. Begin again with your password.")]
    ChallengeExpired,
    /// Too many codes were wrong.
    #[error("Too many wrong codes. Try again in {} seconds.", whole_seconds(.retry_after))]
    RateLimited {
        /// When the next try is allowed.
        retry_after: Duration,
    },
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Refused> for LoginSecondFactorError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooSoon { retry_after } => Self::RateLimited { retry_after },
            Refused::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl AsFault for LoginSecondFactorError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::InvalidCode | Self::ChallengeExpired | Self::RateLimited { .. } => None,
        }
    }
}

/// Lets somebody who knew an account's password show the second factor.
pub(in crate::domain::account) async fn challenge(op: &Op, account: AccountId) -> Result<Challenge, Fault> {
    let row = one_time_token::ActiveModel {
        purpose: Set(Purpose::SecondFactor),
        account_id: Set(Some(account)),
        ..Default::default()
    };
    let expires_at = op.clock.now() + WITHIN;
    let entry = Entry::new("login")
        .by(account)
        .about("Account", account)
        .change(Value::Null, json!({ "secondFactor": "required" }));
    let keep = async |transaction: &DatabaseTransaction| -> Result<Token, Fault> {
        audit::record(op, transaction, entry.clone()).await?;
        keep_token(op, transaction, row.clone(), WITHIN).await
    };
    let token = op.db.write(|transaction| keep(transaction).scope_boxed()).await?;
    Ok(Challenge { token, expires_at })
}

/// Opens a session for whoever knew an account's password and shows its second factor. Anybody may call it.
#[tracing::instrument(name = "second_factor::login", level = "debug", skip_all, err(level = "debug"))]
pub async fn login(op: &Op, command: LoginSecondFactor) -> Result<LoggedIn, LoginSecondFactorError> {
    use LoginSecondFactorError::{ChallengeExpired, InvalidCode};
    let token: Token = command.challenge.expose_secret().parse().map_err(|_| ChallengeExpired)?;
    let challenge = token.hash();
    let account = waiting(op, &challenge).await?.ok_or(ChallengeExpired)?;
    let id = account.id;
    let attempt = Attempt::begin(op, op.accounts.guarding.second_factor_keys(id)).await?;
    if !count(op, &challenge).await? {
        return Err(ChallengeExpired);
    }
    let is_known = network::is_known(op, id).await?;
    let opening = Opening { is_strong: true, is_remembered: command.is_remembered };
    let login = session::draft(op, account, opening)?;
    let done = op.db.write(|transaction| {
        finish(op, transaction, &challenge, &command.code, &login, is_known).scope_boxed()
    });
    let done = done.await;
    if let Err(InvalidCode) = done {
        let entry = Entry::new("loginSecondFactor").refused().about("Account", id);
        audit::record(op, op.db.connection(), entry).await?;
    }
    done?;
    op.outbox.wake();
    attempt.succeeded(op).await?;
    session::keep(op, &login).await?;
    Ok(login)
}

/// The account that the challenge is for, while it is good.
async fn waiting(op: &Op, challenge: &TokenHash) -> Result<Option<account::Model>, Fault> {
    let db = op.db.connection();
    let found = one_time_token::Entity::live(challenge.as_bytes(), Purpose::SecondFactor, op.clock.now());
    let found = found.filter(one_time_token::Column::Attempts.lt(MAX_WRONG_CODES)).one(db).await?;
    let Some(account) = found.and_then(|challenge| challenge.account_id) else { return Ok(None) };
    let account = account::Entity::find_by_id(account).one(db).await?;
    Ok(account.filter(|account| account.blocked_at.is_none()))
}

/// Counts a code for the challenge before it is looked at, so that more of them at the same moment do not slip through.
async fn count(op: &Op, challenge: &TokenHash) -> Result<bool, Fault> {
    let counted = one_time_token::Entity::update_many()
        .col_expr(one_time_token::Column::Attempts, Expr::col(one_time_token::Column::Attempts).add(1))
        .filter(one_time_token::Column::TokenHash.eq(challenge.as_bytes()))
        .filter(one_time_token::Column::Attempts.lt(MAX_WRONG_CODES))
        .exec(op.db.connection())
        .await?;
    Ok(counted.rows_affected == 1)
}

async fn finish(
    op: &Op,
    transaction: &DatabaseTransaction,
    challenge: &TokenHash,
    code: &SecretString,
    login: &LoggedIn,
    is_known: bool,
) -> Result<(), LoginSecondFactorError> {
    let removed = one_time_token::Entity::delete_by_id(challenge.as_bytes().to_vec()).exec(transaction).await;
    if removed.map_err(Fault::from)?.rows_affected == 0 {
        return Err(LoginSecondFactorError::ChallengeExpired);
    }
    match use_code(op, transaction, login.account.id, code).await? {
        None => return Err(LoginSecondFactorError::InvalidCode),
        Some(Shown::App) => {}
        Some(Shown::RecoveryCode { left }) => {
            notify_in_txn(op, transaction, &login.account.email, Notice::RecoveryCodeUsed { left }).await?;
        }
    }
    Ok(note_in_txn(op, transaction, login, is_known, "loginSecondFactor").await?)
}
