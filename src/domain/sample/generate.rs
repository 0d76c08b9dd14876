//! Generated rows for load tests, deterministic for each seed.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, CartId, CartLineId, CategoryId, CollectionId, Currency, OrderId, OrderLineId, ProductId,
    VariantId,
    account::{self, Kind},
    cart, cart_line, category, order, order_line, product, shop_currency,
};
use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DbErr, EntityTrait, QuerySelect, sea_query::OnConflict};
use serde_json::json;
use uuid::Uuid;

use super::{
    catalogue::{CatalogueRows, NewImage, NewPrice, NewProduct, NewStock, NewVariant},
    rows::{self, Article},
    slug,
};
use crate::domain::{
    context::{Services, Txn},
    database::is_duplicate,
    kernel::{fault::Fault, operation_error::operation_error},
};

const CATEGORIES: u64 = 12;

/// Number of rows per insert; longer statements are not faster.
const BATCH: u64 = 1_000;

/// Start of the generated history: 1 January 2026.
const BEGINNING: i64 = 1_767_225_600;

const MAKERS: &[&str] =
    &["Alder", "Birch", "Copper", "Dune", "Ember", "Fjord", "Granite", "Harbour", "Ivory", "Juniper"];

const MATERIALS: &[&str] =
    &["Oak", "Linen", "Steel", "Clay", "Wool", "Glass", "Brass", "Cork", "Cotton", "Ash"];

const THINGS: &[&str] = &[
    "Bowl", "Blanket", "Lamp", "Vase", "Stool", "Tray", "Cushion", "Carafe", "Shelf", "Basket", "Clock",
    "Mug",
];

const SIZES: &[&str] = &["Small", "Large"];

const TAGS: &[&str] = &["new", "gift", "handmade", "organic", "vegan", "sale", "limited", "classic"];

/// Collections, and the maximum number of products in each.
const COLLECTIONS: u64 = 6;
const COLLECTED: u64 = 50;

/// Maximum number of lines of a cart.
const CART_LINES: usize = 20;

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Products, of two variants each.
    pub products: u64,
    /// Customer accounts, which have no password and cannot log in.
    pub customers: u64,
    /// Orders, of one to three lines each.
    pub orders: u64,
    /// Carts of up to twenty lines: one of each of the first customers, the others of guests, whose tokens nobody has.
    pub carts: u64,
    /// Seed of all names and figures; the same seed gives the same rows.
    pub seed: u64,
}

operation_error! {
    pub enum GenerateError {
        #[error("this shop holds rows of this seed already; choose another --seed")]
        AlreadySeeded,
        /// Orders need a product and a customer, carts a product.
        #[error("orders need at least one product and one customer, carts one product: add --products and --customers")]
        NothingToOrder,
    }
}

impl Plan {
    /// Number of steps that [`generate`] reports.
    pub fn steps(&self) -> u64 {
        self.products + self.customers + self.orders + self.carts
    }
}

/// Inserts the rows of `plan` in one transaction and returns their number. Calls `on_step` for each product, customer,
/// order and cart.
pub async fn generate(
    services: &Services,
    plan: Plan,
    on_step: &(dyn Fn() + Sync),
) -> Result<u64, GenerateError> {
    let (has_products, has_customers) = (plan.products > 0, plan.customers > 0);
    if (plan.orders > 0 && !(has_products && has_customers)) || (plan.carts > 0 && !has_products) {
        return Err(GenerateError::NothingToOrder);
    }
    services.write(|txn| Generator::new(plan, txn, on_step).run().scope_boxed()).await
}

struct Generator<'t> {
    plan: Plan,
    rng: ChaCha8Rng,
    txn: &'t Txn<'t>,
    on_step: &'t (dyn Fn() + Sync),
    rows: u64,
    categories: Vec<CategoryId>,
    customers: Vec<AccountId>,
    /// The first products, for the collections.
    products: Vec<ProductId>,
    variants: Vec<Article>,
}

impl<'t> Generator<'t> {
    fn new(plan: Plan, txn: &'t Txn<'t>, on_step: &'t (dyn Fn() + Sync)) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(plan.seed);
        let (categories, customers, products, variants) = (vec![], vec![], vec![], vec![]);
        Self { plan, rng, txn, on_step, rows: 0, categories, customers, products, variants }
    }

    async fn run(mut self) -> Result<u64, GenerateError> {
        if self.plan.products > 0 {
            let categories = (0..CATEGORIES).map(|number| self.category(number)).collect();
            self.insert(categories).await?;
        }
        if self.plan.products > 0 {
            self.currencies().await?;
        }
        for batch in batches(self.plan.products) {
            let mut catalogue = CatalogueRows::default();
            for number in batch {
                let product = self.product(number);
                catalogue.add(product, &mut || self.id(number));
            }
            self.rows += catalogue.insert(self.txn).await?;
        }
        self.collections().await?;
        for batch in batches(self.plan.customers) {
            let customers = batch.map(|number| self.customer(number)).collect();
            self.insert(customers).await?;
        }
        let first = self.first_order_number().await?;
        for batch in batches(self.plan.orders) {
            let orders = batch.map(|number| self.order(number, first + number as i64));
            let (orders, lines): (Vec<_>, Vec<_>) = orders.unzip();
            self.insert(orders).await?;
            self.insert(lines.into_iter().flatten().collect()).await?;
        }
        for batch in batches(self.plan.carts) {
            let (carts, lines): (Vec<_>, Vec<_>) = batch.map(|number| self.cart(number)).unzip();
            self.insert(carts).await?;
            self.insert(lines.into_iter().flatten().collect()).await?;
        }
        Ok(self.rows)
    }

