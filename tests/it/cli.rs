//! The built binary as a child process: its commands, its messages, its start and its end.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
};

use bodega::domain::sample::{DEMO_CUSTOMER, DEMO_PASSWORD};
use entity::audit_entry::{self, ActorKind};
use sea_orm::EntityTrait;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Client, MINUTE, Stack, TestDatabase, redis_url, stack};

/// What the server may wait for, on a machine that is slow.
const PATIENT: [(&str, &str); 3] =
    [("BODEGA_OPERATION_TIMEOUT", "1h"), ("BODEGA_DATABASE_TIMEOUT", "1m"), ("BODEGA_REDIS_TIMEOUT", "1m")];

/// The binary with an environment of its own.
pub(crate) fn bodega(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bodega"));
    command.env_clear().envs(PATIENT).args(args).stdin(Stdio::null());
    command
}

/// The binary, ended if it does not end by itself: for commands that must not go on.
pub(crate) fn limited(args: &[&str]) -> Command {
    let mut command = Command::new("/usr/bin/timeout");
    command.env_clear().args(["60", env!("CARGO_BIN_EXE_bodega")]).args(args).stdin(Stdio::null());
    command
}

pub(crate) fn run(args: &[&str]) -> Output {
    limited(args).output().unwrap()
}

fn with_input(args: &[&str], input: &str) -> Output {
    let mut child =
        limited(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Asserts that a command failed with this one line.
#[track_caller]
pub(crate) fn failed(output: &Output, code: i32, line: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    let own: Vec<_> = text.lines().filter(|line| line.starts_with("bodega: ")).collect();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert_eq!(own.len(), 1, "{text}");
    assert!(own[0].contains(line), "{text}");
}

pub(crate) fn out(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A running `bodega serve`, killed with this value.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) url: String,
    pub(crate) log: mpsc::Receiver<String>,
    seen: RefCell<Vec<String>>,
}

impl Server {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::spawn(&mut bodega(args))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let (sender, log) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut server = Self { child, url: String::new(), log, seen: RefCell::default() };
        let line = server.wait_for("listening on http://");
        let url = line.split_once("listening on ").unwrap().1;
        server.url = url.split('"').next().unwrap().to_owned();
        server
    }

    fn wait_for(&self, text: &str) -> String {
        loop {
            let line = self.log.recv_timeout(MINUTE).unwrap_or_else(|error| panic!("{text}: {error}"));
            self.seen.borrow_mut().push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.url.strip_prefix("http://").unwrap().parse().unwrap())
    }

    /// Ends it, in good order. All that it has logged.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.terminate();
        self.wait_for("stopped");
        let mut lines = self.seen.take();
        lines.extend(self.log.iter());
        assert!(self.child.wait().unwrap().success());
        lines
    }

    fn terminate(&self) {
        let killed = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(killed.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_demo_starts_from_nothing_and_serves() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("new.db").display());
    let args = ["--demo", "--listen", "127.0.0.1:0", "--database-url", &url];
    let server = Server::start(&args);
    let client = server.client().login(DEMO_CUSTOMER, DEMO_PASSWORD).await;
    let query = "{ me { email } products { totalCount nodes { name variants { sku } } } }";
    let data = client.run(query).await.data();
    assert_eq!((&data["me"]["email"], &data["products"]["totalCount"]), (&json!(DEMO_CUSTOMER), &json!(61)));

    server.terminate();
    server.wait_for("stopped");
    let again = Server::start(&args);
    let client = again.client().with_token(client.token.unwrap());
    assert_eq!(client.run("{ me { email } }").await.data()["me"]["email"], DEMO_CUSTOMER, "sessions survive");
}

#[tokio::test]
async fn without_demo_nothing_is_made_up() {
    let database = TestDatabase::blank().await;
    let server = Server::start(&["serve", "--listen", "127.0.0.1:0", "--database-url", &database.url]);
    let data = server.client().run("{ products { totalCount } categories { totalCount } }").await.data();
    assert_eq!(data, json!({ "products": { "totalCount": 0 }, "categories": { "totalCount": 0 } }));
}

