//! The catalogue: categories, products and their variants.

mod query;
mod types;

pub use query::ProductQuery;
pub use types::{Availability, Category, CategoryConnection, Product, ProductConnection, Variant};
