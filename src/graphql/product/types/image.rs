//! Images of products, and setting them.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};
use entity::{ProductId, VariantId, product_image};

use super::{Product, Variant};
use crate::{
    domain::product::{self, NewImage},
    graphql::kit::{
        error::ResolverError,
        id::Node,
        load,
        loader::loader,
        member::{InvalidField, NotFound},
        payload::payload,
    },
};

/// Image of a product.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(super) struct ProductImage {
    #[graphql(skip)]
    variant_key: Option<VariantId>,
    /// `https` URL of the image.
    url: String,
    /// Text for people who do not see the image; may be empty.
    alt: String,
}

impl From<product_image::Model> for ProductImage {
    fn from(row: product_image::Model) -> Self {
        Self { variant_key: row.variant_id, url: row.url, alt: row.alt }
    }
}

#[ComplexObject]
impl ProductImage {
    /// Variant that the image shows; null for all, and for one that the viewer may not see.
    async fn variant(&self, ctx: &Context<'_>) -> Option<Result<Variant, ResolverError>> {
        load::optional(ctx, self.variant_key?).await
    }
}

loader! {
    /// Loads the images of a product, in display order.
    ImagesOf(ProductId) => Arc<[product_image::Model]>, product::images_of
}

/// Images of a product.
#[derive(InputObject)]
pub(in crate::graphql::product) struct ProductImagesSetInput {
    /// Global id of the product.
    pub(in crate::graphql::product) id: ID,
    /// All images, in display order, at most 50; an empty list removes them.
    images: Vec<ProductImageInput>,
}

/// Image of a product.
#[derive(InputObject)]
struct ProductImageInput {
    /// Absolute URL with `https`, of at most 2,000 characters.
    url: String,
    /// Text for people who do not see the image, at most 500 characters on one line; null for none.
    alt: Option<String>,
    /// Global id of the variant that the image shows, one of the product's; null for all.
    variant_id: Option<ID>,
}

impl ProductImagesSetInput {
    /// The images, with the keys of their variants.
    pub(in crate::graphql::product) fn into_images(self) -> Result<Vec<NewImage>, ResolverError> {
        let image = |(index, image): (usize, ProductImageInput)| {
            let argument = format!("input.images[{index}].variantId");
            let variant = image.variant_id.map(|id| VariantId::from_global(&id, &argument)).transpose()?;
            Ok(NewImage { url: image.url, alt: image.alt.unwrap_or_default(), variant })
        };
        self.images.into_iter().enumerate().map(image).collect()
    }
}

payload! {
    /// Payload of `productImagesSet`.
    ProductImagesSetPayload {
        /// The product with its images; null on failure.
        product: Product,
    }
    /// Failure of `productImagesSet`.
    ProductImagesSetError: NotFound, InvalidField;
    from product::ProductImagesSetError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}