    async fn insert<A: ActiveModelTrait>(&mut self, rows: Vec<A>) -> Result<(), GenerateError> {
        self.rows += rows::insert(self.txn, rows).await.map_err(already_seeded)?;
        Ok(())
    }

    /// Three at the top, the others below them.
    fn category(&mut self, number: u64) -> category::ActiveModel {
        let id = CategoryId(self.id(number));
        let name = format!("{} {}s", self.pick(MATERIALS), THINGS[number as usize % THINGS.len()]);
        let parent = number.checked_sub(3).map(|below| self.categories[below as usize % 3]);
        self.categories.push(id);
        let (slug, description) = (self.slug(&name, number), format!("{name} for every room."));
        rows::category(id, parent, slug, (name, description), number as i32)
    }

    /// The currencies of the prices, which the shop may have already.
    async fn currencies(&self) -> Result<(), DbErr> {
        let row = |(position, currency)| shop_currency::ActiveModel {
            prices_include_tax: Set(currency != Currency::USD),
            currency: Set(currency),
            position: Set(position),
        };
        let rows = (0..).zip([Currency::EUR, Currency::USD]).map(row);
        let known = OnConflict::column(shop_currency::Column::Currency).do_nothing().to_owned();
        shop_currency::Entity::insert_many(rows).on_conflict(known).exec_without_returning(self.txn).await?;
        Ok(())
    }

    async fn collections(&mut self) -> Result<(), GenerateError> {
        if self.products.is_empty() {
            return Ok(());
        }
        let (mut collections, mut chosen) = (vec![], vec![]);
        for number in 0..COLLECTIONS {
            let id = CollectionId(self.id(number));
            let name = format!("{} Collection", self.pick(MAKERS));
            let (slug, from) = (self.slug(&name, number), self.rng.random_range(0..self.products.len()));
            let texts = (name, "Chosen by hand.".to_owned());
            let products = &self.products[from..self.products.len().min(from + COLLECTED as usize)];
            let (collection, products) = rows::collection(id, slug, texts, (None, None), products);
            collections.push(collection);
            chosen.extend(products);
        }
        self.insert(collections).await?;
        self.insert(chosen).await
    }

    fn product(&mut self, number: u64) -> NewProduct {
        let id = ProductId(self.id(number));
        if number < COLLECTIONS * COLLECTED {
            self.products.push(id);
        }
        let (maker, material, thing) = (self.pick(MAKERS), self.pick(MATERIALS), self.pick(THINGS));
        let name = format!("{maker} {material} {thing}");
        let (of, what) = (material.to_lowercase(), thing.to_lowercase());
        let description = format!("A {what} of **{of}**, made by {maker} in small numbers.");
        let category = self.categories[self.rng.random_range(0..self.categories.len())];
        let slug = self.slug(&name, number);
        let tags = self.rng.random_range(0..=3);
        let tags = TAGS.sample(&mut self.rng, tags).map(|tag| (*tag).to_owned()).collect();
        let price = self.rng.random_range(5..500) * 100 - 1;
        let variants =
            (0..).zip(SIZES).map(|(position, size)| self.variant(number, position, size, &name, price));
        let variants = variants.collect();
        let image = NewImage {
            url: format!("https://images.example/{slug}.jpg"),
            alt: format!("{name}, from the front"),
            variant: None,
        };
        // Every second product has an image.
        let images = number.is_multiple_of(2).then_some(image).into_iter().collect();
        (self.on_step)();
        NewProduct {
            id,
            category,
            slug,
            name,
            description,
            status: product::Status::Active,
            metadata: json!({}),
            tags,
            options: vec!["Size".to_owned()],
            variants,
            images,
            at: self.time(number),
        }
    }

    fn variant(&mut self, number: u64, position: u32, size: &str, product: &str, price: i64) -> NewVariant {
        let id = VariantId(self.id(number));
        let (sku, euros) =
            (format!("S{}-{number}-{position}", self.plan.seed), price + i64::from(position) * 1_000);
        self.variants.push(Article {
            id,
            sku: sku.clone(),
            product_name: product.to_owned(),
            variant_name: size.to_owned(),
            price: euros,
        });
        let price = |currency, amount| NewPrice { currency, amount, cost: Some(amount / 2), former: None };
        NewVariant {
            id,
            sku,
            values: vec![size.to_owned()],
            barcode: None,
            weight: Some(self.rng.random_range(50..5_000)),
            requires_shipping: true,
            tax_class: None,
            prices: vec![price(Currency::EUR, euros), price(Currency::USD, euros * 11 / 10)],
            stock: NewStock {
                on_hand: self.rng.random_range(0..200),
                tracked: true,
                backorder_limit: 0,
                low_threshold: 5,
            },
        }
    }

