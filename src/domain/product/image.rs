//! The images of products, and setting them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entity::{Permission, ProductId, ProductImageId, VariantId, product, product_image, variant};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::{Value, json};
use url::Url;

use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    kernel::{
        fault::Fault,
        global_id::GlobalId,
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Line},
    },
};

/// Maximum number of images of a product.
const MAX_IMAGES: usize = 50;

/// Maximum length of a URL.
const MAX_URL: usize = 2_000;

operation_error! {
    validated
    /// Why images were not set.
    pub enum ProductImagesSetError {
        /// There is no such product.
        #[error("There is no product with this id.")]
        NotFound(ProductId),
    }
}

/// An image to set.
#[derive(Clone, Debug)]
pub struct NewImage {
    /// An `https` URL.
    pub url: String,
    /// Text for people who do not see the image.
    pub alt: String,
    /// Variant that the image shows; `None` for all.
    pub variant: Option<VariantId>,
}

/// URL, text and variant of an image that can be stored.
type Image = (String, String, Option<VariantId>);

/// The images of each of these products, in their order, in one statement.
#[tracing::instrument(name = "product::images_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn images_of(
    ctx: &OpContext,
    products: &[ProductId],
) -> Result<HashMap<ProductId, Arc<[product_image::Model]>>, Fault> {
    use product_image::Column::{Id, Position, ProductId as Product};
    let chosen = ctx.services().db.any_of(Product, products.iter().map(|id| id.0));
    let images = product_image::Entity::find()
        .filter(chosen)
        .order_by_asc(Product)
        .order_by_asc(Position)
        .order_by_asc(Id)
        .all(ctx.db())
        .await?;
    let of_one = images.chunk_by(|a, b| a.product_id == b.product_id);
    Ok(of_one.map(|images| (images[0].product_id, images.into())).collect())
}

/// Replaces the images of a product, in their order. Setting those that are there already changes nothing.
#[tracing::instrument(name = "product::product_images_set", level = "debug", skip_all, err(level = "debug"))]
pub async fn product_images_set(
    ctx: &OpContext,
    id: ProductId,
    images: Vec<NewImage>,
) -> Result<product::Model, ProductImagesSetError> {
    ctx.require(Permission::ProductsEdit).await?;
    let images = validated(images)?;
    ctx.write(|txn| set_in_txn(txn, id, &images).scope_boxed()).await
}

fn validated(images: Vec<NewImage>) -> Result<Vec<Image>, InvalidField> {
    if images.len() > MAX_IMAGES {
        let message = format!("A product has at most {MAX_IMAGES} images, not {}.", images.len());
        return Err(InvalidField::new("images", FieldProblem::OutOfRange, message));
    }
    let image = |(index, image): (usize, NewImage)| {
        let in_item = |invalid: InvalidField| invalid.in_item("images", index);
        check_url(&image.url).map_err(in_item)?;
        let alt = Line::<0, 500>::of_field("alt", &image.alt).map_err(in_item)?;
        Ok((image.url, alt.into(), image.variant))
    };
    images.into_iter().enumerate().map(image).collect()
}

/// Pages contain the URL as it is given, so that it must be one without the corrections of a browser.
fn check_url(url: &str) -> Result<(), InvalidField> {
    let is_https =
        |url: &Url| url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    let (problem, message) = if url.is_empty() {
        (FieldProblem::Required, "The URL is missing.".to_owned())
    } else if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let message = "The URL contains a space or a control character. Encode it, like `%20`.";
        (FieldProblem::ForbiddenCharacter, message.to_owned())
    } else if url.chars().nth(MAX_URL).is_some() {
        (FieldProblem::TooLong, format!("The URL is longer than {MAX_URL} characters."))
    } else if Url::parse(url).is_ok_and(|url| is_https(&url)) {
        return Ok(());
    } else {
        let message = "The URL must be one like `https://images.example/mug.jpg`, without user and password.";
        (FieldProblem::InvalidFormat, message.to_owned())
    };
    Err(InvalidField::new("url", problem, message))
}

