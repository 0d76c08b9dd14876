//! The catalogue of the demo shop, read from `demo_shop.json`.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    CategoryId, CollectionId, Currency, ProductId, TaxClassId, VariantId, category, collection,
    collection_product, product::Status, shop_currency,
};
use sea_orm::{ActiveEnum, ActiveValue::Set};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    catalogue::{CatalogueRows, NewImage, NewPrice, NewProduct, NewStock, NewVariant},
    rows,
    selling::{self, Classes},
    slug,
};
use crate::domain::{context::Txn, kernel::fault::Fault};

/// Number of available pieces at which stock is low, unless the product says otherwise.
const LOW: i32 = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoShop {
    categories: Vec<DemoCategory>,
    collections: Vec<DemoCollection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoCategory {
    name: String,
    description: String,
    /// Whether its products are food, also in the categories below.
    #[serde(default)]
    food: bool,
    #[serde(default)]
    products: Vec<DemoProduct>,
    #[serde(default)]
    children: Vec<DemoCategory>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoProduct {
    name: String,
    description: String,
    #[serde(default = "active")]
    status: String,
    #[serde(default)]
    metadata: Map<String, Value>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    options: Vec<String>,
    /// SKU, values of the options, price in euro cents, pieces in stock, weight in grams.
    variants: Vec<(String, Vec<String>, i64, i32, i32)>,
    /// Text, and index of the variant that the image shows.
    #[serde(default)]
    images: Vec<(String, Option<usize>)>,
    /// Share of the price that the shop earns, in percent.
    margin: Option<i64>,
    /// Cents by which the prices were reduced a week ago.
    #[serde(default)]
    reduced: i64,
    #[serde(default)]
    backorder: i32,
    low: Option<i32>,
    /// Whether pieces are not counted.
    #[serde(default)]
    untracked: bool,
    /// Whether nothing is shipped.
    #[serde(default)]
    digital: bool,
}

fn active() -> String {
    Status::Active.to_value()
}

/// A collection of the products with these slugs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoCollection {
    name: String,
    description: String,
    /// First and last day on which shoppers see it, counted from today.
    from: Option<i64>,
    until: Option<i64>,
    products: Vec<String>,
}

fn demo_shop() -> Result<DemoShop, Fault> {
    serde_json::from_str(include_str!("demo_shop.json")).map_err(Fault::internal)
}

/// Rows of the demo catalogue.
struct Demo<'t> {
    txn: &'t Txn<'t>,
    now: DateTime<Utc>,
    categories: Vec<category::ActiveModel>,
    classes: Classes,
    catalogue: CatalogueRows,
    /// Slug and key of each product.
    products: Vec<(String, ProductId)>,
    /// Number of products that are still to come.
    left: i64,
}

/// Inserts the demo catalogue, with one statement for each table.
pub(super) async fn insert(txn: &Txn<'_>) -> Result<(), Fault> {
    let shop = demo_shop()?;
    let left = shop.categories.iter().map(count).sum();
    let (now, catalogue) = (txn.now(), CatalogueRows::default());
    let classes = selling::insert_taxes(txn).await?;
    let mut demo = Demo { txn, now, categories: vec![], classes, catalogue, products: vec![], left };
    for (position, category) in (0..).zip(shop.categories) {
        demo.add(category, None, position, false)?;
    }
    let (collections, chosen) = demo.collections(shop.collections)?;
    let bulky = demo.categories.iter().find(|category| category.slug.as_ref() == "pots-pans");
    let bulky = bulky.map(|category| *category.id.as_ref());
    // Every shop has the euro.
    rows::insert(
        txn,
        vec![shop_currency::ActiveModel {
            currency: Set(Currency::USD),
            position: Set(1),
            prices_include_tax: Set(false),
        }],
    )
    .await?;
    rows::insert(txn, demo.categories).await?;
    demo.catalogue.insert(txn).await?;
    rows::insert(txn, collections).await?;
    rows::insert(txn, chosen).await?;
    selling::insert_shipping(txn, bulky).await?;
    selling::insert_discounts(txn).await
}

