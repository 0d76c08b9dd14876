//! Striking an address out.

use entity::{AddressId, address};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::domain::{Fault, Op};

/// Why an address was not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveAddressError {
    /// The viewer has no such address.
    #[error("There is no address with this id.")]
    NotFound,
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Removes one of the viewer's addresses. If it was a default one, none takes its place: which of the others is meant
/// only the customer knows.
#[tracing::instrument(name = "address::remove", level = "debug", skip_all, err(level = "debug"))]
pub async fn remove(op: &Op, id: AddressId) -> Result<(), RemoveAddressError> {
    let account = op.signed_in().await?.account.clone();
    let removed = address::Entity::delete_many()
        .filter(address::Column::Id.eq(id))
        .filter(address::Column::AccountId.eq(account.id))
        .exec(op.db.connection())
        .await
        .map_err(Fault::from)?;
    if removed.rows_affected == 0 { Err(RemoveAddressError::NotFound) } else { Ok(()) }
}
