//! The catalogue in the API.

mod category;
mod loader;
mod query;
mod types;

pub use category::{Category, CategoryConnection, CategoryQuery};
pub use query::{ProductConnection, ProductQuery};
pub use types::{Product, Variant};
