//! Deletion of addresses.

use entity::{AddressId, address};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::domain::{context::OpContext, kernel::operation_error::operation_error};

operation_error! {
    pub enum DeleteError {
        #[error("There is no address with this id.")]
        NotFound(AddressId),
    }
}

/// Deletes one of the viewer's addresses. If it was a default, there is no default afterwards: the customer has to
/// choose another.
#[tracing::instrument(name = "address::delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn delete(ctx: &OpContext, id: AddressId) -> Result<(), DeleteError> {
    let account = ctx.authenticated_account().await?.account.clone();
    let removed = address::Entity::delete_many()
        .filter(address::Column::Id.eq(id))
        .filter(address::Column::AccountId.eq(account.id))
        .exec(ctx.db())
        .await?;
    if removed.rows_affected == 0 { Err(DeleteError::NotFound(id)) } else { Ok(()) }
}
