//! Operations that lock the rows of the same accounts at the same moment: each is answered, and none deadlocks.
//!
//! PostgreSQL resolves a deadlock by failing one transaction, which then runs again. So answers alone do not show one; the
//! database's own count does.

use entity::account::Kind;
use futures_util::future::{join, join_all};
use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionTrait};
use serde_json::json;
use tokio::sync::Barrier;

use crate::support::{Client, Reply, SOMEONES_PASSWORD, Stack, TestApp, eventually, stack};

const EMAIL: &str = "ada@shop.example";
const ROUNDS: usize = 3;

/// The number of deadlocks that the database has counted. SQLite has one writer at a time, so none is possible.
///
/// A connection reports its counts when it has nothing to do for ten seconds, or when it ends: so all others are ended first.
pub(crate) async fn deadlocks(app: &TestApp) -> i64 {
    if stack() == Stack::Embedded {
        return 0;
    }
    let own = app.connect().await;
    let number = async |sql: String| -> i64 {
        let statement = Statement::from_string(own.get_database_backend(), sql);
        own.query_one_raw(statement).await.unwrap().unwrap().try_get("", "number").unwrap()
    };
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended = format!("SELECT count(pg_terminate_backend(pid)) AS number {others}");
    eventually("the other connections end", async || number(ended.clone()).await == 0).await;
    number("SELECT deadlocks AS number FROM pg_stat_database WHERE datname = current_database()".to_owned())
        .await
}

/// Every reply has data or says that the session is over; a defect or an unavailable database would be neither.
fn are_answers(replies: &[Reply]) {
    for reply in replies {
        let code = &reply.json()["errors"][0]["extensions"]["code"];
        assert!(code.is_null() || code == "UNAUTHENTICATED", "{}", reply.text);
    }
}

async fn two_admins(app: &TestApp) -> (Client, Client) {
    let first = app.someone("first@shop.example", Kind::Admin).await;
    let second = app.someone("second@shop.example", Kind::Admin).await;
    (first, second)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nine_confirmations_of_one_account_do_not_deadlock() {
    let app = TestApp::with_flags(&["--mail-burst-recipient", "1000"]).await;
    for round in 0..ROUNDS {
        let email = format!("{round}-{EMAIL}");
        let client = app.someone(&email, Kind::Customer).await;
        let mut tokens = Vec::new();
        for number in 0..9 {
            let new = format!("{round}-new-{number}@shop.example");
            let request = "mutation ($email: String!, $password: String!) {
                emailChangeRequest(input: { email: $email, password: $password }) { errors { __typename } } }";
            let reply = client.ask(request, json!({ "email": new, "password": SOMEONES_PASSWORD })).await;
            assert_eq!(reply.data()["emailChangeRequest"]["errors"], json!([]));
            tokens.push(app.mail_to(&new).await.token());
        }
        let confirm = "mutation ($token: String!) {
            emailChangeConfirm(input: { token: $token }) { email errors { __typename } } }";
        let anonymous = app.anonymous();
        let replies =
            join_all(tokens.iter().map(|token| anonymous.ask(confirm, json!({ "token": token })))).await;
        are_answers(&replies);
        let changed = replies.iter().filter(|reply| reply.data()["emailChangeConfirm"]["email"].is_string());
        assert_eq!(changed.count(), 1, "the first confirmation ends the other tokens");
    }
    assert_eq!(deadlocks(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn admins_who_dismiss_each_other_and_go_do_not_deadlock() {
    let app = TestApp::empty().await;
    app.someone("last@shop.example", Kind::Admin).await;
    for _ in 0..ROUNDS {
        let (first, second) = two_admins(&app).await;
        let (first_id, second_id) = join(first.id(), second.id()).await;
        let assign = "mutation ($id: ID!) {
            staffAssign(input: { id: $id, isAdmin: false, roleIds: [] }) { errors { __typename } } }";
        let delete = "mutation ($password: String!) {
            accountDelete(input: { password: $password }) { errors { __typename } } }";
        let password = json!({ "password": SOMEONES_PASSWORD });
        let replies = join_all([
            first.ask(assign, json!({ "id": second_id })),
            second.ask(assign, json!({ "id": first_id })),
            first.ask(delete, password.clone()),
            second.ask(delete, password),
        ])
        .await;
        are_answers_or_forbidden(&replies);
        let db = app.services().db.connection();
        for email in ["first@shop.example", "second@shop.example"] {
            let delete = format!("DELETE FROM account WHERE email = '{email}'");
            db.execute_unprepared(&delete).await.unwrap();
        }
    }
    assert_eq!(deadlocks(&app).await, 0);
}

/// As [`are_answers`]; whoever was dismissed a moment before may also be told that they may not.
fn are_answers_or_forbidden(replies: &[Reply]) {
    let forbidden = |reply: &&Reply| reply.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN";
    let others: Vec<_> = replies.iter().filter(|reply| !forbidden(reply)).collect();
    assert!(!others.is_empty());
    for reply in others {
        are_answers(std::slice::from_ref(reply));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_one_password_do_not_deadlock() {
    let app = TestApp::start().await;
    for round in 0..ROUNDS {
        let client = app.someone(&format!("{round}-{EMAIL}"), Kind::Customer).await;
        let change = "mutation ($old: String!, $new: String!) {
        passwordChange(input: { password: $old, newPassword: $new }) { session { token } errors { __typename } } }";
        let replies = join_all((0..5).map(|number| {
            client.ask(
                change,
                json!({ "old": SOMEONES_PASSWORD, "new": format!("lamp-orbit-{number}-mustard") }),
            )
        }))
        .await;
        are_answers(&replies);
        let changed =
            replies.iter().filter(|reply| reply.json()["data"]["passwordChange"]["session"].is_object());
        assert_eq!(changed.count(), 1, "the first change ends the session of the others");
    }
    assert_eq!(deadlocks(&app).await, 0);
}

/// What the others rely on: a deadlock is counted, and seen here.
#[tokio::test]
async fn a_deadlock_is_seen() {
    if stack() == Stack::Embedded {
        return;
    }
    let app = TestApp::empty().await;
    two_admins(&app).await;
    let barrier = Barrier::new(2);
    let lock = async |emails: [&str; 2]| -> Result<(), DbErr> {
        let txn = app.connect().await.begin().await?;
        for email in emails {
            let sql = format!("SELECT id FROM account WHERE email = '{email}' FOR UPDATE");
            txn.execute_unprepared(&sql).await?;
            if email == emails[0] {
                barrier.wait().await;
            }
        }
        txn.commit().await
    };
    let (ada, bob) = ("first@shop.example", "second@shop.example");
    let outcomes = join(lock([ada, bob]), lock([bob, ada])).await;
    assert!(outcomes.0.is_err() != outcomes.1.is_err(), "{outcomes:?}");
    assert_eq!(deadlocks(&app).await, 1);
}