/// A request whose body is still on its way when the server is told to stop is answered.
#[tokio::test]
async fn requests_in_flight_are_finished_at_the_end() {
    let database = TestDatabase::demo().await;
    let args = ["serve", "--listen", "127.0.0.1:0", "--grace", "1m", "--database-url", &database.url];
    let mut server = Server::start(&args);
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let body = r#"{"query":"{ products { totalCount } }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut proceed = [0; 25];
    stream.read_exact(&mut proceed).await.unwrap();
    assert_eq!(&proceed, b"HTTP/1.1 100 Continue\r\n\r\n", "the server reads the request");

    server.terminate();
    server.wait_for("stopping");
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with(r#"{"data":{"products":{"totalCount":61}}}"#), "{answer}");
    server.wait_for("stopped");
    assert!(server.child.wait().unwrap().success());
}

/// Somebody who never finishes does not hold the server up for longer than the grace period.
#[tokio::test]
async fn the_grace_period_ends() {
    let database = TestDatabase::demo().await;
    let args = ["serve", "--listen", "127.0.0.1:0", "--database-url", &database.url, "--grace", "300ms"];
    let mut server = Server::start(&args);
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.read_exact(&mut [0; 25]).await.unwrap();
    server.terminate();
    server.wait_for("stopped");
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn the_demo_stays_at_home() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("new.db").display());
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let output = run(&["serve", "--demo", "--listen", address, "--database-url", &url]);
        failed(&output, 1, "--demo (BODEGA_DEMO): the demo accounts have a public password");
    }
    assert!(!dir.path().join("new.db").exists());
}

#[tokio::test]
async fn a_shop_with_the_demos_passwords_stays_at_home_too() {
    let database = TestDatabase::demo().await;
    let output = run(&["serve", "--listen", "0.0.0.0:0", "--database-url", &database.url]);
    failed(&output, 1, "--listen (BODEGA_LISTEN): this shop has the demo accounts");
}

#[tokio::test]
async fn the_schema_of_the_database_is_managed() {
    let database = TestDatabase::blank().await;
    let migrate = |args: &[&str]| {
        let args: Vec<_> =
            ["migrate"].iter().chain(args).chain(&["--database-url", &database.url]).copied().collect();
        out(&run(&args))
    };
    let pending = migrate(&["status"]);
    assert!(
        pending.lines().count() >= 6 && pending.lines().all(|line| line.ends_with(": pending")),
        "{pending}"
    );
    assert_eq!(migrate(&["up"]), pending.replace("pending", "applied"));
    assert_eq!(migrate(&["up"]), "nothing to do\n");
    assert_eq!(migrate(&["status"]), pending.replace("pending", "applied"));
    let last = pending.lines().last().unwrap().replace("pending", "taken back");
    assert_eq!(migrate(&["down"]), format!("{last}\n"));
    assert!(migrate(&["status"]).lines().last().unwrap().ends_with(": pending"));
    assert_eq!(migrate(&["down", "--steps", "99"]).lines().count(), pending.lines().count() - 1);
}

