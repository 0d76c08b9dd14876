//! What orders do to stock in their transactions: reserve, release, ship, take back.

use std::time::{Duration, Instant};

use bodega::domain::{
    context::Services,
    inventory::{self, InsufficientStock, Shortage, StockError, StockLine},
    kernel::fault::Fault,
};
use entity::{VariantId, stock_level, stock_movement::Kind};
use futures_util::future::join_all;
use scoped_futures::ScopedFutureExt;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;
use uuid::Uuid;

use super::{changed, clerk, level, movements, variants};
use crate::{
    operations::{STOCK_POLICY_SET, STOCK_RECEIVE, STOCK_SET},
    race::deadlocks,
    support::TestApp,
};

fn lines(pieces: &[(VariantId, i32)]) -> Vec<StockLine> {
    pieces.iter().map(|(variant, quantity)| StockLine { variant: *variant, quantity: *quantity }).collect()
}

/// What became of a reservation or a shipment; a fault ends the test.
async fn take(
    services: &Services,
    kind: Kind,
    cause: Uuid,
    lines: &[StockLine],
) -> Result<(), InsufficientStock> {
    let taken = match kind {
        Kind::Reserve => services.write(|txn| inventory::reserve(txn, cause, lines).scope_boxed()).await,
        _ => services.write(|txn| inventory::ship(txn, cause, lines).scope_boxed()).await,
    };
    match taken {
        Ok(()) => Ok(()),
        Err(StockError::Insufficient(insufficient)) => Err(insufficient),
        Err(StockError::Fault(fault)) => panic!("{fault:?}"),
    }
}

async fn undo(services: &Services, kind: Kind, cause: Uuid, lines: &[StockLine]) -> Result<(), Fault> {
    match kind {
        Kind::Release => services.write(|txn| inventory::release(txn, cause, lines).scope_boxed()).await,
        _ => services.write(|txn| inventory::take_back(txn, cause, lines).scope_boxed()).await,
    }
}

pub(super) async fn reserve(
    app: &TestApp,
    cause: Uuid,
    pieces: &[(VariantId, i32)],
) -> Result<(), InsufficientStock> {
    take(app.services(), Kind::Reserve, cause, &lines(pieces)).await
}

async fn ship(app: &TestApp, cause: Uuid, pieces: &[(VariantId, i32)]) -> Result<(), InsufficientStock> {
    take(app.services(), Kind::Ship, cause, &lines(pieces)).await
}

async fn release(app: &TestApp, cause: Uuid, pieces: &[(VariantId, i32)]) {
    undo(app.services(), Kind::Release, cause, &lines(pieces)).await.unwrap();
}

async fn take_back(app: &TestApp, cause: Uuid, pieces: &[(VariantId, i32)]) {
    undo(app.services(), Kind::Return, cause, &lines(pieces)).await.unwrap();
}

/// Pieces on hand and reserved.
async fn figures(app: &TestApp, variant: VariantId) -> (i32, i32) {
    let level = level(app, variant).await;
    (level.on_hand, level.reserved)
}

/// Two variants with so many pieces on hand.
async fn stocked(app: &TestApp, first: i32, second: i32) -> (VariantId, VariantId) {
    let clerk = clerk(app).await;
    let [a, b] = variants(app, 2).await[..] else { panic!("two variants") };
    for (variant, on_hand, key) in [(a, first, "a"), (b, second, "b")] {
        changed(&clerk, STOCK_SET, variant, json!({ "onHand": on_hand, "idempotencyKey": key })).await;
    }
    (a, b)
}

async fn policy(app: &TestApp, variant: VariantId, policy: serde_json::Value) {
    changed(&clerk(app).await, STOCK_POLICY_SET, variant, policy).await;
}

async fn are_sums(app: &TestApp) {
    assert_eq!(inventory::check(app.services()).await.unwrap(), []);
}

