//! Settings of tax: reading them, and changing them.

use std::collections::HashMap;

use entity::{
    Currency, Permission, TaxClassId, TaxSettingsId, shop_currency, tax_rate,
    tax_settings::{self, CrossBorder, Rounding},
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IdenStatic,
    IntoActiveModel, Iterable, QueryResult, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, IntoColumnRef, Order, Query},
};
use serde_json::{Value, json};

use super::rate::subdivision_alone;
use crate::domain::{
    address::{ELSEWHERE, Place},
    audit::AuditEntry,
    context::{OpContext, Txn},
    database,
    kernel::{
        fault::Fault,
        global_id::{GlobalId, enum_name},
        operation_error::operation_error,
        patch::{Patch, set},
        text::{FieldProblem, InvalidField},
    },
    shop,
};

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxSettings {
    pub row: tax_settings::Model,
    /// The shop's currencies in their order, with whether prices in them contain tax.
    pub(super) currencies: Vec<(Currency, bool)>,
}

operation_error! {
    validated
    /// Why the settings were not changed.
    pub enum TaxSettingsUpdateError {
        /// The settings were changed since the version that was named: these are the present ones.
        #[error("The settings were changed since this version. Look at the present ones, and try again with their `version`.")]
        Conflict(Box<TaxSettings>),
    }
}

/// A change of the settings; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct TaxSettingsChange {
    /// The version that the change was made from.
    pub version: Option<i32>,
    /// Code of the shop's country. Another country than the present one removes the subdivision.
    pub country_code: Patch<String>,
    pub subdivision_code: Patch<String>,
    pub default_tax_class: Patch<TaxClassId>,
    pub rounding: Option<Rounding>,
    pub cross_border_prices: Option<CrossBorder>,
    pub currencies_without_tax: Option<Vec<Currency>>,
}

impl TaxSettings {
    /// Place of the shop.
    pub fn place(&self) -> Option<Place> {
        Place::of_key(self.row.place.as_deref()?)
    }

    /// Currencies whose prices are without tax, in their order.
    pub fn currencies_without_tax(&self) -> Vec<Currency> {
        let without = self.currencies.iter().filter(|(_, includes_tax)| !includes_tax);
        without.map(|(currency, _)| *currency).collect()
    }

    /// Reads the settings in one statement.
    pub(super) async fn read(db: &impl ConnectionTrait) -> Result<Self, Fault> {
        use shop_currency::Column::{Currency, Position, PricesIncludeTax};
        let all = Query::select()
            .columns(tax_settings::Column::iter().map(|column| column.as_column_ref().into_column_ref()))
            .columns([Currency, PricesIncludeTax].map(|column| column.as_column_ref().into_column_ref()))
            .from(tax_settings::Entity)
            .from(shop_currency::Entity)
            .order_by(Position.as_column_ref().into_column_ref(), Order::Asc)
            .to_owned();
        let rows = db.query_all(&all).await?;
        let first = rows.first().ok_or_else(|| Fault::internal("the row of the tax settings is missing"))?;
        let row = tax_settings::Model::from_query_result(first, "")?;
        let currency = |row: &QueryResult| -> Result<_, DbErr> {
            Ok((row.try_get("", "currency")?, row.try_get("", "prices_include_tax")?))
        };
        Ok(Self { row, currencies: rows.iter().map(currency).collect::<Result<_, _>>()? })
    }

