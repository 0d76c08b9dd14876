//! Writing the difference between two states of a product.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entity::{
    VariantId, product, product_option, product_option_value, product_slug, product_tag, variant,
    variant_option_value,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use serde_json::Value;

use super::{
    aggregate::{Aggregate, OptionValues, values_of},
    price_write::{self, PriceChanges},
    slug,
    variant_fields::unknown_tax_class,
};
use crate::domain::{
    audit::AuditEntry,
    context::Txn,
    database, inventory,
    kernel::{
        fault::Fault,
        text::{FieldProblem, InvalidField, Rejected},
    },
};

/// Brings the database from one state of a locked product to another, with its prices and their range, and writes an audit
/// entry; without `before` the product is new. Names and positions of variants follow from the state, and versions grow with
/// what changed. Returns whether anything did. The number of statements depends on which kinds of rows change only.
pub(super) async fn save(
    txn: &Txn<'_>,
    entry: AuditEntry,
    before: Option<&Aggregate>,
    after: &mut Aggregate,
    prices: &PriceChanges,
) -> Result<bool, Rejected> {
    arrange(after);
    let changed = changed_variants(before, after, &prices.variants());
    let of_product = before.is_none_or(|before| {
        (&before.product, &before.tags, &before.options) != (&after.product, &after.tags, &after.options)
    });
    if !of_product && changed.is_empty() {
        return Ok(false);
    }
    after.product.updated_at = txn.now();
    after.product.version += i32::from(of_product && before.is_some());
    let ids: Vec<_> = changed.iter().map(|variant| variant.id).collect();
    write(txn, before, after, changed).await?;
    prices.write(txn).await?;
    if !prices.is_empty() || on_sale(before) != on_sale(Some(after)) {
        price_write::derive(txn, after.product.id).await?;
    }
    let was = before.map_or(Value::Null, |before| before.audit_json(&prices.audit_json(&ids, false)));
    txn.audit(entry.difference(was, after.audit_json(&prices.audit_json(&ids, true)))).await?;
    Ok(true)
}

fn on_sale(aggregate: Option<&Aggregate>) -> HashSet<VariantId> {
    let variants = aggregate.iter().flat_map(|aggregate| &aggregate.variants);
    variants.filter(|variant| variant.archived_at.is_none()).map(|variant| variant.id).collect()
}

async fn write(
    txn: &Txn<'_>,
    before: Option<&Aggregate>,
    after: &Aggregate,
    changed: Vec<variant::Model>,
) -> Result<(), Rejected> {
    save_product(txn, before.map(|before| &before.product), &after.product).await?;
    if before.map_or(&[][..], |before| &before.tags) != after.tags {
        save_tags(txn, after).await?;
    }
    let reselected = reselected(before, &changed);
    clear_selections(txn, &reselected).await?;
    if before.map_or(&[][..], |before| &before.options) != after.options {
        save_options(txn, before.map_or(&[][..], |before| &before.options), after).await?;
    }
    save_variants(txn, before, changed).await?;
    Ok(insert_selections(txn, after, &reselected).await?)
}

/// Gives the variants the names and positions that follow from the options and their order.
fn arrange(after: &mut Aggregate) {
    for index in 0..after.variants.len() {
        let name = after.name_of(&after.variants[index]);
        after.variants[index].name = name;
    }
    for (position, variant) in (0..).zip(&mut after.variants) {
        variant.position = position;
    }
}

/// The variants that are new or changed, with their new versions.
fn changed_variants(
    before: Option<&Aggregate>,
    after: &mut Aggregate,
    repriced: &HashSet<VariantId>,
) -> Vec<variant::Model> {
    let old = old_variants(before);
    let mut changed = Vec::new();
    for variant in &mut after.variants {
        match old.get(&variant.id) {
            Some(old) if *old == variant && !repriced.contains(&variant.id) => continue,
            Some(_) => variant.version += 1,
            None => {}
        }
        changed.push(variant.clone());
    }
    changed
}

fn old_variants(before: Option<&Aggregate>) -> HashMap<VariantId, &variant::Model> {
    before.iter().flat_map(|before| &before.variants).map(|variant| (variant.id, variant)).collect()
}

