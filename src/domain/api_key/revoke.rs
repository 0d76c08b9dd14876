//! Taking a key back.

use entity::{ApiKeyId, Permission, api_key};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use super::SUBJECT;
use crate::domain::{
    Fault, Op,
    audit::{self, Entry},
    database::AsFault,
};

/// Why a key was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeApiKeyError {
    /// There is none.
    #[error("There is no API key with this id.")]
    NotFound,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AsFault for RevokeApiKeyError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::NotFound => None,
        }
    }
}

/// Revokes a key: from the commit on it is no good on any instance, because each asks the database for it at each
/// operation. One that was revoked before stays as it is. Needs [`Permission::SettingsEdit`].
#[tracing::instrument(name = "api_key::revoke", level = "debug", skip_all, err(level = "debug"))]
pub async fn revoke(op: &Op, id: ApiKeyId) -> Result<api_key::Model, RevokeApiKeyError> {
    op.require(Permission::SettingsEdit).await?;
    op.db.write(|transaction| revoke_in_txn(op, transaction, id).scope_boxed()).await
}

async fn revoke_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    id: ApiKeyId,
) -> Result<api_key::Model, RevokeApiKeyError> {
    let revoked = api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(op.clock.now()))
        .filter(api_key::Column::Id.eq(id))
        .filter(api_key::Column::RevokedAt.is_null())
        .exec_with_returning(transaction)
        .await
        .map_err(Fault::from)?;
    match revoked.into_iter().next() {
        Some(key) => {
            let entry = Entry::new("apiKeyRevoke").about(SUBJECT, id);
            let after = json!({ "revokedAt": key.revoked_at });
            audit::record(op, transaction, entry.change(Value::Null, after)).await?;
            Ok(key)
        }
        None => {
            let key = api_key::Entity::find_by_id(id).one(transaction).await.map_err(Fault::from)?;
            key.ok_or(RevokeApiKeyError::NotFound)
        }
    }
}
