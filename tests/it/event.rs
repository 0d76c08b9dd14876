//! Events: who is told, also between instances and across outages, and what a session's end does.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bodega::{
    domain::{
        auth::{self, Revoked},
        context::{OpContext, Services},
        event::{Delivery, Event, EventBus, EventStream, Topic},
        identity::{Caller, Credentials, Session, SessionSelector, SessionStore, Token, TokenHash},
        kernel::{
            fault::Fault,
            ports::{Clock, Random},
        },
    },
    infra::system::{SystemClock, SystemRandom},
};
use chrono::{DateTime, Utc};
use entity::{AccountId, SessionId, account::Kind};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use services::Redis;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::support::{Client, Stack, TestApp, context, eventually, redis_url, stack, within_a_minute};

/// An event about somebody.
fn event(account: AccountId) -> Event {
    let now = SystemClock.now();
    let session = SessionId(SystemRandom.id(now));
    Event::SessionRevoked { account, session, at: now }
}

fn somebody() -> AccountId {
    AccountId(SystemRandom.id(SystemClock.now()))
}

/// The stream's next item, which must come.
async fn next<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> Option<T> {
    within_a_minute("an item of the stream", stream.next()).await
}

/// Comes back once `app` hears what is published: with Redis it begins to listen in the background.
async fn listens(app: &TestApp) {
    let somebody = somebody();
    let events = &app.services().events;
    let mut stream = events.subscribe(Topic::Account(somebody));
    events.publish(&event(somebody)).await.unwrap();
    next(&mut stream).await.expect("either the event, or that it was missed before the connection stood");
}

/// Publishes until Redis is back.
async fn publish_again(events: &dyn EventBus, event: &Event) {
    eventually("Redis is back", async || events.publish(event).await.is_ok()).await;
}

/// An operation of whoever shows this client's session, with these services.
fn ctx(services: &Services, client: &Client) -> OpContext {
    context(services, "127.0.0.1", client.token.as_deref())
}

/// Services with which whoever listens hears of a session's end by its event alone, and does not look for itself.
fn hears_only(services: &Services) -> Services {
    let mut services = services.clone();
    services.session.recheck = Duration::from_secs(24 * 3600);
    services
}

fn caller(credentials: Credentials) -> Caller {
    Caller {
        ip_address: Ipv4Addr::LOCALHOST.into(),
        credentials,
        by_cookie: false,
        cart_token: None,
        user_agent: None,
    }
}

fn hash(client: &Client) -> TokenHash {
    client.token.as_ref().unwrap().parse::<Token>().unwrap().hash()
}

async fn logout(client: &Client) {
    assert_eq!(client.run("mutation { logout { loggedOut } }").await.data()["logout"]["loggedOut"], true);
}

#[tokio::test]
async fn an_event_reaches_each_listener_of_its_topic_once_and_no_other() {
    let app = TestApp::start().await;
    listens(&app).await;
    let events = &app.services().events;
    let (a, b) = (somebody(), somebody());
    let mut of_a = [events.subscribe(Topic::Account(a)), events.subscribe(Topic::Account(a))];
    let mut of_b = events.subscribe(Topic::Account(b));
    let (first, second, third) = (event(a), event(b), event(a));
    for event in [&first, &second, &third] {
        events.publish(event).await.unwrap();
    }
    for stream in &mut of_a {
        assert_eq!(next(stream).await, Some(Delivery::Event(first.clone())));
        assert_eq!(next(stream).await, Some(Delivery::Event(third.clone())));
        assert_eq!(stream.next().now_or_never(), None);
    }
    assert_eq!(next(&mut of_b).await, Some(Delivery::Event(second)));
    assert_eq!(of_b.next().now_or_never(), None);
}

#[tokio::test]
async fn a_listener_that_falls_behind_is_told_so_and_holds_up_nobody() {
    let app = TestApp::start().await;
    listens(&app).await;
    let events = &app.services().events;
    let (a, b) = (somebody(), somebody());
    let mut slow = events.subscribe(Topic::Account(a));
    let mut quick = events.subscribe(Topic::Account(b));
    for _ in 0..1000 {
        events.publish(&event(a)).await.unwrap();
    }
    let last = event(a);
    events.publish(&last).await.unwrap();
    events.publish(&event(b)).await.unwrap();
    assert!(matches!(next(&mut quick).await, Some(Delivery::Event(_))), "all before it are through");

    assert_eq!(next(&mut slow).await, Some(Delivery::Missed));
    let mut kept = Vec::new();
    while let Some(delivery) = slow.next().now_or_never() {
        kept.push(delivery.unwrap());
    }
    assert!(kept.len() <= 16, "{}", kept.len());
    assert_eq!(kept.pop(), Some(Delivery::Event(last)));
}

