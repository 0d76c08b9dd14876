//! Deleting a cart.

use entity::{CartId, cart};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, EntityTrait};
use secrecy::SecretString;

use super::{
    access::{Right, right},
    contents,
};
use crate::domain::{
    context::{OpContext, Txn},
    kernel::operation_error::operation_error,
};

operation_error! {
    /// Why a cart was not deleted.
    pub enum DeleteError {
        /// There is no such cart, or the caller has no right to it.
        #[error("There is no cart with this id, or this is not the right token for it.")]
        NotFound(CartId),
    }
}

/// Deletes a cart with its lines.
#[tracing::instrument(name = "cart::delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn delete(ctx: &OpContext, id: CartId, token: Option<SecretString>) -> Result<(), DeleteError> {
    let right = right(ctx, token).await?;
    ctx.write(|txn| delete_in_txn(txn, id, &right).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, id: CartId, right: &Right) -> Result<(), DeleteError> {
    let found = contents::lock(txn, cart::Column::Id.eq(id)).await?;
    found.filter(|found| right.covers(&found.row)).ok_or(DeleteError::NotFound(id))?;
    cart::Entity::delete_by_id(id).exec(txn).await?;
    Ok(())
}