#[tokio::test]
async fn processes_that_migrate_at_once_do_not_clash() {
    let database = TestDatabase::blank().await;
    let start = || {
        bodega(&["migrate", "up", "--database-url", &database.url]).stdout(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..3).map(|_| start()).collect();
    for child in children {
        out(&child.wait_with_output().unwrap());
    }
}

#[tokio::test]
async fn a_database_is_seeded() {
    let database = TestDatabase::blank().await;
    let seed = [
        "seed",
        "--products",
        "30",
        "--customers",
        "20",
        "--orders",
        "10",
        "--carts",
        "25",
        "--seed",
        "5",
        "--database-url",
        &database.url,
    ];
    let report = out(&run(&seed));
    assert!(report.contains(" rows in ") && report.contains(" rows/s)"), "{report}");
    failed(&run(&seed), 1, "rows of this seed already; choose another --seed");
    failed(&run(&["seed", "--products", "many"]), 2, "--products");
}

#[tokio::test]
async fn accounts_are_made() {
    let database = TestDatabase::blank().await;
    let create = [
        "account",
        "create",
        "--email",
        "Boss@Shop.example",
        "--kind",
        "admin",
        "--database-url",
        &database.url,
    ];
    assert_eq!(out(&with_input(&create, "lamp-orbit-mustard\n")), "created the account boss@shop.example\n");
    failed(
        &with_input(&create, "lamp-orbit-mustard\n"),
        1,
        "an account with this email address exists already",
    );
    let with_email = |email| create.map(|arg| if arg == "Boss@Shop.example" { email } else { arg });
    let other = with_email("b@shop.example");
    failed(&with_input(&other, "short\n"), 1, "at least 8 characters");
    failed(&with_input(&other, ""), 1, "at least 8 characters");
    failed(&with_input(&other, "password1\n"), 1, "too easy to guess. This is a very common password");
    failed(
        &with_input(&other, "b@shop.example\n"),
        1,
        "too easy to guess. Leave out your name, your address",
    );
    failed(&with_input(&with_email("nonsense"), ""), 2, "--email");

    let server = Server::start(&["--listen", "127.0.0.1:0", "--database-url", &database.url]);
    let client = server.client().login("boss@shop.example", "lamp-orbit-mustard").await;
    assert_eq!(client.run("{ me { kind } }").await.data()["me"]["kind"], "ADMIN");
}

#[tokio::test]
async fn staff_is_made_with_roles() {
    let database = TestDatabase::blank().await;
    let create = |email: &str, more: &[&str]| {
        let args = ["account", "create", "--database-url", &database.url, "--email", email];
        with_input(&[&args, more].concat(), "lamp-orbit-mustard\n")
    };
    assert_eq!(out(&create("a@shop.example", &["--kind", "staff"])), "created the account a@shop.example\n");
    out(&create("b@shop.example", &["--kind", "staff", "--role", "Shop staff"]));
    failed(
        &create("c@shop.example", &["--kind", "staff", "--role", "Nobody"]),
        1,
        "no role named \"Nobody\"",
    );
    failed(
        &create("c@shop.example", &["--kind", "admin", "--role", "Shop staff"]),
        1,
        "only staff accounts have roles",
    );

    let server = Server::start(&["--listen", "127.0.0.1:0", "--database-url", &database.url]);
    for email in ["a@shop.example", "b@shop.example"] {
        let client = server.client().login(email, "lamp-orbit-mustard").await;
        let me = client.run("{ me { kind roles { name } permissions } }").await.data()["me"].take();
        assert_eq!((&me["kind"], &me["roles"]), (&json!("STAFF"), &json!([{ "name": "Shop staff" }])));
        let permissions = me["permissions"].as_array().unwrap();
        assert!(
            permissions.contains(&json!("CUSTOMERS_EDIT")) && !permissions.contains(&json!("STAFF_EDIT"))
        );
    }
    let db = database.connect().await;
    let entries = audit_entry::Entity::find().all(db.connection()).await.unwrap();
    let expected = json!({ "email": "a***@s***.example", "kind": "STAFF", "roles": ["Shop staff"] });
    let made: Vec<_> = entries.iter().filter(|entry| entry.action == "accountCreate").collect();
    assert_eq!((made.len(), &made[0].after), (2, &Some(expected)), "and nothing of what failed");
    assert!(made.iter().all(|entry| entry.actor_kind == ActorKind::Operator));
    db.close().await.unwrap();
}

#[test]
fn mistakes_are_answered_with_one_line_that_names_flag_and_variable() {
    for (args, line) in [
        (vec!["--listen", "nowhere"], "'nowhere' for '--listen (BODEGA_LISTEN)'"),
        (vec!["serve", "--session-idle", "0s"], "must be longer than 0"),
        (vec!["serve", "--cors-origin", "shop.example"], "--cors-origin (BODEGA_CORS_ORIGINS)"),
        (vec!["serve", "--cors-headers", "a b"], "--cors-headers (BODEGA_CORS_HEADERS)"),
        (vec!["serve", "--max-connections", "0"], "--max-connections (BODEGA_MAX_CONNECTIONS)"),
        (vec!["serve", "--login-burst-account", "0"], "--login-burst-account (BODEGA_LOGIN_BURST_ACCOUNT)"),
        (vec!["--metrics-listen", "9100"], "'9100' for '--metrics-listen (BODEGA_METRICS_LISTEN)'"),
        (vec!["--otlp-endpoint", "collector:4318"], "--otlp-endpoint (OTEL_EXPORTER_OTLP_ENDPOINT)"),
        (vec!["--otlp-endpoint", "http://a b"], "--otlp-endpoint (OTEL_EXPORTER_OTLP_ENDPOINT)"),
        (vec!["--otlp-sample", "2"], "--otlp-sample (BODEGA_OTLP_SAMPLE)"),
        (vec!["serve", "--unknown"], "--unknown"),
        (vec!["serve", "--lisen", "x"], "a similar argument exists: '--listen'"),
        (vec!["--log-format", "xml"], "[possible values: text, json]"),
        (vec!["account", "create"], "--email <E> --kind <KIND>"),
        (vec!["fly"], "fly"),
    ] {
        failed(&run(&args), 2, line);
    }
    let variable = limited(&[]).env("BODEGA_LISTEN", "nowhere").output().unwrap();
    failed(&variable, 2, "'--listen (BODEGA_LISTEN)'");
    failed(&run(&["--log", "info,=="]), 2, "--log (BODEGA_LOG)");
}

/// As compose files set them.
#[tokio::test]
async fn variables_may_be_empty_or_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("new.db").display());
    let args = ["--listen", "127.0.0.1:0", "--database-url", &url];
    let variables = [
        ("REDIS_URL", ""),
        ("BODEGA_CORS_ORIGINS", ""),
        ("BODEGA_CORS_HEADERS", ""),
        ("BODEGA_METRICS_LISTEN", ""),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        ("BODEGA_DEMO", "1"),
    ];
    let server = Server::spawn(bodega(&args).envs(variables));
    let data = server.client().run("{ products { totalCount } }").await.data();
    assert_eq!(data["products"]["totalCount"], 61, "BODEGA_DEMO=1 means the demo");
    drop(server);
    let none = dir.path().join("none.db");
    let url = format!("sqlite:{}", none.display());
    let server =
        Server::spawn(bodega(&["--listen", "127.0.0.1:0", "--database-url", &url]).env("BODEGA_DEMO", "0"));
    let data = server.client().run("{ products { totalCount } }").await.data();
    assert_eq!(data["products"]["totalCount"], 0);
}

