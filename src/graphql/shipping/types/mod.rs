//! Shipping zones and methods.

mod method;
pub(super) mod method_edit;
pub(super) mod zone_edit;

pub use method::ShippingMethod;

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use entity::{ShippingZoneId, shipping_method, shipping_zone};

use crate::{
    domain::{address::Place, shipping},
    graphql::kit::{
        context::ContextExt, cost::list_size, error::ResolverError, id::Node, load, loader::loader,
    },
};

/// Countries and parts of countries with the same shipping methods. Each place belongs to at most one zone. A destination has the
/// zone of its most specific place: subdivision, then country, then everywhere else.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ShippingZone {
    #[graphql(skip)]
    key: ShippingZoneId,
    /// Global id of the shipping zone.
    pub(in crate::graphql) id: ID,
    /// Name for staff, unique in the shop.
    name: String,
    /// Number of the last change, from 1.
    version: i32,
}

impl From<shipping_zone::Model> for ShippingZone {
    fn from(row: shipping_zone::Model) -> Self {
        Self { key: row.id, id: row.id.global(), name: row.name, version: row.version }
    }
}

#[ComplexObject]
impl ShippingZone {
    /// Places of the zone, by code.
    #[graphql(directive = list_size::apply(10, None))]
    async fn places(&self, ctx: &Context<'_>) -> Result<Vec<ShippingPlace>, ResolverError> {
        let places = ctx.loader().load_one(PlacesOf(self.key)).await?.unwrap_or_default();
        ctx.charge_rows(places.len())?;
        Ok(places.iter().flatten().cloned().map(ShippingPlace::from).collect())
    }

    /// Whether the zone also has all places that no zone has.
    async fn is_everywhere_else(&self, ctx: &Context<'_>) -> Result<bool, ResolverError> {
        let places = ctx.loader().load_one(PlacesOf(self.key)).await?;
        Ok(places.is_some_and(|places| places.contains(&None)))
    }

    /// Shipping methods, in the order in which shoppers see them.
    #[graphql(directive = list_size::apply(5, None))]
    async fn methods(&self, ctx: &Context<'_>) -> Result<Vec<ShippingMethod>, ResolverError> {
        load::list(ctx, MethodsOf(self.key)).await
    }
}

/// A country, or a part of it.
#[derive(SimpleObject)]
pub(super) struct ShippingPlace {
    /// ISO 3166-1 code of the country, two letters, like `US`.
    country_code: String,
    /// ISO 3166-2 code of the part of the country, like `US-CA`; null for the whole country.
    subdivision_code: Option<String>,
}

impl From<Place> for ShippingPlace {
    fn from(place: Place) -> Self {
        Self { country_code: place.country, subdivision_code: place.subdivision }
    }
}

loader!(ShippingZoneId => shipping_zone::Model, shipping::zones_by_ids);
loader! {
    /// Loads the places of a zone; `None` is everywhere else.
    PlacesOf(ShippingZoneId) => Arc<[Option<Place>]>, shipping::places_of
}
loader! {
    /// Loads the methods of a zone, in their order.
    MethodsOf(ShippingZoneId) => Arc<[shipping_method::Model]>, shipping::methods_of
}
