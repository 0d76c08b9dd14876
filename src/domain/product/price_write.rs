//! Writing prices, their history, and the lowest and highest price of the product.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use entity::{
    Currency, ProductId, VariantId, VariantPriceChangeId, product_price, variant, variant_price,
    variant_price_change,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait,
    sea_query::OnConflict,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::price_set::{Amounts, Price};
use crate::domain::{
    context::Txn,
    database,
    kernel::{fault::Fault, money::Money},
};

/// The prices that a change makes other than they were.
#[derive(Debug, Default)]
pub(super) struct PriceChanges {
    before: Vec<variant_price::Model>,
    changed: Vec<(VariantId, Price)>,
}

impl PriceChanges {
    /// Compares the wanted prices with those that there are, in one statement. The caller holds the product.
    pub(super) async fn plan(txn: &Txn<'_>, wanted: Vec<(VariantId, Vec<Price>)>) -> Result<Self, Fault> {
        if wanted.iter().all(|(_, prices)| prices.is_empty()) {
            return Ok(Self::default());
        }
        let ids = wanted.iter().map(|(id, _)| id.0);
        let chosen = txn.services().db.any_of(variant_price::Column::VariantId, ids);
        let before = variant_price::Entity::find().filter(chosen).all(txn).await?;
        let old: HashMap<_, _> =
            before.iter().map(|row| ((row.variant_id, row.currency), amounts(row))).collect();
        let all =
            wanted.into_iter().flat_map(|(id, prices)| prices.into_iter().map(move |price| (id, price)));
        let changed =
            all.filter(|(id, price)| old.get(&(*id, price.currency)).copied() != price.amounts).collect();
        Ok(Self { before, changed })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    /// The variants of which a price changes.
    pub(super) fn variants(&self) -> HashSet<VariantId> {
        self.changed.iter().map(|(id, _)| *id).collect()
    }

    /// Writes the prices and their history: two statements, and one for each currency in which prices are removed. The
    /// variants exist by now.
    pub(super) async fn write(&self, txn: &Txn<'_>) -> Result<(), Fault> {
        use variant_price::Column::{Amount, CompareAt, Cost, Currency, VariantId as Variant};
        let row = |(id, price): &(VariantId, Price)| {
            price.amounts.map(|(amount, compare_at, cost)| variant_price::ActiveModel {
                variant_id: Set(*id),
                currency: Set(price.currency),
                amount: Set(amount),
                compare_at: Set(compare_at),
                cost: Set(cost),
            })
        };
        let rows: Vec<_> = self.changed.iter().filter_map(row).collect();
        if !rows.is_empty() {
            let replace =
                OnConflict::columns([Variant, Currency]).update_columns([Amount, CompareAt, Cost]).to_owned();
            let written = variant_price::Entity::insert_many(rows)
                .on_conflict(replace)
                .exec_without_returning(txn)
                .await;
            // A currency that was removed meanwhile is found by the next try.
            written.map_err(|error| match database::is_referenced(&error) {
                true => Fault::Conflict(Arc::new(error)),
                false => error.into(),
            })?;
        }
        // By currency, of which a shop has 20 at most: SQLite takes no condition with a thousand alternatives.
        let mut removed: BTreeMap<&str, (entity::Currency, Vec<Uuid>)> = BTreeMap::new();
        for (id, price) in self.changed.iter().filter(|(_, price)| price.amounts.is_none()) {
            removed.entry(price.currency.code()).or_insert((price.currency, Vec::new())).1.push(id.0);
        }
        for (currency, variants) in removed.into_values() {
            let chosen = txn.services().db.any_of(Variant, variants);
            variant_price::Entity::delete_many()
                .filter(Currency.eq(currency))
                .filter(chosen)
                .exec(txn)
                .await?;
        }
        self.record(txn).await
    }

    /// Writes down which amounts are others now.
    async fn record(&self, txn: &Txn<'_>) -> Result<(), Fault> {
        let old: HashMap<_, _> =
            self.before.iter().map(|row| ((row.variant_id, row.currency), row.amount)).collect();
        let row = |(id, price): &(VariantId, Price)| {
            let amount = price.amounts.map(|amounts| amounts.0);
            let is_new = old.get(&(*id, price.currency)).copied() != amount;
            is_new.then(|| variant_price_change::ActiveModel {
                id: Set(VariantPriceChangeId(txn.random().id(txn.now()))),
                variant_id: Set(*id),
                currency: Set(price.currency),
                amount: Set(amount),
                at: Set(txn.now()),
            })
        };
        let rows: Vec<_> = self.changed.iter().filter_map(row).collect();
        if !rows.is_empty() {
            variant_price_change::Entity::insert_many(rows).exec_without_returning(txn).await?;
        }
        Ok(())
    }

    /// The changed prices of each of these variants, before or after the change, for the audit log.
    pub(super) fn audit_json(&self, variants: &[VariantId], after: bool) -> HashMap<VariantId, Value> {
        let mut texts: HashMap<_, _> = variants.iter().map(|id| (*id, json!({}))).collect();
        for (id, price) in &self.changed {
            let is_old =
                |row: &&variant_price::Model| row.variant_id == *id && row.currency == price.currency;
            let amounts = match after {
                true => price.amounts,
                false => self.before.iter().find(is_old).map(amounts),
            };
            if let Some(prices) = texts.get_mut(id) {
                prices[price.currency.code()] = amounts_json(price.currency, amounts);
            }
        }
        texts
    }
}

fn amounts(row: &variant_price::Model) -> Amounts {
    (row.amount, row.compare_at, row.cost)
}

fn amounts_json(currency: Currency, amounts: Option<Amounts>) -> Value {
    let text = |minor: i64| Money { minor, currency }.to_string();
    match amounts {
        Some((amount, compare_at, cost)) => {
            json!({ "amount": text(amount), "compareAt": compare_at.map(text), "cost": cost.map(text) })
        }
        None => Value::Null,
    }
}

#[derive(FromQueryResult)]
struct Range {
    currency: Currency,
    min: i64,
    max: i64,
}

/// Derives the lowest and highest price of a product's variants on sale, in three statements. The caller holds the product.
pub(super) async fn derive(txn: &Txn<'_>, product: ProductId) -> Result<(), Fault> {
    use variant_price::Column::{Amount, Currency};
    let on_sale = variant::Entity::find()
        .select_only()
        .column(variant::Column::Id)
        .filter(variant::Column::ProductId.eq(product))
        .filter(variant::Column::ArchivedAt.is_null());
    let ranges = variant_price::Entity::find()
        .select_only()
        .column(Currency)
        .column_as(Amount.min(), "min")
        .column_as(Amount.max(), "max")
        .filter(variant_price::Column::VariantId.in_subquery(on_sale.into_query()))
        .group_by(Currency)
        .into_model::<Range>()
        .all(txn)
        .await?;
    product_price::Entity::delete_many()
        .filter(product_price::Column::ProductId.eq(product))
        .exec(txn)
        .await?;
    let row = |range: Range| product_price::ActiveModel {
        product_id: Set(product),
        currency: Set(range.currency),
        min: Set(range.min),
        max: Set(range.max),
    };
    if !ranges.is_empty() {
        let rows = ranges.into_iter().map(row);
        product_price::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}
