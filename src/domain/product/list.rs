//! Lists of products: which, in which order, and which page of them.

use entity::{CategoryId, Currency, product, variant};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::domain::{
    context::OpContext,
    database::{Database, Listing, SortKind},
    kernel::text::Search,
};

/// Which products are wanted: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this category or one below it.
    pub category: Option<CategoryId>,
    /// With this text somewhere in the name.
    pub search: Option<Search>,
    /// With (or without) at least one variant in stock.
    pub in_stock: Option<bool>,
    /// With a variant of a price in this range.
    pub price: Option<PriceRange>,
}

/// A range of prices in one currency, both ends included, in its minor unit.
#[derive(Clone, Copy, Debug)]
pub struct PriceRange {
    /// The currency that a variant must be priced in.
    pub currency: Currency,
    /// Not below this.
    pub min_minor: Option<i64>,
    /// Not above this.
    pub max_minor: Option<i64>,
}

/// In which order products come; equal ones by their id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// From the highest to the lowest.
    pub descending: bool,
}

/// By what products can be sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// When they were added.
    CreatedAt,
    /// Their name, letter by letter as the database compares text.
    Name,
}

/// The products that pass `filter`.
#[tracing::instrument(name = "product::list", level = "debug", skip_all)]
pub fn list(ctx: &OpContext, filter: &Filter, sort: Sort) -> Listing<product::Entity> {
    let (name, column, kind) = match sort.key {
        SortKey::CreatedAt => ("product.created_at", product::Column::CreatedAt, SortKind::Time),
        SortKey::Name => ("product.name", product::Column::Name, SortKind::Text),
    };
    Listing::new(name, query(&ctx.services().db, filter), column, kind).descending(sort.descending)
}

fn query(db: &Database, filter: &Filter) -> Select<product::Entity> {
    product::Entity::find()
        .apply_if(filter.category, |query, category| {
            query.filter(product::Column::CategoryId.in_subquery(super::category::subtree(category)))
        })
        .apply_if(filter.search.as_ref(), |query, text| {
            query.filter(db.contains(product::Column::Name, text.as_str()))
        })
        .apply_if(filter.in_stock, |query, wanted| {
            let in_stock = has_variant(variant::Column::OnHand.gt(0));
            query.filter(if wanted { in_stock } else { in_stock.not() })
        })
        .apply_if(filter.price, |query, range| query.filter(has_variant(range.condition())))
}

/// Whether a product has a variant that meets `condition`.
fn has_variant(condition: Expr) -> Expr {
    let of_product = Expr::col((variant::Entity, variant::Column::ProductId))
        .equals((product::Entity, product::Column::Id));
    Expr::exists(
        variant::Entity::find()
            .select_only()
            .expr(Expr::val(1))
            .filter(of_product)
            .filter(condition)
            .into_query(),
    )
}

impl PriceRange {
    fn condition(self) -> Expr {
        let mut condition = variant::Column::Currency.eq(self.currency);
        if let Some(min) = self.min_minor {
            condition = condition.and(variant::Column::PriceMinor.gte(min));
        }
        if let Some(max) = self.max_minor {
            condition = condition.and(variant::Column::PriceMinor.lte(max));
        }
        condition
    }
}
