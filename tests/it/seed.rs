//! Made-up rows: as many as asked for, the same for the same seed, and consistent.

use std::collections::BTreeMap;

use bodega::domain::{
    inventory,
    kernel::global_id::GlobalId,
    sample::{GenerateError, Plan, fill_demo, generate},
};
use entity::{
    Permission, account, cart, cart_line, category, collection, collection_product, order, order_line,
    product, product_image, product_option, product_option_value, product_price, product_tag, stock_level,
    stock_movement, variant, variant_option_value, variant_price, variant_price_change,
};
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;

use crate::{
    operations::{CART, DEMO_PRODUCTS},
    support::{TestApp, texts},
};

const PLAN: Plan = Plan { products: 150, customers: 40, orders: 60, carts: 50, seed: 7 };

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
    let mut counts = Vec::new();
    macro_rules! count {
        ($($table:ident)+) => { $(counts.push($table::Entity::find().count(db).await.unwrap());)+ };
    }
    count!(product_option product_option_value variant_option_value product_image collection);
    assert_eq!(counts, [150, 300, 300, 75, 6]);
    count!(variant_price variant_price_change product_price stock_level);
    assert_eq!(counts[5..], [600, 600, 300, 300]);
    count!(product_tag stock_movement collection_product);
    let [.., tags, movements, collected] = counts[..] else { unreachable!() };
    assert!(tags > 100 && (250..=300).contains(&movements) && collected > 100, "{counts:?}");
    let carts = cart::Entity::find().all(db).await.unwrap();
    let of_guests = carts.iter().filter(|cart| cart.account_id.is_none()).count();
    assert_eq!((carts.len(), of_guests), (50, 10), "one of each customer, the others of guests");
    let cart_lines = cart_line::Entity::find().count(db).await.unwrap();
    assert!(cart_lines > 250, "{cart_lines}");
    counts.extend([50, cart_lines]);
    assert_eq!(total, 150 + 300 + 40 + 60 + 12 + lines.len() as u64 + counts.iter().sum::<u64>());
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
async fn orders_and_carts_need_products_and_orders_customers() {
    let app = TestApp::empty().await;
    for plan in
        [Plan { products: 0, ..PLAN }, Plan { customers: 0, ..PLAN }, Plan { products: 0, orders: 0, ..PLAN }]
    {
        assert!(matches!(generate(app.services(), plan, &|| ()).await, Err(GenerateError::NothingToOrder)));
    }
    let nothing = Plan { products: 0, customers: 0, orders: 0, carts: 0, seed: 1 };
    assert_eq!(generate(app.services(), nothing, &|| ()).await.unwrap(), 0);
    let customers = Plan { products: 0, customers: 5, orders: 0, carts: 0, seed: 1 };
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
    let staff = app.staff_with(&[Permission::OrdersView]).await;
    for row in cart::Entity::find().all(app.services().db.connection()).await.unwrap() {
        let cart = staff.query(CART, json!({ "id": row.id.global_id() })).await.data()["cart"].take();
        let lines = cart["lines"].as_array().unwrap();
        assert!((1..=20).contains(&lines.len()), "{cart}");
        assert!(lines.iter().all(|line| line["unitPrice"]["amount"].is_string()), "{cart}");
    }
}

