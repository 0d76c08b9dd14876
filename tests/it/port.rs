//! One contract for each port, whichever adapter stands behind it.

use std::time::Duration;

use bodega::domain::{
    identity::{Session, SessionSelector, Token},
    kernel::{
        ports::{Clock, MAX_CACHED_TEXT, MAX_CACHED_TEXTS, Random},
        quota::{Decision, Quota},
    },
    rate_limit::RateLimiter,
    throttle::{self, BackoffPolicy},
};
use bodega::infra::{
    memory::MemoryRateLimiter,
    redis::{Redis, RedisRateLimiter},
    system::{SystemClock, SystemRandom},
};
use chrono::TimeDelta;
use entity::{SessionId, account::Kind};
use futures_util::future::join_all;

use crate::support::{SOMEONES_PASSWORD, TestApp};

const HOUR: Duration = Duration::from_secs(3600);

async fn session(app: &TestApp, email: &str, age: TimeDelta, lifetime: TimeDelta) -> Session {
    let account_id = app.create_account(email, SOMEONES_PASSWORD, Kind::Customer).await.id;
    let created_at = SystemClock.now() - age;
    Session {
        id: SessionId(SystemRandom.id(created_at)),
        account_id,
        epoch: 3,
        is_strong: true,
        user_agent: Some("Ünknown/1.0".to_owned()),
        ip_address: [192, 0, 2, 1].into(),
        created_at,
        last_seen_at: created_at,
        idle: HOUR,
        expires_at: created_at + lifetime,
    }
}

fn token() -> Token {
    Token::new(SystemRandom.secret())
}

