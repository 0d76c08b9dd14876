//! Rows of sample products as the operations of the catalogue would write them, gathered to be inserted together: each table
//! gets one statement for many products.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    CategoryId, Currency, ProductId, ProductImageId, ProductOptionId, ProductOptionValueId, StockLevelId,
    StockMovementId, TaxClassId, VariantId, VariantPriceChangeId, location, product, product_image,
    product_option, product_option_value, product_price, product_tag, stock_level, stock_movement, variant,
    variant_option_value, variant_price, variant_price_change,
};
use sea_orm::ActiveValue::{NotSet, Set};
use serde_json::{Value, json};
use uuid::Uuid;

use super::rows::insert;
use crate::domain::{
    context::Txn,
    kernel::fault::Fault,
    product::{combination, name_key},
};

/// A product, with all that belongs to it.
pub(super) struct NewProduct {
    pub(super) id: ProductId,
    pub(super) category: CategoryId,
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) status: product::Status,
    pub(super) metadata: Value,
    pub(super) tags: Vec<String>,
    /// Names of the options; their values are those of the variants, in the order in which they first occur.
    pub(super) options: Vec<String>,
    pub(super) variants: Vec<NewVariant>,
    pub(super) images: Vec<NewImage>,
    /// Time of creation.
    pub(super) at: DateTime<Utc>,
}

/// A variant, with a value for each option of its product.
pub(super) struct NewVariant {
    pub(super) id: VariantId,
    pub(super) sku: String,
    pub(super) values: Vec<String>,
    pub(super) barcode: Option<String>,
    pub(super) weight: Option<i32>,
    pub(super) requires_shipping: bool,
    pub(super) tax_class: Option<TaxClassId>,
    pub(super) prices: Vec<NewPrice>,
    pub(super) stock: NewStock,
}

impl NewVariant {
    /// Time of the last reduction of a price.
    fn reduced_at(&self) -> Option<DateTime<Utc>> {
        self.prices.iter().filter_map(|price| price.former).map(|(_, at)| at).max()
    }
}

/// A price in minor units.
pub(super) struct NewPrice {
    pub(super) currency: Currency,
    pub(super) amount: i64,
    pub(super) cost: Option<i64>,
    /// The price before a reduction, with which the present one is compared, and the time of the reduction.
    pub(super) former: Option<(i64, DateTime<Utc>)>,
}

/// Pieces that were received, and how they are sold.
pub(super) struct NewStock {
    pub(super) on_hand: i32,
    pub(super) tracked: bool,
    pub(super) backorder_limit: i32,
    pub(super) low_threshold: i32,
}

/// An image.
pub(super) struct NewImage {
    pub(super) url: String,
    pub(super) alt: String,
    /// Index of the variant that it shows.
    pub(super) variant: Option<usize>,
}

/// An option, with the values that it has so far.
struct NewOption {
    id: ProductOptionId,
    name: String,
    values: Vec<(String, Uuid)>,
}

/// Rows of products, table by table.
#[derive(Default)]
pub(super) struct CatalogueRows {
    products: Vec<product::ActiveModel>,
    tags: Vec<product_tag::ActiveModel>,
    options: Vec<product_option::ActiveModel>,
    values: Vec<product_option_value::ActiveModel>,
    variants: Vec<variant::ActiveModel>,
    chosen: Vec<variant_option_value::ActiveModel>,
    images: Vec<product_image::ActiveModel>,
    prices: Vec<variant_price::ActiveModel>,
    changes: Vec<variant_price_change::ActiveModel>,
    ranges: Vec<product_price::ActiveModel>,
    levels: Vec<stock_level::ActiveModel>,
    movements: Vec<stock_movement::ActiveModel>,
}

