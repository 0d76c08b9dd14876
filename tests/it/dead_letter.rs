//! Jobs that were given up: staff see them, have them tried again, or throw them away.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bodega::domain::{
    context::Services,
    job::{JobAttempt, JobError, JobHandler, JobQueue, MAX_ATTEMPTS, Worker},
};
use entity::{JobId, Permission, job};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::support::{Client, MINUTE, TestApp, within_a_minute};

const LIST: &str =
    "{ deadLetters { totalCount nodes { id kind summary attempts lastError diedAt createdAt } } }";
const RETRY: &str = "mutation ($id: ID!) { deadLetterRetry(input: { id: $id }) {
    retriedId errors { __typename ... on UserError { path } } } }";
const DISCARD: &str = "mutation ($id: ID!) { deadLetterDiscard(input: { id: $id }) {
    discardedId errors { __typename ... on UserError { path } } } }";

/// Reports which job each attempt is at, and its number, and fails unless it is to succeed.
struct Tries {
    reports: UnboundedSender<(JobId, u32)>,
    succeeds: bool,
}

#[async_trait]
impl JobHandler for Tries {
    fn kind(&self) -> &'static str {
        "test.dead"
    }

    async fn handle(&self, _: Value, attempt: JobAttempt) -> Result<(), JobError> {
        self.reports.send((attempt.job, attempt.number)).unwrap();
        if self.succeeds { Ok(()) } else { Err(JobError::Retryable("not today".to_owned())) }
    }
}

/// One attempt at what is due.
async fn attempt(app: &TestApp, succeeds: bool) -> (JobId, u32) {
    let (reports, mut received) = unbounded_channel();
    let handler: Arc<dyn JobHandler> = Arc::new(Tries { reports, succeeds });
    let Services { db, clock, random, jobs, .. } = app.services().clone();
    let worker = Worker::new(JobQueue { db, clock, random, signal: jobs }, [handler]).start();
    let first = within_a_minute("an attempt", received.recv()).await.unwrap();
    worker.stopped(MINUTE).await;
    first
}

async fn row(app: &TestApp, id: JobId) -> Option<job::Model> {
    job::Entity::find_by_id(id).one(app.services().db.connection()).await.unwrap()
}

async fn listed(client: &Client) -> Vec<Value> {
    let letters = client.run(LIST).await.data()["deadLetters"].take();
    let nodes = letters["nodes"].as_array().unwrap().clone();
    assert_eq!(letters["totalCount"], nodes.len());
    nodes
}

#[tokio::test]
async fn dead_letters_are_listed_without_what_they_hold() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[Permission::SettingsEdit]).await;
    assert!(listed(&staff).await.is_empty());
    app.dead_letter(json!({ "to": "somebody@demo.example" })).await;
    app.clock.advance(Duration::from_secs(1));
    let letter = app.dead_letter(json!({ "type": "notice", "to": "somebody@demo.example" })).await;

    let reply = staff.run(LIST).await;
    assert!(!reply.text.contains("somebody"), "{reply:?}");
    let nodes = listed(&staff).await;
    let [newest, oldest] = &nodes[..] else { panic!("{nodes:?}") };
    assert_eq!((&newest["summary"], &oldest["summary"]), (&json!("notice"), &Value::Null));
    assert_eq!((&newest["kind"], &newest["attempts"]), (&json!("test.dead"), &json!(3)));
    assert_eq!(newest["lastError"], "nobody does this");
    assert!(newest["diedAt"].is_string() && newest["diedAt"] == newest["createdAt"]);

    let page = "query ($after: String) { deadLetters(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }";
    let first = staff.ask(page, json!({})).await.data()["deadLetters"].take();
    let rest = staff.ask(page, json!({ "after": first["pageInfo"]["endCursor"] })).await.data();
    assert_eq!(
        (&first["nodes"][0]["id"], &rest["deadLetters"]["nodes"][0]["id"]),
        (&newest["id"], &oldest["id"])
    );

    let node = "query ($id: ID!) { node(id: $id) { ... on DeadLetter { summary } } }";
    let id = json!({ "id": newest["id"] });
    assert_eq!(staff.ask(node, id.clone()).await.data()["node"]["summary"], "notice");
    assert_eq!(app.staff().await.ask(node, id.clone()).await.data()["node"], Value::Null);
    let alive = job::ActiveModel {
        dead_at: sea_orm::ActiveValue::Set(None),
        ..sea_orm::IntoActiveModel::into_active_model(letter)
    };
    sea_orm::ActiveModelTrait::update(alive, app.services().db.connection()).await.unwrap();
    assert_eq!(staff.ask(node, id).await.data()["node"], Value::Null, "there is hope");
    assert_eq!(listed(&staff).await.len(), 1);
}