    /// Reads the settings, and the rates of the shop's place and of the places with these keys, in one statement. The rates stand
    /// beside one of the currencies.
    pub(super) async fn read_with_rates(
        db: &impl ConnectionTrait,
        places: impl IntoIterator<Item = &str>,
    ) -> Result<(Self, Vec<tax_rate::Model>), Fault> {
        use shop_currency::Column::{Currency, PricesIncludeTax};
        let rate = |column| Expr::col((tax_rate::Entity, column));
        let home = || Expr::col((tax_settings::Entity, tax_settings::Column::Place));
        let country = Func::cust("substr").arg(home()).arg(1).arg(2);
        let places = places.into_iter().chain([ELSEWHERE]);
        let of_places = rate(tax_rate::Column::Place)
            .is_in(places)
            .or(rate(tax_rate::Column::Place).eq(home()))
            .or(rate(tax_rate::Column::Place).eq(country));
        let one = Query::select().expr(Expr::col(Currency).min()).from(shop_currency::Entity).to_owned();
        let is_one =
            Expr::col((shop_currency::Entity, Currency)).eq(Expr::SubQuery(None, Box::new(one.into())));
        let mut all = Query::select();
        all.columns(tax_settings::Column::iter().map(|column| column.as_column_ref().into_column_ref()))
            .columns([Currency, PricesIncludeTax].map(|column| column.as_column_ref().into_column_ref()))
            .from(tax_settings::Entity)
            .cross_join(shop_currency::Entity)
            .left_join(tax_rate::Entity, is_one.and(of_places));
        for column in tax_rate::Column::iter() {
            all.expr_as(rate(column), format!("rate_{}", column.as_str()));
        }
        let rows = db.query_all(&all).await?;
        let first = rows.first().ok_or_else(|| Fault::internal("the row of the tax settings is missing"))?;
        let row = tax_settings::Model::from_query_result(first, "")?;
        let (mut currencies, mut rates) = (Vec::new(), Vec::new());
        for row in &rows {
            let currency = (row.try_get("", "currency")?, row.try_get("", "prices_include_tax")?);
            if !currencies.contains(&currency) {
                currencies.push(currency);
            }
            rates.extend(tax_rate::Model::from_query_result_optional(row, "rate_")?);
        }
        Ok((Self { row, currencies }, rates))
    }

    /// Applies a change of the place, and tells the new key.
    fn moved(&self, change: &TaxSettingsChange) -> Result<Option<String>, InvalidField> {
        let present = self.place();
        if change.country_code.is_none() && change.subdivision_code.is_none() {
            return Ok(self.row.place.clone());
        }
        let country = match &change.country_code {
            None => present.as_ref().map(|place| place.country.clone()),
            Some(code) => code.clone(),
        };
        let Some(country) = country else {
            let part = change.subdivision_code.iter().flatten().find(|code| !code.trim().is_empty());
            return part.map_or(Ok(None), |_| Err(subdivision_alone()));
        };
        let subdivision = match &change.subdivision_code {
            None => present
                .filter(|place| place.country.eq_ignore_ascii_case(country.trim()))
                .and_then(|place| place.subdivision),
            Some(code) => code.clone(),
        };
        Ok(Some(Place::of_fields(&country, subdivision.as_deref())?.key().to_owned()))
    }

    fn audit_json(&self) -> Value {
        let place = self.place();
        let codes: Vec<_> = self.currencies_without_tax().into_iter().map(Currency::code).collect();
        json!({
            "countryCode": place.as_ref().map(|place| &place.country),
            "subdivisionCode": place.as_ref().and_then(|place| place.subdivision.as_ref()),
            "defaultTaxClass": self.row.default_class_id.map(GlobalId::global_id),
            "rounding": enum_name(&self.row.rounding),
            "crossBorderPrices": enum_name(&self.row.cross_border),
            "currenciesWithoutTax": codes,
        })
    }
}

/// The settings, in one statement.
#[tracing::instrument(name = "tax::tax_settings", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_settings(ctx: &OpContext) -> Result<TaxSettings, Fault> {
    ctx.require(Permission::SettingsEdit).await?;
    TaxSettings::read(ctx.db()).await
}