impl CatalogueRows {
    /// Adds a product; `id` makes the keys of its parts.
    pub(super) fn add(&mut self, new: NewProduct, id: &mut impl FnMut() -> Uuid) {
        let (product, at) = (new.id, new.at);
        let tag = |tag| product_tag::ActiveModel { product_id: Set(product), tag: Set(tag) };
        self.tags.extend(new.tags.into_iter().map(tag));
        self.add_images(product, new.images, &new.variants, id);
        self.add_ranges(product, &new.variants);
        let reductions = new.variants.iter().filter_map(NewVariant::reduced_at);
        let updated_at = reductions.max().unwrap_or(at);
        let option = |name| NewOption { id: ProductOptionId(id()), name, values: Vec::new() };
        let mut options: Vec<_> = new.options.into_iter().map(option).collect();
        for (position, variant) in (0..).zip(new.variants) {
            let chosen = options.iter_mut().zip(&variant.values).map(|(option, name)| {
                let value = known(&mut option.values, name, id);
                (option.id, ProductOptionValueId(value))
            });
            let chosen: Vec<_> = chosen.collect();
            let name = match variant.values.as_slice() {
                [] => new.name.clone(),
                values => values.join(" / "),
            };
            self.add_variant(product, position, name, &chosen, &variant);
            self.add_prices(variant.id, at, variant.prices, id);
            self.add_stock(variant.id, at, &variant.stock, id);
        }
        self.add_options(product, options);
        self.products.push(product::ActiveModel {
            id: Set(product),
            category_id: Set(Some(new.category)),
            slug: Set(new.slug),
            name_key: Set(name_key(&new.name)),
            name: Set(new.name),
            status: Set(new.status),
            description: Set(new.description),
            seo_title: Set(None),
            seo_description: Set(None),
            external_id: Set(None),
            metadata: Set(new.metadata),
            private_metadata: Set(json!({})),
            version: Set(1),
            created_at: Set(at),
            updated_at: Set(updated_at),
        });
    }

    fn add_variant(
        &mut self,
        product: ProductId,
        position: i32,
        name: String,
        chosen: &[(ProductOptionId, ProductOptionValueId)],
        new: &NewVariant,
    ) {
        let value = |(option, value): &(_, _)| variant_option_value::ActiveModel {
            variant_id: Set(new.id),
            option_id: Set(*option),
            value_id: Set(*value),
        };
        self.chosen.extend(chosen.iter().map(value));
        self.variants.push(variant::ActiveModel {
            id: Set(new.id),
            product_id: Set(product),
            sku: Set(new.sku.clone()),
            name: Set(name),
            combination: Set(combination(chosen.iter().map(|(_, value)| *value))),
            barcode: Set(new.barcode.clone()),
            weight: Set(new.weight),
            requires_shipping: Set(new.requires_shipping),
            max_per_order: Set(None),
            tax_class_id: Set(new.tax_class),
            position: Set(position),
            archived_at: Set(None),
            metadata: Set(json!({})),
            private_metadata: Set(json!({})),
            version: Set(if new.reduced_at().is_some() { 2 } else { 1 }),
        });
    }

    fn add_options(&mut self, product: ProductId, options: Vec<NewOption>) {
        for (position, NewOption { id: option, name, values }) in (0..).zip(options) {
            let value = |(position, (name, value))| product_option_value::ActiveModel {
                id: Set(ProductOptionValueId(value)),
                option_id: Set(option),
                name: Set(name),
                position: Set(position),
            };
            self.values.extend((0..).zip(values).map(value));
            self.options.push(product_option::ActiveModel {
                id: Set(option),
                product_id: Set(product),
                name: Set(name),
                position: Set(position),
            });
        }
    }

    /// Each price, and the changes that led to it.
    fn add_prices(
        &mut self,
        variant: VariantId,
        at: DateTime<Utc>,
        prices: Vec<NewPrice>,
        id: &mut impl FnMut() -> Uuid,
    ) {
        for NewPrice { currency, amount, cost, former } in prices {
            let first = former.map_or(amount, |(former, _)| former);
            let reduced = former.map(|(_, at)| (amount, at));
            for (amount, at) in [(first, at)].into_iter().chain(reduced) {
                self.changes.push(variant_price_change::ActiveModel {
                    id: Set(VariantPriceChangeId(id())),
                    variant_id: Set(variant),
                    currency: Set(currency),
                    amount: Set(Some(amount)),
                    at: Set(at),
                });
            }
            self.prices.push(variant_price::ActiveModel {
                variant_id: Set(variant),
                currency: Set(currency),
                amount: Set(amount),
                compare_at: Set(former.map(|(former, _)| former)),
                cost: Set(cost),
            });
        }
    }

