//! Metadata: texts by key that clients keep with an object, some of them for staff only. A noun with metadata implements
//! [`HasMetadata`] for its rows.

mod change;

pub use change::{MetadataChange, check_new};

use scoped_futures::ScopedFutureExt;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use self::change::ValidChange;
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{fault::Fault, global_id::GlobalId, operation_error::operation_error, text::Rejected},
};

operation_error! {
    validated
    /// Why metadata was not changed.
    pub enum MetadataUpdateError {
        /// There is no object with this global id.
        #[error("There is no object with this id.")]
        NotFound(String),
    }
}

/// A row with metadata.
pub trait HasMetadata: Sized + Send + Sync {
    /// Key of the row.
    type Key: GlobalId + Send + Sync;

    /// A right to change the metadata that has been shown.
    type Right: Send + Sync;

    /// Whether changes of the public metadata stand in the audit log.
    const IS_AUDITED: bool = true;

    /// The caller's right to change the metadata, or the private ones; a fault without it.
    fn right(
        ctx: &OpContext,
        token: Option<SecretString>,
        private: bool,
    ) -> impl Future<Output = Result<Self::Right, Fault>> + Send;

    /// The row with this key, if the right is one to it, locked until the end of the transaction.
    fn lock(
        txn: &Txn<'_>,
        key: Self::Key,
        right: &Self::Right,
    ) -> impl Future<Output = Result<Option<Self>, Fault>> + Send;

    /// The metadata, or the private ones.
    fn metadata(&self, private: bool) -> &Value;

    /// Stores changed metadata in a locked row, which gets its next version.
    fn store(
        self,
        txn: &Txn<'_>,
        private: bool,
        metadata: Value,
    ) -> impl Future<Output = Result<Self, Rejected>> + Send;
}

/// Sets and removes entries of an object's metadata. A change that changes nothing writes nothing.
#[tracing::instrument(name = "metadata::metadata_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn metadata_update<T: HasMetadata>(
    ctx: &OpContext,
    key: T::Key,
    change: MetadataChange,
) -> Result<T, MetadataUpdateError> {
    let right = T::right(ctx, change.token.clone(), change.private).await?;
    let change = change.validated()?;
    ctx.write(|txn| update_in_txn(txn, key, &right, &change).scope_boxed()).await
}

async fn update_in_txn<T: HasMetadata>(
    txn: &Txn<'_>,
    key: T::Key,
    right: &T::Right,
    change: &ValidChange,
) -> Result<T, MetadataUpdateError> {
    let row =
        T::lock(txn, key, right).await?.ok_or_else(|| MetadataUpdateError::NotFound(key.global_id()))?;
    let empty = Map::new();
    let before = row.metadata(change.private).as_object().unwrap_or(&empty);
    let after = change.apply(before)?;
    if &after == before {
        return Ok(row);
    }
    if T::IS_AUDITED || change.private {
        let entry = AuditEntry::new("metadataUpdate").about(T::Key::TYPE.name(), key);
        let difference = (changed(before, &after, change.private), changed(&after, before, change.private));
        txn.audit(entry.change(difference.0, difference.1)).await?;
    }
    Ok(row.store(txn, change.private, after.into()).await?)
}

/// The entries of `one` that `other` lacks or has with another text, under the name of the field.
fn changed(one: &Map<String, Value>, other: &Map<String, Value>, private: bool) -> Value {
    let entries = one.iter().filter(|(key, value)| other.get(*key) != Some(value));
    let entries: Map<_, _> = entries.map(|(key, value)| (key.clone(), value.clone())).collect();
    match private {
        true => json!({ "privateMetadata": entries }),
        false => json!({ "metadata": entries }),
    }
}
