//! Revocation of API keys.

use entity::{ApiKeyId, Permission, api_key};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use super::SUBJECT;
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::operation_error::operation_error,
};

operation_error! {
    pub enum RevokeError {
        #[error("There is no API key with this id.")]
        NotFound(ApiKeyId),
    }
}

/// Revokes a key: it is invalid with the commit, on all instances, because each operation reads the key from the
/// database. A key that was revoked before stays as it is. Requires [`Permission::SettingsEdit`].
#[tracing::instrument(name = "api_key::revoke", level = "debug", skip_all, err(level = "debug"))]
pub async fn revoke(ctx: &OpContext, id: ApiKeyId) -> Result<api_key::Model, RevokeError> {
    ctx.require(Permission::SettingsEdit).await?;
    ctx.write(|txn| revoke_in_txn(txn, id).scope_boxed()).await
}

async fn revoke_in_txn(txn: &Txn<'_>, id: ApiKeyId) -> Result<api_key::Model, RevokeError> {
    let revoked = api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(txn.now()))
        .filter(api_key::Column::Id.eq(id))
        .filter(api_key::Column::RevokedAt.is_null())
        .exec_with_returning(txn)
        .await?;
    match revoked.into_iter().next() {
        Some(key) => {
            let entry = AuditEntry::new("apiKeyRevoke").about(SUBJECT, id);
            let after = json!({ "revokedAt": key.revoked_at });
            txn.audit(entry.change(Value::Null, after)).await?;
            Ok(key)
        }
        None => {
            let key = api_key::Entity::find_by_id(id).one(txn).await?;
            key.ok_or(RevokeError::NotFound(id))
        }
    }
}