    /// A level, and the movement that filled it. One that is empty never had any.
    fn add_stock(
        &mut self,
        variant: VariantId,
        at: DateTime<Utc>,
        stock: &NewStock,
        id: &mut impl FnMut() -> Uuid,
    ) {
        self.levels.push(stock_level::ActiveModel {
            id: Set(StockLevelId(id())),
            variant_id: Set(variant),
            location_id: Set(location::MAIN),
            on_hand: Set(stock.on_hand),
            reserved: Set(0),
            available: NotSet,
            tracked: Set(stock.tracked),
            backorder_limit: Set(stock.backorder_limit),
            low_threshold: Set(stock.low_threshold),
            updated_at: Set(at),
        });
        if stock.on_hand == 0 {
            return;
        }
        self.movements.push(stock_movement::ActiveModel {
            id: Set(StockMovementId(id())),
            variant_id: Set(variant),
            location_id: Set(location::MAIN),
            kind: Set(stock_movement::Kind::Receive),
            on_hand: Set(stock.on_hand),
            reserved: Set(0),
            reason: Set(None),
            note: Set(None),
            cause_id: Set(None),
            actor_id: Set(None),
            at: Set(at),
        });
    }

    fn add_images(
        &mut self,
        product: ProductId,
        images: Vec<NewImage>,
        variants: &[NewVariant],
        id: &mut impl FnMut() -> Uuid,
    ) {
        let image = |(position, image): (i32, NewImage)| product_image::ActiveModel {
            id: Set(ProductImageId(id())),
            product_id: Set(product),
            variant_id: Set(image.variant.and_then(|index| variants.get(index)).map(|variant| variant.id)),
            url: Set(image.url),
            alt: Set(image.alt),
            position: Set(position),
        };
        self.images.extend((0..).zip(images).map(image));
    }

    /// The lowest and highest price in each currency.
    fn add_ranges(&mut self, product: ProductId, variants: &[NewVariant]) {
        let mut ranges = BTreeMap::new();
        for price in variants.iter().flat_map(|variant| &variant.prices) {
            let amount = price.amount;
            let range = ranges.entry(price.currency.code()).or_insert((price.currency, amount, amount));
            *range = (range.0, range.1.min(amount), range.2.max(amount));
        }
        let range = |(currency, min, max)| product_price::ActiveModel {
            product_id: Set(product),
            currency: Set(currency),
            min: Set(min),
            max: Set(max),
        };
        self.ranges.extend(ranges.into_values().map(range));
    }

    /// Inserts all rows; tells how many they are.
    pub(super) async fn insert(self, txn: &Txn<'_>) -> Result<u64, Fault> {
        let mut count = insert(txn, self.products).await?;
        count += insert(txn, self.tags).await?;
        count += insert(txn, self.options).await?;
        count += insert(txn, self.values).await?;
        count += insert(txn, self.variants).await?;
        count += insert(txn, self.chosen).await?;
        count += insert(txn, self.images).await?;
        count += insert(txn, self.prices).await?;
        count += insert(txn, self.changes).await?;
        count += insert(txn, self.ranges).await?;
        count += insert(txn, self.levels).await?;
        Ok(count + insert(txn, self.movements).await?)
    }
}

/// The key of a value, a new one if it is the first of its name.
fn known(values: &mut Vec<(String, Uuid)>, name: &str, id: &mut impl FnMut() -> Uuid) -> Uuid {
    if let Some((_, value)) = values.iter().find(|(known, _)| known == name) {
        return *value;
    }
    let value = id();
    values.push((name.to_owned(), value));
    value
}
