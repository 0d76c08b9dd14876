//! Setting the prices of variants, and what is derived from them in the same transaction: the history of prices, and the
//! lowest and highest price of the product.

use entity::{
    Currency, Permission, ProductId, VariantId, VariantPriceChangeId, product, product_price, variant,
    variant_price, variant_price_change,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QuerySelect, QueryTrait, sea_query::OnConflict,
};
use serde_json::{Value, json};

use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        fault::Fault,
        money::{AmountError, Money},
        operation_error::operation_error,
        text::{FieldProblem, InvalidField},
    },
    shop,
};

/// The highest price, in minor units: so that a sum of 9,999 pieces in each of 100 lines stays within 64 bits.
const MAX_AMOUNT: i64 = 10_000_000_000_000;

/// The most prices that one call sets: a shop has no more currencies.
const MAX_PRICES: usize = 20;

operation_error! {
    validated
    /// Why prices were not set.
    pub enum VariantPricesSetError {
        /// There is no such variant.
        #[error("There is no variant with this id.")]
        NotFound(VariantId),
    }
}

/// The price in one currency, as decimal numbers. Without an amount the price is removed.
#[derive(Clone, Debug)]
pub struct NewPrice {
    /// The currency, one of the shop's.
    pub currency: Currency,
    /// Price of one piece.
    pub amount: Option<String>,
    /// Former or recommended price, above the amount.
    pub compare_at: Option<String>,
    /// Cost of one piece for the shop.
    pub cost: Option<String>,
}

/// A price that can be stored: amount, price to compare with, and cost in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Price {
    currency: Currency,
    amounts: Option<Amounts>,
}

/// Amount, price to compare with, and cost.
type Amounts = (i64, Option<i64>, Option<i64>);

/// Sets the prices of a variant in these currencies; those in others stay. Setting what is there already changes nothing.
#[tracing::instrument(name = "product::variant_prices_set", level = "debug", skip_all, err(level = "debug"))]
pub async fn variant_prices_set(
    ctx: &OpContext,
    id: VariantId,
    prices: &[NewPrice],
) -> Result<variant::Model, VariantPricesSetError> {
    ctx.require(Permission::ProductsEdit).await?;
    let prices = validated(prices)?;
    ctx.write(|txn| set_in_txn(txn, id, &prices).scope_boxed()).await
}

fn validated(prices: &[NewPrice]) -> Result<Vec<Price>, InvalidField> {
    if !(1..=MAX_PRICES).contains(&prices.len()) {
        let message = format!("Give 1 to {MAX_PRICES} prices.");
        return Err(InvalidField::new("prices", FieldProblem::OutOfRange, message));
    }
    let mut seen = Vec::new();
    let mut price = |(index, price): (usize, &NewPrice)| {
        let invalid = |field, problem, message: String| {
            InvalidField::new(field, problem, message).in_item("prices", index)
        };
        if seen.contains(&price.currency) {
            let message = format!("There are two prices in {}.", price.currency);
            return Err(invalid("currency", FieldProblem::Inconsistent, message));
        }
        seen.push(price.currency);
        let minor = |field, text: &Option<String>| {
            text.as_ref().map(|text| amount(field, text, price.currency)).transpose()
        };
        let minor = |field, text| minor(field, text).map_err(|error| error.in_item("prices", index));
        let (amount, compare_at) = (minor("amount", &price.amount)?, minor("compare_at", &price.compare_at)?);
        let cost = minor("cost", &price.cost)?;
        if amount.is_none() && (compare_at.is_some() || cost.is_some()) {
            let message =
                "The amount is missing. Leave out `compareAt` and `cost`, too, to remove the price.";
            return Err(invalid("amount", FieldProblem::Required, message.to_owned()));
        }
        if compare_at.zip(amount).is_some_and(|(compare_at, amount)| compare_at <= amount) {
            let message = "The price to compare with must be higher than the price.".to_owned();
            return Err(invalid("compare_at", FieldProblem::Inconsistent, message));
        }
        Ok(Price { currency: price.currency, amounts: amount.map(|amount| (amount, compare_at, cost)) })
    };
    prices.iter().enumerate().map(&mut price).collect()
}

fn amount(field: &'static str, text: &str, currency: Currency) -> Result<i64, InvalidField> {
    let problem = |error: AmountError| match error {
        AmountError::OutOfRange => FieldProblem::OutOfRange,
        AmountError::Malformed | AmountError::TooPrecise { .. } => FieldProblem::InvalidFormat,
    };
    let minor = Money::parse(text, currency)
        .map_err(|error| InvalidField::new(field, problem(error), format!("The amount is wrong: {error}.")))?
        .minor;
    if (0..=MAX_AMOUNT).contains(&minor) {
        return Ok(minor);
    }
    let max = Money { minor: MAX_AMOUNT, currency };
    let message = format!("The amount must be between 0 and {max} {currency}.");
    Err(InvalidField::new(field, FieldProblem::OutOfRange, message))
}

