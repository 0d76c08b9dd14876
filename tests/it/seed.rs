//! Made-up rows: as many as asked for, the same for the same seed, and consistent.

use bodega::domain::sample::{GenerateError, Plan, generate};
use entity::{account, category, order, order_line, product, variant};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};

use crate::support::TestApp;

const PLAN: Plan = Plan { products: 150, customers: 40, orders: 60, seed: 7 };

async fn rows(
    app: &TestApp,
) -> (Vec<product::Model>, Vec<variant::Model>, Vec<account::Model>, Vec<order_line::Model>) {
    let db = app.services().db.connection();
    (
        product::Entity::find().order_by_asc(product::Column::Slug).all(db).await.unwrap(),
        variant::Entity::find().order_by_asc(variant::Column::Sku).all(db).await.unwrap(),
        account::Entity::find().order_by_asc(account::Column::Email).all(db).await.unwrap(),
        order_line::Entity::find().order_by_asc(order_line::Column::Id).all(db).await.unwrap(),
    )
}

#[tokio::test]
async fn the_same_seed_gives_the_same_rows() {
    let (one, other) = (TestApp::empty().await, TestApp::empty().await);
    let steps = std::sync::atomic::AtomicU64::new(0);
    let count = || {
        steps.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    let total = generate(one.services(), PLAN, &count).await.unwrap();
    assert_eq!(generate(other.services(), PLAN, &|| ()).await.unwrap(), total);
    assert_eq!(steps.into_inner(), PLAN.steps());
    let rows_of_one = rows(&one).await;
    assert_eq!(rows_of_one, rows(&other).await);

    let db = one.services().db.connection();
    let (products, variants, customers, lines) = rows_of_one;
    assert_eq!((products.len(), variants.len(), customers.len()), (150, 300, 40));
    let orders = order::Entity::find().count(db).await.unwrap();
    let categories = category::Entity::find().count(db).await.unwrap();
    assert_eq!((orders, categories), (60, 12));
    assert_eq!(total, 150 + 300 + 40 + 60 + 12 + lines.len() as u64);
    for order in order::Entity::find().all(db).await.unwrap() {
        let own = lines.iter().filter(|line| line.order_id == order.id);
        let sum: i64 = own.map(|line| line.unit_price_minor * i64::from(line.quantity)).sum();
        assert_eq!(order.total_minor, sum);
    }
    assert!(customers.iter().all(|account| account.password_hash.is_none()));
}

#[tokio::test]
async fn another_seed_adds_other_rows_and_the_same_one_none() {
    let app = TestApp::start().await;
    generate(app.services(), PLAN, &|| ()).await.unwrap();
    let before = rows(&app).await;
    assert!(matches!(generate(app.services(), PLAN, &|| ()).await, Err(GenerateError::AlreadySeeded)));
    assert_eq!(rows(&app).await, before, "nothing was added");
    generate(app.services(), Plan { seed: 8, ..PLAN }, &|| ()).await.unwrap();
    assert_eq!(rows(&app).await.0.len(), before.0.len() + 150);
}

#[tokio::test]
async fn orders_need_products_and_customers() {
    let app = TestApp::empty().await;
    for plan in [Plan { products: 0, ..PLAN }, Plan { customers: 0, ..PLAN }] {
        assert!(matches!(generate(app.services(), plan, &|| ()).await, Err(GenerateError::NothingToOrder)));
    }
    let nothing = Plan { products: 0, customers: 0, orders: 0, seed: 1 };
    assert_eq!(generate(app.services(), nothing, &|| ()).await.unwrap(), 0);
    let customers = Plan { products: 0, customers: 5, orders: 0, seed: 1 };
    assert_eq!(generate(app.services(), customers, &|| ()).await.unwrap(), 5);
    assert!(matches!(generate(app.services(), customers, &|| ()).await, Err(GenerateError::AlreadySeeded)));
}

#[tokio::test]
async fn a_seeded_shop_is_served() {
    let app = TestApp::empty().await;
    generate(app.services(), PLAN, &|| ()).await.unwrap();
    let query = "{ products(first: 100, sort: { key: NAME }) { totalCount nodes { name category { name } variants { price { amount } } } } }";
    let data = app.anonymous().run(query).await.data();
    assert_eq!(data["products"]["totalCount"], 150);
    let nodes = data["products"]["nodes"].as_array().unwrap();
    assert!(nodes.iter().all(|node| node["variants"].as_array().unwrap().len() == 2));
}
