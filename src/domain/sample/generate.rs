//! Any amount of rows for load tests, the same for the same seed.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, CategoryId, Currency, OrderId, OrderLineId, ProductId, VariantId,
    account::{self, Kind},
    category, order, order_line, product, variant,
};
use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait, QuerySelect};
use uuid::Uuid;

use super::{rows::Inserts, slug};
use crate::domain::{
    context::{Services, Txn},
    database::is_duplicate,
    kernel::{fault::Fault, operation_error::operation_error},
};

const CATEGORIES: u64 = 12;

const VARIANTS: u64 = 2;

/// The moment at which the made-up history begins: 1 January 2026.
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

/// How much to make.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Products, of two variants each.
    pub products: u64,
    /// Customer accounts, which have no password and cannot log in.
    pub customers: u64,
    /// Orders, of one to three lines each.
    pub orders: u64,
    /// What all names and figures are drawn from; the same seed gives the same rows.
    pub seed: u64,
}

operation_error! {
    /// Why nothing was made.
    pub enum GenerateError {
        /// The rows of this seed are there already.
        #[error("this shop holds rows of this seed already; choose another --seed")]
        AlreadySeeded,
        /// Orders need something to order, and somebody.
        #[error("orders need at least one product and one customer: add --products and --customers")]
        NothingToOrder,
    }
}

impl Plan {
    /// The steps of which [`generate`] reports each.
    pub fn steps(&self) -> u64 {
        self.products + self.customers + self.orders
    }
}

/// Makes the rows of `plan` in one transaction and answers with their number. `on_step` is called for each product,
/// customer and order.
pub async fn generate(
    services: &Services,
    plan: Plan,
    on_step: &(dyn Fn() + Sync),
) -> Result<u64, GenerateError> {
    if plan.orders > 0 && (plan.products == 0 || plan.customers == 0) {
        return Err(GenerateError::NothingToOrder);
    }
    services.write(|txn| Generator::new(plan, txn, on_step).run().scope_boxed()).await
}

struct Generator<'t> {
    plan: Plan,
    rng: ChaCha8Rng,
    inserts: Inserts<'t>,
    txn: &'t Txn<'t>,
    on_step: &'t (dyn Fn() + Sync),
    rows: u64,
    categories: Vec<CategoryId>,
    customers: Vec<AccountId>,
    variants: Vec<Offer>,
}

/// What an order line needs to know of a variant.
struct Offer {
    id: VariantId,
    sku: String,
    product_name: String,
    variant_name: String,
    price_minor: i64,
}

impl<'t> Generator<'t> {
    fn new(plan: Plan, txn: &'t Txn<'t>, on_step: &'t (dyn Fn() + Sync)) -> Self {
        Self {
            plan,
            rng: ChaCha8Rng::seed_from_u64(plan.seed),
            inserts: Inserts::new(txn),
            txn,
            on_step,
            rows: 0,
            categories: Vec::new(),
            customers: Vec::new(),
            variants: Vec::new(),
        }
    }

    async fn run(mut self) -> Result<u64, GenerateError> {
        if self.plan.products > 0 {
            self.categories().await?;
        }
        for number in 0..self.plan.products {
            self.product(number).await?;
            (self.on_step)();
        }
        for number in 0..self.plan.customers {
            self.customer(number).await?;
            (self.on_step)();
        }
        let first = self.first_order_number().await?;
        for number in 0..self.plan.orders {
            self.order(number, first + number as i64).await?;
            (self.on_step)();
        }
        self.inserts.finish().await.map_err(already_seeded)?;
        Ok(self.rows)
    }

    /// Three at the top, the others below them.
    async fn categories(&mut self) -> Result<(), GenerateError> {
        for number in 0..CATEGORIES {
            let id = CategoryId(self.id(number));
            let name = format!("{} {}s", self.pick(MATERIALS), THINGS[number as usize % THINGS.len()]);
            let parent = number.checked_sub(3).map(|below| self.categories[below as usize % 3]);
            self.categories.push(id);
            let row = category::ActiveModel {
                id: Set(id),
                parent_id: Set(parent),
                slug: Set(self.slug(&name, number)),
                description: Set(format!("{name} for every room.")),
                name: Set(name),
                position: Set(number as i32),
            };
            self.rows += 1;
            self.inserts.category(row).await.map_err(already_seeded)?;
        }
        Ok(())
    }

