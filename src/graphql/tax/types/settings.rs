//! Settings of tax, and their change.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, MaybeUndefined, SimpleObject};
use entity::{
    TaxClassId, TaxSettingsId,
    tax_settings::{self, CrossBorder, Rounding},
};

use super::TaxClass;
use crate::{
    domain::tax::{self, TaxSettingsChange},
    graphql::kit::{
        error::ResolverError,
        id::Node,
        load,
        loader::loader,
        member::{AnyNode, Conflict, InvalidField},
        payload::payload,
        scalar::CurrencyCode,
    },
};

/// Settings of tax in the whole shop.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TaxSettings {
    #[graphql(skip)]
    default_class: Option<TaxClassId>,
    /// Global id of the settings.
    pub(in crate::graphql) id: ID,
    /// ISO 3166-1 code of the shop's country, two letters. Its rates are contained in prices with tax. Null until it is set:
    /// then no tax is computed.
    country_code: Option<String>,
    /// ISO 3166-2 code of the part of the country, like `CA-QC`; null for none.
    subdivision_code: Option<String>,
    /// Rounding of tax.
    rounding: TaxRounding,
    /// Part of a price that stays when prices contain tax and the destination has other rates than the shop's place.
    cross_border_prices: CrossBorderPrices,
    /// Currencies whose prices are without tax, in display order.
    currencies_without_tax: Vec<CurrencyCode>,
    /// Number of the last change, for `taxSettingsUpdate`.
    version: i32,
}

/// Rounding of tax to whole minor units. Half a unit is rounded up.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Rounding")]
pub(in crate::graphql) enum TaxRounding {
    /// The tax of each line is rounded.
    PerLine,
    /// The tax of all lines with the same rates together is rounded, and then spread over the lines.
    PerRate,
}

/// Part of a price with tax that stays at a destination with other rates than the shop's place. Rates with the reason
/// `EXPORT` and exempt customers always get the price without the tax of the shop's place.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "CrossBorder")]
pub(in crate::graphql) enum CrossBorderPrices {
    /// The price as it was entered, whatever the tax in it.
    GrossStays,
    /// The price without the tax of the shop's place, to which the tax of the destination is added.
    NetStays,
}

impl From<tax::TaxSettings> for TaxSettings {
    fn from(settings: tax::TaxSettings) -> Self {
        let currencies = settings.currencies_without_tax();
        let place = settings.place();
        let (country_code, subdivision_code) = place.map(|place| (place.country, place.subdivision)).unzip();
        Self {
            default_class: settings.row.default_class_id,
            id: tax_settings::KEY.global(),
            country_code,
            subdivision_code: subdivision_code.flatten(),
            rounding: settings.row.rounding.into(),
            cross_border_prices: settings.row.cross_border.into(),
            currencies_without_tax: currencies.into_iter().map(CurrencyCode).collect(),
            version: settings.row.version,
        }
    }
}

#[ComplexObject]
impl TaxSettings {
    /// Tax class of variants without one; null for none: such variants are not taxed.
    async fn default_tax_class(&self, ctx: &Context<'_>) -> Option<Result<TaxClass, ResolverError>> {
        load::optional(ctx, self.default_class?).await
    }
}

loader!(TaxSettingsId => tax::TaxSettings, tax::tax_settings_by_ids);

/// Change of the tax settings. Fields that are missing stay as they are.
#[derive(InputObject)]
pub(in crate::graphql) struct TaxSettingsUpdateInput {
    /// Version that the change was made from. If the settings have another by now, nothing is changed, and `Conflict` has
    /// the present ones. Without it, the change is made to whatever version there is.
    version: Option<i32>,
    /// ISO 3166-1 code of the shop's country, two letters; null for none: then no tax is computed. Another country than the
    /// present one removes the subdivision.
    country_code: MaybeUndefined<String>,
    /// ISO 3166-2 code of a part of the country, like `CA-QC`; null for none.
    subdivision_code: MaybeUndefined<String>,
    /// Global id of the tax class of variants without one; null for none.
    default_tax_class_id: MaybeUndefined<ID>,
    /// Rounding of tax.
    rounding: Option<TaxRounding>,
    /// Part of a price that stays at a destination with other rates.
    cross_border_prices: Option<CrossBorderPrices>,
    /// Currencies of the shop whose prices are without tax; prices in all others are with tax.
    currencies_without_tax: Option<Vec<CurrencyCode>>,
}

impl TaxSettingsUpdateInput {
    pub(in crate::graphql) fn decode(self) -> Result<TaxSettingsChange, ResolverError> {
        let class: Option<Option<ID>> = self.default_tax_class_id.into();
        let decode = |id: ID| TaxClassId::from_global(&id, "input.defaultTaxClassId");
        let codes = |codes: Vec<CurrencyCode>| codes.into_iter().map(|code| code.0).collect();
        Ok(TaxSettingsChange {
            version: self.version,
            country_code: self.country_code.into(),
            subdivision_code: self.subdivision_code.into(),
            default_tax_class: class.map(|class| class.map(decode).transpose()).transpose()?,
            rounding: self.rounding.map(Into::into),
            cross_border_prices: self.cross_border_prices.map(Into::into),
            currencies_without_tax: self.currencies_without_tax.map(codes),
        })
    }
}

payload! {
    /// Payload of `taxSettingsUpdate`.
    TaxSettingsUpdatePayload {
        /// The settings after the change; null on failure.
        settings: TaxSettings,
    }
    /// Failure of `taxSettingsUpdate`.
    TaxSettingsUpdateError: InvalidField, Conflict;
    from tax::TaxSettingsUpdateError {
        Invalid(invalid) => InvalidField from invalid,
        Conflict(present) => Conflict { current: Some(AnyNode::new(TaxSettings::from(*present))) } at "version",
    }
}
