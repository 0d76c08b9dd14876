//! Effects follow their commits: each is done, also when instances die, and none without its cause.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bodega::{
    app::{App, embedded_ports},
    domain::{
        Fault, Ports,
        outbox::{
            Attempt, Counts, Effect, HandleError, Handler, MAX_ATTEMPTS, MAX_ERROR, Pace, Running, Worker,
            counts, decode, enqueue_in_txn,
        },
        port::Clock,
    },
};
use chrono::TimeDelta;
use entity::outbox::{Column, Entity, Model};
use futures_util::future::pending;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use tokio::sync::{
    Semaphore,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    oneshot,
};

use crate::support::{Stack, TestApp, TestClock, TestDatabase, stack};

/// Longer than a lease.
const LEASE_IS_OVER: Duration = Duration::from_secs(121);
/// Longer than any test.
const LONG: Duration = Duration::from_secs(20);
/// So seldom that only a start or a wake makes a worker look.
const WOKEN: Pace = Pace { poll: Duration::from_secs(3600), at_once: 4, time_limit: LONG };
const NONE: [Model; 0] = [];

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    text: String,
}

impl Effect for Note {
    const KIND: &'static str = "test.note";
}

#[derive(Serialize, Deserialize)]
struct Unheard;

impl Effect for Unheard {
    const KIND: &'static str = "test.unheard";
}

/// What a handler does with a note.
#[derive(Clone)]
enum Act {
    Do,
    Again(String),
    Never(String),
    Panic,
    Hang,
    /// Once it has read its own row.
    Read,
    /// Once there is a permit.
    DoAt(Arc<Semaphore>),
}

/// Tells of each note that comes, then acts.
struct Notes {
    told: UnboundedSender<(String, u32)>,
    act: Act,
}

#[async_trait]
impl Handler for Notes {
    fn kind(&self) -> &'static str {
        Note::KIND
    }

    async fn handle(
        &self,
        ports: &Arc<Ports>,
        payload: serde_json::Value,
        attempt: Attempt,
    ) -> Result<(), HandleError> {
        let Note { text } = decode(payload)?;
        self.told.send((text, attempt.number)).unwrap();
        match &self.act {
            Act::Do => Ok(()),
            Act::Again(error) => Err(HandleError::Again(error.clone())),
            Act::Never(error) => Err(HandleError::Never(error.clone())),
            Act::Panic => panic!("the handler's own"),
            Act::Hang => pending().await,
            Act::Read => {
                let row = Entity::find_by_id(attempt.effect).one(ports.db.connection()).await;
                assert_eq!(row.map_err(Fault::from)?.unwrap().created_at, attempt.created_at);
                Ok(())
            }
            Act::DoAt(gate) => {
                gate.acquire().await.unwrap().forget();
                Ok(())
            }
        }
    }
}

/// Does the effects that others here leave.
struct Rest;

#[async_trait]
impl Handler for Rest {
    fn kind(&self) -> &'static str {
        Unheard::KIND
    }

    async fn handle(&self, _: &Arc<Ports>, _: serde_json::Value, _: Attempt) -> Result<(), HandleError> {
        Ok(())
    }
}

/// What workers tell.
struct Told {
    sender: UnboundedSender<(String, u32)>,
    receiver: UnboundedReceiver<(String, u32)>,
}

impl Told {
    fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, receiver }
    }

    fn handler(&self, act: Act) -> Arc<dyn Handler> {
        Arc::new(Notes { told: self.sender.clone(), act })
    }

    fn worker(&self, ports: &Arc<Ports>, act: Act) -> Running {
        Worker::new(ports.clone(), [self.handler(act)]).with_pace(WOKEN).start()
    }

    async fn next(&mut self) -> (String, u32) {
        tokio::time::timeout(LONG, self.receiver.recv()).await.expect("something is told").unwrap()
    }

    #[track_caller]
    fn nothing(&mut self) {
        assert_eq!(self.receiver.try_recv().ok(), None);
    }
}

