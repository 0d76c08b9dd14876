//! The catalogue in the API.

mod category;
mod loader;
mod query;
mod types;

pub use category::{Category, CategoryQuery};
pub use query::ProductQuery;
pub use types::{Product, Variant};
