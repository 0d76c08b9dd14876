//! Jobs follow their commits: each is done, also when instances die, and none without its cause.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use bodega::{
    app::{App, embedded_services},
    domain::{
        context::Services,
        database::Database,
        job::{
            Counts, Job, JobAttempt, JobError, JobHandler, JobQueue, JobSignal, MAX_ATTEMPTS, MAX_ERROR,
            Worker, WorkerConfig, WorkerHandle, counts, decode,
        },
        kernel::{fault::Fault, ports::Clock},
    },
};
use chrono::TimeDelta;
use entity::job::{Column, Entity, Model};
use futures_util::future::pending;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ConnectionTrait, EntityTrait, sea_query::Expr};
use serde::{Deserialize, Serialize};
use tokio::sync::{
    Semaphore,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    oneshot,
};

use crate::support::{MINUTE, Stack, TestApp, TestClock, TestDatabase, eventually, stack, within_a_minute};

/// Longer than a lease.
const LEASE_IS_OVER: Duration = Duration::from_secs(121);
/// Longer than any test.
const HOUR: Duration = Duration::from_secs(3600);
/// So seldom that only a start or a wake makes a worker look, and without an end of what hangs.
const WOKEN: WorkerConfig = WorkerConfig { poll: HOUR, at_once: 4, time_limit: HOUR };
const NONE: [Model; 0] = [];

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    text: String,
}

impl Job for Note {
    const KIND: &'static str = "test.note";
}

#[derive(Serialize, Deserialize)]
struct Unheard;

impl Job for Unheard {
    const KIND: &'static str = "test.unheard";
}

/// What a handler does with a note.
#[derive(Clone)]
enum Act {
    Succeed,
    Retryable(String),
    Permanent(String),
    Panic,
    Hang,
    /// Succeeds once it has read its own row.
    Read(Database),
    /// Succeeds once there is a permit.
    SucceedAt(Arc<Semaphore>),
}

/// Reports each note that comes, then acts.
struct Notes {
    reports: UnboundedSender<(String, u32)>,
    act: Act,
}

#[async_trait]
impl JobHandler for Notes {
    fn kind(&self) -> &'static str {
        Note::KIND
    }

    async fn handle(&self, payload: serde_json::Value, attempt: JobAttempt) -> Result<(), JobError> {
        let Note { text } = decode(payload)?;
        self.reports.send((text, attempt.number)).unwrap();
        match &self.act {
            Act::Succeed => Ok(()),
            Act::Retryable(error) => Err(JobError::Retryable(error.clone())),
            Act::Permanent(error) => Err(JobError::Permanent(error.clone())),
            Act::Panic => panic!("the handler's own"),
            Act::Hang => pending().await,
            Act::Read(db) => {
                let row = Entity::find_by_id(attempt.job).one(db.connection()).await?;
                assert_eq!(row.unwrap().created_at, attempt.created_at);
                Ok(())
            }
            Act::SucceedAt(gate) => {
                gate.acquire().await.unwrap().forget();
                Ok(())
            }
        }
    }
}

/// Does the jobs that others here leave.
struct Rest;

#[async_trait]
impl JobHandler for Rest {
    fn kind(&self) -> &'static str {
        Unheard::KIND
    }

    async fn handle(&self, _: serde_json::Value, _: JobAttempt) -> Result<(), JobError> {
        Ok(())
    }
}

/// What handlers report.
struct Reports {
    sender: UnboundedSender<(String, u32)>,
    receiver: UnboundedReceiver<(String, u32)>,
}

impl Reports {
    fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, receiver }
    }

    fn handler(&self, act: Act) -> Arc<dyn JobHandler> {
        Arc::new(Notes { reports: self.sender.clone(), act })
    }

    fn worker(&self, services: &Services, act: Act) -> WorkerHandle {
        worker(services, [self.handler(act)], WOKEN)
    }

    async fn next(&mut self) -> (String, u32) {
        within_a_minute("a report", self.receiver.recv()).await.unwrap()
    }

    #[track_caller]
    fn nothing(&mut self) {
        assert_eq!(self.receiver.try_recv().ok(), None);
    }
}

