//! Tax: classes of variants that are taxed alike, and what is charged for them where.

mod class;
mod percentage;
mod table;

pub use class::{
    TaxClassCreateError, TaxClassDeleteError, TaxClassUpdateError, tax_class_create, tax_class_delete,
    tax_class_update, tax_classes, tax_classes_by_ids,
};
pub use percentage::percentage;
pub use table::{AppliedRate, TaxTable, table};
