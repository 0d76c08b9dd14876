//! Sample data: the demo shop, and any number of generated rows for load tests.

mod generate;
mod rows;

pub use generate::{GenerateError, Plan, generate};

use entity::{
    AccountId, CategoryId, ProductId, VariantId,
    account::{self, Kind},
    category,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::Deserialize;

use crate::domain::{
    context::{Services, Txn},
    kernel::fault::Fault,
    staff,
};

pub const DEMO_CUSTOMER: &str = "customer@demo.example";

pub const DEMO_STAFF: &str = "staff@demo.example";

pub const DEMO_ADMIN: &str = "admin@demo.example";

/// Public password of the three demo accounts.
pub const DEMO_PASSWORD: &str = "violin-gravel-teapot";

const PEOPLE: [(&str, Kind); 3] =
    [(DEMO_CUSTOMER, Kind::Customer), (DEMO_STAFF, Kind::Staff), (DEMO_ADMIN, Kind::Admin)];

/// Fills an empty shop with the demo catalogue and its three accounts. Returns whether it did; a shop with any data is
/// left unchanged.
pub async fn fill_demo(services: &Services) -> Result<bool, Fault> {
    if !is_empty(services.db.connection()).await? {
        return Ok(false);
    }
    let mut hashes = Vec::new();
    for _ in PEOPLE {
        hashes.push(services.passwords.hash(DEMO_PASSWORD.into(), services.random.secret()).await?);
    }
    services.write(|txn| insert_demo_in_txn(&hashes, txn).scope_boxed()).await
}

/// Whether an account has the public password of the demo.
pub async fn has_public_passwords(services: &Services) -> Result<bool, Fault> {
    let accounts = account::Entity::find()
        .filter(account::Column::Email.is_in(PEOPLE.map(|(email, _)| email)))
        .all(services.db.connection())
        .await?;
    for account in accounts {
        if services.passwords.fits(DEMO_PASSWORD.into(), account.password_hash).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn is_empty(db: &impl ConnectionTrait) -> Result<bool, Fault> {
    Ok(account::Entity::find().count(db).await? == 0 && category::Entity::find().count(db).await? == 0)
}

async fn insert_demo_in_txn(hashes: &[String], txn: &Txn<'_>) -> Result<bool, Fault> {
    if !is_empty(txn).await? {
        return Ok(false);
    }
    let now = txn.now();
    let id = || txn.random().id(now);
    let people = PEOPLE.iter().zip(hashes).map(|((email, kind), hash)| (AccountId(id()), email, *kind, hash));
    let people: Vec<_> = people.collect();
    let account = |(id, email, kind, hash): &(_, &&str, _, &String)| {
        rows::account(*id, (**email).to_owned(), Some((*hash).clone()), *kind, now)
    };
    rows::insert(txn, people.iter().map(account).collect()).await?;

    let (mut categories, mut products, mut variants, mut top) = (vec![], vec![], vec![], None);
    for (position, shelf) in (0..).zip(shelves()?) {
        let category = CategoryId(id());
        let parent = top.filter(|_| !shelf.is_top);
        top = if shelf.is_top { Some(category) } else { top };
        let slug_of_shelf = slug(&shelf.name);
        let texts = (shelf.name, shelf.description);
        categories.push(rows::category(category, parent, slug_of_shelf, texts, position));
        for demo in shelf.products {
            let (product, slug) = (ProductId(id()), slug(&demo.name));
            products.push(rows::product(product, category, slug, (demo.name, demo.description), now));
            let numbered = (0..).zip(demo.variants);
            variants.extend(numbered.map(|(position, variant)| {
                rows::variant(VariantId(id()), product, position, variant, now, id)
            }));
        }
    }
    rows::insert(txn, categories).await?;
    rows::insert(txn, products).await?;
    rows::insert_variants(txn, variants).await?;
    let role = staff::shop_staff_in_txn(txn).await?;
    for (member, _, kind, _) in people {
        if kind == Kind::Staff {
            staff::give_in_txn(txn, member, role.id).await?;
        }
    }
    Ok(true)
}

/// A category of the demo catalogue: at the top of the tree, or below the last one that is.
#[derive(Deserialize)]
struct Shelf {
    name: String,
    description: String,
    is_top: bool,
    products: Vec<DemoProduct>,
}

#[derive(Deserialize)]
struct DemoProduct {
    name: String,
    description: String,
    /// SKU, name, price in cents, pieces in stock.
    variants: Vec<(String, String, i64, i32)>,
}

fn shelves() -> Result<Vec<Shelf>, Fault> {
    serde_json::from_str(include_str!("demo_shop.json")).map_err(Fault::internal)
}

/// Slug of a name: `Linen Apron` becomes `linen-apron`.
pub(super) fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_demo_shop_is_consistent() {
        let shelves = shelves().unwrap();
        let products = || shelves.iter().flat_map(|shelf| &shelf.products);
        let slugs: HashSet<_> = products().map(|product| slug(&product.name)).collect();
        assert_eq!(slugs.len(), products().count(), "slugs are unique");
        let skus: Vec<_> =
            products().flat_map(|product| &product.variants).map(|variant| &variant.0).collect();
        assert_eq!(skus.iter().collect::<HashSet<_>>().len(), skus.len(), "SKUs are unique");
        assert!(products().all(|product| !product.variants.is_empty()));
        assert!(shelves[0].is_top && products().count() == 16);
        assert_eq!(slug("Café & Tea, 250 g"), "caf-tea-250-g");
    }
}
