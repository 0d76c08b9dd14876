//! Lists of products: which, in which order, and which page of them.

use entity::{
    CategoryId, CollectionId, Currency, collection_product, product, product_price, product_tag, stock_level,
    variant, variant_price,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::domain::{
    context::OpContext,
    database::{Database, Listing, SortKind},
    inventory::Availability,
    kernel::{fault::Fault, text::Search},
    shop,
};

/// Which products are wanted: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this status. Whoever does not see all may only ask for active ones.
    pub status: Option<product::Status>,
    /// In this category or one below it.
    pub category: Option<CategoryId>,
    /// In this collection, if the viewer sees it.
    pub collection: Option<CollectionId>,
    /// With this tag.
    pub tag: Option<String>,
    /// With this text somewhere in the name, or in the SKU or barcode of a variant.
    pub search: Option<Search>,
    /// With a variant on sale of one of these availabilities.
    pub availability: Option<Vec<Availability>>,
    /// With a variant on sale of a price in this range.
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
    /// When they were last changed.
    UpdatedAt,
    /// Their name, without case and marks.
    Name,
    /// Their lowest price in this currency, the shop's default one by default. Products without a price in it are left out.
    Price(Option<Currency>),
    /// Their place in this collection. Others are left out, and all if the viewer does not see the collection.
    Collection(CollectionId),
}

/// The products that pass `filter`.
#[tracing::instrument(name = "product::list", level = "debug", skip_all)]
pub async fn list(ctx: &OpContext, filter: &Filter, sort: Sort) -> Result<Listing<product::Entity>, Fault> {
    let status = match filter.status {
        status if super::sees_all(ctx).await => status,
        None | Some(product::Status::Active) => Some(product::Status::Active),
        // An error for who may not ask.
        Some(_) => ctx.require(entity::Permission::ProductsEdit).await.map(|_| filter.status)?,
    };
    let mut query =
        query(&ctx.services().db, filter).apply_if(status, |query, status| query.filter(has_status(status)));
    if let Some(collection) = filter.collection.filter(|id| sort.key != SortKey::Collection(*id)) {
        let members = collection_product::Entity::find()
            .select_only()
            .column(collection_product::Column::ProductId)
            .filter(is_in(ctx, collection).await);
        query = query.filter(product::Column::Id.in_subquery(members.into_query()));
    }
    let listing = match sort.key {
        SortKey::CreatedAt => {
            Listing::new("product.created_at", query, product::Column::CreatedAt, SortKind::Time)
        }
        SortKey::UpdatedAt => {
            Listing::new("product.updated_at", query, product::Column::UpdatedAt, SortKind::Time)
        }
        SortKey::Name => Listing::new("product.name_key", query, product::Column::NameKey, SortKind::Text),
        SortKey::Price(Some(currency)) => by_price(query, currency),
        SortKey::Price(None) => by_price(query, shop::default_currency(ctx.db()).await?),
        SortKey::Collection(id) => in_order_of(query, is_in(ctx, id).await),
    };
    Ok(listing.descending(sort.descending))
}

/// Whether a product has this status, as text of the statement: most products are active and few are drafts, so the two need
/// plans of their own.
fn has_status(status: product::Status) -> Expr {
    let column = Expr::col((product::Entity, product::Column::Status));
    column.eq(Expr::Constant(status.to_value().into()))
}

/// Products by their lowest price in a currency.
fn by_price(mut query: Select<product::Entity>, currency: Currency) -> Listing<product::Entity> {
    use product_price::Column::{Currency, Min, ProductId};
    let is_same =
        Expr::col((product_price::Entity, ProductId)).equals((product::Entity, product::Column::Id));
    QueryTrait::query(&mut query).inner_join(product_price::Entity, is_same);
    let priced = query.filter(Currency.eq(currency));
    Listing::joined(format!("product_price.min.{currency}"), priced, (Min, ProductId), SortKind::Long)
}

