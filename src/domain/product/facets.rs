//! What products belong to: their categories, with all above them, their tags and their collections. Rules of shipping and of
//! discounts ask.

use std::collections::{HashMap, HashSet};

use entity::{CategoryId, CollectionId, ProductId, category, collection_product, product, product_tag};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, Query, UnionType},
};
use uuid::Uuid;

use super::category::path;
use crate::domain::{database::Database, kernel::fault::Fault};

/// What one product belongs to.
#[derive(Clone, Debug, Default)]
pub struct Facets {
    /// Its category, and those above it.
    pub categories: HashSet<CategoryId>,
    pub tags: HashSet<String>,
    /// Also those outside of their active period.
    pub collections: HashSet<CollectionId>,
}

/// The facets of these products, in one statement.
pub async fn facets_of(
    db: &Database,
    connection: &impl ConnectionTrait,
    products: &[&product::Model],
) -> Result<HashMap<ProductId, Facets>, Fault> {
    let categories = products.iter().filter_map(|product| Some(product.category_id?.0));
    let tags = Query::select()
        .column(product_tag::Column::ProductId)
        .expr(Expr::val(None::<Uuid>))
        .column(product_tag::Column::Tag)
        .expr(Expr::val(None::<Uuid>))
        .from(product_tag::Entity)
        .and_where(db.any_of(product_tag::Column::ProductId, products.iter().map(|product| product.id.0)))
        .to_owned();
    let product = collection_product::Column::ProductId;
    let collections = Query::select()
        .column(product)
        .expr(Expr::val(None::<Uuid>))
        .expr(Expr::val(None::<String>))
        .column(collection_product::Column::CollectionId)
        .from(collection_product::Entity)
        .and_where(db.any_of(product, products.iter().map(|product| product.id.0)))
        .to_owned();
    let query = Query::select()
        .expr_as(Expr::col("root"), "key")
        .expr_as(Expr::col("id"), "category")
        .expr_as(Expr::val(None::<String>), "tag")
        .expr_as(Expr::val(None::<Uuid>), "collection")
        .from("path")
        .union(UnionType::All, tags)
        .union(UnionType::All, collections)
        .with_cte(path(db.any_of(category::Column::Id, categories)))
        .to_owned();
    let mut paths: HashMap<CategoryId, HashSet<CategoryId>> = HashMap::new();
    let mut of_products: HashMap<ProductId, Facets> = HashMap::new();
    for row in connection.query_all(&query).await? {
        let key: Uuid = row.try_get("", "key")?;
        if let Some(id) = row.try_get("", "category")? {
            paths.entry(CategoryId(key)).or_default().insert(id);
        }
        if let Some(tag) = row.try_get("", "tag")? {
            of_products.entry(ProductId(key)).or_default().tags.insert(tag);
        }
        if let Some(id) = row.try_get("", "collection")? {
            of_products.entry(ProductId(key)).or_default().collections.insert(id);
        }
    }
    for product in products {
        let facets = of_products.entry(product.id).or_default();
        facets.categories = product.category_id.and_then(|id| paths.get(&id)).cloned().unwrap_or_default();
    }
    Ok(of_products)
}
