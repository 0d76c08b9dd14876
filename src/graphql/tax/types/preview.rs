//! Previews of tax.

use async_graphql::{ID, InputObject, SimpleObject};
use entity::TaxClassId;

use super::{PriceTotals, TaxExemptionReason};
use crate::{
    domain::tax::{self, PreviewItem, TaxPreviewError, TaxPreviewRequest},
    graphql::kit::{
        error::ResolverError,
        id::Node,
        member::InvalidField,
        scalar::{CurrencyCode, Decimal},
    },
};

/// Tax of amounts at a destination.
#[derive(SimpleObject)]
pub(in crate::graphql) struct TaxPreview {
    /// Amounts of the items, in the order of the input.
    items: Vec<PriceTotals>,
    /// Sums of all items.
    totals: PriceTotals,
}

/// Amounts, and the destination and the customer for which they are taxed.
#[derive(InputObject)]
pub(in crate::graphql) struct TaxPreviewInput {
    /// ISO 3166-1 code of the destination's country, two letters; the shop's place by default.
    country_code: Option<String>,
    /// ISO 3166-2 code of the part of the country, like `US-CA`; none by default.
    subdivision_code: Option<String>,
    /// Currency of the prices, one of the shop's.
    currency: CurrencyCode,
    /// Reason for which the customer is exempt; not exempt by default.
    exemption: Option<TaxExemptionReason>,
    /// 1 to 100 items.
    items: Vec<TaxPreviewItemInput>,
}

/// Pieces with the same price.
#[derive(InputObject)]
pub(in crate::graphql) struct TaxPreviewItemInput {
    /// Global id of a tax class; the shop's default by default.
    tax_class_id: Option<ID>,
    /// Price of one piece, with or without tax as prices in the currency are.
    price: Decimal,
    /// Number of pieces, 1 to 9,999.
    #[graphql(default = 1)]
    quantity: i32,
}

impl TaxPreviewInput {
    pub(in crate::graphql) fn decode(self) -> Result<TaxPreviewRequest, ResolverError> {
        let item = |(index, item): (usize, TaxPreviewItemInput)| {
            let path = format!("input.items.{index}.taxClassId");
            let class = item.tax_class_id.map(|id| TaxClassId::from_global(&id, &path));
            Ok(PreviewItem { tax_class: class.transpose()?, price: item.price.0, quantity: item.quantity })
        };
        Ok(TaxPreviewRequest {
            country_code: self.country_code,
            subdivision_code: self.subdivision_code,
            currency: self.currency.0,
            exemption: self.exemption.map(Into::into),
            items: self.items.into_iter().enumerate().map(item).collect::<Result<_, ResolverError>>()?,
        })
    }
}

impl TaxPreview {
    /// A query has no payload: an invalid field is an error that names it.
    pub(in crate::graphql) fn from_result(
        result: Result<tax::TaxPreview, TaxPreviewError>,
    ) -> Result<Self, ResolverError> {
        let preview = result.map_err(|error| match error {
            TaxPreviewError::Fault(fault) => ResolverError::from(fault),
            TaxPreviewError::Invalid(invalid) => {
                let InvalidField { message, path, .. } = invalid.into();
                ResolverError::bad_input(format!("`{}`: {message}", path.unwrap_or_default().join(".")))
            }
        })?;
        let totals = |amounts| PriceTotals::new(amounts, preview.currency, |key| preview.taxes.applied(key));
        Ok(Self {
            items: preview.totals.lines.iter().map(totals).collect(),
            totals: totals(&preview.totals.total),
        })
    }
}
