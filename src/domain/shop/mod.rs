//! Settings of the shop that staff change while it runs: its name, currencies, time zone, and the numbers of orders. They
//! stand in the database, so that all instances have the same ones.

mod update;

pub use update::{ShopUpdate, UpdateError, update};

use std::collections::HashMap;

use entity::{Currency, Permission, ShopId, shop, shop_currency};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, QuerySelect};

use crate::domain::{
    context::OpContext,
    kernel::{
        fault::Fault,
        text::{FieldProblem, InvalidField},
    },
};

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The row of the shop.
    pub shop: shop::Model,
    /// Currencies that prices can be given in, in their order.
    pub currencies: Vec<Currency>,
}

/// The settings, in two statements.
#[tracing::instrument(name = "shop::settings", level = "debug", skip_all, err(level = "debug"))]
pub async fn settings(db: &impl ConnectionTrait) -> Result<Settings, Fault> {
    let shop = shop::Entity::find_by_id(shop::ID).one(db).await?;
    with_currencies(db, shop).await
}

/// The settings by the id of the shop, the only one there is.
#[tracing::instrument(name = "shop::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(ctx: &OpContext, ids: &[ShopId]) -> Result<HashMap<ShopId, Settings>, Fault> {
    match ids.contains(&shop::KEY) {
        true => Ok(HashMap::from([(shop::KEY, settings(ctx.db()).await?)])),
        false => Ok(HashMap::new()),
    }
}

/// A value that only those see who may change the settings. A viewer who cannot be looked up is none of them, so that the
/// settings can be read while the session store is down.
pub async fn for_staff<T>(ctx: &OpContext, value: T) -> Option<T> {
    let viewer = ctx.viewer().await.ok()?;
    viewer.permissions().has(Permission::SettingsEdit).then_some(value)
}

/// The shop's name.
pub async fn name(db: &impl ConnectionTrait) -> Result<String, Fault> {
    let shop = shop::Entity::find_by_id(shop::ID).one(db).await?;
    Ok(shop.ok_or_else(missing)?.name)
}

/// The currency of prices where none is asked for.
pub async fn default_currency(db: &impl ConnectionTrait) -> Result<Currency, Fault> {
    let shop = shop::Entity::find_by_id(shop::ID).one(db).await?;
    Ok(shop.ok_or_else(missing)?.default_currency)
}

/// Currencies that prices can be given in, in their order.
pub async fn currencies(db: &impl ConnectionTrait) -> Result<Vec<Currency>, Fault> {
    let rows = shop_currency::Entity::find().order_by_asc(shop_currency::Column::Position).all(db).await?;
    Ok(rows.into_iter().map(|row| row.currency).collect())
}

/// Finds among the currencies of an input's `prices` one that the shop has not, to say which; a foreign key makes sure of
/// it.
pub fn check_currencies(
    known: &[Currency],
    currencies: impl Iterator<Item = Currency>,
) -> Result<(), InvalidField> {
    let is_unknown = |(_, currency): &(usize, Currency)| !known.contains(currency);
    let Some((index, currency)) = currencies.enumerate().find(is_unknown) else { return Ok(()) };
    let codes: Vec<_> = known.iter().map(|currency| currency.code()).collect();
    let message = format!("{currency} is none of the shop's currencies: {}.", codes.join(", "));
    Err(InvalidField::new("currency", FieldProblem::UnknownValue, message).in_item("prices", index))
}

/// Currencies that prices can be given in, in their order, locked until the end of the transaction: with the shop's row, as
/// all changes of them are.
pub(in crate::domain) async fn lock_currencies(
    db: &impl ConnectionTrait,
) -> Result<Vec<shop_currency::Model>, Fault> {
    shop::Entity::find_by_id(shop::ID).lock_exclusive().one(db).await?.ok_or_else(missing)?;
    Ok(shop_currency::Entity::find().order_by_asc(shop_currency::Column::Position).all(db).await?)
}

/// The settings, locked until the end of the transaction.
async fn lock(db: &impl ConnectionTrait) -> Result<Settings, Fault> {
    let shop = shop::Entity::find_by_id(shop::ID).lock_exclusive().one(db).await?;
    with_currencies(db, shop).await
}

async fn with_currencies(db: &impl ConnectionTrait, shop: Option<shop::Model>) -> Result<Settings, Fault> {
    Ok(Settings { shop: shop.ok_or_else(missing)?, currencies: currencies(db).await? })
}

fn missing() -> Fault {
    Fault::internal("the row of the shop's settings is missing")
}