fn note(text: &str) -> Note {
    Note { text: text.to_owned() }
}

fn told(text: &str, attempt: u32) -> (String, u32) {
    (text.to_owned(), attempt)
}

/// One instance's ports, on a pool of its own.
async fn ports(database: &TestDatabase, clock: &TestClock) -> Arc<Ports> {
    let mut ports = embedded_ports(database.connect().await);
    ports.clock = Arc::new(clock.clone());
    Arc::new(ports)
}

async fn start() -> (TestDatabase, TestClock, Arc<Ports>) {
    let (database, clock) = (TestDatabase::migrated().await, TestClock::default());
    let ports = ports(&database, &clock).await;
    (database, clock, ports)
}

async fn enqueue(ports: &Ports, effect: &impl Effect) {
    let write = ports
        .db
        .write(|transaction| async { enqueue_in_txn(ports, transaction, effect).await }.scope_boxed());
    let written: Result<(), Fault> = write.await;
    written.unwrap();
}

async fn rows(ports: &Ports) -> Vec<Model> {
    Entity::find().all(ports.db.connection()).await.unwrap()
}

async fn only_row(ports: &Ports) -> Model {
    let [row] = rows(ports).await.try_into().unwrap();
    row
}

/// Everything that is due is tried once.
async fn run_once(ports: &Arc<Ports>, told: &mut Told, act: Act) -> (String, u32) {
    let worker = told.worker(ports, act);
    let first = told.next().await;
    worker.stopped(LONG).await;
    first
}

#[tokio::test]
async fn an_effect_is_done_once_and_only_if_its_cause_is_committed() {
    let (_database, _clock, ports) = start().await;
    let mut heard = Told::new();
    let worker = heard.worker(&ports, Act::Do);
    let rolled_back: Result<(), Fault> = ports
        .db
        .write(|transaction| {
            let work = async {
                enqueue_in_txn(&ports, transaction, &note("rolled back")).await?;
                ports.outbox.wake();
                Err(Fault::internal("no"))
            };
            work.scope_boxed()
        })
        .await;
    assert!(rolled_back.is_err());
    enqueue(&ports, &note("committed")).await;
    ports.outbox.wake();
    assert_eq!(heard.next().await, told("committed", 1));
    worker.stopped(LONG).await;
    assert_eq!(rows(&ports).await, NONE);
    run_once_finds_nothing(&ports, &mut heard).await;
}

/// A worker that looks takes none of the notes that are there, shown by one that it does take.
async fn run_once_finds_nothing(ports: &Arc<Ports>, heard: &mut Told) {
    enqueue(ports, &note("marker")).await;
    assert_eq!(run_once(ports, heard, Act::Do).await, told("marker", 1));
    heard.nothing();
}