#[tokio::test]
async fn instances_on_one_redis_hear_each_other_and_nobody_else_does() {
    if stack() == Stack::Embedded {
        return;
    }
    let app = TestApp::start().await;
    let (other, stranger) = (app.another_instance().await, TestApp::start().await);
    for app in [&app, &other, &stranger] {
        listens(app).await;
    }
    let somebody = somebody();
    let all = [&app, &other, &stranger];
    let mut streams = all.map(|app| app.services().events.subscribe(Topic::Account(somebody)));
    let published = [event(somebody), event(somebody), event(somebody)];
    for (event, app) in published.iter().zip(all) {
        app.services().events.publish(event).await.unwrap();
    }
    let [first, second, third] = published.map(|event| Some(Delivery::Event(event)));
    for stream in &mut streams[..2] {
        assert_eq!([next(stream).await, next(stream).await], [first.clone(), second.clone()]);
    }
    assert_eq!(next(&mut streams[2]).await, third);
    for stream in &mut streams {
        assert_eq!(stream.next().now_or_never(), None);
    }
}

#[tokio::test]
async fn an_event_that_this_version_does_not_know_is_skipped() {
    if stack() == Stack::Embedded {
        return;
    }
    let app = TestApp::start().await;
    listens(&app).await;
    let somebody = somebody();
    let mut stream = app.services().events.subscribe(Topic::Account(somebody));
    let client = redis::Client::open(redis_url()).unwrap();
    let mut newer = client.get_multiplexed_async_connection().await.unwrap();
    let channel = format!("{}events", app.config.redis_prefix);
    for message in [r#"{"type":"shopMoved","to":"Mars"}"#, "{}", "\u{1}"] {
        let heard: u8 =
            redis::cmd("PUBLISH").arg(&channel).arg(message).query_async(&mut newer).await.unwrap();
        assert_eq!(heard, 1);
    }
    let known = event(somebody);
    app.services().events.publish(&known).await.unwrap();
    assert_eq!(next(&mut stream).await, Some(Delivery::Event(known)));
}

#[tokio::test]
async fn after_an_outage_of_redis_listeners_know_that_they_missed_something() {
    let redis = Redis::start().unwrap();
    let app = TestApp::with_flags(&["--redis-url", &redis.url()]).await;
    let port = redis.port();
    listens(&app).await;
    let events = &app.services().events;
    let somebody = somebody();
    let mut stream = events.subscribe(Topic::Account(somebody));
    drop(redis);
    for _ in 0..3 {
        let fault = events.publish(&event(somebody)).await.unwrap_err();
        assert!(matches!(fault, Fault::Unavailable { part: "redis", .. }), "{fault:?}");
    }
    assert_eq!(stream.next().now_or_never(), None);

    let _redis = Redis::start_on(port).unwrap();
    assert_eq!(next(&mut stream).await, Some(Delivery::Missed));
    let back = event(somebody);
    publish_again(&**events, &back).await;
    assert_eq!(next(&mut stream).await, Some(Delivery::Event(back)));
}

#[tokio::test]
async fn a_server_that_started_without_redis_hears_events_once_it_is_there() {
    let redis = Redis::start().unwrap();
    let (port, url) = (redis.port(), redis.url());
    drop(redis);
    let app = TestApp::with_flags(&["--redis-url", &url]).await;
    let events = &app.services().events;
    let somebody = somebody();
    let mut stream = events.subscribe(Topic::Account(somebody));
    let _redis = Redis::start_on(port).unwrap();
    assert_eq!(next(&mut stream).await, Some(Delivery::Missed));
    let first = event(somebody);
    publish_again(&**events, &first).await;
    assert_eq!(next(&mut stream).await, Some(Delivery::Event(first)));
}

