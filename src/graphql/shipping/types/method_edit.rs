//! Inputs and payloads of the mutations on shipping methods.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{CategoryId, ShippingMethodId, ShippingZoneId, TaxClassId};

use super::{ShippingMethod, ShippingZone};
use crate::{
    domain::shipping::{self, MethodPatch, NewPrice},
    graphql::kit::{
        error::ResolverError,
        id::Node,
        member::{AnyNode, Conflict, InvalidField, NotFound},
        payload::payload,
        scalar::{CurrencyCode, Decimal},
    },
};

/// Price of a shipping method in one currency. Amounts have at most as many decimal digits as the currency.
#[derive(InputObject)]
pub(in crate::graphql::shipping) struct ShippingPriceInput {
    /// Currency, one of the shop's.
    currency: CurrencyCode,
    /// Price of shipping.
    amount: Decimal,
    /// Price of the goods after discounts from which shipping is free; null for never.
    free_from: Option<Decimal>,
    /// Lowest price of the goods after discounts with which the method can be chosen; null for no limit.
    min_subtotal: Option<Decimal>,
    /// Price of the goods after discounts from which on the method cannot be chosen, higher than `minSubtotal`; null for no
    /// limit.
    max_subtotal: Option<Decimal>,
}

impl From<ShippingPriceInput> for NewPrice {
    fn from(input: ShippingPriceInput) -> Self {
        let text = |amount: Option<Decimal>| amount.map(|amount| amount.0);
        Self {
            currency: input.currency.0,
            amount: input.amount.0,
            free_from: text(input.free_from),
            min_subtotal: text(input.min_subtotal),
            max_subtotal: text(input.max_subtotal),
        }
    }
}

/// New shipping method.
#[derive(InputObject)]
pub(in crate::graphql::shipping) struct ShippingMethodCreateInput {
    /// Global id of the shipping zone, which has at most 50 methods.
    zone_id: ID,
    /// Name, 1 to 100 characters on one line.
    name: String,
    /// Text for shoppers, at most 500 characters; empty by default.
    description: Option<String>,
    /// Earliest number of working days until delivery, 0 to 365; no estimate by default.
    min_days: Option<i32>,
    /// Latest number of working days until delivery, `minDays` to 365; no estimate by default.
    max_days: Option<i32>,
    /// Prices, at most one for each currency. In a currency without one the method cannot be chosen.
    prices: Vec<ShippingPriceInput>,
    /// Lowest weight of all pieces, in grams, 0 to 10,000,000; no limit by default.
    min_weight: Option<i32>,
    /// Highest weight of all pieces, in grams, `minWeight` to 10,000,000; no limit by default.
    max_weight: Option<i32>,
    /// Global id of the tax class of the price; by default it is taxed like the goods, in proportion to their amounts.
    tax_class_id: Option<ID>,
    /// Global ids of at most 100 categories whose products, also those of categories below, the method does not ship.
    excluded_category_ids: Option<Vec<ID>>,
    /// At most 100 tags, of 1 to 50 characters, of products that the method does not ship.
    excluded_tags: Option<Vec<String>>,
}

impl ShippingMethodCreateInput {
    pub(in crate::graphql::shipping) fn decode(self) -> Result<(ShippingZoneId, MethodPatch), ResolverError> {
        let tax_class = self.tax_class_id.map_or(MaybeUndefined::Undefined, MaybeUndefined::Value);
        let patch = MethodPatch {
            name: Some(self.name),
            description: self.description,
            min_days: self.min_days.map(Some),
            max_days: self.max_days.map(Some),
            min_weight: self.min_weight.map(Some),
            max_weight: self.max_weight.map(Some),
            tax_class: decode_tax_class(tax_class)?,
            prices: Some(self.prices.into_iter().map(NewPrice::from).collect()),
            excluded_categories: decode_categories(self.excluded_category_ids)?,
            excluded_tags: self.excluded_tags,
        };
        Ok((ShippingZoneId::from_global(&self.zone_id, "input.zoneId")?, patch))
    }
}

fn decode_tax_class(id: MaybeUndefined<ID>) -> Result<Option<Option<TaxClassId>>, ResolverError> {
    let id: Option<Option<ID>> = id.into();
    id.map(|id| id.map(|id| TaxClassId::from_global(&id, "input.taxClassId")).transpose()).transpose()
}

fn decode_categories(ids: Option<Vec<ID>>) -> Result<Option<Vec<CategoryId>>, ResolverError> {
    let decode = |(index, id): (usize, &ID)| {
        CategoryId::from_global(id, &format!("input.excludedCategoryIds[{index}]"))
    };
    ids.map(|ids| ids.iter().enumerate().map(decode).collect()).transpose()
}

payload! {
    /// Payload of `shippingMethodCreate`.
    ShippingMethodCreatePayload {
        /// New method; null on failure.
        method: ShippingMethod,
    }
    /// Failure of `shippingMethodCreate`.
    ShippingMethodCreateError: NotFound, InvalidField;
    from shipping::MethodCreateError {
        NotFound(id) => NotFound { id: id.global() } at "zoneId",
        Invalid(invalid) => InvalidField from invalid,
    }
}

