//! Inputs and payloads of changes of variants.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{ProductId, TaxClassId, VariantId};

use super::{Product, Variant, option::SelectedOptionInput, price::VariantPriceInput};
use crate::{
    domain::product::{self, VariantPatch},
    graphql::kit::{
        error::ResolverError,
        id::Node,
        member::{AnyNode, Conflict, InvalidField, NotFound},
        payload::{payload, user_errors},
    },
};

user_errors! {
    /// Another variant on sale has the same values of the options.
    CombinationTaken {
        /// The other variant.
        variant: Box<Variant>,
    }
}

/// Variant of a product. Fields left out keep their value, or get the default in a new variant.
#[derive(InputObject)]
pub(in crate::graphql::product) struct VariantInput {
    /// Stock keeping unit, 1 to 64 characters, unique in the shop.
    sku: String,
    /// Value of each option of the product.
    options: Option<Vec<SelectedOptionInput>>,
    /// Barcode, like a GTIN, at most 64 characters; empty or null for none.
    barcode: MaybeUndefined<String>,
    /// Weight of one piece in grams, from 0; null when it is unknown.
    weight: MaybeUndefined<i32>,
    /// Whether a piece has to be shipped; true by default.
    requires_shipping: Option<bool>,
    /// Maximum number of pieces in one order, from 1; null for no limit.
    max_per_order: MaybeUndefined<i32>,
    /// Global id of a tax class; null for the shop's default.
    tax_class_id: MaybeUndefined<ID>,
    /// Prices, at most one for each currency; prices in other currencies stay.
    prices: Option<Vec<VariantPriceInput>>,
}

impl VariantInput {
    /// `path` leads to the object in the input.
    pub(in crate::graphql::product) fn decode(self, path: &str) -> Result<VariantPatch, ResolverError> {
        Ok(VariantPatch {
            sku: Some(self.sku),
            options: self.options.map(|options| options.into_iter().map(Into::into).collect()),
            barcode: self.barcode.into(),
            weight: self.weight.into(),
            requires_shipping: self.requires_shipping,
            max_per_order: self.max_per_order.into(),
            tax_class: tax_class(self.tax_class_id, path)?,
            prices: self.prices.unwrap_or_default().into_iter().map(Into::into).collect(),
        })
    }
}

fn tax_class(id: MaybeUndefined<ID>, path: &str) -> Result<Option<Option<TaxClassId>>, ResolverError> {
    let id: Option<Option<ID>> = id.into();
    let decode = |id: ID| TaxClassId::from_global(&id, &format!("{path}.taxClassId"));
    id.map(|id| id.map(decode).transpose()).transpose()
}

/// Variant to create.
#[derive(InputObject)]
pub(in crate::graphql::product) struct VariantCreateInput {
    /// Global id of the product.
    product_id: ID,
    /// Stock keeping unit, 1 to 64 characters, unique in the shop.
    sku: String,
    /// Value of each option of the product; none for a product without options, which can have one variant on sale.
    options: Option<Vec<SelectedOptionInput>>,
    /// Barcode, like a GTIN, at most 64 characters.
    barcode: Option<String>,
    /// Weight of one piece in grams, from 0.
    weight: Option<i32>,
    /// Whether a piece has to be shipped; true by default.
    requires_shipping: Option<bool>,
    /// Maximum number of pieces in one order, from 1; no limit by default.
    max_per_order: Option<i32>,
    /// Global id of a tax class; the shop's default by default.
    tax_class_id: Option<ID>,
    /// Prices, at most one for each currency.
    prices: Option<Vec<VariantPriceInput>>,
}

impl VariantCreateInput {
    pub(in crate::graphql::product) fn decode(self) -> Result<(ProductId, VariantPatch), ResolverError> {
        let patch = VariantPatch {
            sku: Some(self.sku),
            options: self.options.map(|options| options.into_iter().map(Into::into).collect()),
            barcode: self.barcode.map(Some),
            weight: self.weight.map(Some),
            requires_shipping: self.requires_shipping,
            max_per_order: self.max_per_order.map(Some),
            tax_class: tax_class(
                self.tax_class_id.map_or(MaybeUndefined::Undefined, MaybeUndefined::Value),
                "input",
            )?,
            prices: self.prices.unwrap_or_default().into_iter().map(Into::into).collect(),
        };
        Ok((ProductId::from_global(&self.product_id, "input.productId")?, patch))
    }
}

payload! {
    /// Payload of `variantCreate`, and result of one item of `variantsCreate`.
    VariantCreatePayload {
        /// New variant; null on failure.
        variant: Variant,
    }
    /// Failure of `variantCreate`, or of one item of `variantsCreate`.
    VariantCreateError: NotFound, InvalidField, CombinationTaken;
    from product::VariantCreateError {
        NotFound(id) => NotFound { id: id.global() } at "productId",
        Invalid(invalid) => InvalidField from invalid,
        CombinationTaken(variant) => CombinationTaken { variant: Box::new((*variant).into()) } at "options",
    }
}

