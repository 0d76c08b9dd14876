//! Prices: what a piece costs in each currency, and what it cost before.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use entity::{Currency, ProductId, VariantId, product_price, variant_price, variant_price_change};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};

use crate::domain::{context::OpContext, kernel::fault::Fault, shop};

/// The time before a reduction in which the lowest price counts (Article 6a of Directive 98/6/EC).
const PRIOR: Duration = Duration::days(30);

/// The currency of prices where none is asked for, under the key `()` that a loader needs.
#[tracing::instrument(name = "product::default_currency", level = "debug", skip_all, err(level = "debug"))]
pub async fn default_currency(ctx: &OpContext, _: &[()]) -> Result<HashMap<(), Currency>, Fault> {
    Ok(HashMap::from([((), shop::default_currency(ctx.db()).await?)]))
}

/// The prices of each of these variants, in one statement.
#[tracing::instrument(name = "product::prices_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn prices_of(
    ctx: &OpContext,
    variants: &[VariantId],
) -> Result<HashMap<VariantId, Arc<[variant_price::Model]>>, Fault> {
    use variant_price::Column::{Currency, VariantId as Variant};
    let chosen = ctx.services().db.any_of(Variant, variants.iter().map(|id| id.0));
    let prices = variant_price::Entity::find().filter(chosen).order_by_asc(Variant).order_by_asc(Currency);
    let prices = prices.all(ctx.db()).await?;
    let of_one = prices.chunk_by(|a, b| a.variant_id == b.variant_id);
    Ok(of_one.map(|prices| (prices[0].variant_id, prices.into())).collect())
}

/// The lowest and highest price of each of these products, in one statement.
#[tracing::instrument(name = "product::price_ranges_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn price_ranges_of(
    ctx: &OpContext,
    products: &[ProductId],
) -> Result<HashMap<ProductId, Arc<[product_price::Model]>>, Fault> {
    use product_price::Column::{Currency, ProductId as Product};
    let chosen = ctx.services().db.any_of(Product, products.iter().map(|id| id.0));
    let ranges = product_price::Entity::find().filter(chosen).order_by_asc(Product).order_by_asc(Currency);
    let ranges = ranges.all(ctx.db()).await?;
    let of_one = ranges.chunk_by(|a, b| a.product_id == b.product_id);
    Ok(of_one.map(|ranges| (ranges[0].product_id, ranges.into())).collect())
}

/// Prices, in minor units, in each of their currencies.
type PriceList = Arc<[(Currency, i64)]>;

/// The prior price of each of these variants in each currency in which its price is a reduced one, in one statement.
#[tracing::instrument(name = "product::prior_prices_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn prior_prices_of(
    ctx: &OpContext,
    variants: &[VariantId],
) -> Result<HashMap<VariantId, PriceList>, Fault> {
    use variant_price_change::Column::{At, Currency as CurrencyColumn, Id, VariantId as Variant};
    let chosen = ctx.services().db.any_of(Variant, variants.iter().map(|id| id.0));
    let changes = variant_price_change::Entity::find()
        .filter(chosen)
        .order_by_asc(Variant)
        .order_by_asc(CurrencyColumn)
        .order_by_asc(At)
        .order_by_asc(Id)
        .all(ctx.db())
        .await?;
    let mut prior: HashMap<_, Vec<_>> = HashMap::new();
    for of_one in changes.chunk_by(|a, b| (a.variant_id, a.currency) == (b.variant_id, b.currency)) {
        let history: Vec<_> = of_one.iter().map(|change| (change.at, change.amount)).collect();
        if let Some(amount) = prior_price(&history) {
            prior.entry(of_one[0].variant_id).or_default().push((of_one[0].currency, amount));
        }
    }
    Ok(prior.into_iter().map(|(variant, prices)| (variant, prices.into())).collect())
}

/// Time and amount of each change of a price; no amount where it was removed.
type Change = (DateTime<Utc>, Option<i64>);

/// The lowest price in the 30 days before the present reduction began; `None` when the present price is not a reduced one.
/// Reductions that follow each other without a rise between them are one, which began with the first (paragraph 5 of the
/// article). `history` holds the changes in their order; without an amount nothing was offered from then on.
fn prior_price(history: &[Change]) -> Option<i64> {
    let is_reduction = |pair: &[Change]| matches!((pair[0].1, pair[1].1), (Some(a), Some(b)) if b < a);
    let reductions = history.windows(2).rev().take_while(|pair| is_reduction(pair)).count();
    if reductions == 0 {
        return None;
    }
    let first = history.len() - reductions;
    let (before, start) = (&history[..first], history[first].0 - PRIOR);
    // The price that held when the 30 days began, and all that came within them.
    let within = before.iter().filter(|change| change.0 > start);
    let held = before.iter().rfind(|change| change.0 <= start);
    within.chain(held).filter_map(|change| change.1).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The prior price after changes at these days.
    fn prior(changes: &[(i64, Option<i64>)]) -> Option<i64> {
        let at = |day| DateTime::UNIX_EPOCH + Duration::days(day);
        prior_price(&changes.iter().map(|(day, amount)| (at(*day), *amount)).collect::<Vec<_>>())
    }

    #[test]
    fn prior_price_is_the_lowest_of_the_30_days_before_a_reduction() {
        assert_eq!(prior(&[(0, Some(100)), (100, Some(80))]), Some(100));
        let raised_before = [(0, Some(100)), (90, Some(120)), (100, Some(80))];
        assert_eq!(prior(&raised_before), Some(100), "the price held until day 90");
        let long_ago = [(0, Some(50)), (10, Some(100)), (100, Some(80))];
        assert_eq!(prior(&long_ago), Some(100), "a lower price ended more than 30 days before");
    }

    #[test]
    fn prior_price_of_reductions_in_a_row_is_that_before_the_first() {
        assert_eq!(prior(&[(0, Some(100)), (100, Some(80)), (110, Some(60))]), Some(100));
        let interrupted = [(0, Some(100)), (100, Some(80)), (105, Some(90)), (110, Some(60))];
        assert_eq!(prior(&interrupted), Some(80), "a rise between them begins another reduction");
    }

    #[test]
    fn prior_price_is_none_for_a_price_that_is_not_reduced() {
        assert_eq!(prior(&[]), None);
        assert_eq!(prior(&[(0, Some(100))]), None);
        assert_eq!(prior(&[(0, Some(100)), (10, Some(80)), (20, Some(100))]), None, "back at the old price");
        assert_eq!(
            prior(&[(0, Some(100)), (10, None), (20, Some(80))]),
            None,
            "it was not offered meanwhile"
        );
    }
}