#[tokio::test]
async fn without_a_wake_the_next_look_finds_it() {
    let (_database, _clock, ports) = start().await;
    let mut heard = Told::new();
    let often = Pace { poll: Duration::from_millis(10), ..WOKEN };
    let worker = Worker::new(ports.clone(), [heard.handler(Act::Do)]).with_pace(often).start();
    for text in ["a", "b"] {
        enqueue(&ports, &note(text)).await;
        assert_eq!(heard.next().await, told(text, 1));
    }
    worker.stopped(LONG).await;
    assert_eq!(rows(&ports).await, NONE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn instances_share_effects_without_doing_one_twice() {
    let (database, clock, first) = start().await;
    let second = ports(&database, &clock).await;
    let texts: BTreeSet<_> = (0..200).map(|n| format!("note {n}")).collect();
    let write = first.db.write(|transaction| {
        let work = async {
            for text in &texts {
                enqueue_in_txn(&first, transaction, &note(text)).await?;
            }
            Ok(())
        };
        work.scope_boxed()
    });
    let written: Result<(), Fault> = write.await;
    written.unwrap();
    let mut each = [Told::new(), Told::new()];
    let workers = [each[0].worker(&first, Act::Do), each[1].worker(&second, Act::Do)];
    let mut done = Vec::new();
    for _ in 0..200 {
        let [one, other] = &mut each;
        done.push(tokio::select! { note = one.next() => note, note = other.next() => note });
    }
    for worker in workers {
        worker.stopped(LONG).await;
    }
    each.iter_mut().for_each(Told::nothing);
    assert!(done.iter().all(|(_, attempt)| *attempt == 1));
    assert_eq!(done.into_iter().map(|(text, _)| text).collect::<BTreeSet<_>>(), texts);
    assert_eq!(rows(&first).await, NONE);
}

#[tokio::test]
async fn what_an_instance_had_taken_when_it_died_is_done_by_another_after_the_lease() {
    let (database, clock, first) = start().await;
    let second = ports(&database, &clock).await;
    let mut heard = Told::new();
    enqueue(&first, &note("taken")).await;
    let dying = heard.worker(&first, Act::Hang);
    assert_eq!(heard.next().await, told("taken", 1));
    drop(dying);

    enqueue(&second, &note("other")).await;
    assert_eq!(run_once(&second, &mut heard, Act::Do).await, told("other", 1), "the lease is not over");
    heard.nothing();
    clock.advance(LEASE_IS_OVER);
    assert_eq!(run_once(&second, &mut heard, Act::Do).await, told("taken", 2));
    assert_eq!(rows(&second).await, NONE);
}

#[tokio::test]
async fn who_outlived_the_lease_does_not_settle_what_another_has_taken() {
    let (database, clock, first) = start().await;
    let second = ports(&database, &clock).await;
    let mut heard = Told::new();
    let gates = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
    enqueue(&first, &note("slow")).await;
    let slow = heard.worker(&first, Act::DoAt(gates[0].clone()));
    assert_eq!(heard.next().await, told("slow", 1));
    clock.advance(LEASE_IS_OVER);
    let other = heard.worker(&second, Act::DoAt(gates[1].clone()));
    assert_eq!(heard.next().await, told("slow", 2));
    gates[0].add_permits(1);
    slow.stopped(LONG).await;
    assert_eq!(only_row(&first).await.attempts, 2, "it is the other's");
    gates[1].add_permits(1);
    other.stopped(LONG).await;
    assert_eq!(rows(&first).await, NONE);
}

#[tokio::test]
async fn what_fails_comes_up_again_after_longer_and_longer_pauses_until_it_is_given_up() {
    let (_database, clock, ports) = start().await;
    let mut heard = Told::new();
    enqueue(&ports, &note("unlucky")).await;
    let mut base = 5;
    for attempt in 1..MAX_ATTEMPTS {
        let (error, before) = (format!("failure {attempt}"), clock.now());
        assert_eq!(run_once(&ports, &mut heard, Act::Again(error.clone())).await, told("unlucky", attempt));
        let (row, after) = (only_row(&ports).await, clock.now());
        assert_eq!((row.last_error, row.dead_at), (Some(error), None));
        assert_eq!(row.attempts.unsigned_abs(), attempt);
        let pause = TimeDelta::seconds(base);
        let due = before + pause..=after + pause * 5 / 4;
        assert!(due.contains(&row.due_at), "{attempt}: {} is not in {due:?}", row.due_at);
        clock.advance((row.due_at - after).to_std().unwrap());
        base = 3600.min(base * 2);
    }
    let last = Act::Again("the last failure".to_owned());
    assert_eq!(run_once(&ports, &mut heard, last).await, told("unlucky", MAX_ATTEMPTS));
    let row = only_row(&ports).await;
    assert_eq!(row.last_error.as_deref(), Some("the last failure"));
    assert!(row.dead_at.is_some());
    assert_eq!(counts(&ports.db).await.unwrap(), Counts { waiting: 0, dead: 1 });
    clock.advance(Duration::from_secs(30 * 24 * 3600));
    run_once_finds_nothing(&ports, &mut heard).await;
    assert_eq!(only_row(&ports).await, row, "staff still see it");
}

#[tokio::test]
async fn what_died_with_its_last_attempt_is_given_up() {
    let (_database, _clock, ports) = start().await;
    let mut heard = Told::new();
    enqueue(&ports, &note("deadly")).await;
    let all = i32::try_from(MAX_ATTEMPTS).unwrap();
    let update = Entity::update_many().col_expr(Column::Attempts, Expr::value(all));
    update.exec(ports.db.connection()).await.unwrap();
    run_once_finds_nothing(&ports, &mut heard).await;
    let row = only_row(&ports).await;
    assert!(row.dead_at.is_some());
    assert_eq!(row.last_error.as_deref(), Some("the last attempt did not come to an end"));
}

#[tokio::test]
async fn what_can_never_be_done_is_given_up_at_once() {
    let (_database, _clock, ports) = start().await;
    let mut heard = Told::new();
    enqueue(&ports, &note("impossible")).await;
    let error = "no such\0 address ".repeat(100);
    run_once(&ports, &mut heard, Act::Never(error.clone())).await;
    let row = only_row(&ports).await;
    assert!(row.dead_at.is_some());
    let kept: String = error.replace('\0', "").chars().take(MAX_ERROR).collect();
    assert_eq!((row.attempts, row.last_error), (1, Some(kept)));
}

#[tokio::test]
async fn what_cannot_be_read_is_left_for_an_instance_that_can() {
    let (_database, _clock, ports) = start().await;
    let mut heard = Told::new();
    enqueue(&ports, &note("whole")).await;
    let payload = serde_json::json!({ "words": [] });
    let update = Entity::update_many().col_expr(Column::Payload, Expr::value(payload));
    update.exec(ports.db.connection()).await.unwrap();
    run_once_finds_nothing(&ports, &mut heard).await;
    let row = only_row(&ports).await;
    assert!(row.dead_at.is_none());
    let error = row.last_error.unwrap();
    assert!(error.starts_with("the payload is no test.note: missing field `text`"), "{error}");
}

#[tokio::test]
async fn a_handler_that_panics_or_hangs_is_asked_again_and_holds_nobody_up() {
    let (_database, _clock, ports) = start().await;
    let mut heard = Told::new();
    for (act, error) in [(Act::Panic, "the handler panicked"), (Act::Hang, "not done after 20ms")] {
        let pace = Pace { time_limit: Duration::from_millis(20), at_once: 1, ..WOKEN };
        enqueue(&ports, &note("first")).await;
        enqueue(&ports, &note("second")).await;
        let worker = Worker::new(ports.clone(), [heard.handler(act)]).with_pace(pace).start();
        let both = BTreeSet::from([heard.next().await, heard.next().await]);
        assert_eq!(both, BTreeSet::from([told("first", 1), told("second", 1)]));
        worker.stopped(LONG).await;
        let rows = rows(&ports).await;
        assert_eq!(rows.len(), 2);
        for row in rows {
            assert_eq!((row.last_error.as_deref(), row.dead_at), (Some(error), None));
        }
        Entity::delete_many().exec(ports.db.connection()).await.unwrap();
    }
}

#[tokio::test]
async fn a_kind_that_nobody_here_knows_is_left_for_others() {
    let (_database, clock, ports) = start().await;
    let mut heard = Told::new();
    enqueue(&ports, &Unheard).await;
    run_once_finds_nothing(&ports, &mut heard).await;
    let row = only_row(&ports).await;
    assert_eq!((row.kind.as_str(), row.attempts, row.dead_at), (Unheard::KIND, 0, None));
    Worker::new(ports.clone(), []).start().stopped(LONG).await;
    assert_eq!(only_row(&ports).await, row);

    clock.advance(Duration::from_secs(24 * 3600));
    enqueue(&ports, &note("known")).await;
    let handlers: [Arc<dyn Handler>; 2] = [heard.handler(Act::Do), Arc::new(Rest)];
    let worker = Worker::new(ports.clone(), handlers).with_pace(WOKEN).start();
    assert_eq!(heard.next().await, told("known", 1));
    worker.stopped(LONG).await;
    assert_eq!(rows(&ports).await, NONE);
}

#[tokio::test]
async fn what_workers_ask_of_the_database_does_not_count_as_asked_for() {
    let (_database, _clock, ports) = start().await;
    let mut heard = Told::new();
    enqueue(&ports, &note("counted")).await;
    let (asked, background) = (ports.db.statements(), ports.db.background_statements());
    run_once(&ports, &mut heard, Act::Read).await;
    let background = ports.db.background_statements() - background;
    assert_eq!((ports.db.statements() - asked, background), (0, 3), "taken, handled, removed");
}

/// The database goes away while an effect is under way, and another waits.
#[tokio::test]
async fn an_outage_of_the_database_doubles_nothing_and_loses_nothing() {
    if stack() == Stack::Embedded {
        return;
    }
    let (database, _clock, ports) = start().await;
    let (mut heard, gate) = (Told::new(), Arc::new(Semaphore::new(0)));
    enqueue(&ports, &note("under way")).await;
    let one = Pace { at_once: 1, poll: Duration::from_millis(100), ..WOKEN };
    let handlers = [heard.handler(Act::DoAt(gate.clone()))];
    let worker = Worker::new(ports.clone(), handlers).with_pace(one).start();
    assert_eq!(heard.next().await, told("under way", 1));
    enqueue(&ports, &note("waiting")).await;

    let other = TestDatabase::blank().await;
    let admin = other.connect().await;
    let name = database.url.rsplit('/').next().unwrap();
    let run = async |statement: String| admin.connection().execute_unprepared(&statement).await.unwrap();
    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    run(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    let before = ports.db.background_statements();
    let begin = Instant::now();
    gate.add_permits(2);
    while ports.db.background_statements() == before {
        assert!(begin.elapsed() < LONG);
        tokio::task::yield_now().await;
    }
    run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;

    assert_eq!(heard.next().await, told("waiting", 1));
    worker.stopped(LONG).await;
    heard.nothing();
    assert_eq!(rows(&ports).await, NONE);
}

#[tokio::test]
async fn the_server_ends_after_the_effects_that_are_under_way() {
    let app = TestApp::empty().await;
    let config = app.config.clone();
    let (mut heard, gate) = (Told::new(), Arc::new(Semaphore::new(0)));
    let mut server = App::build_with_clock(&config, Arc::new(app.clock.clone())).await.unwrap();
    server.add_handler(heard.handler(Act::DoAt(gate.clone())));
    let ports = server.ports().clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    enqueue(&ports, &note("under way")).await;
    ports.outbox.wake();
    assert_eq!(heard.next().await, told("under way", 1));
    stop.send(()).unwrap();
    gate.add_permits(1);
    running.await.unwrap().unwrap();
    assert_eq!(rows(app.ports()).await, NONE, "it was done, and written down");
}

#[tokio::test]
async fn what_does_not_end_in_time_is_cut_off_and_kept() {
    let (_database, _clock, ports) = start().await;
    let mut heard = Told::new();
    enqueue(&ports, &note("endless")).await;
    let worker = heard.worker(&ports, Act::Hang);
    assert_eq!(heard.next().await, told("endless", 1));
    let begin = Instant::now();
    worker.stopped(Duration::from_millis(20)).await;
    assert!(begin.elapsed() < Duration::from_secs(5));
    let row = Entity::find().filter(Column::Kind.eq(Note::KIND)).one(ports.db.connection()).await.unwrap();
    let row = row.unwrap();
    assert_eq!((row.attempts, row.last_error, row.dead_at), (1, None, None));
}