/// Variants to create.
#[derive(InputObject)]
pub(in crate::graphql::product) struct VariantsCreateInput {
    /// Global id of the product.
    pub(in crate::graphql::product) product_id: ID,
    /// 1 to 100 variants.
    pub(in crate::graphql::product) variants: Vec<VariantInput>,
}

payload! {
    /// Payload of `variantsCreate`.
    VariantsCreatePayload {
        /// Result of each item of the input, in its order. Paths of their errors are those of `variantCreate`; null if none was tried.
        results: Vec<VariantCreatePayload>,
    }
    /// Failure of `variantsCreate` as a whole.
    VariantsCreateError: NotFound, InvalidField;
    from product::VariantsCreateError {
        NotFound(id) => NotFound { id: id.global() } at "productId",
        Invalid(invalid) => InvalidField from invalid,
    }
}

/// Change of a variant. Fields left out keep their value.
#[derive(InputObject)]
pub(in crate::graphql::product) struct VariantUpdateInput {
    /// Global id of the variant.
    id: ID,
    /// Version that the change was made from. If the variant has another by now, nothing is changed, and `Conflict` has the
    /// present one. Without it, the change is made to whatever version there is.
    version: Option<i32>,
    /// Stock keeping unit, 1 to 64 characters, unique in the shop.
    sku: Option<String>,
    /// Value of each option of the product.
    options: Option<Vec<SelectedOptionInput>>,
    /// Barcode, like a GTIN, at most 64 characters; empty or null for none.
    barcode: MaybeUndefined<String>,
    /// Weight of one piece in grams, from 0; null when it is unknown.
    weight: MaybeUndefined<i32>,
    /// Whether a piece has to be shipped.
    requires_shipping: Option<bool>,
    /// Maximum number of pieces in one order, from 1; null for no limit.
    max_per_order: MaybeUndefined<i32>,
    /// Global id of a tax class; null for the shop's default.
    tax_class_id: MaybeUndefined<ID>,
    /// Prices, at most one for each currency; prices in other currencies stay.
    prices: Option<Vec<VariantPriceInput>>,
}

impl VariantUpdateInput {
    pub(in crate::graphql::product) fn decode(
        self,
    ) -> Result<(VariantId, Option<i32>, VariantPatch), ResolverError> {
        let patch = VariantPatch {
            sku: self.sku,
            options: self.options.map(|options| options.into_iter().map(Into::into).collect()),
            barcode: self.barcode.into(),
            weight: self.weight.into(),
            requires_shipping: self.requires_shipping,
            max_per_order: self.max_per_order.into(),
            tax_class: tax_class(self.tax_class_id, "input")?,
            prices: self.prices.unwrap_or_default().into_iter().map(Into::into).collect(),
        };
        Ok((VariantId::from_global(&self.id, "input.id")?, self.version, patch))
    }
}

payload! {
    /// Payload of `variantUpdate`.
    VariantUpdatePayload {
        /// Changed variant; null on failure.
        variant: Variant,
    }
    /// Failure of `variantUpdate`.
    VariantUpdateError: NotFound, InvalidField, Conflict, CombinationTaken;
    from product::VariantUpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        Conflict(present) => Conflict { current: Some(AnyNode::new(Variant::from(*present))) } at "version",
        CombinationTaken(variant) => CombinationTaken { variant: Box::new((*variant).into()) } at "options",
    }
}

/// Variant to take off sale, or to put on sale again.
#[derive(InputObject)]
pub(in crate::graphql::product) struct VariantArchiveInput {
    /// Global id of the variant.
    pub(in crate::graphql::product) id: ID,
    /// False to put the variant on sale again.
    #[graphql(default = true)]
    pub(in crate::graphql::product) archived: bool,
}

payload! {
    /// Payload of `variantArchive`.
    VariantArchivePayload {
        /// The variant; null on failure.
        variant: Variant,
    }
    /// Failure of `variantArchive`.
    VariantArchiveError: NotFound, CombinationTaken;
    from product::VariantArchiveError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        CombinationTaken(variant) => CombinationTaken { variant: Box::new((*variant).into()) } at "archived",
    }
}

/// Order of the variants of a product.
#[derive(InputObject)]
pub(in crate::graphql::product) struct VariantsReorderInput {
    /// Global id of the product.
    pub(in crate::graphql::product) id: ID,
    /// Global ids of variants of the product, which come first, in this order.
    pub(in crate::graphql::product) variant_ids: Vec<ID>,
}

payload! {
    /// Payload of `variantsReorder`.
    VariantsReorderPayload {
        /// Product with its variants; null on failure.
        product: Product,
    }
    /// Failure of `variantsReorder`.
    VariantsReorderError: NotFound, InvalidField;
    from product::VariantsReorderError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}
