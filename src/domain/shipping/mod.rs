//! Shipping: zones of places, the methods by which carts are shipped there, and their prices. Staff with `SETTINGS_EDIT` change
//! them; the name and the delivery estimate of a method are visible to all.
//!
//! Locks are taken in this order: a zone, its methods, then the places, categories and currencies that they refer to.

mod choose;
mod method;
mod method_edit;
mod method_fields;
mod method_order;
mod read;
mod zone;
mod zone_edit;

pub use choose::{Offer, Parcel, methods_at};
pub use method_edit::{
    MethodCreateError, MethodDeleteError, MethodUpdateError, method_create, method_delete, method_update,
};
pub use method_fields::{MethodPatch, NewPrice};
pub use method_order::{MethodsReorderError, methods_reorder};
pub use read::{
    excluded_categories_of, methods_by_ids, methods_of, places_of, prices_of, zones, zones_by_ids,
};
pub use zone::{NewPlace, ZonePatch};
pub use zone_edit::{
    ZoneCreateError, ZoneDeleteError, ZoneUpdateError, zone_create, zone_delete, zone_update,
};
