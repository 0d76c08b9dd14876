//! Setting the prices of variants.

use entity::{Currency, Permission, VariantId, product, variant};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QuerySelect};

use super::price_write::{PriceChanges, derive};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        field::by_currency,
        money::Money,
        operation_error::operation_error,
        text::{FieldProblem, InvalidField},
    },
    shop,
};

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

/// A price that can be stored: its amounts in minor units, none to remove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Price {
    pub currency: Currency,
    pub amounts: Option<Amounts>,
}

/// Amount, price to compare with, and cost.
pub(super) type Amounts = (i64, Option<i64>, Option<i64>);

/// Sets the prices of a variant in these currencies; those in others stay. Setting what is there already changes nothing.
#[tracing::instrument(name = "product::variant_prices_set", level = "debug", skip_all, err(level = "debug"))]
pub async fn variant_prices_set(
    ctx: &OpContext,
    id: VariantId,
    prices: &[NewPrice],
) -> Result<variant::Model, VariantPricesSetError> {
    ctx.require(Permission::ProductsEdit).await?;
    if prices.is_empty() {
        let message = format!("Give 1 to {MAX_PRICES} prices.");
        return Err(InvalidField::new("prices", FieldProblem::OutOfRange, message).into());
    }
    let prices = validated(prices)?;
    ctx.write(|txn| set_in_txn(txn, id, &prices).scope_boxed()).await
}

/// Parses the prices of one variant, at most one in each currency.
pub(super) fn validated(prices: &[NewPrice]) -> Result<Vec<Price>, InvalidField> {
    by_currency(MAX_PRICES, "prices", prices, |price| price.currency, NewPrice::parse)
}

impl NewPrice {
    fn parse(&self) -> Result<Price, InvalidField> {
        let currency = self.currency;
        let minor = |field, text: &Option<String>| {
            let parse = |text: &String| Money::of_field(field, text, currency).map(|money| money.minor);
            text.as_ref().map(parse).transpose()
        };
        let (amount, compare_at) = (minor("amount", &self.amount)?, minor("compare_at", &self.compare_at)?);
        let cost = minor("cost", &self.cost)?;
        if amount.is_none() && (compare_at.is_some() || cost.is_some()) {
            let message =
                "The amount is missing. Leave out `compareAt` and `cost`, too, to remove the price.";
            return Err(InvalidField::new("amount", FieldProblem::Required, message));
        }
        if compare_at.zip(amount).is_some_and(|(compare_at, amount)| compare_at <= amount) {
            let message = "The price to compare with must be higher than the price.";
            return Err(InvalidField::new("compare_at", FieldProblem::Inconsistent, message));
        }
        Ok(Price { currency, amounts: amount.map(|amount| (amount, compare_at, cost)) })
    }
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
    let changes = PriceChanges::plan(txn, vec![(id, prices.to_vec())]).await?;
    if changes.is_empty() {
        return Ok(variant);
    }
    check_currencies(&shop::currencies(txn).await?, prices)?;
    changes.write(txn).await?;
    derive(txn, product).await?;
    let mut row = locked.into_active_model();
    row.updated_at = Set(txn.now());
    row.update(txn).await?;
    let entry = AuditEntry::new("variantPricesSet").about("Variant", id);
    let [mut was, mut is] = [false, true].map(|after| changes.audit_json(&[id], after));
    txn.audit(entry.change(was.remove(&id).into(), is.remove(&id).into())).await?;
    let version = variant.version + 1;
    let mut row = variant.into_active_model();
    row.version = Set(version);
    Ok(row.update(txn).await?)
}

/// Finds a currency that the shop has not, to say which; a foreign key makes sure of it.
pub(super) fn check_currencies(known: &[Currency], prices: &[Price]) -> Result<(), InvalidField> {
    shop::check_currencies(known, prices.iter().map(|price| price.currency))
}