async fn set_in_txn(
    txn: &Txn<'_>,
    id: ProductId,
    images: &[Image],
) -> Result<product::Model, ProductImagesSetError> {
    let product = product::Entity::find_by_id(id).lock_exclusive().one(txn).await?;
    let product = product.ok_or(ProductImagesSetError::NotFound(id))?;
    check_variants(txn, id, images).await?;
    let of_product = || product_image::Column::ProductId.eq(id);
    let before = product_image::Entity::find()
        .filter(of_product())
        .order_by_asc(product_image::Column::Position)
        .order_by_asc(product_image::Column::Id)
        .all(txn)
        .await?;
    let before: Vec<Image> =
        before.into_iter().map(|image| (image.url, image.alt, image.variant_id)).collect();
    if before == images {
        return Ok(product);
    }
    product_image::Entity::delete_many().filter(of_product()).exec(txn).await?;
    if !images.is_empty() {
        let rows = rows(txn, id, images);
        product_image::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    let entry = AuditEntry::new("productImagesSet").about("Product", id);
    txn.audit(entry.change(audit_json(&before), audit_json(images))).await?;
    let version = product.version + 1;
    let mut row = product.into_active_model();
    row.version = Set(version);
    row.updated_at = Set(txn.now());
    Ok(row.update(txn).await?)
}

/// Finds an image of a variant that is none of the product's. The lock on the product keeps its variants.
async fn check_variants(txn: &Txn<'_>, id: ProductId, images: &[Image]) -> Result<(), ProductImagesSetError> {
    let own = variant::Entity::find()
        .select_only()
        .column(variant::Column::Id)
        .filter(variant::Column::ProductId.eq(id))
        .into_tuple::<VariantId>()
        .all(txn)
        .await?;
    let own: HashSet<_> = own.into_iter().collect();
    let is_foreign = |image: &Image| image.2.is_some_and(|variant| !own.contains(&variant));
    let Some(index) = images.iter().position(is_foreign) else { return Ok(()) };
    let message = "The product has no variant with this id.";
    let unknown = InvalidField::new("variant_id", FieldProblem::UnknownValue, message);
    Err(unknown.in_item("images", index).into())
}

fn rows(txn: &Txn<'_>, id: ProductId, images: &[Image]) -> Vec<product_image::ActiveModel> {
    let row = |(position, (url, alt, variant)): (i32, &Image)| product_image::ActiveModel {
        id: Set(ProductImageId(txn.random().id(txn.now()))),
        product_id: Set(id),
        variant_id: Set(*variant),
        url: Set(url.clone()),
        alt: Set(alt.clone()),
        position: Set(position),
    };
    (0..).zip(images).map(row).collect()
}

fn audit_json(images: &[Image]) -> Value {
    let json = |(url, alt, variant): &Image| {
        let variant = variant.map(GlobalId::global_id);
        json!({ "url": url, "alt": alt, "variantId": variant })
    };
    json!({ "images": images.iter().map(json).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_an_absolute_one_with_https() {
        let long = |length: usize| format!("{:x<length$}", "https://images.example/");
        for url in ["https://images.example/a%20b.jpg?w=1#x", "https://[::1]:8443/", &long(MAX_URL)] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for (url, problem) in [
            ("", FieldProblem::Required),
            ("https://images.example/a b", FieldProblem::ForbiddenCharacter),
            ("https://images.example/a\n", FieldProblem::ForbiddenCharacter),
            ("https://images.example/\0", FieldProblem::ForbiddenCharacter),
            (&long(MAX_URL + 1), FieldProblem::TooLong),
            ("http://images.example/", FieldProblem::InvalidFormat),
            ("javascript:alert(1)", FieldProblem::InvalidFormat),
            ("//images.example/a.jpg", FieldProblem::InvalidFormat),
            ("/a.jpg", FieldProblem::InvalidFormat),
            ("https://", FieldProblem::InvalidFormat),
            ("https://user:secret@images.example/", FieldProblem::InvalidFormat),
        ] {
            assert_eq!(check_url(url).unwrap_err().problem, problem, "{url}");
        }
    }
}
