//! Reading zones and methods. Only viewers with `SETTINGS_EDIT` see zones, and of a method more than it tells shoppers; for
//! others the functions return nothing, without a statement. A viewer who cannot be looked up is one of those, so that carts
//! can be read meanwhile.

use std::{collections::HashMap, sync::Arc};

use entity::{
    Permission, ShippingMethodId, ShippingZoneId, category, shipping_method, shipping_method_category,
    shipping_price, shipping_zone, shipping_zone_place,
};
use sea_orm::{EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect};

use crate::domain::{address::Place, context::OpContext, kernel::fault::Fault, shop};

/// The zones, by name.
#[tracing::instrument(name = "shipping::zones", level = "debug", skip_all, err(level = "debug"))]
pub async fn zones(ctx: &OpContext) -> Result<Vec<shipping_zone::Model>, Fault> {
    ctx.require(Permission::SettingsEdit).await?;
    let by_name = shipping_zone::Entity::find().order_by_asc(shipping_zone::Column::Name);
    Ok(by_name.order_by_asc(shipping_zone::Column::Id).all(ctx.db()).await?)
}

/// Those of the zones with these ids that the viewer sees, in one statement.
#[tracing::instrument(name = "shipping::zones_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn zones_by_ids(
    ctx: &OpContext,
    ids: &[ShippingZoneId],
) -> Result<HashMap<ShippingZoneId, shipping_zone::Model>, Fault> {
    if !sees_all(ctx).await {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(shipping_zone::Column::Id, ids.iter().map(|id| id.0));
    let zones = shipping_zone::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(zones.into_iter().map(|zone| (zone.id, zone)).collect())
}

/// A place of a zone; `None` stands for everywhere else.
type ZonePlace = Option<Place>;

/// The places of each of these zones, by code, in one statement.
#[tracing::instrument(name = "shipping::places_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn places_of(
    ctx: &OpContext,
    zones: &[ShippingZoneId],
) -> Result<HashMap<ShippingZoneId, Arc<[ZonePlace]>>, Fault> {
    use shipping_zone_place::Column::ZoneId;
    if !sees_all(ctx).await {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(ZoneId, zones.iter().map(|id| id.0));
    let mut rows = shipping_zone_place::Entity::find().filter(chosen).all(ctx.db()).await?;
    // By code point, whatever the order of the database is.
    rows.sort_unstable_by(|a, b| a.place.cmp(&b.place));
    let mut places = grouped(zones);
    for row in rows {
        places.entry(row.zone_id).or_default().push(Place::of_key(&row.place));
    }
    Ok(shared(places))
}

/// The methods of each of these zones, in their order, in one statement.
#[tracing::instrument(name = "shipping::methods_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn methods_of(
    ctx: &OpContext,
    zones: &[ShippingZoneId],
) -> Result<HashMap<ShippingZoneId, Arc<[shipping_method::Model]>>, Fault> {
    if !sees_all(ctx).await {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(shipping_method::Column::ZoneId, zones.iter().map(|id| id.0));
    let mut methods = grouped(zones);
    for method in shipping_method::Entity::in_order().filter(chosen).all(ctx.db()).await? {
        methods.entry(method.zone_id).or_default().push(method);
    }
    Ok(shared(methods))
}

/// The methods with these ids, in one statement.
#[tracing::instrument(name = "shipping::methods_by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn methods_by_ids(
    ctx: &OpContext,
    ids: &[ShippingMethodId],
) -> Result<HashMap<ShippingMethodId, shipping_method::Model>, Fault> {
    let chosen = ctx.services().db.any_of(shipping_method::Column::Id, ids.iter().map(|id| id.0));
    let methods = shipping_method::Entity::find().filter(chosen).all(ctx.db()).await?;
    Ok(methods.into_iter().map(|method| (method.id, method)).collect())
}

/// The prices of each of these methods, by currency, in one statement.
#[tracing::instrument(name = "shipping::prices_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn prices_of(
    ctx: &OpContext,
    methods: &[ShippingMethodId],
) -> Result<HashMap<ShippingMethodId, Arc<[shipping_price::Model]>>, Fault> {
    use shipping_price::Column::{Currency, MethodId};
    if !sees_all(ctx).await {
        return Ok(HashMap::new());
    }
    let chosen = ctx.services().db.any_of(MethodId, methods.iter().map(|id| id.0));
    let by_currency = shipping_price::Entity::find().filter(chosen).order_by_asc(Currency);
    let mut prices = grouped(methods);
    for price in by_currency.all(ctx.db()).await? {
        prices.entry(price.method_id).or_default().push(price);
    }
    Ok(shared(prices))
}

/// An excluded category of a method.
#[derive(FromQueryResult)]
struct Exclusion {
    method_id: ShippingMethodId,
    #[sea_orm(nested)]
    category: category::Model,
}

/// The excluded categories of each of these methods, by name, in one statement.
#[tracing::instrument(
    name = "shipping::excluded_categories_of",
    level = "debug",
    skip_all,
    err(level = "debug")
)]
pub async fn excluded_categories_of(
    ctx: &OpContext,
    methods: &[ShippingMethodId],
) -> Result<HashMap<ShippingMethodId, Arc<[category::Model]>>, Fault> {
    use shipping_method_category::Column::{CategoryId, MethodId};
    if !sees_all(ctx).await {
        return Ok(HashMap::new());
    }
    let to_exclusion = category::Entity::belongs_to(shipping_method_category::Entity)
        .from(category::Column::Id)
        .to(CategoryId);
    let rows = category::Entity::find()
        .column(MethodId)
        .join(JoinType::InnerJoin, to_exclusion.into())
        .filter(ctx.services().db.any_of(MethodId, methods.iter().map(|id| id.0)))
        .order_by_asc(category::Column::Name)
        .order_by_asc(category::Column::Id)
        .into_model::<Exclusion>()
        .all(ctx.db())
        .await?;
    let mut categories = grouped(methods);
    for row in rows {
        categories.entry(row.method_id).or_default().push(row.category);
    }
    Ok(shared(categories))
}

/// Whether the viewer sees zones, and all of a method.
async fn sees_all(ctx: &OpContext) -> bool {
    shop::for_staff(ctx, ()).await.is_some()
}

/// An empty list for each key, since a missing one stands for what the viewer does not see.
fn grouped<K: Copy + Eq + std::hash::Hash, T>(keys: &[K]) -> HashMap<K, Vec<T>> {
    keys.iter().map(|key| (*key, Vec::new())).collect()
}

fn shared<K: Eq + std::hash::Hash, T>(lists: HashMap<K, Vec<T>>) -> HashMap<K, Arc<[T]>> {
    lists.into_iter().map(|(key, list)| (key, list.into())).collect()
}
