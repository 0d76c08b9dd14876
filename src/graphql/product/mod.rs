//! The catalogue: categories, products and their variants.

mod mutation;
mod query;
mod types;
mod variant_mutation;

pub use mutation::ProductMutation;
pub use query::ProductQuery;
pub use types::{
    Availability, Category, CategoryConnection, CombinationTaken, NoVariants, OptionValueInUse, Product,
    ProductConnection, ProductInUse, ProductOption, Variant,
};
pub use variant_mutation::VariantMutation;
