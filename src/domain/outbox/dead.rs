//! Effects that were given up, for staff to look at: done after all, or thrown away.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{EffectId, Permission, outbox};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, LockType},
};
use serde_json::{Value, json};

use super::store::{attempt_number, next_round};
use crate::domain::{
    Fault, Op,
    audit::{self, Entry},
    database::AsFault,
    page::{self, Page, PageRequest, Position, SortValue},
};

/// What the audit log calls an effect that was given up.
const SUBJECT: &str = "DeadLetter";

/// Why nothing happened to an effect that was given up.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// There is none.
    #[error("There is no dead letter with this id. Somebody may have retried or discarded it.")]
    NotFound,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AsFault for DeadLetterError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::NotFound => None,
        }
    }
}

/// An effect that was given up, without its payload: that may hold what is personal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its key.
    pub id: EffectId,
    /// Which handler it is for.
    pub kind: String,
    /// The `type` in its payload, by which kinds that do several things tell them apart.
    pub summary: Option<String>,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// How often it was tried since then, or since it was retried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was given up.
    pub died_at: DateTime<Utc>,
}

impl DeadLetter {
    /// `None` if there is hope.
    fn new(effect: outbox::Model) -> Option<Self> {
        let died_at = effect.dead_at?;
        let summary = effect.payload.get("type").and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            id: effect.id,
            kind: effect.kind,
            summary,
            created_at: effect.created_at,
            attempts: attempt_number(effect.attempts).min(super::MAX_ATTEMPTS),
            last_error: effect.last_error,
            died_at,
        })
    }

    /// Where it stands in the list.
    pub fn position(&self) -> Position {
        Position { value: SortValue::Time(self.died_at), id: self.id.0 }
    }

    /// What the audit log keeps of it. Its error may repeat an address, so that is not part of it.
    fn told(&self) -> Value {
        json!({
            "kind": self.kind,
            "summary": self.summary,
            "createdAt": self.created_at,
            "diedAt": self.died_at,
            "attempts": self.attempts,
        })
    }
}

/// A page of the effects that were given up, the latest first. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "outbox::dead_letters", level = "debug", skip_all, err(level = "debug"))]
pub async fn dead_letters(op: &Op, request: &PageRequest) -> Result<Page<DeadLetter>, Fault> {
    op.require(Permission::SettingsEdit).await?;
    let (dead_at, id) = (outbox::Column::DeadAt, outbox::Column::Id);
    let page = page::fetch(dead(), dead_at, id, true, request, op.db.connection()).await?;
    let rows = page.rows.into_iter().filter_map(DeadLetter::new).collect();
    Ok(Page { rows, has_previous: page.has_previous, has_next: page.has_next })
}

/// How many effects were given up. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "outbox::count_dead", level = "debug", skip_all, err(level = "debug"))]
pub async fn count_dead(op: &Op) -> Result<u64, Fault> {
    op.require(Permission::SettingsEdit).await?;
    Ok(dead().count(op.db.connection()).await?)
}

/// Those of the effects with these ids that were given up, in one statement. Without [`Permission::SettingsEdit`] there are
/// none.
#[tracing::instrument(name = "outbox::dead_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn dead_by_ids(op: &Op, ids: &[EffectId]) -> Result<HashMap<EffectId, DeadLetter>, Fault> {
    if !op.viewer().await?.permissions().has(Permission::SettingsEdit) {
        return Ok(HashMap::new());
    }
    let chosen = op.db.any_of(outbox::Column::Id, ids.iter().map(|id| id.0));
    let effects = dead().filter(chosen).all(op.db.connection()).await?;
    Ok(effects.into_iter().filter_map(DeadLetter::new).map(|letter| (letter.id, letter)).collect())
}

/// Has an effect that was given up tried again, at once and as often as a new one. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "outbox::retry", level = "debug", skip_all, err(level = "debug"))]
pub async fn retry(op: &Op, id: EffectId) -> Result<(), DeadLetterError> {
    op.require(Permission::SettingsEdit).await?;
    op.db.write(|transaction| retry_in_txn(op, transaction, id).scope_boxed()).await?;
    op.outbox.wake();
    Ok(())
}

async fn retry_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    id: EffectId,
) -> Result<(), DeadLetterError> {
    let (attempts, letter) = lock(transaction, id).await?;
    outbox::Entity::update_many()
        .col_expr(outbox::Column::Attempts, Expr::value(next_round(attempts)))
        .col_expr(outbox::Column::DueAt, Expr::value(op.clock.now()))
        .col_expr(outbox::Column::DeadAt, Expr::value(None::<DateTime<Utc>>))
        .filter(outbox::Column::Id.eq(id))
        .exec(transaction)
        .await
        .map_err(Fault::from)?;
    let entry = Entry::new("deadLetterRetry").about(SUBJECT, id).change(letter.told(), Value::Null);
    Ok(audit::record(op, transaction, entry).await?)
}

/// Throws an effect away that was given up: it never happens. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "outbox::discard", level = "debug", skip_all, err(level = "debug"))]
pub async fn discard(op: &Op, id: EffectId) -> Result<(), DeadLetterError> {
    op.require(Permission::SettingsEdit).await?;
    op.db.write(|transaction| discard_in_txn(op, transaction, id).scope_boxed()).await
}

async fn discard_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    id: EffectId,
) -> Result<(), DeadLetterError> {
    let (_, letter) = lock(transaction, id).await?;
    outbox::Entity::delete_by_id(id).exec(transaction).await.map_err(Fault::from)?;
    let entry = Entry::new("deadLetterDiscard").about(SUBJECT, id).change(letter.told(), Value::Null);
    Ok(audit::record(op, transaction, entry).await?)
}

/// The effect if it was given up, with its row's count of attempts. It is held until the transaction ends: nobody else
/// retries or discards it meanwhile.
async fn lock(transaction: &DatabaseTransaction, id: EffectId) -> Result<(i32, DeadLetter), DeadLetterError> {
    let effect = dead().filter(outbox::Column::Id.eq(id)).lock(LockType::Update).one(transaction).await;
    let effect = effect.map_err(Fault::from)?.ok_or(DeadLetterError::NotFound)?;
    let attempts = effect.attempts;
    Ok((attempts, DeadLetter::new(effect).ok_or(DeadLetterError::NotFound)?))
}

fn dead() -> Select<outbox::Entity> {
    outbox::Entity::find().filter(outbox::Column::DeadAt.is_not_null())
}
