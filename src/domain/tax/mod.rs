//! Tax classes: names for variants that are taxed alike.

mod class;

pub use class::{
    TaxClassCreateError, TaxClassDeleteError, TaxClassUpdateError, tax_class_create, tax_class_delete,
    tax_class_update, tax_classes, tax_classes_by_ids,
};