/// Products in the order of a collection.
fn in_order_of(mut query: Select<product::Entity>, is_member: Condition) -> Listing<product::Entity> {
    use collection_product::Column::{Position, ProductId};
    let is_same =
        Expr::col((collection_product::Entity, ProductId)).equals((product::Entity, product::Column::Id));
    QueryTrait::query(&mut query).inner_join(collection_product::Entity, is_same);
    let query = query.filter(is_member);
    Listing::joined("collection_product.position", query, (Position, ProductId), SortKind::Int)
}

/// Whether a row of `collection_product` is of this collection, and the viewer sees that.
async fn is_in(ctx: &OpContext, id: CollectionId) -> Condition {
    use collection_product::Column::CollectionId as Collection;
    let visible = super::collection::visible_ids(ctx, id).await;
    Condition::all().add(Collection.eq(id)).add(Collection.in_subquery(visible))
}

fn query(db: &Database, filter: &Filter) -> Select<product::Entity> {
    product::Entity::find()
        .apply_if(filter.category, |query, category| {
            query.filter(product::Column::CategoryId.in_subquery(super::category::subtree(category)))
        })
        .apply_if(filter.tag.as_ref(), |query, tag| {
            let tagged = product_tag::Entity::find()
                .select_only()
                .column(product_tag::Column::ProductId)
                .filter(product_tag::Column::Tag.eq(tag));
            query.filter(product::Column::Id.in_subquery(tagged.into_query()))
        })
        .apply_if(filter.search.as_ref(), |query, text| {
            let text = text.as_str();
            let of_variant =
                db.contains(variant::Column::Sku, text).or(db.contains(variant::Column::Barcode, text));
            query.filter(db.contains(product::Column::Name, text).or(has_variant(of_variant)))
        })
        .apply_if(filter.availability.as_ref(), |query, wanted| {
            let conditions = wanted.iter().map(|availability| is_available(*availability));
            let level = conditions.reduce(ExprTrait::or).unwrap_or_else(|| Expr::val(false));
            query.filter(has_variant(
                on_sale().and(
                    variant::Column::Id.in_subquery(
                        stock_level::Entity::find()
                            .select_only()
                            .column(stock_level::Column::VariantId)
                            .filter(level)
                            .into_query(),
                    ),
                ),
            ))
        })
        .apply_if(filter.price, |query, range| {
            query.filter(has_variant(
                on_sale().and(
                    variant::Column::Id.in_subquery(
                        variant_price::Entity::find()
                            .select_only()
                            .column(variant_price::Column::VariantId)
                            .filter(range.condition())
                            .into_query(),
                    ),
                ),
            ))
        })
}

fn on_sale() -> Expr {
    variant::Column::ArchivedAt.is_null()
}

/// The condition on a level that `inventory::availability` computes for a row.
fn is_available(availability: Availability) -> Expr {
    use stock_level::Column::{Available, BackorderLimit, LowThreshold, Tracked};
    let (available, tracked) = (|| Expr::col(Available), || Tracked.eq(true));
    let sold_out = || tracked().and(available().lte(0));
    let backorder = || available().add(Expr::col(BackorderLimit));
    match availability {
        Availability::InStock => {
            let enough = available().gt(Expr::col(LowThreshold)).and(available().gt(0));
            tracked().not().or(enough)
        }
        Availability::Low => tracked().and(available().gt(0)).and(available().lte(Expr::col(LowThreshold))),
        Availability::Backorder => sold_out().and(backorder().gt(0)),
        Availability::Out => sold_out().and(backorder().lte(0)),
    }
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
        let mut condition = variant_price::Column::Currency.eq(self.currency);
        if let Some(min) = self.min_minor {
            condition = condition.and(variant_price::Column::Amount.gte(min));
        }
        if let Some(max) = self.max_minor {
            condition = condition.and(variant_price::Column::Amount.lte(max));
        }
        condition
    }
}
