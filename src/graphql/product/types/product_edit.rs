//! Inputs and payloads of changes of products.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{CategoryId, ProductId};

use super::{
    Product, ProductStatus,
    option::{OptionValueInUse, ProductOptionInput, count},
    variant_edit::{CombinationTaken, VariantInput},
};
use crate::{
    domain::product::{self, NewOption, ProductPatch, ProductSet},
    graphql::kit::{
        error::ResolverError,
        id::Node,
        member::{AnyNode, Conflict, InvalidField, NotFound},
        payload::{payload, user_errors},
    },
};

/// Product to create. The new product is a draft.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductCreateInput {
    /// Display name, 1 to 200 characters on one line.
    name: String,
    /// Name in URLs: letters a to z, digits, and single hyphens between them, at most 100 characters; unique in the shop.
    /// Made from the name by default.
    slug: Option<String>,
    /// Markdown, at most 20,000 characters; empty by default.
    description: Option<String>,
    /// Title for search engines, at most 200 characters; the name by default.
    seo_title: Option<String>,
    /// Description for search engines, at most 500 characters.
    seo_description: Option<String>,
    /// At most 50 tags of 1 to 50 characters.
    tags: Option<Vec<String>>,
    /// Key in another system, at most 100 characters; unique in the shop.
    external_id: Option<String>,
    /// Global id of a category.
    category_id: Option<ID>,
    /// At most 3 options.
    options: Option<Vec<ProductOptionInput>>,
}

impl ProductCreateInput {
    pub(in crate::graphql::product) fn decode(self) -> Result<(ProductPatch, Vec<NewOption>), ResolverError> {
        let patch = ProductPatch {
            name: Some(self.name),
            slug: self.slug,
            description: self.description,
            seo_title: self.seo_title.map(Some),
            seo_description: self.seo_description.map(Some),
            tags: self.tags,
            external_id: self.external_id.map(Some),
            category: self.category_id.map(|id| category(&id)).transpose()?.map(Some),
        };
        Ok((patch, self.options.unwrap_or_default().into_iter().map(Into::into).collect()))
    }
}

fn category(id: &ID) -> Result<CategoryId, ResolverError> {
    CategoryId::from_global(id, "input.categoryId")
}

/// A category that may be cleared by null.
fn category_patch(id: MaybeUndefined<ID>) -> Result<Option<Option<CategoryId>>, ResolverError> {
    let id: Option<Option<ID>> = id.into();
    id.map(|id| id.map(|id| category(&id)).transpose()).transpose()
}

payload! {
    /// Payload of `productCreate`.
    ProductCreatePayload {
        /// New product; null on failure.
        product: Product,
    }
    /// Failure of `productCreate`.
    ProductCreateError: InvalidField;
    from product::CreateError {
        Invalid(invalid) => InvalidField from invalid,
    }
}

/// Change of a product. Fields left out keep their value.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductUpdateInput {
    /// Global id of the product.
    id: ID,
    /// Version that the change was made from. If the product has another by now, nothing is changed, and `Conflict` has the
    /// present one. Without it, the change is made to whatever version there is.
    version: Option<i32>,
    /// Display name, 1 to 200 characters on one line.
    name: Option<String>,
    /// Name in URLs, as in `productCreate`. The former one goes on to lead to the product.
    slug: Option<String>,
    /// Markdown, at most 20,000 characters.
    description: Option<String>,
    /// Title for search engines, at most 200 characters; empty or null for the name.
    seo_title: MaybeUndefined<String>,
    /// Description for search engines, at most 500 characters; empty or null for none.
    seo_description: MaybeUndefined<String>,
    /// All tags: at most 50 of 1 to 50 characters.
    tags: Option<Vec<String>>,
    /// Key in another system, at most 100 characters; empty or null for none.
    external_id: MaybeUndefined<String>,
    /// Global id of a category; null for none.
    category_id: MaybeUndefined<ID>,
}

impl ProductUpdateInput {
    pub(in crate::graphql::product) fn decode(
        self,
    ) -> Result<(ProductId, Option<i32>, ProductPatch), ResolverError> {
        let patch = ProductPatch {
            name: self.name,
            slug: self.slug,
            description: self.description,
            seo_title: self.seo_title.into(),
            seo_description: self.seo_description.into(),
            tags: self.tags,
            external_id: self.external_id.into(),
            category: category_patch(self.category_id)?,
        };
        Ok((ProductId::from_global(&self.id, "input.id")?, self.version, patch))
    }
}