fn count(category: &DemoCategory) -> i64 {
    category.products.len() as i64 + category.children.iter().map(count).sum::<i64>()
}

impl Demo<'_> {
    /// Adds a category with all that is in it and below it.
    fn add(
        &mut self,
        category: DemoCategory,
        parent: Option<CategoryId>,
        position: i32,
        is_food: bool,
    ) -> Result<(), Fault> {
        let is_food = is_food || category.food;
        let id = CategoryId(self.txn.random().id(self.now));
        let slug = slug(&category.name);
        let texts = (category.name, category.description);
        self.categories.push(rows::category(id, parent, slug, texts, position));
        for product in category.products {
            self.add_product(product, id, is_food)?;
        }
        for (position, child) in (0..).zip(category.children) {
            self.add(child, Some(id), position, is_food)?;
        }
        Ok(())
    }

    /// The products came into the shop one a day.
    fn add_product(&mut self, demo: DemoProduct, category: CategoryId, is_food: bool) -> Result<(), Fault> {
        let at = self.now - TimeDelta::days(self.left + 7);
        self.left -= 1;
        let random = self.txn.random();
        let mut id = || random.id(at);
        let (key, slug) = (ProductId(id()), slug(&demo.name));
        let status = Status::try_from_value(&demo.status).map_err(Fault::internal)?;
        let variants =
            demo.variants(self.now - TimeDelta::days(7), is_food.then_some(self.classes.reduced), &mut id);
        let image = |(number, (alt, variant)): (usize, (String, _))| NewImage {
            url: format!("https://images.example/{slug}-{number}.jpg"),
            alt,
            variant,
        };
        let images = (1..).zip(demo.images).map(image).collect();
        self.products.push((slug.clone(), key));
        let product = NewProduct {
            id: key,
            category,
            slug,
            name: demo.name,
            description: demo.description,
            status,
            metadata: demo.metadata.into(),
            tags: demo.tags,
            options: demo.options,
            variants,
            images,
            at,
        };
        self.catalogue.add(product, &mut id);
        Ok(())
    }

    fn collections(
        &self,
        collections: Vec<DemoCollection>,
    ) -> Result<(Vec<collection::ActiveModel>, Vec<collection_product::ActiveModel>), Fault> {
        let (mut made, mut chosen) = (vec![], vec![]);
        for demo in collections {
            let find = |slug: &String| {
                let found = self.products.iter().find(|(known, _)| known == slug);
                found.map(|(_, id)| *id).ok_or_else(|| Fault::internal(format!("no product {slug}")))
            };
            let products = demo.products.iter().map(find).collect::<Result<Vec<_>, _>>()?;
            let day = |day: Option<i64>| day.map(|day| self.now + TimeDelta::days(day));
            let id = CollectionId(self.txn.random().id(self.now));
            let (slug, texts) = (slug(&demo.name), (demo.name, demo.description));
            let period = (day(demo.from), day(demo.until));
            let (collection, of_collection) = rows::collection(id, slug, texts, period, &products);
            made.push(collection);
            chosen.extend(of_collection);
        }
        Ok((made, chosen))
    }
}