    async fn product(&mut self, number: u64) -> Result<(), GenerateError> {
        let id = ProductId(self.id(number));
        let (maker, material, thing) = (self.pick(MAKERS), self.pick(MATERIALS), self.pick(THINGS));
        let name = format!("{maker} {material} {thing}");
        let added = self.time(number);
        let row = product::ActiveModel {
            id: Set(id),
            category_id: Set(self.categories[self.rng.random_range(0..self.categories.len())]),
            slug: Set(self.slug(&name, number)),
            name: Set(name.clone()),
            description: Set(format!(
                "A {} of {}, made by {maker} in small numbers.",
                thing.to_lowercase(),
                material.to_lowercase()
            )),
            created_at: Set(added),
            updated_at: Set(added),
        };
        self.rows += 1 + VARIANTS;
        self.inserts.product(row).await.map_err(already_seeded)?;
        let price = self.rng.random_range(5..500) * 100 - 1;
        for (position, size) in (0..VARIANTS as i32).zip(SIZES) {
            let offer = Offer {
                id: VariantId(self.id(number)),
                sku: format!("S{}-{number}-{position}", self.plan.seed),
                product_name: name.clone(),
                variant_name: (*size).to_owned(),
                price_minor: price + i64::from(position) * 1_000,
            };
            let row = variant::ActiveModel {
                id: Set(offer.id),
                product_id: Set(id),
                sku: Set(offer.sku.clone()),
                name: Set(offer.variant_name.clone()),
                price_minor: Set(offer.price_minor),
                currency: Set(Currency::EUR),
                on_hand: Set(self.rng.random_range(0..200)),
                position: Set(position),
            };
            self.inserts.variant(row).await.map_err(already_seeded)?;
            self.variants.push(offer);
        }
        Ok(())
    }

    async fn customer(&mut self, number: u64) -> Result<(), GenerateError> {
        let id = AccountId(self.id(number));
        let since = self.time(number);
        let row = account::ActiveModel {
            id: Set(id),
            email: Set(format!("customer-{}-{number}@seed.example", self.plan.seed)),
            password_hash: Set(None),
            kind: Set(Kind::Customer),
            name: Set(String::new()),
            blocked_at: Set(None),
            session_epoch: Set(0),
            created_at: Set(since),
            updated_at: Set(since),
        };
        self.rows += 1;
        self.customers.push(id);
        self.inserts.account(row).await.map_err(already_seeded)
    }

    async fn order(&mut self, number: u64, shown: i64) -> Result<(), GenerateError> {
        let id = OrderId(self.id(number));
        let lines: Vec<_> = (0..self.rng.random_range(1..=3))
            .map(|_| (self.rng.random_range(0..self.variants.len()), self.rng.random_range(1..=4)))
            .collect();
        let total = lines
            .iter()
            .map(|(offer, quantity)| self.variants[*offer].price_minor * i64::from(*quantity))
            .sum();
        let row = order::ActiveModel {
            id: Set(id),
            number: Set(shown),
            account_id: Set(self.customers.choose(&mut self.rng).copied()),
            currency: Set(Currency::EUR),
            total_minor: Set(total),
            placed_at: Set(self.time(number)),
        };
        self.rows += 1 + lines.len() as u64;
        self.inserts.order(row).await.map_err(already_seeded)?;
        for (offer, quantity) in lines {
            let line = OrderLineId(self.id(number));
            let offer = &self.variants[offer];
            let row = order_line::ActiveModel {
                id: Set(line),
                order_id: Set(id),
                variant_id: Set(Some(offer.id)),
                sku: Set(offer.sku.clone()),
                product_name: Set(offer.product_name.clone()),
                variant_name: Set(offer.variant_name.clone()),
                quantity: Set(quantity),
                unit_price_minor: Set(offer.price_minor),
            };
            self.inserts.line(row).await.map_err(already_seeded)?;
        }
        Ok(())
    }

    /// Orders count on from those that are there.
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

/// The slug of the first category tells at once that the rows of a seed are there.
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