#[tokio::test]
async fn stock_lines_of_one_variant_are_moved_together() {
    let app = TestApp::start().await;
    let (a, b) = stocked(&app, 10, 10).await;
    let (before, order) = (movements(&app, a).await.len(), Uuid::now_v7());
    reserve(&app, order, &[(a, 2), (b, 4), (a, 3), (b, 0)]).await.unwrap();
    assert_eq!((figures(&app, a).await, figures(&app, b).await), ((10, 5), (10, 4)));
    ship(&app, order, &[(a, 1), (a, 1)]).await.unwrap();
    assert_eq!(figures(&app, a).await, (8, 3));
    take_back(&app, order, &[(a, 1), (a, 0)]).await;
    assert_eq!(figures(&app, a).await, (9, 3));
    release(&app, order, &[(a, 1), (a, 1)]).await;
    assert_eq!(figures(&app, a).await, (9, 1));
    let told: Vec<_> = movements(&app, a).await.split_off(before);
    assert!(told.iter().all(|row| row.cause_id == Some(order) && row.actor_id.is_none()));
    let told: Vec<_> = told.iter().map(|row| (row.kind, row.on_hand, row.reserved)).collect();
    let expected =
        [(Kind::Reserve, 0, 5), (Kind::Ship, -2, -2), (Kind::Return, 1, 0), (Kind::Release, 0, -2)];
    assert_eq!(told, expected);
    are_sums(&app).await;
}

#[tokio::test]
async fn insufficient_stock_names_every_variant_and_takes_nothing() {
    let app = TestApp::start().await;
    let (a, b) = stocked(&app, 3, 100).await;
    let unknown = VariantId(Uuid::now_v7());
    let count = movements(&app, a).await.len() + movements(&app, b).await.len();
    let shortage = |variant, available, requested| Shortage { variant, available, requested };
    for (pieces, expected) in [
        (vec![(a, 4), (b, 5)], vec![shortage(a, 3, 4)]),
        (vec![(b, 60), (a, 1), (b, 60)], vec![shortage(b, 100, 120)]),
        (vec![(b, 101), (a, 4)], vec![shortage(a, 3, 4), shortage(b, 100, 101)]),
        (vec![(a, i32::MAX), (a, i32::MAX)], vec![shortage(a, 3, 2 * i64::from(i32::MAX))]),
        (vec![(a, 1), (unknown, 2)], vec![shortage(unknown, 0, 2)]),
    ] {
        let refused = reserve(&app, Uuid::now_v7(), &pieces).await;
        assert_eq!(refused, Err(InsufficientStock(expected)), "{pieces:?}");
        assert_eq!((figures(&app, a).await, figures(&app, b).await), ((3, 0), (100, 0)));
    }
    assert_eq!(movements(&app, a).await.len() + movements(&app, b).await.len(), count);
    reserve(&app, Uuid::now_v7(), &[(a, 3)]).await.unwrap();
    let none_left = reserve(&app, Uuid::now_v7(), &[(a, 1)]).await;
    assert_eq!(none_left, Err(InsufficientStock(vec![shortage(a, 0, 1)])));
}

/// A caller may go on in its transaction after a shortage: what had been taken by then is given back.
#[tokio::test]
async fn insufficient_stock_takes_nothing_within_a_transaction_that_is_committed() {
    let app = TestApp::start().await;
    let (a, b) = stocked(&app, 5, 1).await;
    let (order, both) = (Uuid::now_v7(), lines(&[(a, 2), (b, 2)]));
    let refused = app.services().write(|txn| {
        async { Ok::<_, Fault>(inventory::reserve(txn, order, &both).await.is_err()) }.scope_boxed()
    });
    assert!(refused.await.unwrap());
    assert_eq!((figures(&app, a).await, figures(&app, b).await), ((5, 0), (1, 0)));
    policy(&app, b, json!({ "backorderLimit": 1 })).await;
    reserve(&app, order, &[(a, 2), (b, 2)]).await.unwrap();
    let refused = app.services().write(|txn| {
        async { Ok::<_, Fault>(inventory::ship(txn, order, &both).await.is_err()) }.scope_boxed()
    });
    assert!(refused.await.unwrap());
    assert_eq!((figures(&app, a).await, figures(&app, b).await), ((5, 2), (1, 2)));
    are_sums(&app).await;
}

