//! Reading options, the values that variants have, and tags.

use std::{collections::HashMap, sync::Arc};

use entity::{
    ProductId, ProductOptionId, VariantId, product, product_option, product_option_value, product_tag,
    variant, variant_option_value,
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
    sea_query::{Expr, ExprTrait},
};

use super::{aggregate::OptionValues, option::SelectedOption};
use crate::domain::{context::OpContext, kernel::fault::Fault};

/// The tags of each of these products, in alphabetical order, in one statement.
#[tracing::instrument(name = "product::tags_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn tags_of(
    ctx: &OpContext,
    products: &[ProductId],
) -> Result<HashMap<ProductId, Arc<[String]>>, Fault> {
    use product_tag::Column::ProductId as Product;
    let chosen = ctx.services().db.any_of(Product, products.iter().map(|id| id.0));
    let rows = product_tag::Entity::find().filter(chosen).all(ctx.db()).await?;
    let mut tags: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        tags.entry(row.product_id).or_default().push(row.tag);
    }
    let sorted = |(product, mut tags): (_, Vec<String>)| {
        tags.sort_unstable();
        (product, tags.into())
    };
    Ok(tags.into_iter().map(sorted).collect())
}

/// The options of each of these products, in their order, in two statements. Shoppers see the values of variants on sale.
#[tracing::instrument(name = "product::options_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn options_of(
    ctx: &OpContext,
    products: &[ProductId],
) -> Result<HashMap<ProductId, Arc<[OptionValues]>>, Fault> {
    use product_option::Column::{Position, ProductId as Product};
    let chosen = ctx.services().db.any_of(Product, products.iter().map(|id| id.0));
    let options = product_option::Entity::find().filter(chosen).order_by_asc(Product).order_by_asc(Position);
    let rows = options.all(ctx.db()).await?;
    let values = values(ctx, &rows).await?;
    let of_one = rows.chunk_by(|a, b| a.product_id == b.product_id);
    let with_values = |rows: &[product_option::Model]| {
        let options = rows.iter().map(|option| OptionValues::new(option.clone(), &values));
        (rows[0].product_id, options.collect())
    };
    Ok(of_one.map(with_values).collect())
}

/// Those of the options with these ids whose product the viewer sees, in two statements.
#[tracing::instrument(name = "product::options_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn options_by_ids(
    ctx: &OpContext,
    ids: &[ProductOptionId],
) -> Result<HashMap<ProductOptionId, OptionValues>, Fault> {
    let chosen = ctx.services().db.any_of(product_option::Column::Id, ids.iter().map(|id| id.0));
    let products = super::visible(ctx, product::Entity::find()).await;
    let products = products.select_only().column(product::Column::Id).into_query();
    let visible = product_option::Column::ProductId.in_subquery(products);
    let rows = product_option::Entity::find().filter(chosen).filter(visible).all(ctx.db()).await?;
    let values = values(ctx, &rows).await?;
    Ok(rows.into_iter().map(|option| (option.id, OptionValues::new(option, &values))).collect())
}

async fn values(
    ctx: &OpContext,
    options: &[product_option::Model],
) -> Result<Vec<product_option_value::Model>, Fault> {
    use product_option_value::Column::{OptionId, Position};
    let chosen = ctx.services().db.any_of(OptionId, options.iter().map(|option| option.id.0));
    let values = product_option_value::Entity::find().filter(chosen).order_by_asc(Position);
    let values = if super::sees_all(ctx).await { values } else { values.filter(is_on_sale()) };
    Ok(values.all(ctx.db()).await?)
}

/// The condition that a variant on sale has the value.
fn is_on_sale() -> Expr {
    let value = Expr::col((variant_option_value::Entity, variant_option_value::Column::ValueId))
        .equals((product_option_value::Entity, product_option_value::Column::Id));
    let with_value: Select<_> = variant_option_value::Entity::find();
    let with_value = with_value
        .select_only()
        .expr(Expr::val(1))
        .join(JoinType::InnerJoin, to_variant())
        .filter(variant::Column::ArchivedAt.is_null())
        .filter(value);
    Expr::exists(with_value.into_query())
}

fn to_variant() -> sea_orm::RelationDef {
    variant_option_value::Entity::belongs_to(variant::Entity)
        .from(variant_option_value::Column::VariantId)
        .to(variant::Column::Id)
        .into()
}

#[derive(FromQueryResult)]
struct Selection {
    variant_id: VariantId,
    name: String,
    value: String,
}

/// The value of each option of each of these variants, in the order of the options, in one statement.
#[tracing::instrument(name = "product::selections_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn selections_of(
    ctx: &OpContext,
    variants: &[VariantId],
) -> Result<HashMap<VariantId, Arc<[SelectedOption]>>, Fault> {
    use variant_option_value::Column::{OptionId, ValueId, VariantId as Variant};
    let chosen = ctx.services().db.any_of(Variant, variants.iter().map(|id| id.0));
    let to_option = variant_option_value::Entity::belongs_to(product_option::Entity)
        .from(OptionId)
        .to(product_option::Column::Id);
    let to_value = variant_option_value::Entity::belongs_to(product_option_value::Entity)
        .from(ValueId)
        .to(product_option_value::Column::Id);
    let rows = variant_option_value::Entity::find()
        .select_only()
        .column(Variant)
        .column_as(product_option::Column::Name, "name")
        .column_as(product_option_value::Column::Name, "value")
        .join(JoinType::InnerJoin, to_option.into())
        .join(JoinType::InnerJoin, to_value.into())
        .filter(chosen)
        .order_by_asc(product_option::Column::Position)
        .into_model::<Selection>()
        .all(ctx.db())
        .await?;
    let mut selections: HashMap<_, Vec<_>> = HashMap::new();
    for Selection { variant_id, name, value } in rows {
        selections.entry(variant_id).or_default().push(SelectedOption { name, value });
    }
    Ok(selections.into_iter().map(|(variant, selection)| (variant, selection.into())).collect())
}
