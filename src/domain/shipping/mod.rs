//! Shipping: zones of places, the methods by which carts are shipped there, and their prices.

mod choose;

pub use choose::{Offer, Parcel, methods_at};