#[tokio::test]
async fn a_connection_that_went_silent_is_replaced() {
    let redis = Redis::start().unwrap();
    let proxy = Proxy::start(redis.port()).await;
    let app = TestApp::with_flags(&["--redis-url", &proxy.url]).await;
    listens(&app).await;
    let mut stream = app.services().events.subscribe(Topic::Account(somebody()));
    proxy.silence();
    // Had nobody noticed, there would be no new connection, and nothing would be missed.
    assert_eq!(next(&mut stream).await, Some(Delivery::Missed));
}

/// Stands between the program and Redis.
struct Proxy {
    url: String,
    silence: watch::Sender<()>,
}

impl Proxy {
    async fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let silence = watch::Sender::new(());
        let connections = silence.clone();
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let mut silenced = connections.subscribe();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = silenced.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { url, silence }
    }

    /// Keeps the connections of now, and carries nothing over them any more. Later ones are not concerned.
    fn silence(&self) {
        self.silence.send_replace(());
    }
}

#[tokio::test]
async fn a_bus_that_is_gone_leaves_no_connection_behind() {
    let redis = Redis::start().unwrap();
    let mut app = TestApp::with_flags(&["--redis-url", &redis.url()]).await;
    listens(&app).await;
    let somebody = somebody();
    let mut stream = app.services().events.subscribe(Topic::Account(somebody));
    app.stop().await;
    drop(app);
    assert_eq!(next(&mut stream).await, None);
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    eventually("the connection is closed", async || {
        let listing = redis::cmd("PUBSUB").arg("CHANNELS").query_async::<Vec<String>>(&mut connection).await;
        listing.unwrap().is_empty()
    })
    .await;
}

#[tokio::test]
async fn who_listens_for_revocations_hears_of_others_and_ends_with_its_own() {
    let app = TestApp::start().await;
    listens(&app).await;
    let (client, second) = (app.customer().await, app.customer().await);
    let stranger = app.someone("stranger@demo.example", Kind::Customer).await;
    let services = hears_only(app.services());
    let mut revoked = Box::pin(auth::revocations(&ctx(&services, &client)).await.unwrap());
    let before = app.clock.now();
    for client in [&stranger, &second, &client] {
        logout(client).await;
    }
    let mut told = async || next(&mut revoked).await;
    let other = told().await.unwrap();
    assert!(!other.is_current && other.at >= before && other.at <= app.clock.now(), "{other:?}");
    assert!(told().await.unwrap().is_current);
    assert_eq!(told().await, None);
}

#[tokio::test]
async fn logging_out_on_one_instance_is_heard_on_another() {
    if stack() == Stack::Embedded {
        return;
    }
    let app = TestApp::start().await;
    let other = app.another_instance().await;
    listens(&other).await;
    let client = app.customer().await;
    let services = hears_only(other.services());
    let mut revoked = Box::pin(auth::revocations(&ctx(&services, &client)).await.unwrap());
    logout(&client).await;
    assert!(next(&mut revoked).await.unwrap().is_current);
    assert_eq!(next(&mut revoked).await, None);
}

#[tokio::test]
async fn only_a_live_session_listens_for_revocations() {
    let app = TestApp::start().await;
    let refused = async |ctx: OpContext, text: &str| match auth::revocations(&ctx).await {
        Err(Fault::Unauthenticated(reason)) => assert!(reason.contains(text), "{reason}"),
        Err(fault) => panic!("{fault:?}"),
        Ok(_) => panic!("it listens"),
    };
    let anonymous = app.anonymous();
    assert!(!auth::is_alive(&ctx(app.services(), &anonymous)).await.unwrap());
    refused(ctx(app.services(), &anonymous), "Log in first").await;
    let unknown = anonymous.with_token("A".repeat(43));
    assert!(!auth::is_alive(&ctx(app.services(), &unknown)).await.unwrap());
    refused(ctx(app.services(), &unknown), "Log in again").await;
    let malformed = caller(Credentials::Malformed);
    refused(OpContext::new(Arc::new(app.services().clone()), malformed), "malformed").await;

    let client = app.customer().await;
    let ctx = ctx(app.services(), &client);
    assert!(ctx.viewer().await.is_ok() && auth::is_alive(&ctx).await.unwrap());
    logout(&client).await;
    assert!(ctx.viewer().await.is_ok(), "it remembers");
    assert!(!auth::is_alive(&ctx).await.unwrap());
    refused(ctx, "Log in again").await;
}

