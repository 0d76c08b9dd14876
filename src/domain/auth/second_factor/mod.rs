//! Second factor of an account: an authenticator app, and recovery codes.
//!
//! The app's secret is stored encrypted, so the shop needs [`Services::secret_key`](crate::domain::context::Services).
//! A code works once: the step of the last code of an app is stored and only increases, and a recovery code is deleted.
//! Both are conditional SQL statements, so that one of two concurrent requests with the same code succeeds, on any
//! instance.

mod change;
mod enrol;
mod login;
mod recovery_code;
mod reset;
mod totp;

pub use self::{
    change::{
        SecondFactorChangeError, ShownAgain, second_factor_disable, second_factor_recovery_codes_renew,
    },
    enrol::{
        Confirmed, Enrolment, SecondFactorConfirmError, SecondFactorEnrolError, second_factor_confirm,
        second_factor_enrol,
    },
    login::{LoginSecondFactor, LoginSecondFactorError, MAX_WRONG_CODES, login_second_factor},
    recovery_code::{MalformedRecoveryCode, RECOVERY_CODES, RecoveryCode},
    reset::{SecondFactorResetError, second_factor_reset},
    totp::{MalformedTotpSecret, TotpSecret, qr_code},
};
pub(super) use login::challenge;

use std::collections::HashMap;

use entity::{
    AccountId,
    one_time_token::{self, Purpose},
    recovery_code as recovery_code_row, second_factor,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    prelude::DateTimeUtc, sea_query::Expr,
};
use secrecy::{ExposeSecret, SecretString};

use crate::domain::{
    context::{OpContext, Services, Txn},
    kernel::{crypto::SecretKey, fault::Fault},
};

/// Purpose of encrypted secrets, see [`SecretKey::seal`].
const PURPOSE: &str = "second factor";

/// Data about a second factor for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    pub enabled_at: DateTimeUtc,
    pub recovery_codes_left: u32,
}

/// Kind of a valid code.
pub(super) enum Shown {
    App,
    /// A recovery code, with the number of those left.
    RecoveryCode {
        left: u32,
    },
}

/// The second factors of these accounts, only for accounts of the viewer, in two statements.
#[tracing::instrument(name = "auth::second_factors_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn second_factors_of(
    ctx: &OpContext,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, SecondFactor>, Fault> {
    let own: Vec<_> = accounts.iter().filter(|id| ctx.is_own(**id)).map(|id| id.0).collect();
    if own.is_empty() {
        return Ok(HashMap::new());
    }
    let db = ctx.db();
    let chosen = ctx.services().db.any_of(second_factor::Column::AccountId, own.iter().copied());
    let factors = second_factor::Entity::confirmed().filter(chosen).all(db).await?;
    let chosen = ctx.services().db.any_of(recovery_code_row::Column::AccountId, own);
    let codes: Vec<AccountId> = recovery_code_row::Entity::find()
        .select_only()
        .column(recovery_code_row::Column::AccountId)
        .filter(chosen)
        .into_tuple()
        .all(db)
        .await?;
    let mut left: HashMap<AccountId, u32> = HashMap::new();
    for account in codes {
        *left.entry(account).or_default() += 1;
    }
    let enabled = factors.into_iter().filter_map(|factor| Some((factor.account_id, factor.confirmed_at?)));
    Ok(enabled
        .map(|(account, enabled_at)| {
            let recovery_codes_left = left.get(&account).copied().unwrap_or_default();
            (account, SecondFactor { enabled_at, recovery_codes_left })
        })
        .collect())
}

/// The key that encrypts secrets, if the operator has configured it.
pub(super) fn key(services: &Services) -> Result<&SecretKey, Fault> {
    services.secret_key.as_deref().ok_or(Fault::NotSetUp {
        setting: "--secret-key (BODEGA_SECRET_KEY), which second factors need,",
        message: "Second factors are not configured in this shop.",
    })
}