/// Sample rows are as the operations of the catalogue write them.
#[tokio::test]
async fn sample_rows_agree_with_what_is_derived_from_them() {
    let (demo, seeded) = (TestApp::start().await, TestApp::empty().await);
    generate(seeded.services(), PLAN, &|| ()).await.unwrap();
    for app in [&demo, &seeded] {
        assert_eq!(inventory::check(app.services()).await.unwrap(), []);
        let db = app.services().db.connection();
        let variants = variant::Entity::find().all(db).await.unwrap();
        let prices = variant_price::Entity::find().all(db).await.unwrap();

        let mut ranges = BTreeMap::new();
        for price in &prices {
            let product = variants.iter().find(|variant| variant.id == price.variant_id).unwrap().product_id;
            let range = ranges.entry((product.0, price.currency.code())).or_insert((i64::MAX, 0));
            *range = (range.0.min(price.amount), range.1.max(price.amount));
        }
        let derived = product_price::Entity::find().all(db).await.unwrap().into_iter();
        let derived = derived.map(|row| ((row.product_id.0, row.currency.code()), (row.min, row.max)));
        assert_eq!(derived.collect::<BTreeMap<_, _>>(), ranges);

        let changes = variant_price_change::Entity::find().order_by_asc(variant_price_change::Column::At);
        let last = changes.all(db).await.unwrap().into_iter();
        let last = last.map(|row| ((row.variant_id.0, row.currency.code()), row.amount));
        let present = prices.iter().map(|row| ((row.variant_id.0, row.currency.code()), Some(row.amount)));
        assert_eq!(last.collect::<BTreeMap<_, _>>(), present.collect::<BTreeMap<_, _>>());

        let chosen = variant_option_value::Entity::find().all(db).await.unwrap();
        let options = product_option::Entity::find().all(db).await.unwrap();
        let values = product_option_value::Entity::find().all(db).await.unwrap();
        for variant in &variants {
            let of_product = options.iter().filter(|option| option.product_id == variant.product_id);
            let mut of_product: Vec<_> = of_product.collect();
            of_product.sort_by_key(|option| option.position);
            let names: Vec<_> = of_product
                .iter()
                .map(|option| {
                    let is_chosen = |row: &&variant_option_value::Model| {
                        (row.variant_id, row.option_id) == (variant.id, option.id)
                    };
                    let value = chosen.iter().find(is_chosen).unwrap().value_id;
                    let value = values.iter().find(|row| (row.id, row.option_id) == (value, option.id));
                    value.unwrap().name.as_str()
                })
                .collect();
            let own = chosen.iter().filter(|row| row.variant_id == variant.id);
            let mut own: Vec<_> = own.map(|row| row.value_id.0.to_string()).collect();
            own.sort_unstable();
            assert_eq!((own.len(), own.join(" ")), (names.len(), variant.combination.clone()));
            if !names.is_empty() {
                assert_eq!(variant.name, names.join(" / "));
            }
        }
    }
}

/// Each table is filled by one statement.
#[tokio::test]
async fn demo_shop_is_filled_with_few_statements() {
    let app = TestApp::empty().await;
    let (filled, statements) = app.counting_statements(fill_demo(app.services())).await;
    assert_eq!((filled.unwrap(), statements), (true, 40));
    assert!(!fill_demo(app.services()).await.unwrap(), "a shop with data is left unchanged");
}

#[tokio::test]
async fn demo_shop_has_products_and_collections_of_every_kind() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[Permission::ProductsEdit]).await;
    for (status, names) in [("DRAFT", vec!["Copper Jam Pan"]), ("ARCHIVED", vec!["Enamel Camping Mug"])] {
        let found = staff.query(DEMO_PRODUCTS, json!({ "filter": { "status": status } })).await.data();
        assert_eq!(texts(&found["products"]["nodes"], "name"), names);
    }
    for availability in ["IN_STOCK", "LOW", "BACKORDER", "OUT"] {
        let filter = json!({ "filter": { "availability": [availability] } });
        let found = app.anonymous().query(DEMO_PRODUCTS, filter).await.data();
        assert!(found["products"]["totalCount"].as_u64().unwrap() > 0, "{availability}");
    }
    let card = staff.query(DEMO_PRODUCTS, json!({ "filter": { "search": "GFT-25" } })).await.data();
    let card = &card["products"]["nodes"][0];
    assert_eq!(
        (&card["availability"], &card["variants"][0]["requiresShipping"]),
        (&json!("IN_STOCK"), &json!(false))
    );

    let filter = json!({ "filter": { "search": "Dutch Oven" } });
    let oven =
        app.anonymous().query(DEMO_PRODUCTS, filter.clone()).await.data()["products"]["nodes"][0].take();
    let red = json!({ "name": "Tomato red", "requiresShipping": true, "price": { "amount": "189.00" },
        "compareAtPrice": { "amount": "219.00" }, "priorPrice": { "amount": "219.00" },
        "dollars": { "amount": "208.00" }, "cost": null });
    assert_eq!(oven["variants"][0], red);
    let first = json!({ "url": "https://images.example/enamelled-dutch-oven-1.jpg", "alt": "Dutch oven in tomato red",
        "variant": { "name": "Tomato red" } });
    assert_eq!(oven["images"][0], first);
    let oven = staff.query(DEMO_PRODUCTS, filter).await.data()["products"]["nodes"][0].take();
    assert_eq!(oven["variants"][0]["cost"], json!({ "amount": "103.95" }));

    let db = app.services().db.connection();
    let collections = collection::Entity::find().all(db).await.unwrap();
    let active = collection::Entity::find().filter(collection::Entity::is_active(app.services().clock.now()));
    assert_eq!((collections.len(), active.all(db).await.unwrap().len()), (4, 3));
}
