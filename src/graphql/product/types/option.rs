//! Options of products, and changing them.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};
use entity::{ProductId, ProductOptionId};

use super::{Product, variant_edit::CombinationTaken};
use crate::{
    domain::product::{self, NewOption, OptionPatch, OptionValues, ValuePatch},
    graphql::kit::{
        id::Node,
        loader::loader,
        member::{InvalidField, NotFound},
        payload::{payload, user_errors},
    },
};

/// Option in which the variants of a product differ, like size or colour.
#[derive(SimpleObject)]
pub struct ProductOption {
    /// Global id of the option.
    pub(in crate::graphql) id: ID,
    /// Name, unique among the options of the product.
    name: String,
    /// Values in display order; for viewers without `PRODUCTS_EDIT` those that a variant on sale has.
    values: Vec<ProductOptionValue>,
}

/// Value of an option, like `Small`.
#[derive(SimpleObject)]
struct ProductOptionValue {
    /// Name, unique among the values of the option.
    name: String,
}

impl From<OptionValues> for ProductOption {
    fn from(option: OptionValues) -> Self {
        let value = |value: product::OptionValue| ProductOptionValue { name: value.name };
        Self {
            id: option.id.global(),
            name: option.name,
            values: option.values.into_iter().map(value).collect(),
        }
    }
}

/// Value that a variant has of an option.
#[derive(SimpleObject)]
pub(super) struct SelectedOption {
    /// Name of the option.
    name: String,
    /// Value.
    value: String,
}

impl From<product::SelectedOption> for SelectedOption {
    fn from(selected: product::SelectedOption) -> Self {
        Self { name: selected.name, value: selected.value }
    }
}

loader!(ProductOptionId => OptionValues, product::options_by_ids);

/// Value of an option that a variant gets.
#[derive(InputObject)]
pub(super) struct SelectedOptionInput {
    /// Name of an option of the product.
    name: String,
    /// Name of one of its values.
    value: String,
}

impl From<SelectedOptionInput> for product::SelectedOption {
    fn from(input: SelectedOptionInput) -> Self {
        Self { name: input.name, value: input.value }
    }
}

/// Option with its values.
#[derive(InputObject)]
pub(super) struct ProductOptionInput {
    /// Name, 1 to 100 characters, unique among the options of the product.
    name: String,
    /// 1 to 100 values in display order, each of 1 to 100 characters.
    values: Vec<String>,
}

impl From<ProductOptionInput> for NewOption {
    fn from(input: ProductOptionInput) -> Self {
        Self { name: input.name, values: input.values }
    }
}

/// Option to add to a product.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductOptionCreateInput {
    /// Global id of the product.
    id: ID,
    /// Name, 1 to 100 characters, unique among the options of the product.
    name: String,
    /// 1 to 100 values in display order, each of 1 to 100 characters.
    values: Vec<String>,
    /// One of the values, for the variants that exist; required if there are any.
    default_value: Option<String>,
}

impl ProductOptionCreateInput {
    pub(in crate::graphql::product) fn decode(
        self,
    ) -> Result<(ProductId, NewOption, Option<String>), crate::graphql::kit::error::ResolverError> {
        let id = ProductId::from_global(&self.id, "input.id")?;
        Ok((id, NewOption { name: self.name, values: self.values }, self.default_value))
    }
}

payload! {
    /// Payload of `productOptionCreate`.
    ProductOptionCreatePayload {
        /// Product with the option; null on failure.
        product: Product,
    }
    /// Failure of `productOptionCreate`.
    ProductOptionCreateError: NotFound, InvalidField;
    from product::OptionCreateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}

/// Change of an option. Fields left out keep their value.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductOptionUpdateInput {
    /// Global id of the option.
    id: ID,
    /// New name.
    name: Option<String>,
    /// All values in display order, 1 to 100. Values left out are removed; one that a variant has cannot be.
    values: Option<Vec<ProductOptionValueInput>>,
    /// Place among the options of the product, from 0; a number beyond the last moves the option to the end.
    position: Option<i32>,
}

/// Value of an option.
#[derive(InputObject)]
struct ProductOptionValueInput {
    /// Name of the value, 1 to 100 characters. A value with this name stays; otherwise a new one is added.
    name: String,
    /// Present name of a value, which gets `name` as its new one.
    former_name: MaybeUndefined<String>,
}

impl ProductOptionUpdateInput {
    pub(in crate::graphql::product) fn decode(
        self,
    ) -> Result<(ProductOptionId, OptionPatch), crate::graphql::kit::error::ResolverError> {
        let value = |value: ProductOptionValueInput| ValuePatch {
            name: value.name,
            former_name: value.former_name.take(),
        };
        let patch = OptionPatch {
            name: self.name,
            values: self.values.map(|values| values.into_iter().map(value).collect()),
            position: self.position,
        };
        Ok((ProductOptionId::from_global(&self.id, "input.id")?, patch))
    }
}

user_errors! {
    /// Variants have the value of the option that was left out.
    OptionValueInUse {
        /// Name of the value.
        value: String,
        /// Number of variants that have it.
        variants: i32,
    }
}

payload! {
    /// Payload of `productOptionUpdate`.
    ProductOptionUpdatePayload {
        /// Product with the option; null on failure.
        product: Product,
    }
    /// Failure of `productOptionUpdate`.
    ProductOptionUpdateError: NotFound, InvalidField, OptionValueInUse;
    from product::OptionUpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        ValueInUse { value, variants } => OptionValueInUse { value: value, variants: count(variants) } at "values",
    }
}

/// A number of variants, of which a product has a thousand at most.
pub(super) fn count(variants: usize) -> i32 {
    i32::try_from(variants).unwrap_or(i32::MAX)
}

/// Option to remove.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductOptionDeleteInput {
    /// Global id of the option.
    pub(in crate::graphql::product) id: ID,
}

payload! {
    /// Payload of `productOptionDelete`.
    ProductOptionDeletePayload {
        /// Product without the option; null on failure.
        product: Product,
    }
    /// Failure of `productOptionDelete`.
    ProductOptionDeleteError: NotFound, CombinationTaken;
    from product::OptionDeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        CombinationTaken(variant) => CombinationTaken { variant: Box::new((*variant).into()) } at "id",
    }
}