#[test]
fn what_cannot_be_reached_is_named_without_its_password() {
    for (args, line) in [
        (
            ["--database-url", "mysql://root:hunter2@localhost/shop"],
            "--database-url (DATABASE_URL): the database URL must begin with",
        ),
        (
            ["--database-url", "postgres://u:hunter2@127.0.0.1:1/shop"],
            "--database-url (DATABASE_URL): cannot use the database",
        ),
        (
            ["--database-url", "sqlite:/nowhere/hunter2/shop.db"],
            "--database-url (DATABASE_URL): cannot use the database",
        ),
        (["--redis-url", "hunter2"], "--redis-url (REDIS_URL)"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let output = limited(&args).args(["--listen", "127.0.0.1:0"]).current_dir(&dir).output().unwrap();
        failed(&output, 1, line);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"), "{output:?}");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let dir = tempfile::tempdir().unwrap();
    let output = limited(&["--listen", &address]).current_dir(&dir).output().unwrap();
    failed(&output, 1, &format!("--listen (BODEGA_LISTEN): cannot listen on {address}"));
    let args = ["--listen", "127.0.0.1:0", "--metrics-listen", &address];
    let output = limited(&args).current_dir(&dir).output().unwrap();
    failed(&output, 1, &format!("--metrics-listen (BODEGA_METRICS_LISTEN): cannot listen on {address}"));
}

#[test]
fn every_setting_is_explained() {
    let help = out(&run(&["serve", "--help"]));
    for text in
        ["--listen <ADDRESS>", "[env: BODEGA_LISTEN=]", "[default: 127.0.0.1:8000]", "--redis-url", "--demo"]
    {
        assert!(help.contains(text), "{text} in {help}");
    }
}

/// The log of a login, of a wrong password and of a bad token holds none of them.
#[tokio::test]
async fn nothing_secret_is_logged() {
    let database = TestDatabase::demo().await;
    let args = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--log",
        "trace",
        "--log-format",
        "json",
        "--database-url",
        &database.url,
    ];
    let mut command = bodega(&args);
    if stack() == Stack::Services {
        command.args(["--redis-url", &redis_url(), "--redis-prefix", "test:log:"]);
    }
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (mut log, mut line) = (String::new(), String::new());
    while !line.contains("listening on http://") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "{log}");
        log += &line;
    }
    let reading = std::thread::spawn(move || {
        let mut rest = Vec::new();
        stderr.read_to_end(&mut rest).unwrap();
        String::from_utf8_lossy(&rest).into_owned()
    });
    let address = line.split_once("http://").unwrap().1.split_once('"').unwrap().0;
    let client = Client::new(address.parse().unwrap()).login(DEMO_CUSTOMER, DEMO_PASSWORD).await;
    client.run("{ me { email } }").await.data();
    client
        .ask(
            crate::operations::LOGIN.text,
            json!({ "input": { "email": DEMO_CUSTOMER, "password": "hunter2-wrong" } }),
        )
        .await
        .data();
    client.with_token("forged-token-hunter3").run("{ me { id } }").await;
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    child.wait().unwrap();
    log += &reading.join().unwrap();
    assert!(log.contains("stopped"));
    for secret in [DEMO_PASSWORD, "hunter2-wrong", "hunter3", &client.token.unwrap(), "$argon2id"] {
        assert!(!log.contains(secret), "{secret}");
    }
}
