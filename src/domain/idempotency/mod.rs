//! Requests that count once. A client sends a key of its own with a request that moves stock or money; when the answer is
//! lost it sends the same request again, and gets the effect of the first one instead of a second one.
//!
//! The key is stored in the transaction of its effect, with a fingerprint of the input and the effect's id. A refused
//! request therefore stores nothing, and a replay is answered from the effect's present state.

use entity::{IdempotencyKeyId, idempotency_key};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, TryInsertResult,
    sea_query::{LockBehavior, LockType},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::{
    context::Txn,
    kernel::{
        fault::Fault,
        text::{InvalidField, Line},
    },
};

/// How long a key is kept.
pub const KEPT: chrono::Duration = chrono::Duration::days(30);

/// The key of a request, and a fingerprint of its input.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    mutation: &'static str,
    key: Line<1, 100>,
    fingerprint: [u8; 32],
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The request is new: the effect is to take place.
    New,
    /// The request was carried out before; the effect has this id.
    Replay(Uuid),
}

/// The key came with another input before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This idempotency key was used for another input. Use a new key for each change.")]
pub struct KeyReused;

impl IdempotencyKey {
    /// The key that the input's field `idempotencyKey` holds, for a request to `mutation` with this input.
    pub fn new(mutation: &'static str, key: &str, input: &Value) -> Result<Self, InvalidField> {
        let key = Line::of_field("idempotency_key", key)?;
        Ok(Self { mutation, key, fingerprint: Sha256::digest(input.to_string()).into() })
    }

    /// Claims the key for the effect on the object with this id, which the transaction is to bring about. A new key removes
    /// some that are older than [`KEPT`].
    pub async fn claim(&self, txn: &Txn<'_>, effect: Uuid) -> Result<Result<Claim, KeyReused>, Fault> {
        let scope = txn.actor().scope();
        let row = idempotency_key::ActiveModel {
            id: Set(IdempotencyKeyId(txn.random().id(txn.now()))),
            scope: Set(scope.clone()),
            mutation: Set(self.mutation.to_owned()),
            key: Set(self.key.to_string()),
            fingerprint: Set(self.fingerprint.to_vec()),
            effect_id: Set(effect),
            at: Set(txn.now()),
        };
        use idempotency_key::Column::{Key, Mutation, Scope};
        // It waits for a transaction that has claimed the same key, and sees what that has committed.
        let insert = idempotency_key::Entity::insert(row).on_conflict_do_nothing_on([Scope, Mutation, Key]);
        if let TryInsertResult::Inserted(_) = insert.exec_without_returning(txn).await? {
            delete_expired(txn).await?;
            return Ok(Ok(Claim::New));
        }
        let known = idempotency_key::Entity::find()
            .filter(Scope.eq(scope))
            .filter(Mutation.eq(self.mutation))
            .filter(Key.eq(self.key.as_str()))
            .one(txn)
            .await?
            .ok_or_else(|| Fault::internal("an idempotency key is there and cannot be read"))?;
        Ok(if known.fingerprint == self.fingerprint {
            Ok(Claim::Replay(known.effect_id))
        } else {
            Err(KeyReused)
        })
    }
}

/// Removes keys older than [`KEPT`]: more than one request adds, and those that no other request is removing.
async fn delete_expired(txn: &Txn<'_>) -> Result<(), Fault> {
    use idempotency_key::Column::{At, Id};
    let expired = idempotency_key::Entity::find()
        .select_only()
        .column(Id)
        .filter(At.lt(txn.now() - KEPT))
        .limit(10)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let delete = idempotency_key::Entity::delete_many().filter(Id.in_subquery(expired.into_query()));
    delete.exec(txn).await?;
    Ok(())
}