async fn set_in_txn(
    txn: &Txn<'_>,
    id: VariantId,
    prices: &[Price],
) -> Result<variant::Model, VariantPricesSetError> {
    let found = variant::Entity::find_by_id(id).one(txn).await?;
    let product = found.ok_or(VariantPricesSetError::NotFound(id))?.product_id;
    // All changes of a product's prices follow each other, so that what is derived from them is right.
    let locked = product::Entity::find_by_id(product).lock_exclusive().one(txn).await?;
    let locked = locked.ok_or(VariantPricesSetError::NotFound(id))?;
    let variant =
        variant::Entity::find_by_id(id).one(txn).await?.ok_or(VariantPricesSetError::NotFound(id))?;
    let before =
        variant_price::Entity::find().filter(variant_price::Column::VariantId.eq(id)).all(txn).await?;
    let is_new = |price: &&Price| {
        let old = before.iter().find(|old| old.currency == price.currency);
        old.map(|old| (old.amount, old.compare_at, old.cost)) != price.amounts
    };
    let changed: Vec<_> = prices.iter().filter(is_new).copied().collect();
    if changed.is_empty() {
        return Ok(variant);
    }
    check_currencies(txn, prices).await?;
    store(txn, id, &changed).await?;
    record(txn, id, &before, &changed).await?;
    derive(txn, product).await?;
    let mut row = locked.into_active_model();
    row.updated_at = Set(txn.now());
    row.update(txn).await?;
    let old = before.iter().filter(|old| changed.iter().any(|price| price.currency == old.currency));
    let old = old.map(|old| (old.currency, Some((old.amount, old.compare_at, old.cost))));
    let new = changed.iter().map(|price| (price.currency, price.amounts));
    let entry = AuditEntry::new("variantPricesSet").about("Variant", id);
    txn.audit(entry.change(audit_json(old), audit_json(new))).await?;
    let version = variant.version + 1;
    let mut row = variant.into_active_model();
    row.version = Set(version);
    Ok(row.update(txn).await?)
}

/// Finds a currency that the shop has not, to say which; a foreign key makes sure of it.
async fn check_currencies(txn: &Txn<'_>, prices: &[Price]) -> Result<(), VariantPricesSetError> {
    let known = shop::currencies(txn).await?;
    let Some(index) = prices.iter().position(|price| !known.contains(&price.currency)) else { return Ok(()) };
    let codes: Vec<_> = known.iter().map(|currency| currency.code()).collect();
    let message =
        format!("{} is none of the shop's currencies: {}.", prices[index].currency, codes.join(", "));
    let unknown = InvalidField::new("currency", FieldProblem::UnknownValue, message);
    Err(unknown.in_item("prices", index).into())
}

/// Inserts, updates and removes prices.
async fn store(txn: &Txn<'_>, id: VariantId, changed: &[Price]) -> Result<(), Fault> {
    use variant_price::Column::{Amount, CompareAt, Cost, Currency, VariantId as Variant};
    let row = |(currency, (amount, compare_at, cost))| variant_price::ActiveModel {
        variant_id: Set(id),
        currency: Set(currency),
        amount: Set(amount),
        compare_at: Set(compare_at),
        cost: Set(cost),
    };
    let rows: Vec<_> =
        changed.iter().filter_map(|price| Some((price.currency, price.amounts?))).map(row).collect();
    if !rows.is_empty() {
        let replace =
            OnConflict::columns([Variant, Currency]).update_columns([Amount, CompareAt, Cost]).to_owned();
        variant_price::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(txn).await?;
    }
    let removed = changed.iter().filter(|price| price.amounts.is_none()).map(|price| price.currency);
    let removed: Vec<_> = removed.collect();
    if !removed.is_empty() {
        variant_price::Entity::delete_many()
            .filter(Variant.eq(id))
            .filter(Currency.is_in(removed))
            .exec(txn)
            .await?;
    }
    Ok(())
}

/// Writes down which prices are others now.
async fn record(
    txn: &Txn<'_>,
    id: VariantId,
    before: &[variant_price::Model],
    changed: &[Price],
) -> Result<(), Fault> {
    let old = |price: &Price| before.iter().find(|old| old.currency == price.currency).map(|old| old.amount);
    let new = |price: &Price| price.amounts.map(|amounts| amounts.0);
    let rows = changed.iter().filter(|price| old(price) != new(price)).map(|price| {
        variant_price_change::ActiveModel {
            id: Set(VariantPriceChangeId(txn.random().id(txn.now()))),
            variant_id: Set(id),
            currency: Set(price.currency),
            amount: Set(new(price)),
            at: Set(txn.now()),
        }
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        variant_price_change::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
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

fn audit_json(prices: impl Iterator<Item = (Currency, Option<Amounts>)>) -> Value {
    let text = |minor: i64, currency| Money { minor, currency }.to_string();
    let json = |(currency, amounts): (Currency, Option<Amounts>)| {
        let amounts = amounts.map(|(amount, compare_at, cost)| {
            let optional = |minor: Option<i64>| minor.map(|minor| text(minor, currency));
            json!({ "amount": text(amount, currency), "compareAt": optional(compare_at), "cost": optional(cost) })
        });
        (currency.code().to_owned(), amounts.unwrap_or_default())
    };
    Value::Object(prices.map(json).collect())
}
