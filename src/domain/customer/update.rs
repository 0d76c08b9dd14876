//! Changes of customers by staff.

use entity::{AccountId, Permission, account};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::{Value, json};

use crate::domain::{
    account::{Name, is_visible, lock},
    audit::AuditEntry,
    context::{OpContext, Txn},
    identity::Viewer,
    kernel::{operation_error::operation_error, text::InvalidField},
};

operation_error! {
    pub enum UpdateError {
        #[error("There is no customer with this id.")]
        NotFound(AccountId),
        #[error("{0}")]
        Invalid(#[from] InvalidField),
    }
}

/// Changes the name of a customer; `None` keeps it. Only customers themselves change their email address.
#[tracing::instrument(name = "customer::update", level = "debug", skip_all, err(level = "debug"))]
pub async fn update(
    ctx: &OpContext,
    id: AccountId,
    name: Option<&str>,
) -> Result<account::Model, UpdateError> {
    let viewer = ctx.require(Permission::CustomersEdit).await?;
    let name = name.map(|name| Name::of_field("name", name)).transpose()?;
    ctx.write(|txn| update_in_txn(txn, &viewer, id, name.as_ref()).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    viewer: &Viewer,
    id: AccountId,
    name: Option<&Name>,
) -> Result<account::Model, UpdateError> {
    let is_found = |row: &account::Model| row.kind == account::Kind::Customer && is_visible(viewer, row);
    let before = lock(txn, id).await?.filter(is_found).ok_or(UpdateError::NotFound(id))?;
    let Some(name) = name.filter(|name| name.as_str() != before.name) else { return Ok(before) };
    let mut row = before.into_active_model();
    row.name = Set(name.to_string());
    row.updated_at = Set(txn.now());
    let account = row.update(txn).await?;
    let entry = AuditEntry::new("customerUpdate").about("Account", id);
    txn.audit(entry.change(Value::Null, json!({ "name": "changed" }))).await?;
    Ok(account)
}