/// The variants whose option values are new.
fn reselected(before: Option<&Aggregate>, changed: &[variant::Model]) -> HashSet<VariantId> {
    let old = old_variants(before);
    let is_new = |variant: &&variant::Model| {
        old.get(&variant.id).is_none_or(|old| old.combination != variant.combination)
    };
    changed.iter().filter(is_new).map(|variant| variant.id).collect()
}

async fn save_product(
    txn: &Txn<'_>,
    before: Option<&product::Model>,
    after: &product::Model,
) -> Result<(), Rejected> {
    let result = match before {
        None => {
            let row = after.clone().into_active_model();
            product::Entity::insert(row).exec_without_returning(txn).await.map(drop)
        }
        Some(_) => after.clone().into_active_model().reset_all().update(txn).await.map(drop),
    };
    result.map_err(|error| rejection(error, after))?;
    if before.is_none_or(|before| before.slug != after.slug) {
        // The product that has a slug now is found by it, not the one that had it before.
        product_slug::Entity::delete_by_id(after.slug.clone()).exec(txn).await?;
    }
    if let Some(before) = before.filter(|before| before.slug != after.slug) {
        let row = product_slug::ActiveModel { slug: Set(before.slug.clone()), product_id: Set(after.id) };
        product_slug::Entity::insert(row).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// The constraint that a product's row violates, as the problem of a field.
fn rejection(error: DbErr, row: &product::Model) -> Rejected {
    if database::is_duplicate(&error, "product", "slug") {
        slug::taken(&row.slug).into()
    } else if database::is_duplicate(&error, "product", "external_id") {
        let message = "Another product has this external id.";
        InvalidField::new("external_id", FieldProblem::Taken, message).into()
    } else if database::is_referenced(&error) {
        let message = "There is no category with this id.";
        InvalidField::new("category_id", FieldProblem::UnknownValue, message).into()
    } else {
        error.into()
    }
}

async fn save_tags(txn: &Txn<'_>, after: &Aggregate) -> Result<(), Fault> {
    let product = after.product.id;
    product_tag::Entity::delete_many().filter(product_tag::Column::ProductId.eq(product)).exec(txn).await?;
    let row = |tag: &String| product_tag::ActiveModel { product_id: Set(product), tag: Set(tag.clone()) };
    if !after.tags.is_empty() {
        let rows = after.tags.iter().map(row);
        product_tag::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

async fn clear_selections(txn: &Txn<'_>, variants: &HashSet<VariantId>) -> Result<(), Fault> {
    if !variants.is_empty() {
        let column = variant_option_value::Column::VariantId;
        let chosen = txn.services().db.any_of(column, variants.iter().map(|id| id.0));
        variant_option_value::Entity::delete_many().filter(chosen).exec(txn).await?;
    }
    Ok(())
}

/// Removes the options and values that are gone, then inserts and updates the others.
async fn save_options(txn: &Txn<'_>, before: &[OptionValues], after: &Aggregate) -> Result<(), Fault> {
    use product_option_value::Column::{Id, Name, OptionId, Position};
    let kept: HashSet<_> =
        after.options.iter().flat_map(|option| &option.values).map(|value| value.id).collect();
    let old = before.iter().flat_map(|option| &option.values);
    let removed: Vec<_> = old.map(|value| value.id).filter(|id| !kept.contains(id)).map(|id| id.0).collect();
    if !removed.is_empty() {
        let chosen = txn.services().db.any_of(Id, removed);
        product_option_value::Entity::delete_many().filter(chosen).exec(txn).await?;
    }
    save_option_rows(txn, before, after).await?;
    let known = |id| before.iter().any(|option| option.values.iter().any(|value| value.id == id));
    let rows: Vec<_> = after
        .options
        .iter()
        .flat_map(|option| (0..).zip(&option.values).map(|(position, value)| (option.id, position, value)))
        .map(|(option_id, position, value)| product_option_value::ActiveModel {
            id: Set(value.id),
            option_id: Set(option_id),
            name: Set(value.name.clone()),
            position: Set(position),
        })
        .collect();
    if kept.iter().any(|id| known(*id)) {
        // Names that change places would meet on the way.
        let chosen = txn.services().db.any_of(OptionId, after.options.iter().map(|option| option.id.0));
        product_option_value::Entity::update_many()
            .col_expr(Name, Expr::cust(ASIDE))
            .filter(chosen)
            .exec(txn)
            .await?;
    }
    if !rows.is_empty() {
        let replace = OnConflict::column(Id).update_columns([Name, Position]).to_owned();
        product_option_value::Entity::insert_many(rows)
            .on_conflict(replace)
            .exec_without_returning(txn)
            .await?;
    }
    Ok(())
}

/// A name that no other row has: names hold no tab.
const ASIDE: &str = "name || '\t'";

async fn save_option_rows(txn: &Txn<'_>, before: &[OptionValues], after: &Aggregate) -> Result<(), Fault> {
    use product_option::Column::{Id, Name, Position, ProductId};
    let is_kept = |id| after.options.iter().any(|option| option.id == id);
    let (kept, removed): (Vec<_>, Vec<_>) =
        before.iter().map(|option| option.id).partition(|id| is_kept(*id));
    if !removed.is_empty() {
        let chosen = txn.services().db.any_of(Id, removed.iter().map(|id| id.0));
        product_option::Entity::delete_many().filter(chosen).exec(txn).await?;
    }
    if !kept.is_empty() {
        product_option::Entity::update_many()
            .col_expr(Name, Expr::cust(ASIDE))
            .filter(ProductId.eq(after.product.id))
            .exec(txn)
            .await?;
    }
    let rows = (0..).zip(&after.options).map(|(position, option)| product_option::ActiveModel {
        id: Set(option.id),
        product_id: Set(after.product.id),
        name: Set(option.name.clone()),
        position: Set(position),
    });
    if !after.options.is_empty() {
        let replace = OnConflict::column(Id).update_columns([Name, Position]).to_owned();
        product_option::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Inserts and updates variants, and opens the stock of new ones.
async fn save_variants(
    txn: &Txn<'_>,
    before: Option<&Aggregate>,
    changed: Vec<variant::Model>,
) -> Result<(), Rejected> {
    use variant::Column::{
        ArchivedAt, Barcode, Combination, Id, MaxPerOrder, Name, Position, RequiresShipping, Sku, TaxClassId,
        Version, Weight,
    };
    if changed.is_empty() {
        return Ok(());
    }
    let old = old_variants(before);
    let (known, new): (Vec<_>, Vec<_>) =
        changed.iter().map(|variant| variant.id).partition(|id| old.contains_key(id));
    if known
        .iter()
        .any(|id| changed.iter().any(|new| new.id == *id && old[id].combination != new.combination))
    {
        // Combinations that change places would meet on the way.
        let chosen = txn.services().db.any_of(Id, known.iter().map(|id| id.0));
        variant::Entity::update_many()
            .col_expr(Combination, Expr::cust("combination || '*'"))
            .filter(chosen)
            .exec(txn)
            .await?;
    }
    let columns = [
        Sku,
        Name,
        Combination,
        Barcode,
        Weight,
        RequiresShipping,
        MaxPerOrder,
        TaxClassId,
        Position,
        ArchivedAt,
        Version,
    ];
    let replace = OnConflict::column(Id).update_columns(columns).to_owned();
    let rows = changed.into_iter().map(IntoActiveModel::into_active_model);
    let saved = variant::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(txn).await;
    saved.map_err(|error| match database::is_duplicate(&error, "variant", "sku") {
        // Another transaction was faster. The next try finds it when it looks for the place of the SKU in the input.
        true => Rejected::Fault(Fault::Conflict(Arc::new(error))),
        false if database::is_referenced(&error) => unknown_tax_class().into(),
        false => error.into(),
    })?;
    Ok(inventory::open(txn, &new).await?)
}

async fn insert_selections(
    txn: &Txn<'_>,
    after: &Aggregate,
    variants: &HashSet<VariantId>,
) -> Result<(), Fault> {
    let options =
        after.options.iter().flat_map(|option| option.values.iter().map(|value| (value.id, option.id)));
    let option_of: HashMap<_, _> = options.collect();
    let chosen = after.variants.iter().filter(|variant| variants.contains(&variant.id));
    let rows = chosen.flat_map(|variant| values_of(variant).map(|value| (variant.id, value)));
    let row = |(variant, value)| {
        option_of.get(&value).map(|option| variant_option_value::ActiveModel {
            variant_id: Set(variant),
            option_id: Set(*option),
            value_id: Set(value),
        })
    };
    let rows: Vec<_> = rows.filter_map(row).collect();
    if !rows.is_empty() {
        variant_option_value::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}