#[tokio::test]
async fn backorders_are_reserved_up_to_the_limit_and_shipped_once_they_came() {
    let app = TestApp::start().await;
    let (a, _) = stocked(&app, 2, 0).await;
    policy(&app, a, json!({ "backorderLimit": 3 })).await;
    let order = Uuid::now_v7();
    let six = reserve(&app, order, &[(a, 6)]).await;
    assert_eq!(six, Err(InsufficientStock(vec![Shortage { variant: a, available: 5, requested: 6 }])));
    reserve(&app, order, &[(a, 5)]).await.unwrap();
    assert_eq!(level(&app, a).await.available, -3);
    let shipped = ship(&app, order, &[(a, 5)]).await;
    assert_eq!(shipped, Err(InsufficientStock(vec![Shortage { variant: a, available: 2, requested: 5 }])));
    assert_eq!(figures(&app, a).await, (2, 5));
    changed(&clerk(&app).await, STOCK_RECEIVE, a, json!({ "quantity": 3 })).await;
    ship(&app, order, &[(a, 5)]).await.unwrap();
    assert_eq!(figures(&app, a).await, (0, 0));
    are_sums(&app).await;
}

#[tokio::test]
async fn stock_limits_do_not_overflow() {
    let app = TestApp::start().await;
    let (a, _) = stocked(&app, 1_000_000_000, 0).await;
    policy(&app, a, json!({ "backorderLimit": 1_000_000_000 })).await;
    for _ in 0..2 {
        reserve(&app, Uuid::now_v7(), &[(a, 1_000_000_000)]).await.unwrap();
    }
    let refused = reserve(&app, Uuid::now_v7(), &[(a, 1_000_000_000)]).await;
    let shortage = Shortage { variant: a, available: 0, requested: 1_000_000_000 };
    assert_eq!(refused, Err(InsufficientStock(vec![shortage])));
    are_sums(&app).await;
}

#[tokio::test]
async fn stock_of_an_untracked_variant_is_not_counted() {
    let app = TestApp::start().await;
    let (a, b) = stocked(&app, 1, 5).await;
    policy(&app, a, json!({ "tracked": false })).await;
    let (order, all) = (Uuid::now_v7(), [(a, 1_000), (b, 2), (a, i32::MAX)]);
    reserve(&app, order, &all).await.unwrap();
    assert_eq!((figures(&app, a).await, figures(&app, b).await), ((1, 0), (5, 2)));
    ship(&app, order, &all).await.unwrap();
    take_back(&app, order, &all).await;
    release(&app, order, &all).await;
    assert_eq!((figures(&app, a).await, figures(&app, b).await), ((1, 0), (5, 0)));
    are_sums(&app).await;
}

/// What was not reserved is not undone, and what was reserved is.
#[tokio::test]
async fn stock_tracking_can_be_switched_with_open_orders() {
    let app = TestApp::start().await;
    let (a, b) = stocked(&app, 9, 9).await;
    let (counted, uncounted) = (Uuid::now_v7(), Uuid::now_v7());
    reserve(&app, counted, &[(a, 4), (b, 4)]).await.unwrap();
    for variant in [a, b] {
        policy(&app, variant, json!({ "tracked": false })).await;
    }
    reserve(&app, uncounted, &[(a, 20), (b, 20)]).await.unwrap();
    ship(&app, counted, &[(a, 3)]).await.unwrap();
    assert_eq!(figures(&app, a).await, (9, 1), "the reservation ends and no piece is counted");
    take_back(&app, counted, &[(a, 3)]).await;
    assert_eq!(figures(&app, a).await, (9, 1), "nothing was taken out");
    for variant in [a, b] {
        policy(&app, variant, json!({ "tracked": true })).await;
    }
    for order in [counted, uncounted] {
        ship(&app, order, &[(b, 20)]).await.unwrap();
        release(&app, order, &[(a, 20)]).await;
        take_back(&app, order, &[(a, 20), (b, 1)]).await;
    }
    assert_eq!((figures(&app, a).await, figures(&app, b).await), ((9, 0), (6, 0)));
    are_sums(&app).await;
}

