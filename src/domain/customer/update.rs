//! Correcting what is known of a customer.

use entity::{AccountId, Permission, account};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, IntoActiveModel, QueryFilter,
    QuerySelect, sea_query::LockType,
};
use serde_json::{Value, json};

use super::list::customers;
use crate::domain::{
    Fault, Op, Viewer,
    account::{self as accounts, InvalidName, Name},
    audit::{self, Entry},
    database::AsFault,
};

/// Why a customer was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateCustomerError {
    /// The viewer sees no such customer.
    #[error("There is no customer with this id.")]
    NotFound,
    #[error(transparent)]
    InvalidName(#[from] InvalidName),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AsFault for UpdateCustomerError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }
}

/// Changes what a customer is called; `None` leaves it. Their address only they change.
#[tracing::instrument(name = "customer::update", level = "debug", skip_all, err(level = "debug"))]
pub async fn update(
    op: &Op,
    id: AccountId,
    name: Option<&str>,
) -> Result<account::Model, UpdateCustomerError> {
    let viewer = op.require(Permission::CustomersEdit).await?;
    let name = name.map(str::parse::<Name>).transpose()?;
    op.db.write(|transaction| update_in_txn(op, transaction, &viewer, id, name.as_ref()).scope_boxed()).await
}

async fn update_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    viewer: &Viewer,
    id: AccountId,
    name: Option<&Name>,
) -> Result<account::Model, UpdateCustomerError> {
    let before = customers()
        .filter(account::Column::Id.eq(id))
        .lock(LockType::NoKeyUpdate)
        .one(transaction)
        .await
        .map_err(Fault::from)?
        .filter(|account| accounts::is_visible(viewer, account))
        .ok_or(UpdateCustomerError::NotFound)?;
    let Some(name) = name.map(ToString::to_string).filter(|name| *name != before.name) else {
        return Ok(before);
    };
    let mut row = before.into_active_model();
    row.name = Set(name);
    row.updated_at = Set(op.clock.now());
    let account = row.update(transaction).await.map_err(Fault::from)?;
    let entry = Entry::new("customerUpdate").about("Account", id);
    let entry = entry.change(Value::Null, json!({ "name": "changed" }));
    audit::record(op, transaction, entry).await?;
    Ok(account)
}
