//! How quick and how small the server stays in trouble: what the tests do not time, because a slow machine would fail them.

#[path = "../../tests/it/hostile/attacks/mod.rs"]
#[allow(clippy::expect_used, clippy::unwrap_used, reason = "the tests' own")]
mod attacks;

use std::{
    env, fs,
    net::TcpListener,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use services::Redis;

use self::attacks::Siege;
use crate::{
    Fallible, cpu,
    load::{Connection, get, graphql},
    server::Server,
};

const PRODUCTS: &str = "{ products(first: 20) { nodes { id name } } }";
const LOGIN: &str = "mutation ($email: String!) {
    login(input: { email: $email, password: \"wrong\" }) { errors { __typename } } }";
/// How often each figure but those of the attacks is taken; the longest counts.
const TIMES: usize = 30;

/// A figure and its budget.
struct Figure {
    label: &'static str,
    used: f64,
    budget: f64,
}

/// A shop in a file, with nothing in it but the demo.
struct Shop {
    bodega: PathBuf,
    dir: PathBuf,
}

/// Measures, reports, and answers whether the budgets were kept.
pub(crate) async fn run() -> Fallible<bool> {
    let shop = Shop::new()?;
    let mut figures = vec![start(&shop)?];
    eprintln!("the siege: half a minute");
    figures.extend(siege(&shop).await?);
    eprintln!("logins, and services that are gone");
    figures.push(logins(&shop).await?);
    figures.extend(without_redis(&shop).await?);
    figures.push(silent_collector(&shop).await?);
    println!("\n{:<62}{:>8}{:>8}", "budgets", "used", "of");
    figures.iter().for_each(Figure::print);
    Ok(figures.iter().all(Figure::is_kept))
}

impl Figure {
    fn millis(label: &'static str, used: Duration, budget: f64) -> Self {
        Self { label, used: used.as_secs_f64() * 1e3, budget }
    }

    fn is_kept(&self) -> bool {
        self.used <= self.budget
    }

    fn print(&self) {
        let verdict = if self.is_kept() { "ok" } else { "OVER" };
        println!("  {:<60}{:>8.1}{:>8.0}  {verdict}", self.label, self.used, self.budget);
    }
}

impl Shop {
    fn new() -> Fallible<Self> {
        let dir = env::temp_dir().join(format!("bodega-siege-{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        Ok(Self { bodega: env::current_exe()?.with_file_name("bodega"), dir })
    }

    fn serve(&self, more: &[&str]) -> Fallible<Server> {
        let url = format!("sqlite:{}", self.dir.join("shop.db").display());
        // All that is logged of requests would bury the report; where the server listens has to be told.
        let log = ["--log", "warn,bodega::cli=info"];
        let args = ["serve", "--demo", "--listen", "127.0.0.1:0", "--database-url", &url, log[0], log[1]];
        Server::start(&self.bodega, &[&args, more].concat())
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// With a shop that is there.
fn start(shop: &Shop) -> Fallible<Figure> {
    drop(shop.serve(&[])?);
    let mut longest = Duration::ZERO;
    for _ in 0..5 {
        let begin = Instant::now();
        drop(shop.serve(&[])?);
        longest = longest.max(begin.elapsed());
    }
    Ok(Figure::millis("start, ms", longest, 1_000.0))
}

/// All attacks at once, while a regular client sends requests from its own thread.
async fn siege(shop: &Shop) -> Fallible<[Figure; 2]> {
    let server = shop.serve(&[])?;
    let (address, is_over) = (server.address, Arc::new(AtomicBool::new(false)));
    let shopper = thread::spawn({
        let is_over = is_over.clone();
        move || -> Fallible<Duration> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = Connection::open(address).await?;
                let mut longest = Duration::ZERO;
                while !is_over.load(Ordering::Relaxed) {
                    longest = longest.max(wait(&mut connection, &graphql(PRODUCTS, &json!({}))).await?);
                }
                Ok(longest)
            })
        }
    });
    let mut siege = Siege::begin(&address.to_string());
    while let Some((attack, answer)) = siege.next().await {
        if answer.is_none() {
            return Err(format!("{}: still open", attack.name).into());
        }
    }
    is_over.store(true, Ordering::Relaxed);
    let longest = shopper.join().map_err(|_| "the shopper panicked")??;
    let peak = cpu::peak_bytes(server.pid())? as f64 / 1e6;
    Ok([
        Figure::millis("the longest wait of others during all attacks, ms", longest, 100.0),
        Figure { label: "peak memory during all attacks, MB", used: peak, budget: 100.0 },
    ])
}

/// How much longer a wrong login takes for an account that there is, in percent of the other, or the other way round.
async fn logins(shop: &Shop) -> Fallible<Figure> {
    let server = shop.serve(&["--login-burst-account", "1000", "--login-burst-address", "1000"])?;
    let mut connection = Connection::open(server.address).await?;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        for (email, waits) in [("customer@demo.example", &mut known), ("nobody@demo.example", &mut unknown)] {
            waits.push(wait(&mut connection, &graphql(LOGIN, &json!({ "email": email }))).await?);
        }
    }
    let median = |waits: &mut Vec<Duration>| {
        waits.sort();
        waits[waits.len() / 2].as_secs_f64()
    };
    let (known, unknown) = (median(&mut known), median(&mut unknown));
    let used = (known.max(unknown) / known.min(unknown) - 1.0) * 100.0;
    Ok(Figure { label: "a login for a known and for an unknown address differ by, %", used, budget: 100.0 })
}

/// Redis ends while the server runs.
async fn without_redis(shop: &Shop) -> Fallible<[Figure; 2]> {
    let redis = Redis::start()?;
    let metrics = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let metrics_listen = metrics.to_string();
    let server = shop.serve(&["--redis-url", &redis.url(), "--metrics-listen", &metrics_listen])?;
    let mut connection = Connection::open(server.address).await?;
    drop(redis);
    let bearer = format!("POST /graphql HTTP/1.1\r\nAuthorization: Bearer {}\r\n", "A".repeat(43));
    let me = String::from_utf8(graphql("{ me { id } }", &json!({})))?
        .replace("application/graphql-response+json, ", "")
        .replace("POST /graphql HTTP/1.1\r\n", &bearer);
    let mut answers = Duration::ZERO;
    for _ in 0..TIMES {
        answers = answers.max(wait(&mut connection, me.as_bytes()).await?);
    }
    let mut connection = Connection::open(metrics).await?;
    let mut scrapes = Duration::ZERO;
    for _ in 0..TIMES {
        scrapes = scrapes.max(wait(&mut connection, &get("/metrics")).await?);
    }
    Ok([
        Figure::millis("the longest wait for what needs Redis when it is gone, ms", answers, 300.0),
        Figure::millis("the longest wait for metrics when Redis is gone, ms", scrapes, 400.0),
    ])
}

/// Traces go to a server that accepts the connection and never answers.
async fn silent_collector(shop: &Shop) -> Fallible<Figure> {
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let server = shop.serve(&["--otlp-endpoint", &format!("http://{}", silent.local_addr()?)])?;
    let mut connection = Connection::open(server.address).await?;
    let mut longest = Duration::ZERO;
    for _ in 0..TIMES {
        longest = longest.max(wait(&mut connection, &graphql(PRODUCTS, &json!({}))).await?);
    }
    Ok(Figure::millis("the longest wait beside a collector that never answers, ms", longest, 300.0))
}

/// How long a request takes.
async fn wait(connection: &mut Connection, request: &[u8]) -> Fallible<Duration> {
    let begin = Instant::now();
    connection.exchange(request).await?;
    Ok(begin.elapsed())
}