    fn customer(&mut self, number: u64) -> account::ActiveModel {
        let id = AccountId(self.id(number));
        let email = format!("customer-{}-{number}@seed.example", self.plan.seed);
        self.customers.push(id);
        (self.on_step)();
        rows::account(id, email, None, Kind::Customer, self.time(number))
    }

    fn order(&mut self, number: u64, shown: i64) -> (order::ActiveModel, Vec<order_line::ActiveModel>) {
        let id = OrderId(self.id(number));
        let mut total = 0;
        let lines = (0..self.rng.random_range(1..=3)).map(|_| {
            let line = OrderLineId(self.id(number));
            let offer = &self.variants[self.rng.random_range(0..self.variants.len())];
            let quantity = self.rng.random_range(1..=4);
            total += offer.price * i64::from(quantity);
            order_line::ActiveModel {
                id: Set(line),
                order_id: Set(id),
                variant_id: Set(Some(offer.id)),
                sku: Set(offer.sku.clone()),
                product_name: Set(offer.product_name.clone()),
                variant_name: Set(offer.variant_name.clone()),
                quantity: Set(quantity),
                unit_price_minor: Set(offer.price),
            }
        });
        let lines = lines.collect();
        let order = order::ActiveModel {
            id: Set(id),
            number: Set(shown),
            account_id: Set(self.customers.choose(&mut self.rng).copied()),
            currency: Set(Currency::EUR),
            total_minor: Set(total),
            placed_at: Set(self.time(number)),
        };
        (self.on_step)();
        (order, lines)
    }

    /// A cart that was changed just now, so that it does not age out.
    fn cart(&mut self, number: u64) -> (cart::ActiveModel, Vec<cart_line::ActiveModel>) {
        let id = CartId(self.id(number));
        let owner = self.customers.get(number as usize).copied();
        let token_hash = owner.is_none().then(|| {
            let mut hash = vec![0; 32];
            self.rng.fill_bytes(&mut hash);
            hash
        });
        let country = self.pick(&["DE", "AT", "FR", "US"]);
        let address = json!({ "country": country });
        let times = (self.time(number), self.txn.now());
        let cart = rows::cart(id, owner, token_hash, (None, address), times);
        let (first, count) =
            (self.rng.random_range(0..self.variants.len()), self.rng.random_range(1..=CART_LINES));
        let lines = (0..count.min(self.variants.len())).map(|position| {
            let (line, quantity) = (CartLineId(self.id(number)), self.rng.random_range(1..=3));
            let article = &self.variants[(first + position) % self.variants.len()];
            rows::cart_line(line, id, (position as i32, quantity), article)
        });
        let lines = lines.collect();
        (self.on_step)();
        (cart, lines)
    }

    /// Numbers of orders continue from the existing ones.
    async fn first_order_number(&self) -> Result<i64, GenerateError> {
        let highest: Option<Option<i64>> = order::Entity::find()
            .select_only()
            .column_as(order::COLUMN.number.max(), "highest")
            .into_tuple()
            .one(self.txn)
            .await?;
        Ok(highest.flatten().unwrap_or(1000) + 1)
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        words[self.rng.random_range(0..words.len())]
    }

    fn slug(&self, name: &str, number: u64) -> String {
        format!("{}-{}-{number}", slug(name), self.plan.seed)
    }

    /// One a minute since the beginning.
    fn time(&self, number: u64) -> DateTime<Utc> {
        DateTime::from_timestamp(BEGINNING, 0).unwrap_or_default() + TimeDelta::minutes(number as i64)
    }

    fn id(&mut self, number: u64) -> Uuid {
        let mut random = [0; 10];
        self.rng.fill_bytes(&mut random);
        let millis = self.time(number).timestamp_millis();
        uuid::Builder::from_unix_timestamp_millis(millis.unsigned_abs(), &random).into_uuid()
    }
}

fn batches(amount: u64) -> impl Iterator<Item = std::ops::Range<u64>> {
    (0..amount).step_by(BATCH as usize).map(move |begin| begin..amount.min(begin + BATCH))
}

/// The slug of the first category shows whether the rows of a seed exist.
fn already_seeded(fault: Fault) -> GenerateError {
    let duplicate = |error: &DbErr| {
        [("category", "slug"), ("category", "id"), ("account", "email"), ("account", "id")]
            .iter()
            .any(|(table, column)| is_duplicate(error, table, column))
    };
    match &fault {
        Fault::Internal(source) if source.downcast_ref::<DbErr>().is_some_and(duplicate) => {
            GenerateError::AlreadySeeded
        }
        _ => fault.into(),
    }
}