/// Change of a shipping method. Fields left out keep their value.
#[derive(InputObject)]
pub(in crate::graphql::shipping) struct ShippingMethodUpdateInput {
    /// Global id of the shipping method.
    id: ID,
    /// Version that the change was made from. If the method has another by now, nothing is changed, and `Conflict` has the
    /// present one. Without it, the change is made to whatever version there is.
    version: Option<i32>,
    /// Name, 1 to 100 characters on one line.
    name: Option<String>,
    /// Text for shoppers, at most 500 characters; may be empty.
    description: Option<String>,
    /// Earliest number of working days until delivery, 0 to 365; null for no estimate.
    min_days: MaybeUndefined<i32>,
    /// Latest number of working days until delivery, `minDays` to 365; null for no estimate.
    max_days: MaybeUndefined<i32>,
    /// All prices of the method, at most one for each currency. Present prices whose currency is missing here are removed.
    prices: Option<Vec<ShippingPriceInput>>,
    /// Lowest weight of all pieces, in grams, 0 to 10,000,000; null for no limit.
    min_weight: MaybeUndefined<i32>,
    /// Highest weight of all pieces, in grams, `minWeight` to 10,000,000; null for no limit.
    max_weight: MaybeUndefined<i32>,
    /// Global id of the tax class of the price; null to tax it like the goods, in proportion to their amounts.
    tax_class_id: MaybeUndefined<ID>,
    /// Global ids of all categories, at most 100, whose products, also those of categories below, the method does not ship.
    excluded_category_ids: Option<Vec<ID>>,
    /// All tags, at most 100 of 1 to 50 characters, of products that the method does not ship.
    excluded_tags: Option<Vec<String>>,
}

impl ShippingMethodUpdateInput {
    pub(in crate::graphql::shipping) fn decode(
        self,
    ) -> Result<(ShippingMethodId, Option<i32>, MethodPatch), ResolverError> {
        let patch = MethodPatch {
            name: self.name,
            description: self.description,
            min_days: self.min_days.into(),
            max_days: self.max_days.into(),
            min_weight: self.min_weight.into(),
            max_weight: self.max_weight.into(),
            tax_class: decode_tax_class(self.tax_class_id)?,
            prices: self.prices.map(|prices| prices.into_iter().map(NewPrice::from).collect()),
            excluded_categories: decode_categories(self.excluded_category_ids)?,
            excluded_tags: self.excluded_tags,
        };
        Ok((ShippingMethodId::from_global(&self.id, "input.id")?, self.version, patch))
    }
}

payload! {
    /// Payload of `shippingMethodUpdate`.
    ShippingMethodUpdatePayload {
        /// Changed method; null on failure.
        method: ShippingMethod,
    }
    /// Failure of `shippingMethodUpdate`.
    ShippingMethodUpdateError: NotFound, InvalidField, Conflict;
    from shipping::MethodUpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        Conflict(present) => Conflict { current: Some(AnyNode::new(ShippingMethod::from(*present))) } at "version",
    }
}

/// Shipping method to delete.
#[derive(InputObject)]
pub(in crate::graphql::shipping) struct ShippingMethodDeleteInput {
    /// Global id of the shipping method.
    pub(in crate::graphql::shipping) id: ID,
}

payload! {
    /// Payload of `shippingMethodDelete`.
    ShippingMethodDeletePayload {
        /// Global id of the deleted method; null on failure.
        deleted_id: ID,
    }
    /// Failure of `shippingMethodDelete`.
    ShippingMethodDeleteError: NotFound;
    from shipping::MethodDeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}

/// Order of the methods of a shipping zone.
#[derive(InputObject)]
pub(in crate::graphql::shipping) struct ShippingMethodsReorderInput {
    /// Global id of the shipping zone.
    id: ID,
    /// Global ids of methods of the zone, which come first, in this order.
    method_ids: Vec<ID>,
}

impl ShippingMethodsReorderInput {
    pub(in crate::graphql::shipping) fn decode(
        self,
    ) -> Result<(ShippingZoneId, Vec<ShippingMethodId>), ResolverError> {
        let decode = |(index, id): (usize, &ID)| {
            ShippingMethodId::from_global(id, &format!("input.methodIds[{index}]"))
        };
        let methods = self.method_ids.iter().enumerate().map(decode).collect::<Result<_, _>>()?;
        Ok((ShippingZoneId::from_global(&self.id, "input.id")?, methods))
    }
}

payload! {
    /// Payload of `shippingMethodsReorder`.
    ShippingMethodsReorderPayload {
        /// Zone with its methods; null on failure.
        zone: ShippingZone,
    }
    /// Failure of `shippingMethodsReorder`.
    ShippingMethodsReorderError: NotFound, InvalidField;
    from shipping::MethodsReorderError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}
