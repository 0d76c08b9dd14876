//! Inputs and payloads of the mutations on shipping zones.

use async_graphql::{ID, InputObject};

use super::ShippingZone;
use crate::{
    domain::shipping::{self, NewPlace, ZonePatch},
    graphql::kit::{
        id::Node,
        member::{AnyNode, Conflict, InvalidField, NotFound},
        payload::payload,
    },
};

/// A country, or a part of it.
#[derive(InputObject)]
pub(in crate::graphql::shipping) struct ShippingPlaceInput {
    /// ISO 3166-1 code of the country, two letters, like `US`, in upper or lower case.
    country_code: String,
    /// ISO 3166-2 code of the part of the country, like `US-CA`, in upper or lower case; null for the whole country.
    subdivision_code: Option<String>,
}

impl From<ShippingPlaceInput> for NewPlace {
    fn from(input: ShippingPlaceInput) -> Self {
        Self { country_code: input.country_code, subdivision_code: input.subdivision_code }
    }
}

/// New shipping zone.
#[derive(InputObject)]
pub(in crate::graphql::shipping) struct ShippingZoneCreateInput {
    /// Name, 1 to 100 characters on one line, unique in the shop.
    name: String,
    /// At most 300 places that no other zone has. Without one, nothing is shipped by the zone.
    places: Vec<ShippingPlaceInput>,
    /// Whether the zone also has all places that no zone has. At most one zone has them.
    #[graphql(default)]
    is_everywhere_else: bool,
}

impl From<ShippingZoneCreateInput> for ZonePatch {
    fn from(input: ShippingZoneCreateInput) -> Self {
        Self {
            name: Some(input.name),
            places: Some(input.places.into_iter().map(NewPlace::from).collect()),
            is_everywhere_else: Some(input.is_everywhere_else),
        }
    }
}

payload! {
    /// Payload of `shippingZoneCreate`.
    ShippingZoneCreatePayload {
        /// New zone; null on failure.
        zone: ShippingZone,
    }
    /// Failure of `shippingZoneCreate`.
    ShippingZoneCreateError: InvalidField;
    from shipping::ZoneCreateError {
        Invalid(invalid) => InvalidField from invalid,
    }
}

/// Change of a shipping zone. Fields left out keep their value.
#[derive(InputObject)]
pub(in crate::graphql::shipping) struct ShippingZoneUpdateInput {
    /// Global id of the shipping zone.
    pub(in crate::graphql::shipping) id: ID,
    /// Version that the change was made from. If the zone has another by now, nothing is changed, and `Conflict` has the
    /// present one. Without it, the change is made to whatever version there is.
    pub(in crate::graphql::shipping) version: Option<i32>,
    /// Name, 1 to 100 characters on one line, unique in the shop.
    name: Option<String>,
    /// All places of the zone, at most 300, that no other zone has. Present places that are missing here are removed.
    places: Option<Vec<ShippingPlaceInput>>,
    /// Whether the zone also has all places that no zone has. At most one zone has them.
    is_everywhere_else: Option<bool>,
}

impl From<ShippingZoneUpdateInput> for ZonePatch {
    fn from(input: ShippingZoneUpdateInput) -> Self {
        Self {
            name: input.name,
            places: input.places.map(|places| places.into_iter().map(NewPlace::from).collect()),
            is_everywhere_else: input.is_everywhere_else,
        }
    }
}

payload! {
    /// Payload of `shippingZoneUpdate`.
    ShippingZoneUpdatePayload {
        /// Changed zone; null on failure.
        zone: ShippingZone,
    }
    /// Failure of `shippingZoneUpdate`.
    ShippingZoneUpdateError: NotFound, InvalidField, Conflict;
    from shipping::ZoneUpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        Conflict(present) => Conflict { current: Some(AnyNode::new(ShippingZone::from(*present))) } at "version",
    }
}

/// Shipping zone to delete.
#[derive(InputObject)]
pub(in crate::graphql::shipping) struct ShippingZoneDeleteInput {
    /// Global id of the shipping zone.
    pub(in crate::graphql::shipping) id: ID,
}

payload! {
    /// Payload of `shippingZoneDelete`.
    ShippingZoneDeletePayload {
        /// Global id of the deleted zone; null on failure.
        deleted_id: ID,
    }
    /// Failure of `shippingZoneDelete`.
    ShippingZoneDeleteError: NotFound;
    from shipping::ZoneDeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}