payload! {
    /// Payload of `productUpdate`.
    ProductUpdatePayload {
        /// Changed product; null on failure.
        product: Product,
    }
    /// Failure of `productUpdate`.
    ProductUpdateError: NotFound, InvalidField, Conflict;
    from product::UpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
        Conflict(present) => Conflict { current: Some(AnyNode::new(Product::from(*present))) } at "version",
    }
}

/// Product to publish.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductPublishInput {
    /// Global id of the product.
    pub(in crate::graphql::product) id: ID,
}

/// Product to archive.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductArchiveInput {
    /// Global id of the product.
    pub(in crate::graphql::product) id: ID,
}

/// Product to delete.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductDeleteInput {
    /// Global id of the product.
    pub(in crate::graphql::product) id: ID,
}

user_errors! {
    /// The product has no variant on sale.
    NoVariants

    /// Orders or movements of stock refer to the product.
    ProductInUse
}

payload! {
    /// Payload of `productPublish`.
    ProductPublishPayload {
        /// Published product; null on failure.
        product: Product,
    }
    /// Failure of `productPublish`.
    ProductPublishError: NotFound, NoVariants;
    from product::PublishError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        NoVariants => NoVariants {} at "id",
    }
}

payload! {
    /// Payload of `productArchive`.
    ProductArchivePayload {
        /// Archived product; null on failure.
        product: Product,
    }
    /// Failure of `productArchive`.
    ProductArchiveError: NotFound;
    from product::ArchiveError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}

payload! {
    /// Payload of `productDelete`.
    ProductDeletePayload {
        /// Global id of the deleted product; null on failure.
        deleted_id: ID,
    }
    /// Failure of `productDelete`.
    ProductDeleteError: NotFound, ProductInUse;
    from product::DeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        InUse => ProductInUse {} at "id",
    }
}

/// Product as it shall be. Fields left out keep their value.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductSetInput {
    /// Key in another system, by which the product is found. If no product has it, one with the slug and without an external
    /// id is taken over.
    external_id: Option<String>,
    /// Name in URLs, as in `productCreate`. The product is found by it when there is no `externalId`.
    slug: Option<String>,
    /// Display name, 1 to 200 characters on one line.
    name: String,
    /// Visibility; a new product is a draft by default.
    status: Option<ProductStatus>,
    /// Markdown, at most 20,000 characters.
    description: Option<String>,
    /// Title for search engines, at most 200 characters; empty or null for the name.
    seo_title: MaybeUndefined<String>,
    /// Description for search engines, at most 500 characters; empty or null for none.
    seo_description: MaybeUndefined<String>,
    /// All tags: at most 50 of 1 to 50 characters.
    tags: Option<Vec<String>>,
    /// Global id of a category; null for none.
    category_id: MaybeUndefined<ID>,
    /// All options in display order, at most 3, found by their names. A value that only archived variants have stays, behind
    /// those given.
    options: Option<Vec<ProductOptionInput>>,
    /// All variants on sale in display order, found by their SKUs; other variants of the product are archived. At most 1,000
    /// variants and 5,000 prices.
    variants: Option<Vec<VariantInput>>,
}

impl ProductSetInput {
    pub(in crate::graphql::product) fn decode(self) -> Result<ProductSet, ResolverError> {
        let variant =
            |(index, variant): (usize, VariantInput)| variant.decode(&format!("input.variants[{index}]"));
        let variants = self.variants.map(|variants| variants.into_iter().enumerate().map(variant).collect());
        Ok(ProductSet {
            fields: ProductPatch {
                name: Some(self.name),
                slug: self.slug,
                description: self.description,
                seo_title: self.seo_title.into(),
                seo_description: self.seo_description.into(),
                tags: self.tags,
                external_id: self.external_id.map(Some),
                category: category_patch(self.category_id)?,
            },
            status: self.status.map(Into::into),
            options: self.options.map(|options| options.into_iter().map(Into::into).collect()),
            variants: variants.transpose()?,
        })
    }
}

payload! {
    /// Payload of `productSet`.
    ProductSetPayload {
        /// The product; null on failure.
        product: Product,
        /// Whether anything was created or changed; null on failure.
        changed: bool,
    }
    /// Failure of `productSet`.
    ProductSetError: InvalidField, NoVariants, OptionValueInUse, CombinationTaken;
    from product::ProductSetError {
        Invalid(invalid) => InvalidField from invalid,
        NoVariants => NoVariants {} at "status",
        ValueInUse { value, variants } => OptionValueInUse { value: value, variants: count(variants) } at "options",
        CombinationTaken(variant) => CombinationTaken { variant: Box::new((*variant).into()) } at "variants",
    }
}
