//! The second factor of an account: an authenticator app, and codes on paper for whoever has lost it.
//!
//! An app's secret is stored sealed, so the shop needs [`Ports::secret_key`](crate::domain::Ports::secret_key). A code
//! works once: of an app by the step of the last one, which only rises, of paper because its row is removed. Both are
//! conditional statements, so that of two requests with one code only one succeeds, on whichever instances they are.

mod change;
mod enrol;
mod login;
mod reset;

use std::collections::HashMap;

use entity::{
    AccountId,
    one_time_token::{self, Purpose},
    recovery_code, second_factor,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect, prelude::DateTimeUtc, sea_query::Expr,
};
use secrecy::{ExposeSecret, SecretString};

pub use self::{
    change::{ChangeSecondFactorError, ShownAgain, disable, renew_recovery_codes},
    enrol::{ConfirmSecondFactorError, Confirmed, EnrolSecondFactorError, Enrolment, confirm, enrol},
    login::{LoginSecondFactor, LoginSecondFactorError, MAX_WRONG_CODES, login},
    reset::{ResetSecondFactorError, reset},
};
pub(super) use login::challenge;

use super::{RecoveryCode, TotpSecret};
use crate::domain::{Fault, Op, Ports, Viewer, seal::SecretKey};

/// What sealed secrets are for, see [`SecretKey::seal`].
const PURPOSE: &str = "second factor";

/// What the owner of a second factor may know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// Since when it counts.
    pub enabled_at: DateTimeUtc,
    /// How many recovery codes are left.
    pub recovery_codes_left: u32,
}

/// What somebody showed.
enum Shown {
    /// A code of the app.
    App,
    /// A recovery code, and so many are left.
    RecoveryCode { left: u32 },
}

/// Whether the viewer is this account, as far as this operation has found out who asks. It never fails: who was not asked
/// for is nobody's owner.
pub fn is_own(op: &Op, account: AccountId) -> bool {
    matches!(op.known_viewer(), Some(Viewer::Account(viewer)) if viewer.account.id == account)
}

/// The second factors of those of these accounts that have one, in two statements.
///
/// It does not ask who the viewer is: the caller has made sure that each account's owner asks ([`is_own`]), or has just
/// logged in.
#[tracing::instrument(name = "second_factor::of_accounts", level = "debug", skip_all, err(level = "debug"))]
pub async fn of_accounts(op: &Op, accounts: &[AccountId]) -> Result<HashMap<AccountId, SecondFactor>, Fault> {
    let db = op.db.connection();
    let chosen = op.db.any_of(second_factor::Column::AccountId, accounts.iter().map(|id| id.0));
    let factors = second_factor::Entity::confirmed().filter(chosen).all(db).await?;
    let chosen = op.db.any_of(recovery_code::Column::AccountId, accounts.iter().map(|id| id.0));
    let codes: Vec<AccountId> = recovery_code::Entity::find()
        .select_only()
        .column(recovery_code::Column::AccountId)
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

/// The key that seals secrets, which the operator may not have set.
fn key(ports: &Ports) -> Result<&SecretKey, Fault> {
    ports.secret_key.as_deref().ok_or(Fault::NotSetUp {
        setting: "--secret-key (BODEGA_SECRET_KEY), which second factors need,",
        message: "This shop has not been set up for second factors.",
    })
}

fn seal(ports: &Ports, account: AccountId, secret: &TotpSecret) -> Result<Vec<u8>, Fault> {
    key(ports)?.seal(&*ports.random, PURPOSE, account.0.as_bytes(), secret.expose())
}

fn unseal(ports: &Ports, factor: &second_factor::Model) -> Result<TotpSecret, Fault> {
    let secret = key(ports)?.open(PURPOSE, factor.account_id.0.as_bytes(), &factor.sealed_secret)?;
    TotpSecret::try_from(secret.expose_secret()).map_err(Fault::internal)
}

/// Uses a code of an account's app or from its paper up, unless it is wrong, too old, or was used before. Without a key
/// only recovery codes can be checked.
async fn use_code(
    op: &Op,
    transaction: &DatabaseTransaction,
    account: AccountId,
    code: &SecretString,
) -> Result<Option<Shown>, Fault> {
    if let Ok(code) = code.expose_secret().parse::<RecoveryCode>() {
        return use_recovery_code(transaction, account, &code).await;
    }
    let found = second_factor::Entity::confirmed_of(account).one(transaction).await?;
    let Some(factor) = found else { return Ok(None) };
    let secret = unseal(op, &factor)?;
    let step = secret.verify(code.expose_secret(), op.clock.now(), Some(factor.last_step));
    let Some(step) = step else { return Ok(None) };
    let used = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::LastStep, Expr::value(step))
        .filter(second_factor::Column::AccountId.eq(account))
        .filter(second_factor::Column::SealedSecret.eq(factor.sealed_secret))
        .filter(second_factor::Column::LastStep.lt(step))
        .exec(transaction)
        .await?;
    Ok((used.rows_affected == 1).then_some(Shown::App))
}

async fn use_recovery_code(
    transaction: &DatabaseTransaction,
    account: AccountId,
    code: &RecoveryCode,
) -> Result<Option<Shown>, Fault> {
    let used = recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::CodeHash.eq(code.hash().to_vec()))
        .filter(recovery_code::Column::AccountId.eq(account))
        .exec(transaction)
        .await?;
    if used.rows_affected == 0 {
        return Ok(None);
    }
    let left = recovery_code::Entity::find()
        .filter(recovery_code::Column::AccountId.eq(account))
        .count(transaction)
        .await?;
    Ok(Some(Shown::RecoveryCode { left: left.try_into().unwrap_or(u32::MAX) }))
}

/// Gives an account these recovery codes in place of those that it had.
async fn replace_codes(
    transaction: &DatabaseTransaction,
    account: AccountId,
    codes: &[RecoveryCode],
) -> Result<(), Fault> {
    remove_codes(transaction, account).await?;
    let rows = codes.iter().map(|code| recovery_code::ActiveModel {
        code_hash: Set(code.hash().to_vec()),
        account_id: Set(account),
    });
    recovery_code::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    Ok(())
}

async fn remove_codes(transaction: &DatabaseTransaction, account: AccountId) -> Result<(), Fault> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Removes an account's second factor, its codes, and the logins that wait for one. Says whether there was one that
/// counted.
async fn remove(transaction: &DatabaseTransaction, account: AccountId) -> Result<bool, Fault> {
    let removed = second_factor::Entity::delete_many()
        .filter(second_factor::Column::AccountId.eq(account))
        .filter(second_factor::Column::ConfirmedAt.is_not_null())
        .exec(transaction)
        .await?;
    remove_codes(transaction, account).await?;
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::AccountId.eq(account))
        .filter(one_time_token::Column::Purpose.eq(Purpose::SecondFactor))
        .exec(transaction)
        .await?;
    Ok(removed.rows_affected > 0)
}

/// The codes as their owner sees them, once.
fn exposed(codes: &[RecoveryCode]) -> Vec<SecretString> {
    codes.iter().map(RecoveryCode::expose).collect()
}
