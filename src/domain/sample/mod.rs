//! Made-up data: the demo shop that a first look starts with, and any amount of deterministic rows for load tests.

mod demo_shop;
mod generate;
mod rows;

pub use generate::{GenerateError, Plan, generate};

use demo_shop::SHELVES;
use entity::{
    AccountId, CategoryId, Currency, ProductId, VariantId,
    account::{self, Kind},
    category, product, variant,
};
use rows::Inserts;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::domain::{
    context::{Services, Txn},
    kernel::fault::Fault,
    staff,
};

/// The demo's customer.
pub const DEMO_CUSTOMER: &str = "customer@demo.example";

/// The demo's member of staff.
pub const DEMO_STAFF: &str = "staff@demo.example";

/// The demo's admin.
pub const DEMO_ADMIN: &str = "admin@demo.example";

/// The password of all three, which everybody knows.
pub const DEMO_PASSWORD: &str = "violin-gravel-teapot";

const PEOPLE: [(&str, Kind); 3] =
    [(DEMO_CUSTOMER, Kind::Customer), (DEMO_STAFF, Kind::Staff), (DEMO_ADMIN, Kind::Admin)];

/// Fills an empty shop with the demo catalogue and its three accounts. Says whether it did; a shop that holds anything is
/// left as it is.
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

/// Whether somebody can log in with the demo's password, which everybody knows.
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
    let mut inserts = Inserts::new(txn);
    let mut members = Vec::new();
    for ((email, kind), hash) in PEOPLE.into_iter().zip(hashes) {
        let id = AccountId(txn.random().id(now));
        if kind == Kind::Staff {
            members.push(id);
        }
        inserts
            .account(account::ActiveModel {
                id: Set(id),
                email: Set(email.to_owned()),
                password_hash: Set(Some(hash.clone())),
                kind: Set(kind),
                name: Set(String::new()),
                blocked_at: Set(None),
                session_epoch: Set(0),
                created_at: Set(now),
                updated_at: Set(now),
            })
            .await?;
    }
    let mut parent = None;
    for (position, shelf) in (0..).zip(SHELVES) {
        let id = CategoryId(txn.random().id(now));
        inserts
            .category(category::ActiveModel {
                id: Set(id),
                parent_id: Set(parent.filter(|_| !shelf.is_top)),
                slug: Set(slug(shelf.name)),
                name: Set(shelf.name.to_owned()),
                description: Set(shelf.description.to_owned()),
                position: Set(position),
            })
            .await?;
        if shelf.is_top {
            parent = Some(id);
        }
        for product in shelf.products {
            insert_demo_product(txn, id, product, &mut inserts).await?;
        }
    }
    inserts.finish().await?;
    let role = staff::shop_staff_in_txn(txn).await?;
    for member in members {
        staff::give_in_txn(txn, member, role.id).await?;
    }
    Ok(true)
}

async fn insert_demo_product(
    txn: &Txn<'_>,
    category: CategoryId,
    product: &demo_shop::Product,
    inserts: &mut Inserts<'_>,
) -> Result<(), Fault> {
    let now = txn.now();
    let id = ProductId(txn.random().id(now));
    inserts
        .product(product::ActiveModel {
            id: Set(id),
            category_id: Set(category),
            slug: Set(slug(product.name)),
            name: Set(product.name.to_owned()),
            description: Set(product.description.to_owned()),
            created_at: Set(now),
            updated_at: Set(now),
        })
        .await?;
    for (position, (sku, name, cents, on_hand)) in (0..).zip(product.variants) {
        inserts
            .variant(variant::ActiveModel {
                id: Set(VariantId(txn.random().id(now))),
                product_id: Set(id),
                sku: Set((*sku).to_owned()),
                name: Set((*name).to_owned()),
                price_minor: Set(*cents),
                currency: Set(Currency::EUR),
                on_hand: Set(*on_hand),
                position: Set(position),
            })
            .await?;
    }
    Ok(())
}

/// A name as it stands in addresses: `Linen Apron` becomes `linen-apron`.
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
        let products = || SHELVES.iter().flat_map(|shelf| shelf.products);
        let slugs: HashSet<_> = products().map(|product| slug(product.name)).collect();
        assert_eq!(slugs.len(), products().count(), "slugs are unique");
        let skus: Vec<_> = products().flat_map(|product| product.variants).map(|variant| variant.0).collect();
        assert_eq!(skus.iter().collect::<HashSet<_>>().len(), skus.len(), "SKUs are unique");
        assert!(products().all(|product| !product.variants.is_empty()));
        assert!(SHELVES[0].is_top);
        assert_eq!(slug("Café & Tea, 250 g"), "caf-tea-250-g");
    }
}