#[tokio::test]
async fn a_listener_that_missed_events_looks_for_itself() {
    let app = TestApp::start().await;
    listens(&app).await;
    let (client, second) = (app.customer().await, app.customer().await);
    let services = &hears_only(app.services());
    let session = services.sessions.remove(&hash(&second)).await.unwrap().unwrap();
    let mut revoked = Box::pin(auth::revocations(&ctx(services, &client)).await.unwrap());
    let flood = async || {
        let mark = somebody();
        let mut through = services.events.subscribe(Topic::Account(mark));
        for _ in 0..100 {
            services.events.publish(&event(session.account_id)).await.unwrap();
        }
        services.events.publish(&event(mark)).await.unwrap();
        next(&mut through).await.unwrap();
    };
    flood().await;
    while let Some(revoked) = revoked.next().now_or_never() {
        assert!(!revoked.unwrap().is_current, "the session is alive");
    }
    services.sessions.remove(&hash(&client)).await.unwrap();
    flood().await;
    assert!(next(&mut revoked).await.unwrap().is_current);
    assert_eq!(next(&mut revoked).await, None);
}

/// A bus from which nothing comes, and that notes when somebody listens.
#[derive(Default)]
struct Deaf {
    subscribed: Arc<AtomicBool>,
}

#[async_trait]
impl EventBus for Deaf {
    async fn publish(&self, _: &Event) -> Result<(), Fault> {
        Err(Fault::unavailable("redis", std::io::Error::other("deaf")))
    }

    fn subscribe(&self, _: Topic) -> EventStream {
        self.subscribed.store(true, Ordering::Relaxed);
        stream::pending().boxed()
    }
}

#[tokio::test]
async fn a_session_that_ends_unheard_is_noticed_all_the_same() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let mut services = app.services().clone();
    services.events = Arc::new(Deaf::default());
    services.session.recheck = Duration::from_millis(20);
    let mut revoked = Box::pin(auth::revocations(&ctx(&services, &client)).await.unwrap());
    let told = tokio::spawn(async move { [next(&mut revoked).await, next(&mut revoked).await] });
    assert!(auth::logout(&ctx(&services, &client)).await.unwrap(), "it ends, although nobody can be told");
    assert!(matches!(told.await.unwrap(), [Some(Revoked { is_current: true, .. }), None]));
}

/// A store whose session ends at the moment when somebody listens for its end.
struct EndsWhenHeard {
    inner: Arc<dyn SessionStore>,
    ended: Arc<AtomicBool>,
}

#[async_trait]
impl SessionStore for EndsWhenHeard {
    async fn insert(&self, token: &TokenHash, session: &Session) -> Result<(), Fault> {
        self.inner.insert(token, session).await
    }

    async fn touch(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Session>, Fault> {
        let session = self.inner.touch(token, now).await?;
        Ok(session.filter(|_| !self.ended.load(Ordering::Relaxed)))
    }

    async fn remove(&self, token: &TokenHash) -> Result<Option<Session>, Fault> {
        self.inner.remove(token).await
    }

    async fn of_account(&self, account: AccountId, now: DateTime<Utc>) -> Result<Vec<Session>, Fault> {
        self.inner.of_account(account, now).await
    }

    async fn remove_of(&self, account: AccountId, which: SessionSelector) -> Result<Vec<Session>, Fault> {
        self.inner.remove_of(account, which).await
    }
}

#[tokio::test]
async fn a_session_that_ends_while_somebody_begins_to_listen_is_not_overlooked() {
    let app = TestApp::start().await;
    let client = app.customer().await;
    let mut services = app.services().clone();
    let bus = Deaf::default();
    services.sessions =
        Arc::new(EndsWhenHeard { inner: services.sessions.clone(), ended: bus.subscribed.clone() });
    services.events = Arc::new(bus);
    let ctx = ctx(&services, &client);
    assert!(auth::is_alive(&ctx).await.unwrap());
    let refused = auth::revocations(&ctx).await.err();
    assert!(matches!(refused, Some(Fault::Unauthenticated(_))), "{refused:?}");
}