fn note(text: &str) -> Note {
    Note { text: text.to_owned() }
}

fn report(text: &str, attempt: u32) -> (String, u32) {
    (text.to_owned(), attempt)
}

fn worker(
    services: &Services,
    handlers: impl IntoIterator<Item = Arc<dyn JobHandler>>,
    config: WorkerConfig,
) -> WorkerHandle {
    let Services { db, clock, random, jobs, .. } = services.clone();
    Worker::new(JobQueue { db, clock, random, signal: jobs }, handlers).with_config(config).start()
}

/// One instance's services, on a pool of its own.
async fn services(database: &TestDatabase, clock: &TestClock) -> Services {
    let mut services = embedded_services(database.connect().await);
    services.clock = Arc::new(clock.clone());
    services
}

async fn start() -> (TestDatabase, TestClock, Services, Reports) {
    let (database, clock) = (TestDatabase::migrated().await, TestClock::default());
    let services = services(&database, &clock).await;
    (database, clock, services, Reports::new())
}

async fn enqueue_and_wake(services: &Services, job: &impl Job) {
    let written: Result<(), Fault> =
        services.write(|txn| async { txn.enqueue(job).await }.scope_boxed()).await;
    written.unwrap();
}

/// Writes a job down as an instance elsewhere would: the worker here is not woken.
async fn enqueue(services: &Services, job: &impl Job) {
    enqueue_and_wake(&Services { jobs: JobSignal::default(), ..services.clone() }, job).await;
}

async fn rows(services: &Services) -> Vec<Model> {
    Entity::find().all(services.db.connection()).await.unwrap()
}

async fn only_row(services: &Services) -> Model {
    let [row] = rows(services).await.try_into().unwrap();
    row
}

/// Everything that is due is tried once.
async fn run_once(services: &Services, reports: &mut Reports, act: Act) -> (String, u32) {
    let worker = reports.worker(services, act);
    let first = reports.next().await;
    worker.stopped(MINUTE).await;
    first
}

#[tokio::test]
async fn job_runs_once_and_only_if_its_cause_is_committed() {
    let (_database, _clock, services, mut reports) = start().await;
    let worker = reports.worker(&services, Act::Succeed);
    let rolled_back: Result<(), Fault> = services
        .write(|txn| {
            let work = async {
                txn.enqueue(&note("rolled back")).await?;
                txn.services().jobs.wake();
                Err(Fault::internal("no"))
            };
            work.scope_boxed()
        })
        .await;
    assert!(rolled_back.is_err());
    enqueue_and_wake(&services, &note("committed")).await;
    assert_eq!(reports.next().await, report("committed", 1));
    worker.stopped(MINUTE).await;
    assert_eq!(rows(&services).await, NONE);
    run_once_finds_nothing(&services, &mut reports).await;
}

/// A worker that looks takes none of the notes that are there, shown by one that it does take.
async fn run_once_finds_nothing(services: &Services, reports: &mut Reports) {
    enqueue(services, &note("marker")).await;
    assert_eq!(run_once(services, reports, Act::Succeed).await, report("marker", 1));
    reports.nothing();
}

