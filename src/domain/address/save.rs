//! Writing addresses. Whoever writes one of an account's holds the account's row meanwhile: so nobody else counts its
//! addresses or moves its defaults at the same time.

use entity::{AccountId, AddressId, account as account_row, address};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};

use super::{
    MAX_ADDRESSES,
    entry::{Entry, InvalidField, Texts},
};
use crate::domain::{Fault, Op, account::UNKNOWN, database::AsFault};

/// Why an address was not added.
#[derive(Debug, thiserror::Error)]
pub enum CreateAddressError {
    /// These fields cannot be kept as they are, at least one.
    #[error("{} fields are invalid", .0.len())]
    Invalid(Vec<InvalidField>),
    /// The account has as many as it may have.
    #[error("An account can have at most {max} addresses. Remove one first.")]
    LimitReached {
        /// How many it may have.
        max: u32,
    },
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why an address was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateAddressError {
    /// The viewer has no such address.
    #[error("There is no address with this id.")]
    NotFound,
    /// These fields cannot be kept as they are, at least one.
    #[error("{} fields are invalid", .0.len())]
    Invalid(Vec<InvalidField>),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AsFault for CreateAddressError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::Invalid(_) | Self::LimitReached { .. } => None,
        }
    }
}

impl AsFault for UpdateAddressError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::NotFound | Self::Invalid(_) => None,
        }
    }
}

/// Adds an address to the viewer's. The first one becomes the default for orders and invoices whatever `entry` says.
#[tracing::instrument(name = "address::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(op: &Op, entry: Entry) -> Result<address::Model, CreateAddressError> {
    let account = op.signed_in().await?.account.id;
    let texts = Texts::new(&entry, None).map_err(CreateAddressError::Invalid)?;
    let now = op.clock.now();
    let address = address::ActiveModel {
        id: Set(AddressId(op.random.id(now))),
        account_id: Set(account),
        created_at: Set(now),
        updated_at: Set(now),
        ..texts.onto(Default::default())
    };
    op.db.write(|transaction| insert(transaction, account, &entry, address.clone()).scope_boxed()).await
}

async fn insert(
    transaction: &DatabaseTransaction,
    account: AccountId,
    entry: &Entry,
    mut address: address::ActiveModel,
) -> Result<address::Model, CreateAddressError> {
    lock(transaction, account).await?;
    let count = address::Entity::of_account(account).count(transaction).await.map_err(Fault::from)?;
    if count >= u64::from(MAX_ADDRESSES) {
        return Err(CreateAddressError::LimitReached { max: MAX_ADDRESSES });
    }
    let (shipping, billing) = if count == 0 {
        (true, true)
    } else {
        (entry.is_default_shipping == Some(true), entry.is_default_billing == Some(true))
    };
    make_room(transaction, account, shipping, billing).await?;
    address.is_default_shipping = Set(shipping);
    address.is_default_billing = Set(billing);
    Ok(address.insert(transaction).await.map_err(Fault::from)?)
}

/// Changes one of the viewer's addresses. What `entry` leaves out stays. An address that is a default one no longer has
/// no successor.
#[tracing::instrument(name = "address::update", level = "debug", skip_all, err(level = "debug"))]
pub async fn update(op: &Op, id: AddressId, entry: Entry) -> Result<address::Model, UpdateAddressError> {
    let account = op.signed_in().await?.account.id;
    op.db.write(|transaction| change(op, transaction, account, id, &entry).scope_boxed()).await
}

async fn change(
    op: &Op,
    transaction: &DatabaseTransaction,
    account: AccountId,
    id: AddressId,
    entry: &Entry,
) -> Result<address::Model, UpdateAddressError> {
    lock(transaction, account).await?;
    let before = address::Entity::of_account(account)
        .filter(address::Column::Id.eq(id))
        .one(transaction)
        .await
        .map_err(Fault::from)?
        .ok_or(UpdateAddressError::NotFound)?;
    let texts = Texts::new(entry, Some(&before)).map_err(UpdateAddressError::Invalid)?;
    let shipping = entry.is_default_shipping.unwrap_or(before.is_default_shipping);
    let billing = entry.is_default_billing.unwrap_or(before.is_default_billing);
    let (takes_shipping, takes_billing) =
        (shipping && !before.is_default_shipping, billing && !before.is_default_billing);
    make_room(transaction, account, takes_shipping, takes_billing).await?;
    let address = address::ActiveModel {
        is_default_shipping: Set(shipping),
        is_default_billing: Set(billing),
        updated_at: Set(op.clock.now()),
        ..texts.onto(before.into_active_model())
    };
    Ok(address.update(transaction).await.map_err(Fault::from)?)
}

/// Holds the account's row until the transaction ends. Rows that refer to it can still be written; SQLite has one writer
/// anyway. An account that is gone has no viewer.
async fn lock(transaction: &DatabaseTransaction, account: AccountId) -> Result<(), Fault> {
    let row = account_row::Entity::find_by_id(account)
        .select_only()
        .column(account_row::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<AccountId>()
        .one(transaction)
        .await?;
    row.map(|_| ()).ok_or(UNKNOWN)
}

/// Takes the defaults that another address is to have from those that have them.
async fn make_room(
    transaction: &DatabaseTransaction,
    account: AccountId,
    shipping: bool,
    billing: bool,
) -> Result<(), Fault> {
    for (wanted, flag) in
        [(shipping, address::Column::IsDefaultShipping), (billing, address::Column::IsDefaultBilling)]
    {
        if wanted {
            address::Entity::update_many()
                .col_expr(flag, Expr::val(false))
                .filter(address::Column::AccountId.eq(account))
                .filter(flag.eq(true))
                .exec(transaction)
                .await?;
        }
    }
    Ok(())
}

impl Texts {
    /// The address with these texts.
    fn onto(self, address: address::ActiveModel) -> address::ActiveModel {
        address::ActiveModel {
            name: Set(self.name),
            company: Set(self.company),
            line1: Set(self.line1),
            line2: Set(self.line2),
            city: Set(self.city),
            subdivision: Set(self.subdivision),
            postal_code: Set(self.postal_code),
            country: Set(self.country),
            phone: Set(self.phone),
            ..address
        }
    }
}