impl DemoProduct {
    fn variants(
        &self,
        reduced_at: DateTime<Utc>,
        tax_class: Option<TaxClassId>,
        id: &mut impl FnMut() -> Uuid,
    ) -> Vec<NewVariant> {
        let variant = |(sku, values, euro, on_hand, grams): &(String, Vec<String>, i64, i32, i32)| {
            let price = |currency, amount: i64| NewPrice {
                currency,
                amount,
                cost: self.margin.map(|margin| amount * (100 - margin) / 100),
                former: Some((amount + self.reduced, reduced_at)).filter(|_| self.reduced > 0),
            };
            NewVariant {
                id: VariantId(id()),
                sku: sku.clone(),
                values: values.clone(),
                barcode: Some(barcode(sku)),
                weight: Some(*grams).filter(|grams| *grams > 0),
                requires_shipping: !self.digital,
                tax_class,
                prices: vec![price(Currency::EUR, *euro), price(Currency::USD, dollars(*euro))],
                stock: NewStock {
                    on_hand: *on_hand,
                    tracked: !self.untracked,
                    backorder_limit: self.backorder,
                    low_threshold: self.low.unwrap_or(LOW),
                },
            }
        };
        self.variants.iter().map(variant).collect()
    }
}

/// A price in dollars, from one in euros: at least a tenth more, with the same cents.
fn dollars(euro: i64) -> i64 {
    let cents = euro % 100;
    (euro * 11 / 10 - cents + 99) / 100 * 100 + cents
}

/// An EAN-13 made from a SKU, with a prefix for use within a shop.
fn barcode(sku: &str) -> String {
    let number = sku.bytes().fold(7, |number: u64, byte| (number * 31 + u64::from(byte)) % 10_000_000_000);
    let digits = format!("20{number:010}");
    let weighted = |(place, digit): (usize, u8)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 };
    let sum: u32 = digits.bytes().enumerate().map(weighted).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn products(categories: Vec<DemoCategory>) -> Vec<DemoProduct> {
        let of = |category: DemoCategory| {
            category.products.into_iter().chain(products(category.children)).collect::<Vec<_>>()
        };
        categories.into_iter().flat_map(of).collect()
    }

    fn depth(categories: &[DemoCategory]) -> usize {
        categories.iter().map(|category| 1 + depth(&category.children)).max().unwrap_or_default()
    }

    #[test]
    fn demo_shop_is_consistent() {
        let shop = demo_shop().unwrap();
        assert_eq!(depth(&shop.categories), 3);
        let products = products(shop.categories);
        let slugs: HashSet<_> = products.iter().map(|product| slug(&product.name)).collect();
        assert_eq!((products.len(), slugs.len()), (63, 63), "slugs are unique");
        let variants = || products.iter().flat_map(|product| &product.variants);
        let skus: HashSet<_> = variants().map(|variant| &variant.0).collect();
        let barcodes: HashSet<_> = variants().map(|variant| barcode(&variant.0)).collect();
        assert_eq!((skus.len(), barcodes.len()), (variants().count(), variants().count()), "both are unique");
        for product in &products {
            let of_product: HashSet<_> = product.variants.iter().map(|variant| &variant.1).collect();
            assert_eq!(of_product.len(), product.variants.len(), "{}", product.name);
            assert!(
                of_product.iter().all(|values| values.len() == product.options.len()),
                "{}",
                product.name
            );
            let shown = product.images.iter().filter_map(|image| image.1).max();
            assert!(shown.is_none_or(|index| index < product.variants.len()), "{}", product.name);
            let tags: HashSet<_> = product.tags.iter().collect();
            assert_eq!(tags.len(), product.tags.len(), "{}", product.name);
        }
        for status in [Status::Draft, Status::Archived] {
            assert_eq!(products.iter().filter(|product| product.status == status.to_value()).count(), 1);
        }
    }

    #[test]
    fn dollars_keep_the_cents_of_euros() {
        assert_eq!([8_900, 1_190, 1_650, 690].map(dollars), [9_800, 1_390, 1_850, 790]);
    }

    #[test]
    fn barcode_has_a_check_digit() {
        let digits: Vec<_> = barcode("BRW-GRD-BLK").bytes().map(|byte| u32::from(byte - b'0')).collect();
        assert_eq!((digits.len(), digits[0]), (13, 2));
        let sum: u32 = (0..).zip(&digits).map(|(place, digit)| digit * [1, 3][place % 2]).sum();
        assert_eq!(sum % 10, 0);
    }
}