pub(super) fn seal(services: &Services, account: AccountId, secret: &TotpSecret) -> Result<Vec<u8>, Fault> {
    key(services)?.seal(&*services.random, PURPOSE, account.0.as_bytes(), secret.expose())
}

pub(super) fn unseal(services: &Services, factor: &second_factor::Model) -> Result<TotpSecret, Fault> {
    let secret = key(services)?.open(PURPOSE, factor.account_id.0.as_bytes(), &factor.sealed_secret)?;
    TotpSecret::try_from(secret.expose_secret()).map_err(Fault::internal)
}

/// Uses a code of the app or a recovery code, unless it is wrong, too old, or was used before. Without a key only
/// recovery codes can be checked.
pub(super) async fn use_code(
    txn: &Txn<'_>,
    account: AccountId,
    code: &SecretString,
) -> Result<Option<Shown>, Fault> {
    if let Ok(code) = code.expose_secret().parse::<RecoveryCode>() {
        return use_recovery_code(txn, account, &code).await;
    }
    let found = second_factor::Entity::confirmed_of(account).one(txn).await?;
    let Some(factor) = found else { return Ok(None) };
    let secret = unseal(txn.services(), &factor)?;
    let step = secret.verify(code.expose_secret(), txn.now(), Some(factor.last_step));
    let Some(step) = step else { return Ok(None) };
    let used = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::LastStep, Expr::value(step))
        .filter(second_factor::Column::AccountId.eq(account))
        .filter(second_factor::Column::SealedSecret.eq(factor.sealed_secret))
        .filter(second_factor::Column::LastStep.lt(step))
        .exec(txn)
        .await?;
    Ok((used.rows_affected == 1).then_some(Shown::App))
}

async fn use_recovery_code(
    txn: &Txn<'_>,
    account: AccountId,
    code: &RecoveryCode,
) -> Result<Option<Shown>, Fault> {
    let used = recovery_code_row::Entity::delete_many()
        .filter(recovery_code_row::Column::CodeHash.eq(code.hash().to_vec()))
        .filter(recovery_code_row::Column::AccountId.eq(account))
        .exec(txn)
        .await?;
    if used.rows_affected == 0 {
        return Ok(None);
    }
    let left = recovery_code_row::Entity::find()
        .filter(recovery_code_row::Column::AccountId.eq(account))
        .count(txn)
        .await?;
    Ok(Some(Shown::RecoveryCode { left: left.try_into().unwrap_or(u32::MAX) }))
}

/// Replaces the recovery codes of an account.
pub(super) async fn replace_codes(
    txn: &Txn<'_>,
    account: AccountId,
    codes: &[RecoveryCode],
) -> Result<(), Fault> {
    remove_codes(txn, account).await?;
    let rows = codes.iter().map(|code| recovery_code_row::ActiveModel {
        code_hash: Set(code.hash().to_vec()),
        account_id: Set(account),
    });
    recovery_code_row::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}

async fn remove_codes(txn: &Txn<'_>, account: AccountId) -> Result<(), Fault> {
    recovery_code_row::Entity::delete_many()
        .filter(recovery_code_row::Column::AccountId.eq(account))
        .exec(txn)
        .await?;
    Ok(())
}

/// Removes an account's second factor, its recovery codes, and its pending challenges. Returns whether the second
/// factor was confirmed.
pub(super) async fn remove(txn: &Txn<'_>, account: AccountId) -> Result<bool, Fault> {
    let removed = second_factor::Entity::delete_many()
        .filter(second_factor::Column::AccountId.eq(account))
        .filter(second_factor::Column::ConfirmedAt.is_not_null())
        .exec(txn)
        .await?;
    remove_codes(txn, account).await?;
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::AccountId.eq(account))
        .filter(one_time_token::Column::Purpose.eq(Purpose::SecondFactor))
        .exec(txn)
        .await?;
    Ok(removed.rows_affected > 0)
}

/// The recovery codes as text for their owner, returned once.
pub(super) fn exposed(codes: &[RecoveryCode]) -> Vec<SecretString> {
    codes.iter().map(RecoveryCode::expose).collect()
}