#[tokio::test]
async fn a_retried_letter_has_as_many_attempts_as_a_new_one() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[Permission::SettingsEdit]).await;
    let letter = app.dead_letter(json!({ "type": "notice", "to": "somebody@demo.example" })).await;
    let id = json!({ "id": listed(&staff).await[0]["id"] });
    let mut highest = letter.attempts;
    for _ in 0..2 {
        let retried = staff.ask(RETRY, id.clone()).await.data()["deadLetterRetry"].take();
        assert_eq!(retried, json!({ "retriedId": id["id"], "errors": [] }));
        assert!(listed(&staff).await.is_empty());
        for number in 1..=MAX_ATTEMPTS {
            assert_eq!(attempt(&app, false).await, (letter.id, number));
            let attempts = row(&app, letter.id).await.unwrap().attempts;
            assert!(attempts > highest, "the count tells an attempt's lease from all before");
            highest = attempts;
            app.clock.advance(Duration::from_secs(2 * 3600));
        }
        let dead = listed(&staff).await;
        assert_eq!(
            (&dead[0]["attempts"], &dead[0]["lastError"]),
            (&json!(MAX_ATTEMPTS), &json!("not today"))
        );
    }
    staff.ask(RETRY, id.clone()).await.data();
    assert_eq!(attempt(&app, true).await, (letter.id, 1));
    assert_eq!(row(&app, letter.id).await, None);
    let again = staff.ask(RETRY, id).await.data()["deadLetterRetry"].take();
    let not_found = json!([{ "__typename": "NotFound", "path": ["input", "id"] }]);
    assert_eq!(again, json!({ "retriedId": null, "errors": not_found }));
}

#[tokio::test]
async fn a_discarded_letter_is_gone_and_both_are_written_down() {
    let app = TestApp::start().await;
    let staff = app.staff_with(&[Permission::SettingsEdit]).await;
    let letter = app.dead_letter(json!({ "type": "notice", "to": "somebody@demo.example" })).await;
    let id = json!({ "id": listed(&staff).await[0]["id"] });
    staff.ask(RETRY, id.clone()).await.data();
    let alive = staff.ask(DISCARD, id.clone()).await.data()["deadLetterDiscard"].take();
    assert_eq!(alive["errors"][0]["__typename"], "NotFound", "what is alive is not thrown away");
    assert!(row(&app, letter.id).await.is_some());

    let letter = app.dead_letter(json!({ "to": "somebody@demo.example" })).await;
    let id = json!({ "id": listed(&staff).await[0]["id"] });
    let discarded = staff.ask(DISCARD, id.clone()).await.data()["deadLetterDiscard"].take();
    assert_eq!(discarded, json!({ "discardedId": id["id"], "errors": [] }));
    assert_eq!(row(&app, letter.id).await, None);
    for (action, summary) in [("deadLetterRetry", json!("notice")), ("deadLetterDiscard", Value::Null)] {
        let [entry] = app.audited(action).await.try_into().unwrap();
        let before = entry.before.unwrap();
        assert_eq!((&before["kind"], &before["summary"]), (&json!("test.dead"), &summary));
        assert!(!before.to_string().contains("somebody") && entry.after.is_none());
        assert_eq!(entry.subject_kind.as_deref(), Some("DeadLetter"));
    }
    let shown =
        "{ auditEntries(filter: { action: \"deadLetterDiscard\" }) { nodes { subjectType subjectId } } }";
    let shown = staff.run(shown).await.data()["auditEntries"]["nodes"].take();
    assert_eq!(shown, json!([{ "subjectType": "DeadLetter", "subjectId": id["id"] }]));
}
