//! The catalogue: categories, products and their variants.

mod mutation;
mod query;
mod types;

pub use mutation::ProductMutation;
pub use query::ProductQuery;
pub use types::{Availability, Category, CategoryConnection, Product, ProductConnection, Variant};
