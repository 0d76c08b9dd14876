//! Creation and change of addresses. Both lock the account's row, so that concurrent requests cannot exceed the limit
//! or leave two defaults.

use entity::{AccountId, AddressId, address};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::Expr,
};

use super::{MAX_ADDRESSES, patch::AddressPatch};
use crate::domain::{
    account::lock,
    context::{OpContext, Txn},
    identity::UNKNOWN_SESSION,
    kernel::{fault::Fault, operation_error::operation_error, text::InvalidField},
};

operation_error! {
    pub enum CreateError {
        #[error("Some fields of the address are invalid.")]
        Invalid(Vec<InvalidField>),
        #[error("An account can have at most {max} addresses. Remove one first.")]
        LimitReached {
            max: u32,
        },
    }
}

operation_error! {
    pub enum UpdateError {
        #[error("There is no address with this id.")]
        NotFound(AddressId),
        #[error("Some fields of the address are invalid.")]
        Invalid(Vec<InvalidField>),
    }
}

/// Adds an address to the viewer's account. The first one becomes the default for orders and invoices, regardless of
/// `patch`.
#[tracing::instrument(name = "address::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(ctx: &OpContext, patch: AddressPatch) -> Result<address::Model, CreateError> {
    let account = ctx.authenticated_account().await?.account.id;
    let valid = patch.onto(None).map_err(CreateError::Invalid)?;
    let now = ctx.now();
    let address = address::ActiveModel {
        id: Set(AddressId(ctx.random().id(now))),
        account_id: Set(account),
        created_at: Set(now),
        updated_at: Set(now),
        ..valid
    };
    ctx.write(|txn| insert(txn, account, &patch, address.clone()).scope_boxed()).await
}

async fn insert(
    txn: &Txn<'_>,
    account: AccountId,
    patch: &AddressPatch,
    mut address: address::ActiveModel,
) -> Result<address::Model, CreateError> {
    lock(txn, account).await?.ok_or(UNKNOWN_SESSION)?;
    let count = address::Entity::of_account(account).count(txn).await?;
    if count >= u64::from(MAX_ADDRESSES) {
        return Err(CreateError::LimitReached { max: MAX_ADDRESSES });
    }
    let (shipping, billing) = if count == 0 {
        (true, true)
    } else {
        (patch.is_default_shipping == Some(true), patch.is_default_billing == Some(true))
    };
    make_room(txn, account, shipping, billing).await?;
    address.is_default_shipping = Set(shipping);
    address.is_default_billing = Set(billing);
    Ok(address.insert(txn).await?)
}

/// Changes one of the viewer's addresses. Fields that `patch` leaves out stay. If it is no longer a default, there is
/// none.
#[tracing::instrument(name = "address::update", level = "debug", skip_all, err(level = "debug"))]
pub async fn update(
    ctx: &OpContext,
    id: AddressId,
    patch: AddressPatch,
) -> Result<address::Model, UpdateError> {
    let account = ctx.authenticated_account().await?.account.id;
    ctx.write(|txn| change(txn, account, id, &patch).scope_boxed()).await
}

async fn change(
    txn: &Txn<'_>,
    account: AccountId,
    id: AddressId,
    patch: &AddressPatch,
) -> Result<address::Model, UpdateError> {
    lock(txn, account).await?.ok_or(UNKNOWN_SESSION)?;
    let before = address::Entity::of_account(account)
        .filter(address::Column::Id.eq(id))
        .one(txn)
        .await?
        .ok_or(UpdateError::NotFound(id))?;
    let valid = patch.onto(Some(&before)).map_err(UpdateError::Invalid)?;
    let shipping = patch.is_default_shipping.unwrap_or(before.is_default_shipping);
    let billing = patch.is_default_billing.unwrap_or(before.is_default_billing);
    let (takes_shipping, takes_billing) =
        (shipping && !before.is_default_shipping, billing && !before.is_default_billing);
    make_room(txn, account, takes_shipping, takes_billing).await?;
    let address = address::ActiveModel {
        is_default_shipping: Set(shipping),
        is_default_billing: Set(billing),
        updated_at: Set(txn.now()),
        ..valid
    };
    Ok(address.update(txn).await?)
}

/// Removes the defaults, which move to another address, from the previous ones.
async fn make_room(txn: &Txn<'_>, account: AccountId, shipping: bool, billing: bool) -> Result<(), Fault> {
    for (wanted, flag) in
        [(shipping, address::Column::IsDefaultShipping), (billing, address::Column::IsDefaultBilling)]
    {
        if wanted {
            address::Entity::update_many()
                .col_expr(flag, Expr::val(false))
                .filter(address::Column::AccountId.eq(account))
                .filter(flag.eq(true))
                .exec(txn)
                .await?;
        }
    }
    Ok(())
}