/// The settings by their id, the only one there is; without the permission none, and without a statement.
#[tracing::instrument(name = "tax::tax_settings_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_settings_by_ids(
    ctx: &OpContext,
    ids: &[TaxSettingsId],
) -> Result<HashMap<TaxSettingsId, TaxSettings>, Fault> {
    if !ids.contains(&tax_settings::KEY) || !ctx.viewer().await?.permissions().has(Permission::SettingsEdit) {
        return Ok(HashMap::new());
    }
    Ok(HashMap::from([(tax_settings::KEY, TaxSettings::read(ctx.db()).await?)]))
}

/// Changes the settings.
#[tracing::instrument(name = "tax::tax_settings_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn tax_settings_update(
    ctx: &OpContext,
    change: TaxSettingsChange,
) -> Result<TaxSettings, TaxSettingsUpdateError> {
    ctx.require(Permission::SettingsEdit).await?;
    ctx.write(|txn| update_in_txn(txn, &change).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    change: &TaxSettingsChange,
) -> Result<TaxSettings, TaxSettingsUpdateError> {
    let before = lock(txn).await?;
    if change.version.is_some_and(|version| version != before.row.version) {
        return Err(TaxSettingsUpdateError::Conflict(Box::new(before)));
    }
    let mut after = before.clone();
    after.row.place = before.moved(change)?;
    set(&mut after.row.default_class_id, change.default_tax_class);
    set(&mut after.row.rounding, change.rounding);
    set(&mut after.row.cross_border, change.cross_border_prices);
    if let Some(without) = &change.currencies_without_tax {
        check_currencies(&before, without)?;
        for (currency, includes_tax) in &mut after.currencies {
            *includes_tax = !without.contains(currency);
        }
    }
    if after == before {
        return Ok(before);
    }
    after.row.version += 1;
    write(txn, &before, &after).await?;
    let entry = AuditEntry::new("taxSettingsUpdate").about("TaxSettings", tax_settings::KEY);
    txn.audit(entry.difference(before.audit_json(), after.audit_json())).await?;
    Ok(after)
}

/// The settings, locked until the end of the transaction, together with the shop's currencies.
async fn lock(txn: &Txn<'_>) -> Result<TaxSettings, Fault> {
    let currencies = shop::lock_currencies(txn).await?;
    let row = tax_settings::Entity::find_by_id(tax_settings::ID).lock_exclusive().one(txn).await?;
    let row = row.ok_or_else(|| Fault::internal("the row of the tax settings is missing"))?;
    let currencies = currencies.into_iter().map(|row| (row.currency, row.prices_include_tax)).collect();
    Ok(TaxSettings { row, currencies })
}

async fn write(
    txn: &Txn<'_>,
    before: &TaxSettings,
    after: &TaxSettings,
) -> Result<(), TaxSettingsUpdateError> {
    if after.currencies != before.currencies {
        let without = after.currencies_without_tax();
        shop_currency::Entity::update_many()
            .col_expr(
                shop_currency::Column::PricesIncludeTax,
                Expr::col(shop_currency::Column::Currency).is_not_in(without),
            )
            .exec(txn)
            .await?;
    }
    let row = after.row.clone().into_active_model().reset_all();
    row.update(txn).await.map_err(|error| match database::is_referenced(&error) {
        true => unknown_class().into(),
        false => TaxSettingsUpdateError::from(error),
    })?;
    Ok(())
}

fn check_currencies(settings: &TaxSettings, chosen: &[Currency]) -> Result<(), InvalidField> {
    let is_known = |currency: &Currency| settings.currencies.iter().any(|(known, _)| known == currency);
    let Some(index) = chosen.iter().position(|currency| !is_known(currency)) else { return Ok(()) };
    let message = format!("{} is none of the shop's currencies.", chosen[index]);
    Err(InvalidField::of_item("currencies_without_tax", index, FieldProblem::UnknownValue, message))
}

fn unknown_class() -> InvalidField {
    let message = "There is no tax class with this id.";
    InvalidField::new("default_tax_class_id", FieldProblem::UnknownValue, message)
}