#[tokio::test]
async fn a_session_is_found_by_its_token_until_it_is_removed() {
    let app = TestApp::start().await;
    let store = &app.services().sessions;
    let session = session(&app, "a@demo.example", TimeDelta::zero(), TimeDelta::days(1)).await;
    let (token, other) = (token().hash(), token().hash());
    store.insert(&token, &session).await.unwrap();
    let now = SystemClock.now();
    let found = store.touch(&token, now).await.unwrap().unwrap();
    assert!(found.last_seen_at == now || now - found.last_seen_at < TimeDelta::minutes(1));
    assert_eq!(Session { last_seen_at: session.last_seen_at, ..found }, session);
    assert_eq!(store.touch(&other, now).await.unwrap(), None);
    assert_eq!(store.remove(&other).await.unwrap(), None);
    assert_eq!(store.remove(&token).await.unwrap().map(|removed| removed.id), Some(session.id));
    assert_eq!(store.remove(&token).await.unwrap(), None);
    assert_eq!(store.touch(&token, now).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let app = TestApp::start().await;
    let store = &app.services().sessions;
    let session = session(&app, "a@demo.example", TimeDelta::hours(2), TimeDelta::days(1)).await;
    let (unused, used) = (token().hash(), token().hash());
    store.insert(&unused, &session).await.unwrap();
    assert_eq!(store.touch(&unused, SystemClock.now()).await.unwrap(), None, "its hour was over an hour ago");

    let session = Session { id: SessionId(SystemRandom.id(SystemClock.now())), idle: 3 * HOUR, ..session };
    store.insert(&used, &session).await.unwrap();
    assert!(store.touch(&used, SystemClock.now()).await.unwrap().is_some(), "its third hour runs");
    let later = SystemClock.now() + TimeDelta::hours(2);
    assert!(store.touch(&used, later).await.unwrap().is_some(), "the use gave it three more");
}

#[tokio::test]
async fn a_session_ends_with_its_lifetime_however_much_it_is_used() {
    let app = TestApp::start().await;
    let store = &app.services().sessions;
    let session = session(&app, "a@demo.example", TimeDelta::zero(), TimeDelta::hours(2)).await;
    let token = token().hash();
    store.insert(&token, &session).await.unwrap();
    for minutes in [50, 100, 119] {
        let now = session.created_at + TimeDelta::minutes(minutes);
        assert!(store.touch(&token, now).await.unwrap().is_some(), "{minutes}");
    }
    let end = session.expires_at;
    assert_eq!(store.touch(&token, end).await.unwrap(), None);
}

#[tokio::test]
async fn the_sessions_of_an_account_are_listed_and_end_together() {
    let app = TestApp::start().await;
    let store = &app.services().sessions;
    let mine = session(&app, "a@demo.example", TimeDelta::zero(), TimeDelta::days(1)).await;
    let other = session(&app, "b@demo.example", TimeDelta::zero(), TimeDelta::days(1)).await;
    let now = SystemClock.now();
    let mut open = Vec::new();
    for age in 0..4 {
        let last_seen_at = mine.last_seen_at - TimeDelta::minutes(age);
        let session = Session { id: SessionId(SystemRandom.id(now)), last_seen_at, ..mine.clone() };
        store.insert(&token().hash(), &session).await.unwrap();
        open.push(session);
    }
    let ended = Session { last_seen_at: now - TimeDelta::hours(2), ..mine.clone() };
    store.insert(&token().hash(), &Session { id: SessionId(SystemRandom.id(now)), ..ended }).await.unwrap();
    let others = token().hash();
    store.insert(&others, &other).await.unwrap();

    assert_eq!(store.of_account(mine.account_id, now).await.unwrap(), open, "the latest used first");
    let removed = store.remove_of(mine.account_id, SessionSelector::One(open[1].id)).await.unwrap();
    assert_eq!(removed, [open.remove(1)]);
    assert_eq!(
        store.remove_of(mine.account_id, SessionSelector::One(other.id)).await.unwrap(),
        [],
        "not theirs"
    );
    assert_eq!(store.of_account(mine.account_id, now).await.unwrap(), open);
    store.remove_of(mine.account_id, SessionSelector::AllBut(open[2].id)).await.unwrap();
    assert_eq!(store.of_account(mine.account_id, now).await.unwrap(), open[2..]);
    store.remove_of(mine.account_id, SessionSelector::All).await.unwrap();
    assert_eq!(store.of_account(mine.account_id, now).await.unwrap(), []);
    assert!(store.touch(&others, now).await.unwrap().is_some());
}

const QUOTA: Quota = Quota { burst: 3, interval: Duration::from_secs(10) };

/// The limiter that this stack's counts of requests stand on, without the one that steps in for it.
fn limiter(app: &TestApp) -> Box<dyn RateLimiter> {
    match app.config.redis() {
        Some(settings) => Box::new(RedisRateLimiter::new(Redis::connect(&settings).unwrap())),
        None => Box::new(MemoryRateLimiter::default()),
    }
}

fn is_allowed(decision: &Decision) -> bool {
    matches!(decision, Decision::Allowed { .. })
}

#[tokio::test]
async fn units_are_limited_by_key_and_come_back_with_time() {
    let app = TestApp::start().await;
    let limiter = limiter(&app);
    let now = SystemClock.now();
    let take = async |key: &str, now| limiter.take(key, QUOTA, 1, now).await.unwrap();
    let allowed = |remaining, seconds| Decision::Allowed { remaining, reset: Duration::from_secs(seconds) };
    let refused = Decision::Denied { retry_after: Duration::from_secs(10) };
    assert_eq!(take("a", now).await, allowed(2, 10));
    assert_eq!(take("a", now).await, allowed(1, 20));
    assert_eq!(take("a", now).await, allowed(0, 30));
    assert_eq!(take("a", now).await, refused);
    assert_eq!(take("a", now).await, refused, "a refused attempt costs nothing");
    assert_eq!(take("b", now).await, allowed(2, 10));
    let later = now + TimeDelta::seconds(10);
    assert_eq!(take("a", later).await, allowed(0, 30));
    assert_eq!(take("a", later).await, refused);
}

#[tokio::test]
async fn amounts_are_taken_whole_or_not_at_all() {
    let app = TestApp::start().await;
    let limiter = limiter(&app);
    let now = SystemClock.now();
    // A third of a microsecond is rounded up, in the same way everywhere.
    let quota = Quota { burst: 1_000_000, interval: Duration::from_nanos(333) };
    let take = async |amount, now| limiter.take("a", quota, amount, now).await.unwrap();
    let reset = Duration::from_micros;
    assert_eq!(take(0, now).await, Decision::Allowed { remaining: 1_000_000, reset: reset(0) });
    assert_eq!(take(700_000, now).await, Decision::Allowed { remaining: 300_000, reset: reset(233_100) });
    assert_eq!(take(400_000, now).await, Decision::Denied { retry_after: reset(33_300) });
    assert_eq!(take(100_000, now).await, Decision::Allowed { remaining: 200_000, reset: reset(266_400) });
    assert_eq!(take(2_000_000, now).await, Decision::Denied { retry_after: reset(266_400) });
    let later = now + TimeDelta::microseconds(266_400);
    assert_eq!(take(2_000_000, later).await, Decision::Allowed { remaining: 0, reset: reset(333_000) });
}

#[tokio::test]
async fn units_taken_at_the_same_moment_do_not_overlook_each_other() {
    let app = TestApp::start().await;
    let (limiter, now) = (limiter(&app), SystemClock.now());
    let quota = Quota { burst: 10, ..QUOTA };
    let attempts = (0..100).map(|_| limiter.take("a", quota, 1, now));
    let decisions = join_all(attempts).await;
    assert_eq!(decisions.into_iter().filter(|decision| is_allowed(decision.as_ref().unwrap())).count(), 10);
}

const POLICY: BackoffPolicy = BackoffPolicy {
    burst: 2,
    initial_delay: Duration::from_secs(10),
    max_delay: Duration::from_secs(30),
    decay: Duration::from_secs(100),
};

#[tokio::test]
async fn failures_are_counted_by_key_and_make_the_next_attempt_wait() {
    let app = TestApp::start().await;
    let counter = &app.services().attempts;
    let begin = SystemClock.now();
    let at = |second| begin + TimeDelta::seconds(second);
    let take = async |key: &str, second| match counter.record_failure(key, POLICY, at(second)).await.unwrap()
    {
        throttle::Decision::Allowed => 0,
        throttle::Decision::Denied { retry_after } => retry_after.as_micros() / 1_000_000,
    };
    let back = async |second| counter.undo("a", POLICY, at(second)).await.unwrap();
    assert_eq!((take("a", 0).await, take("a", 0).await, take("a", 0).await), (0, 0, 10));
    assert_eq!((take("a", 0).await, take("b", 0).await), (10, 0), "a refused attempt costs nothing");
    assert_eq!((take("a", 9).await, take("a", 10).await, take("a", 10).await), (1, 0, 20));
    back(10).await;
    assert_eq!((take("a", 10).await, take("a", 10).await), (0, 20), "nobody waits for what is given back");
    assert_eq!((take("a", 30).await, take("a", 30).await), (0, 30));
    assert_eq!((take("a", 60).await, take("a", 60).await), (0, 30), "the longest");
    // The fourth that counts is forgiven, and with the fifth it is four again.
    assert_eq!((take("a", 150).await, take("a", 150).await), (0, 30));
    assert_eq!((take("a", 250).await, take("a", 250).await), (0, 30));
    assert_eq!((take("a", 550).await, take("a", 550).await), (0, 10));
    back(0).await;
    assert_eq!((take("a", 550).await, take("a", 550).await), (0, 10), "one of two was given back");
    back(550).await;
    back(550).await;
    back(550).await;
    assert_eq!((take("a", 550).await, take("a", 550).await, take("a", 550).await), (0, 0, 10));
}

/// Of fractions and of the longest durations every adapter thinks the same.
#[tokio::test]
async fn waits_are_exact_to_the_microsecond() {
    let app = TestApp::start().await;
    let counter = &app.services().attempts;
    let now = SystemClock.now();
    let nanos = Duration::from_nanos;
    let policy =
        BackoffPolicy { burst: 1, initial_delay: nanos(333), max_delay: Duration::MAX, decay: Duration::MAX };
    let (mut at, mut waits) = (now, Vec::new());
    for _ in 0..12 {
        assert_eq!(counter.record_failure("a", policy, at).await.unwrap(), throttle::Decision::Allowed);
        match counter.record_failure("a", policy, at).await.unwrap() {
            throttle::Decision::Denied { retry_after } => {
                waits.push(retry_after.as_micros());
                at += retry_after;
            }
            throttle::Decision::Allowed => panic!("there is always a wait"),
        }
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]);
    let forever = BackoffPolicy { initial_delay: Duration::MAX, ..policy };
    assert_eq!(counter.record_failure("b", forever, now).await.unwrap(), throttle::Decision::Allowed);
    let retry_after = Duration::from_micros(throttle::LONGEST.unsigned_abs());
    assert_eq!(
        counter.record_failure("b", forever, now).await.unwrap(),
        throttle::Decision::Denied { retry_after }
    );
    let then = now + retry_after;
    assert_eq!(counter.record_failure("b", forever, then).await.unwrap(), throttle::Decision::Allowed);
}