#[tokio::test]
async fn stock_is_given_back_only_as_far_as_it_was_taken() {
    let app = TestApp::start().await;
    let (a, b) = stocked(&app, 9, 9).await;
    let (order, other) = (Uuid::now_v7(), Uuid::now_v7());
    reserve(&app, order, &[(a, 2)]).await.unwrap();
    reserve(&app, other, &[(a, 3), (b, 1)]).await.unwrap();
    release(&app, order, &[(a, 5), (b, 5)]).await;
    release(&app, order, &[(a, 5)]).await;
    assert_eq!((figures(&app, a).await, figures(&app, b).await), ((9, 3), (9, 1)));
    ship(&app, other, &[(a, 3)]).await.unwrap();
    ship(&app, other, &[(a, 3)]).await.unwrap();
    take_back(&app, order, &[(a, 3)]).await;
    assert_eq!(figures(&app, a).await, (6, 0));
    for _ in 0..2 {
        take_back(&app, other, &[(a, 2)]).await;
    }
    assert_eq!(figures(&app, a).await, (9, 0));
    are_sums(&app).await;
}

#[tokio::test]
async fn stock_moves_take_a_statement_for_each_variant() {
    let app = TestApp::start().await;
    let (a, b) = stocked(&app, 50, 50).await;
    let order = Uuid::now_v7();
    let count = async |kind: Kind, pieces: &[(VariantId, i32)]| {
        let (before, lines) = (app.statements(), lines(pieces));
        match kind {
            Kind::Reserve | Kind::Ship => take(app.services(), kind, order, &lines).await.unwrap(),
            _ => undo(app.services(), kind, order, &lines).await.unwrap(),
        }
        app.statements() - before
    };
    let (one, many) = ([(a, 4)], [(a, 1), (b, 2), (a, 1), (b, 2), (a, 1)]);
    for (kind, of_one, of_two) in
        [(Kind::Reserve, 2, 3), (Kind::Release, 3, 4), (Kind::Ship, 4, 6), (Kind::Return, 3, 4)]
    {
        if kind == Kind::Ship {
            reserve(&app, order, &[(a, 20), (b, 20)]).await.unwrap();
        }
        assert_eq!((count(kind, &one).await, count(kind, &many).await), (of_one, of_two), "{kind:?}");
    }
    are_sums(&app).await;
}

/// 64 orders at a time want the same 20 variants, each several of them, in any order of lines.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn stock_under_64_writers_stays_the_sum_of_its_movements() {
    let app = TestApp::start().await;
    let ids = variants(&app, 20).await;
    let end = Instant::now() + Duration::from_secs(3);
    let writers = (0..64usize).map(|writer| {
        let (services, ids) = (app.services().clone(), ids.clone());
        tokio::spawn(async move {
            let (mut reserved, mut refused) = (0, 0);
            let mut round = writer;
            while reserved + refused == 0 || Instant::now() < end {
                round += 7;
                let order = Uuid::now_v7();
                let wanted = lines(&[
                    (ids[(round * 11) % 20], 3),
                    (ids[(round * 7 + 5) % 20], 2),
                    (ids[(round * 3 + 13) % 20], 1),
                    (ids[(round * 11) % 20], 1),
                ]);
                if take(&services, Kind::Reserve, order, &wanted).await.is_err() {
                    refused += 1;
                    continue;
                }
                reserved += 1;
                if round % 3 == 0 {
                    take(&services, Kind::Ship, order, &wanted[..2]).await.unwrap();
                    if round % 2 == 0 {
                        undo(&services, Kind::Return, order, &wanted[1..2]).await.unwrap();
                    }
                }
                undo(&services, Kind::Release, order, &wanted).await.unwrap();
            }
            (reserved, refused)
        })
    });
    let counts: Vec<_> = join_all(writers).await.into_iter().map(|writer| writer.unwrap()).collect();
    let (reserved, refused) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    println!("{reserved} reservations, {refused} refused");
    assert!(reserved > 0);
    let levels = stock_level::Entity::find().order_by_asc(stock_level::Column::Id);
    for level in levels.all(app.services().db.connection()).await.unwrap() {
        assert!(level.on_hand >= 0 && level.reserved == 0, "{level:?}");
    }
    are_sums(&app).await;
    assert_eq!(deadlocks(&app).await, 0);
}
