//! Sample data: the demo shop, and any number of generated rows for load tests.

mod catalogue;
mod demo;
mod generate;
mod rows;
mod selling;

pub use generate::{GenerateError, Plan, generate};

use entity::{
    AccountId,
    account::{self, Kind},
    category,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

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
    let people = PEOPLE
        .iter()
        .zip(hashes)
        .map(|((email, kind), hash)| (AccountId(txn.random().id(now)), email, *kind, hash));
    let people: Vec<_> = people.collect();
    let account = |(id, email, kind, hash): &(_, &&str, _, &String)| {
        rows::account(*id, (**email).to_owned(), Some((*hash).clone()), *kind, now)
    };
    rows::insert(txn, people.iter().map(account).collect()).await?;

    demo::insert(txn).await?;
    if let Some((id, email, ..)) = people.iter().find(|person| person.2 == Kind::Customer) {
        selling::insert_cart(txn, *id, email).await?;
    }
    let role = staff::shop_staff_in_txn(txn).await?;
    for (member, _, kind, _) in people {
        if kind == Kind::Staff {
            staff::give_in_txn(txn, member, role.id).await?;
        }
    }
    Ok(true)
}

/// Slug of a name: `Linen Apron` becomes `linen-apron`.
pub(super) fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slug_has_the_letters_and_digits_of_a_name() {
        assert_eq!(slug("Café & Tea, 250 g"), "caf-tea-250-g");
    }
}
