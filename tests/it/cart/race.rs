//! Changes of one cart at the same time: none is lost.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use super::{Guest, variant_id};
use crate::{
    operations::{CART_LINES_ADD, CART_LINES_REMOVE, CART_LINES_UPDATE},
    support::{Stack, TestApp, stack},
};

/// Number of tasks that change the cart.
const TASKS: usize = 32;

/// Time for which they do. Set `BODEGA_TEST_SECONDS` for longer runs.
fn duration() -> Duration {
    let seconds = std::env::var("BODEGA_TEST_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(2))
}

/// What one task has done: pieces that it has added to the shared line, and changes that were acknowledged.
#[derive(Default)]
struct Done {
    added: i64,
    changes: i64,
}

/// Adds to the shared line, and adds, changes and removes a line of its own.
async fn work(guest: &Guest, variant: &Value, number: usize, until: Instant) -> Done {
    let mut done = Done::default();
    let own = json!({ "task": number.to_string() });
    let line_of = |cart: &Value| {
        let lines = cart["lines"].as_array().unwrap();
        lines.iter().find(|line| line["metadata"] == own).map(|line| line["id"].clone()).unwrap()
    };
    while Instant::now() < until {
        let lines = json!([{ "variantId": variant }, { "variantId": variant, "metadata": own }]);
        let cart = guest.client.mutate(CART_LINES_ADD, guest.input(json!({ "lines": lines }))).await.ok();
        let id = line_of(&cart["cart"]);
        let lines = json!({ "lines": [{ "id": id, "quantity": 3 }] });
        guest.client.mutate(CART_LINES_UPDATE, guest.input(lines)).await.ok();
        guest.client.mutate(CART_LINES_REMOVE, guest.input(json!({ "lineIds": [id] }))).await.ok();
        done.added += 1;
        done.changes += 3;
    }
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_changes_lose_nothing() {
    let app = TestApp::with_flags(&["--rate-exempt", "127.0.0.0/8"]).await;
    let other = if stack() == Stack::Services { Some(app.another_instance().await) } else { None };
    let guest = Guest::new(&app, "EUR").await;
    let variant = variant_id(&app, "COF-HUE-250").await;
    unlimited(&app).await;
    let until = Instant::now() + duration();
    let tasks = (0..TASKS).map(|number| {
        let client = match &other {
            Some(other) if number % 2 == 1 => other.anonymous(),
            _ => app.anonymous(),
        };
        let guest = Guest { client, id: guest.id.clone(), token: guest.token.clone() };
        let variant = variant.clone();
        async move { work(&guest, &variant, number, until).await }
    });
    let done = futures_util::future::join_all(tasks).await;
    let cart = guest.cart().await;
    let added: i64 = done.iter().map(|done| done.added).sum();
    let changes: i64 = done.iter().map(|done| done.changes).sum();
    assert!(added >= TASKS as i64);
    assert_eq!(super::quantities(&cart), [added], "the sum of the acknowledged changes");
    assert_eq!(cart["version"], 1 + changes);
    if stack() == Stack::Services {
        assert_eq!(deadlocks(&app).await, 0);
    }
}

/// Number of deadlocks that PostgreSQL has resolved in the database of the test.
async fn deadlocks(app: &TestApp) -> i64 {
    let count = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let count = Statement::from_string(DbBackend::Postgres, count);
    let row = app.services().db.connection().query_one_raw(count).await.unwrap().unwrap();
    row.try_get("", "deadlocks").unwrap()
}

/// Makes any number of pieces of the variant available.
async fn unlimited(app: &TestApp) {
    use entity::stock_level;
    use sea_orm::{EntityTrait, sea_query::Expr};
    stock_level::Entity::update_many()
        .col_expr(stock_level::Column::Tracked, Expr::value(false))
        .exec(app.services().db.connection())
        .await
        .unwrap();
}