#[tokio::test]
async fn job_without_a_wake_is_found_by_the_next_poll() {
    let (_database, _clock, services, mut reports) = start().await;
    let often = WorkerConfig { poll: Duration::from_millis(10), ..WOKEN };
    let worker = worker(&services, [reports.handler(Act::Succeed)], often);
    for text in ["a", "b"] {
        enqueue(&services, &note(text)).await;
        assert_eq!(reports.next().await, report(text, 1));
    }
    worker.stopped(MINUTE).await;
    assert_eq!(rows(&services).await, NONE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_are_shared_by_instances_and_none_runs_twice() {
    let (database, clock, first, _) = start().await;
    let second = services(&database, &clock).await;
    let texts: BTreeSet<_> = (0..200).map(|n| format!("note {n}")).collect();
    let written: Result<(), Fault> = first
        .write(|txn| {
            let work = async {
                for text in &texts {
                    txn.enqueue(&note(text)).await?;
                }
                Ok(())
            };
            work.scope_boxed()
        })
        .await;
    written.unwrap();
    let mut each = [Reports::new(), Reports::new()];
    let workers = [each[0].worker(&first, Act::Succeed), each[1].worker(&second, Act::Succeed)];
    let mut done = Vec::new();
    for _ in 0..200 {
        let [one, other] = &mut each;
        done.push(tokio::select! { note = one.next() => note, note = other.next() => note });
    }
    for worker in workers {
        worker.stopped(MINUTE).await;
    }
    each.iter_mut().for_each(Reports::nothing);
    assert!(done.iter().all(|(_, attempt)| *attempt == 1));
    assert_eq!(done.into_iter().map(|(text, _)| text).collect::<BTreeSet<_>>(), texts);
    assert_eq!(rows(&first).await, NONE);
}

#[tokio::test]
async fn job_of_an_instance_that_died_runs_on_another_after_the_lease() {
    let (database, clock, first, mut reports) = start().await;
    let second = services(&database, &clock).await;
    enqueue(&first, &note("taken")).await;
    let dying = reports.worker(&first, Act::Hang);
    assert_eq!(reports.next().await, report("taken", 1));
    drop(dying);

    enqueue(&second, &note("other")).await;
    assert_eq!(run_once(&second, &mut reports, Act::Succeed).await, report("other", 1), "leased");
    reports.nothing();
    clock.advance(LEASE_IS_OVER);
    assert_eq!(run_once(&second, &mut reports, Act::Succeed).await, report("taken", 2));
    assert_eq!(rows(&second).await, NONE);
}

#[tokio::test]
async fn worker_that_outlived_its_lease_does_not_settle_what_another_has_taken() {
    let (database, clock, first, mut reports) = start().await;
    let second = services(&database, &clock).await;
    let gates = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    enqueue(&first, &note("slow")).await;
    let slow = reports.worker(&first, Act::SucceedAt(gates[0].clone()));
    assert_eq!(reports.next().await, report("slow", 1));
    clock.advance(LEASE_IS_OVER);
    let other = reports.worker(&second, Act::SucceedAt(gates[1].clone()));
    assert_eq!(reports.next().await, report("slow", 2));
    gates[0].add_permits(1);
    slow.stopped(MINUTE).await;
    assert_eq!(only_row(&first).await.attempts, 2, "it is the other's");
    gates[1].add_permits(1);
    other.stopped(MINUTE).await;
    assert_eq!(rows(&first).await, NONE);
}

#[tokio::test]
async fn job_that_fails_is_retried_after_growing_pauses_until_it_is_dead() {
    let (_database, clock, services, mut reports) = start().await;
    enqueue(&services, &note("unlucky")).await;
    let mut base = 5;
    for attempt in 1..MAX_ATTEMPTS {
        let (error, before) = (format!("failure {attempt}"), clock.now());
        let act = Act::Retryable(error.clone());
        assert_eq!(run_once(&services, &mut reports, act).await, report("unlucky", attempt));
        let (row, after) = (only_row(&services).await, clock.now());
        assert_eq!((row.last_error, row.dead_at), (Some(error), None));
        assert_eq!(row.attempts.unsigned_abs(), attempt);
        let pause = TimeDelta::seconds(base);
        let due = before + pause..=after + pause * 5 / 4;
        assert!(due.contains(&row.due_at), "{attempt}: {} is not in {due:?}", row.due_at);
        clock.advance((row.due_at - after).to_std().unwrap());
        base = 3600.min(base * 2);
    }
    let last = Act::Retryable("the last failure".to_owned());
    assert_eq!(run_once(&services, &mut reports, last).await, report("unlucky", MAX_ATTEMPTS));
    let row = only_row(&services).await;
    assert_eq!(row.last_error.as_deref(), Some("the last failure"));
    assert!(row.dead_at.is_some());
    assert_eq!(counts(&services.db).await.unwrap(), Counts { waiting: 0, dead: 1 });
    clock.advance(Duration::from_secs(30 * 24 * 3600));
    run_once_finds_nothing(&services, &mut reports).await;
    assert_eq!(only_row(&services).await, row, "staff still see it");
}

#[tokio::test]
async fn job_whose_worker_died_with_the_last_attempt_is_dead() {
    let (_database, _clock, services, mut reports) = start().await;
    enqueue(&services, &note("deadly")).await;
    let all = i32::try_from(MAX_ATTEMPTS).unwrap();
    let update = Entity::update_many().col_expr(Column::Attempts, Expr::value(all));
    update.exec(services.db.connection()).await.unwrap();
    run_once_finds_nothing(&services, &mut reports).await;
    let row = only_row(&services).await;
    assert!(row.dead_at.is_some());
    assert_eq!(row.last_error.as_deref(), Some("the last attempt did not finish"));
}

#[tokio::test]
async fn job_that_can_never_succeed_is_dead_at_once() {
    let (_database, _clock, services, mut reports) = start().await;
    enqueue(&services, &note("impossible")).await;
    let error = "no such\0 address ".repeat(100);
    run_once(&services, &mut reports, Act::Permanent(error.clone())).await;
    let row = only_row(&services).await;
    assert!(row.dead_at.is_some());
    let kept: String = error.replace('\0', "").chars().take(MAX_ERROR).collect();
    assert_eq!((row.attempts, row.last_error), (1, Some(kept)));
}

#[tokio::test]
async fn job_that_cannot_be_read_is_left_for_an_instance_that_can() {
    let (_database, _clock, services, mut reports) = start().await;
    enqueue(&services, &note("whole")).await;
    let payload = serde_json::json!({ "words": [] });
    let update = Entity::update_many().col_expr(Column::Payload, Expr::value(payload));
    update.exec(services.db.connection()).await.unwrap();
    run_once_finds_nothing(&services, &mut reports).await;
    let row = only_row(&services).await;
    assert!(row.dead_at.is_none());
    let error = row.last_error.unwrap();
    assert!(error.starts_with("the payload is not a valid test.note: missing field `text`"), "{error}");
}

#[tokio::test]
async fn handler_that_panics_or_hangs_is_retried_and_holds_no_other_up() {
    let (_database, _clock, services, mut reports) = start().await;
    for (act, error) in [(Act::Panic, "the handler panicked"), (Act::Hang, "not finished after 20ms")] {
        let config = WorkerConfig { time_limit: Duration::from_millis(20), at_once: 1, ..WOKEN };
        enqueue(&services, &note("first")).await;
        enqueue(&services, &note("second")).await;
        let worker = worker(&services, [reports.handler(act)], config);
        let both = BTreeSet::from([reports.next().await, reports.next().await]);
        assert_eq!(both, BTreeSet::from([report("first", 1), report("second", 1)]));
        worker.stopped(MINUTE).await;
        let rows = rows(&services).await;
        assert_eq!(rows.len(), 2);
        for row in rows {
            assert_eq!((row.last_error.as_deref(), row.dead_at), (Some(error), None));
        }
        Entity::delete_many().exec(services.db.connection()).await.unwrap();
    }
}

#[tokio::test]
async fn job_of_an_unknown_kind_is_left_for_other_instances() {
    let (_database, clock, services, mut reports) = start().await;
    enqueue(&services, &Unheard).await;
    run_once_finds_nothing(&services, &mut reports).await;
    let row = only_row(&services).await;
    assert_eq!((row.kind.as_str(), row.attempts, row.dead_at), (Unheard::KIND, 0, None));
    worker(&services, [], WOKEN).stopped(MINUTE).await;
    assert_eq!(only_row(&services).await, row);

    clock.advance(Duration::from_secs(24 * 3600));
    enqueue(&services, &note("known")).await;
    let handlers: [Arc<dyn JobHandler>; 2] = [reports.handler(Act::Succeed), Arc::new(Rest)];
    let worker = worker(&services, handlers, WOKEN);
    assert_eq!(reports.next().await, report("known", 1));
    worker.stopped(MINUTE).await;
    assert_eq!(rows(&services).await, NONE);
}

#[tokio::test]
async fn worker_statements_count_as_background_statements() {
    let (_database, _clock, services, mut reports) = start().await;
    enqueue(&services, &note("counted")).await;
    let (asked, background) = (services.db.statements(), services.db.background_statements());
    run_once(&services, &mut reports, Act::Read(services.db.clone())).await;
    let background = services.db.background_statements() - background;
    assert_eq!((services.db.statements() - asked, background), (0, 3), "taken, handled, removed");
}

/// The database goes away while an job is under way, and another waits.
#[tokio::test]
async fn database_outage_doubles_no_job_and_loses_none() {
    if stack() == Stack::Embedded {
        return;
    }
    let (database, _clock, services, mut reports) = start().await;
    let gate = Arc::new(Semaphore::new(0));
    enqueue(&services, &note("under way")).await;
    let one = WorkerConfig { at_once: 1, poll: Duration::from_millis(100), ..WOKEN };
    let handlers = [reports.handler(Act::SucceedAt(gate.clone()))];
    let worker = worker(&services, handlers, one);
    assert_eq!(reports.next().await, report("under way", 1));
    enqueue(&services, &note("waiting")).await;

    let other = TestDatabase::blank().await;
    let admin = other.connect().await;
    let name = database.url.rsplit('/').next().unwrap();
    let run = async |statement: String| admin.connection().execute_unprepared(&statement).await.unwrap();
    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    run(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    let before = services.db.background_statements();
    gate.add_permits(2);
    eventually("the worker asks the database", async || services.db.background_statements() > before).await;
    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;

    assert_eq!(reports.next().await, report("waiting", 1));
    worker.stopped(MINUTE).await;
    reports.nothing();
    assert_eq!(rows(&services).await, NONE);
}

#[tokio::test]
async fn server_ends_after_the_jobs_that_are_under_way() {
    let app = TestApp::empty().await;
    let config = app.config.clone();
    let (mut reports, gate) = (Reports::new(), Arc::new(Semaphore::new(0)));
    let mut server = App::build_with_clock(&config, Arc::new(app.clock.clone())).await.unwrap();
    server.handlers.push(reports.handler(Act::SucceedAt(gate.clone())));
    let services = server.state.services.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    enqueue_and_wake(&services, &note("under way")).await;
    assert_eq!(reports.next().await, report("under way", 1));
    stop.send(()).unwrap();
    gate.add_permits(1);
    running.await.unwrap().unwrap();
    assert_eq!(rows(app.services()).await, NONE, "it was done, and written down");
}

#[tokio::test]
async fn job_that_does_not_end_in_time_is_cut_off_and_kept() {
    let (_database, _clock, services, mut reports) = start().await;
    enqueue(&services, &note("endless")).await;
    let worker = reports.worker(&services, Act::Hang);
    assert_eq!(reports.next().await, report("endless", 1));
    within_a_minute("the worker's end", worker.stopped(Duration::from_millis(20))).await;
    let row = only_row(&services).await;
    assert_eq!((row.attempts, row.last_error, row.dead_at), (1, None, None));
}
