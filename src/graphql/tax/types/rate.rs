//! Rates, and the inputs and payloads of their mutations.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};
use entity::{TaxClassId, TaxRateId, tax_rate};

use super::{TaxClass, TaxReason, totals::percentage};
use crate::{
    domain::{
        address::Place,
        tax::{self, NewTaxRate, TaxRateChange},
    },
    graphql::kit::{
        error::ResolverError,
        id::Node,
        listing::ListConnection,
        load,
        loader::loader,
        member::{AnyNode, Conflict, InvalidField, NotFound},
        payload::payload,
        scalar::Decimal,
    },
};

pub type TaxRateConnection = ListConnection<TaxRate>;

/// Rate of a tax class at a place. Of the rates of a class, those of the most specific place count: subdivision, then
/// country, then everywhere else. Several rates at one place are charged side by side, none on top of another.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TaxRate {
    #[graphql(skip)]
    class: TaxClassId,
    /// Global id of the rate.
    pub(in crate::graphql) id: ID,
    /// ISO 3166-1 code of the country, two letters; null for everywhere else.
    country_code: Option<String>,
    /// ISO 3166-2 code of the part of the country, like `US-CA`; null for the whole country.
    subdivision_code: Option<String>,
    /// Name on invoices, like `VAT 19 %`; unique among the rates of the class at the place.
    name: String,
    /// Percentage with up to four decimal digits, like `8.875`.
    percentage: Decimal,
    /// Reason for the rate. `EXPORT` also takes the tax of the shop's country off prices that contain it.
    reason: TaxReason,
    /// Number of the last change, for `taxRateUpdate`.
    version: i32,
}

impl From<tax_rate::Model> for TaxRate {
    fn from(row: tax_rate::Model) -> Self {
        let place = Place::of_key(&row.place);
        let (country_code, subdivision_code) = place.map(|place| (place.country, place.subdivision)).unzip();
        Self {
            class: row.tax_class_id,
            id: row.id.global(),
            country_code,
            subdivision_code: subdivision_code.flatten(),
            name: row.name,
            percentage: percentage(row.ppm.unsigned_abs()),
            reason: row.reason.into(),
            version: row.version,
        }
    }
}

#[ComplexObject]
impl TaxRate {
    /// Tax class whose variants and shipping methods are taxed at this rate.
    async fn tax_class(&self, ctx: &Context<'_>) -> Result<TaxClass, ResolverError> {
        load::required(ctx, self.class, "tax class of a rate").await
    }
}

loader!(TaxRateId => tax_rate::Model, tax::tax_rates_by_ids);

/// New rate of a tax class at a place. All rates of a class at one place are together at most 100 percent, and at most 20. A
/// rate with the reason `EXPORT` is the only one of its class at its place.
#[derive(InputObject)]
pub(in crate::graphql) struct TaxRateCreateInput {
    /// Global id of the tax class.
    tax_class_id: ID,
    /// ISO 3166-1 code of the country, two letters; everywhere else by default.
    country_code: Option<String>,
    /// ISO 3166-2 code of a part of the country, like `US-CA`; the whole country by default.
    subdivision_code: Option<String>,
    /// Name on invoices, 1 to 100 characters on one line, unique among the rates of the class at the place.
    name: String,
    /// Percentage of 0 to 100 with at most four decimal digits: above 0 for `STANDARD` and `REDUCED`, 0 for `ZERO`, `EXEMPT`
    /// and `EXPORT`.
    percentage: Decimal,
    /// Reason for the rate, not `REVERSE_CHARGE`, which is a reason of customers.
    #[graphql(default_with = "TaxReason::Standard")]
    reason: TaxReason,
}

impl TaxRateCreateInput {
    pub(in crate::graphql) fn decode(self) -> Result<NewTaxRate, ResolverError> {
        Ok(NewTaxRate {
            tax_class: TaxClassId::from_global(&self.tax_class_id, "input.taxClassId")?,
            country_code: self.country_code,
            subdivision_code: self.subdivision_code,
            name: self.name,
            percentage: self.percentage.0,
            reason: self.reason.into(),
        })
    }
}

/// Change of a rate. Fields that are missing or null stay as they are. Class and place of a rate cannot be changed.
#[derive(InputObject)]
pub(in crate::graphql) struct TaxRateUpdateInput {
    /// Global id of the rate.
    pub(in crate::graphql) id: ID,
    /// Version that the change was made from. If the rate has another by now, nothing is changed, and `Conflict` has the
    /// present one. Without it, the change is made to whatever version there is.
    version: Option<i32>,
    /// Name on invoices, 1 to 100 characters on one line, unique among the rates of the class at the place.
    name: Option<String>,
    /// Percentage of 0 to 100 with at most four decimal digits: above 0 for `STANDARD` and `REDUCED`, 0 for `ZERO`, `EXEMPT`
    /// and `EXPORT`.
    percentage: Option<Decimal>,
    /// Reason for the rate, not `REVERSE_CHARGE`, which is a reason of customers.
    reason: Option<TaxReason>,
}

impl From<TaxRateUpdateInput> for TaxRateChange {
    fn from(input: TaxRateUpdateInput) -> Self {
        Self {
            version: input.version,
            name: input.name,
            percentage: input.percentage.map(|percentage| percentage.0),
            reason: input.reason.map(Into::into),
        }
    }
}

/// Rate to delete.
#[derive(InputObject)]
pub(in crate::graphql) struct TaxRateDeleteInput {
    /// Global id of the rate.
    pub(in crate::graphql) id: ID,
}

payload! {
    /// Payload of `taxRateCreate`.
    TaxRateCreatePayload {
        /// The new rate; null on failure.
        rate: TaxRate,
    }
    /// Failure of `taxRateCreate`.
    TaxRateCreateError: InvalidField;
    from tax::TaxRateCreateError {
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `taxRateUpdate`.
    TaxRateUpdatePayload {
        /// The rate after the change; null on failure.
        rate: TaxRate,
    }
    /// Failure of `taxRateUpdate`.
    TaxRateUpdateError: NotFound, InvalidField, Conflict;
    from tax::TaxRateUpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        Conflict(present) => Conflict { current: Some(AnyNode::new(TaxRate::from(*present))) } at "version",
    }
}

payload! {
    /// Payload of `taxRateDelete`.
    TaxRateDeletePayload {
        /// Global id of the deleted rate; null on failure.
        deleted_id: ID,
    }
    /// Failure of `taxRateDelete`.
    TaxRateDeleteError: NotFound;
    from tax::TaxRateDeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}