#[tokio::test]
async fn attempts_at_the_same_moment_do_not_overlook_each_other() {
    let app = TestApp::start().await;
    let (counter, now) = (&app.services().attempts, SystemClock.now());
    let policy = BackoffPolicy { burst: 10, ..POLICY };
    let decisions = join_all((0..100).map(|_| counter.record_failure("a", policy, now))).await;
    let allowed =
        decisions.into_iter().filter(|decision| *decision.as_ref().unwrap() == throttle::Decision::Allowed);
    assert_eq!(allowed.count(), 10);
}

#[tokio::test]
async fn a_text_is_found_by_its_key() {
    let app = TestApp::start().await;
    let cache = &app.services().cache;
    let get = async |key: &str| cache.get(key).await.unwrap().map(|text| text.to_string());
    assert_eq!(get("a").await, None);
    cache.put("a", "one\nün").await.unwrap();
    cache.put("b", "two").await.unwrap();
    assert_eq!((get("a").await.as_deref(), get("b").await.as_deref()), (Some("one\nün"), Some("two")));
    cache.put("a", "").await.unwrap();
    assert_eq!(get("a").await.as_deref(), Some(""));

    cache.put("long", &"x".repeat(MAX_CACHED_TEXT)).await.unwrap();
    assert_eq!(get("long").await.map(|text| text.len()), Some(MAX_CACHED_TEXT));
    cache.put("longer", &"x".repeat(MAX_CACHED_TEXT + 1)).await.unwrap();
    assert_eq!(get("longer").await, None);
}

#[tokio::test]
async fn the_oldest_texts_are_forgotten_when_there_are_too_many() {
    let app = TestApp::start().await;
    let cache = &app.services().cache;
    // Small steps, so that no answer waits for thousands of others.
    let keys: Vec<_> = (0..MAX_CACHED_TEXTS + 100).map(|number| format!("key {number}")).collect();
    for keys in keys.chunks(100) {
        join_all(keys.iter().map(|key| cache.put(key, key))).await.into_iter().for_each(Result::unwrap);
    }
    let mut kept = 0;
    for keys in keys.chunks(100) {
        let texts = join_all(keys.iter().map(|key| cache.get(key))).await;
        kept += texts.into_iter().filter(|text| text.as_ref().unwrap().is_some()).count();
    }
    assert!(kept <= MAX_CACHED_TEXTS && kept > MAX_CACHED_TEXTS - 100, "{kept}");
    assert_eq!(cache.get(&keys[0]).await.unwrap(), None);
    assert_eq!(cache.get(keys.last().unwrap()).await.unwrap().as_deref(), keys.last().map(String::as_str));
}
