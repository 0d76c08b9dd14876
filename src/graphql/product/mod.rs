//! The catalogue: categories, products and their variants.

mod category;
mod collection;
mod mutation;
mod query;
mod types;

pub use category::{CategoryMutation, CategoryQuery};
pub use collection::{CollectionMutation, CollectionQuery};
pub use mutation::ProductMutation;
pub use query::ProductQuery;
pub use types::{
    Availability, Category, CategoryConnection, CategoryCycle, CategoryInUse, Collection,
    CollectionConnection, Product, ProductConnection, Variant,
};
