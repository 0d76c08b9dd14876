//! Tax: classes of variants that are taxed alike, their rates at places, the shop's settings, and exempt customers.

mod class;
mod exemption;
mod hooks;
mod preview;
mod rate;
mod settings;
mod table;
mod tax_id;

pub use class::{
    TaxClassCreateError, TaxClassDeleteError, TaxClassUpdateError, tax_class_create, tax_class_delete,
    tax_class_update, tax_classes, tax_classes_by_ids,
};
pub use exemption::{CustomerTaxExemptionSetError, customer_tax_exemption_set, exemptions_of};
pub use hooks::TaxHooks;
pub use preview::{PreviewItem, TaxPreview, TaxPreviewError, TaxPreviewRequest, tax_preview};
pub use rate::{
    NewTaxRate, TaxRateChange, TaxRateCreateError, TaxRateDeleteError, TaxRateFilter, TaxRateUpdateError,
    tax_rate_create, tax_rate_delete, tax_rate_update, tax_rates, tax_rates_by_ids,
};
pub use settings::{
    TaxSettings, TaxSettingsChange, TaxSettingsUpdateError, tax_settings, tax_settings_by_ids,
    tax_settings_update,
};
pub use table::{AppliedRate, TaxTable, table};
