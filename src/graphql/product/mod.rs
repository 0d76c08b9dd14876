//! The catalogue: categories, products and their variants.

mod category;
mod collection;
mod mutation;
mod query;
mod types;
mod variant_mutation;

pub use category::{CategoryMutation, CategoryQuery};
pub use collection::{CollectionMutation, CollectionQuery};
pub use mutation::ProductMutation;
pub use query::ProductQuery;
pub use types::{
    Availability, Category, CategoryConnection, CategoryCycle, CategoryInUse, Collection,
    CollectionConnection, CombinationTaken, NoVariants, OptionValueInUse, Product, ProductConnection,
    ProductInUse, ProductOption, Variant,
};
pub use variant_mutation::VariantMutation;
