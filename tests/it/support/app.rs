//! The program, running.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bodega::{
    app::App,
    config::Config,
    domain::{
        account::{self, NewAccount},
        context::{OpContext, Services},
        identity::{API_KEY_PREFIX, Caller, Credentials, Token},
        sample::{DEMO_ADMIN, DEMO_CUSTOMER, DEMO_PASSWORD, DEMO_STAFF},
    },
    http::ConnectionRegistry,
};
use clap::{CommandFactory, FromArgMatches, Parser};
use entity::{
    AccountId, ApiKeyId, JobId, Permission, RoleId, account::Kind, account_role, api_key, audit_entry, job,
    role, shop,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectOptions, Database, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use super::{
    Client, ReceivedMail, Stack, TestClock, TestDatabase, eventually, mail, stack, stack::redis_url,
    within_a_minute,
};

/// The password of accounts that tests make.
pub(crate) const SOMEONES_PASSWORD: &str = "lamp-orbit-mustard";
/// The secret key where there is no file beside the database: 32 bytes in base64.
const SECRET_KEY: &str = "dGVzdHMga2VlcCBub3RoaW5nIHRoYXQgaXMgc2VjcmU=";

/// A running server with a database of its own; it stops with this value.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) metrics_address: Option<SocketAddr>,
    pub(crate) clock: TestClock,
    pub(crate) config: Config,
    services: Arc<Services>,
    connections: ConnectionRegistry,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<std::io::Result<()>>>,
    database: Arc<TestDatabase>,
    mail_dir: Arc<TempDir>,
}

/// Flags of `bodega serve`, and such as set what is constant there.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
    #[arg(long)]
    max_tokens: Option<usize>,
    #[arg(long)]
    max_selections: Option<usize>,
    #[arg(long)]
    max_root_fields: Option<usize>,
    #[arg(long)]
    max_aliases: Option<usize>,
    #[arg(long)]
    max_directives: Option<usize>,
    #[arg(long)]
    max_variable_depth: Option<usize>,
    #[arg(long)]
    max_unpaged_objects: Option<usize>,
    #[arg(long)]
    max_socket_operations: Option<usize>,
    #[arg(long)]
    registration_burst_address: Option<u32>,
    #[arg(long)]
    mail_burst_recipient: Option<u32>,
    #[arg(long, value_parser = humantime::parse_duration)]
    login_interval: Option<Duration>,
    #[arg(long, value_parser = humantime::parse_duration)]
    login_longest_delay: Option<Duration>,
    #[arg(long, value_parser = humantime::parse_duration)]
    header_timeout: Option<Duration>,
    #[arg(long, value_parser = humantime::parse_duration)]
    idle_timeout: Option<Duration>,
    #[arg(long, value_parser = humantime::parse_duration)]
    body_timeout: Option<Duration>,
    #[arg(long, value_parser = humantime::parse_duration)]
    socket_init_timeout: Option<Duration>,
    #[arg(long, value_parser = humantime::parse_duration)]
    socket_keep_alive: Option<Duration>,
    #[arg(long, value_parser = humantime::parse_duration)]
    socket_send_timeout: Option<Duration>,
}

impl Flags {
    fn config(self) -> Config {
        fn set<T>(setting: &mut T, flag: Option<T>) {
            if let Some(value) = flag {
                *setting = value;
            }
        }
        let mut config = self.config;
        set(&mut config.limits.tokens, self.max_tokens);
        set(&mut config.limits.selections, self.max_selections);
        set(&mut config.limits.root_fields, self.max_root_fields);
        set(&mut config.limits.aliases, self.max_aliases);
        set(&mut config.limits.directives, self.max_directives);
        set(&mut config.limits.variable_depth, self.max_variable_depth);
        set(&mut config.limits.unpaged_rows, self.max_unpaged_objects);
        set(&mut config.http.sockets.max_operations, self.max_socket_operations);
        set(&mut config.http.sockets.init_timeout, self.socket_init_timeout);
        set(&mut config.http.sockets.keep_alive, self.socket_keep_alive);
        set(&mut config.http.sockets.send_timeout, self.socket_send_timeout);
        set(&mut config.http.body_timeout, self.body_timeout);
        set(&mut config.connections.header_timeout, self.header_timeout);
        set(&mut config.connections.idle_timeout, self.idle_timeout);
        set(&mut config.accounts.throttle.registration_burst_address, self.registration_burst_address);
        set(&mut config.accounts.throttle.mail_burst_recipient, self.mail_burst_recipient);
        set(&mut config.accounts.throttle.login_interval, self.login_interval);
        set(&mut config.accounts.throttle.login_longest_delay, self.login_longest_delay);
        config
    }
}

/// What the server may wait for, on a machine that is slow: none of these limits is to end what goes on.
const PATIENT: [&str; 12] = [
    "--operation-timeout",
    "1h",
    "--database-timeout",
    "1h",
    "--redis-timeout",
    "1m",
    "--header-timeout",
    "1m",
    "--body-timeout",
    "1m",
    "--socket-init-timeout",
    "1m",
];

/// The defaults, whatever variables the machine has set.
pub(crate) fn config(flags: &[&str]) -> Config {
    let command = Flags::command().args_override_self(true);
    let command = command.mut_args(|argument| argument.env(None::<&str>));
    let matches = command.try_get_matches_from(std::iter::once(&"test").chain(flags)).unwrap();
    Flags::from_arg_matches(&matches).unwrap().config()
}

/// The context of an operation of a caller at this network address, with this token if there is one.
pub(crate) fn context(services: &Services, ip_address: &str, token: Option<&str>) -> OpContext {
    let caller = Caller {
        ip_address: ip_address.parse().unwrap(),
        credentials: token.map_or(Credentials::None, Credentials::parse),
        by_cookie: false,
        cart_token: None,
        user_agent: None,
    };
    OpContext::new(Arc::new(services.clone()), caller)
}

/// The texts of one field of these nodes.
pub(crate) fn texts<'a>(nodes: &'a Value, field: &str) -> Vec<&'a str> {
    nodes.as_array().unwrap().iter().map(|node| node[field].as_str().unwrap()).collect()
}

impl TestApp {
    /// With the demo shop and the defaults.
    pub(crate) async fn start() -> Self {
        Self::with_flags(&[]).await
    }

    /// With the demo shop and these [`Flags`].
    pub(crate) async fn with_flags(flags: &[&str]) -> Self {
        Self::on(Arc::new(TestDatabase::demo().await), flags).await
    }

    /// Without anything in the shop.
    pub(crate) async fn empty() -> Self {
        Self::on(Arc::new(TestDatabase::migrated().await), &[]).await
    }

    /// On this database, with these flags.
    pub(crate) async fn on(database: Arc<TestDatabase>, flags: &[&str]) -> Self {
        let mut config = config(&[&PATIENT, flags].concat());
        config.listen = ([127, 0, 0, 1], 0).into();
        config.database.database_url = database.url.clone().into();
        if stack() == Stack::Services && config.accounts.secret_key.is_none() {
            config.accounts.secret_key = Some(SECRET_KEY.into());
        }
        if stack() == Stack::Services && config.redis_url.is_none() {
            config.redis_url = Some(redis_url().into());
            config.redis_prefix = format!("test:{}:", uuid::Uuid::now_v7());
        }
        let mail_dir = Arc::new(TempDir::new().unwrap());
        config.mail.mail_dir = mail_dir.path().join("mail");
        Self::run(database, config, mail_dir, TestClock::default()).await
    }

    async fn run(
        database: Arc<TestDatabase>,
        config: Config,
        mail_dir: Arc<TempDir>,
        clock: TestClock,
    ) -> Self {
        let app = App::build_with_clock(&config, Arc::new(clock.clone())).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let (address, metrics_address) = (app.address, app.metrics_address());
        let (services, connections) = (app.state.services.clone(), app.state.connections.clone());
        let running = tokio::spawn(app.run(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            metrics_address,
            clock,
            config,
            services,
            connections,
            stop: Some(stop),
            running: Some(running),
            database,
            mail_dir,
        }
    }

    /// A second instance of the program on the same database and Redis, with the same clock.
    pub(crate) async fn another_instance(&self) -> Self {
        let (database, mail_dir) = (self.database.clone(), self.mail_dir.clone());
        Self::run(database, self.config.clone(), mail_dir, self.clock.clone()).await
    }

    /// Stops the server and waits for its end.
    pub(crate) async fn stop(&mut self) {
        drop(self.stop.take());
        self.running.take().unwrap().await.unwrap().unwrap();
    }

    /// The parts that the server works with.
    pub(crate) fn services(&self) -> &Services {
        &self.services
    }

    /// One more connection to the database, which the program does not know of.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(self.config.database.database_url.expose_secret());
        options.max_connections(1).sqlx_logging(false);
        Database::connect(options).await.unwrap()
    }

    /// The connections that stay open.
    pub(crate) fn connections(&self) -> &ConnectionRegistry {
        &self.connections
    }

    /// All letters that were written until now, of all instances, in order.
    pub(crate) fn mails(&self) -> Vec<ReceivedMail> {
        mail::read_mails(&self.config.mail.mail_dir)
    }

    /// All letters, as soon as none waits to be written.
    pub(crate) async fn all_mails(&self) -> Vec<ReceivedMail> {
        eventually("no letter waits to be written", async || {
            job::Entity::find().count(self.services.db.connection()).await.unwrap() == 0
        })
        .await;
        self.mails()
    }

    /// The newest letter to this address, as soon as there is one.
    pub(crate) async fn mail_to(&self, address: &str) -> ReceivedMail {
        self.mail_to_until(address, |_| true).await
    }

    /// The newest letter to this address that is `wanted`, as soon as there is one.
    pub(crate) async fn mail_to_until(
        &self,
        address: &str,
        wanted: impl Fn(&ReceivedMail) -> bool,
    ) -> ReceivedMail {
        mail::wait_for(&self.config.mail.mail_dir, address, wanted).await
    }

    /// Gives the shop another name.
    pub(crate) async fn name_shop(&self, name: &str) {
        let row =
            shop::ActiveModel { id: Unchanged(shop::ID), name: Set(name.to_owned()), ..Default::default() };
        row.update(self.services.db.connection()).await.unwrap();
    }

    /// How many SQL statements the server has run.
    pub(crate) fn statements(&self) -> u64 {
        self.services.db.statements()
    }

    /// Output of a future, and the number of SQL statements that the server has run meanwhile.
    pub(crate) async fn counting_statements<T>(&self, future: impl Future<Output = T>) -> (T, u64) {
        let before = self.statements();
        let output = future.await;
        (output, self.statements() - before)
    }

    /// The audit log's entries of an action, the oldest first.
    pub(crate) async fn audited(&self, action: &str) -> Vec<audit_entry::Model> {
        let entries = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq(action))
            .order_by_asc(audit_entry::Column::Id);
        entries.all(self.services.db.connection()).await.unwrap()
    }

    /// Changes in the entries of an action: the kind of the subject, before and after.
    pub(crate) async fn audited_changes(&self, action: &str) -> Vec<(String, Option<Value>, Option<Value>)> {
        let entries = self.audited(action).await.into_iter();
        entries.map(|entry| (entry.subject_kind.unwrap(), entry.before, entry.after)).collect()
    }

    /// Somebody without a session.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.address)
    }

    /// The demo's customer, logged in.
    pub(crate) async fn customer(&self) -> Client {
        self.anonymous().login(DEMO_CUSTOMER, DEMO_PASSWORD).await
    }

    /// Ends other sessions of the demo's customer, one after the other, until somebody has heard of one: nothing tells a
    /// client that its subscription has begun.
    pub(crate) async fn end_sessions_until<T>(&self, heard: impl Future<Output = T>) -> T {
        let mut heard = std::pin::pin!(heard);
        within_a_minute("the end of a session is heard of", async {
            loop {
                self.customer().await.run("mutation { logout { loggedOut } }").await.data();
                if let Ok(value) = tokio::time::timeout(Duration::from_millis(20), &mut heard).await {
                    return value;
                }
            }
        })
        .await
    }

    /// The demo's admin, logged in.
    pub(crate) async fn admin(&self) -> Client {
        self.anonymous().login(DEMO_ADMIN, DEMO_PASSWORD).await
    }

    /// The demo's member of staff, logged in.
    pub(crate) async fn staff(&self) -> Client {
        self.anonymous().login(DEMO_STAFF, DEMO_PASSWORD).await
    }

    /// A new member of staff who may do this, logged in.
    pub(crate) async fn staff_with(&self, permissions: &[Permission]) -> Client {
        let id = self.services.random.id(self.services.clock.now());
        let email = format!("staff-{id}@demo.example");
        let account = self.create_account(&email, SOMEONES_PASSWORD, Kind::Staff).await;
        let (db, role) = (self.services.db.connection(), RoleId(id));
        let row = role::ActiveModel {
            id: Set(role),
            name: Set(format!("Role {id}")),
            permissions: Set(permissions.iter().copied().collect()),
            created_at: Set(account.created_at),
            updated_at: Set(account.created_at),
        };
        row.insert(db).await.unwrap();
        let given = account_role::ActiveModel { account_id: Set(account.id), role_id: Set(role) };
        given.insert(db).await.unwrap();
        self.anonymous().login(&email, SOMEONES_PASSWORD).await
    }

    /// A new program that may do this, by the API key of an admin.
    pub(crate) async fn program_with(&self, permissions: &[Permission]) -> Client {
        let now = self.services.clock.now();
        let (id, token) = (self.services.random.id(now), Token::new(self.services.random.secret()));
        let db = self.services.db.connection();
        let maker = entity::account::ActiveModel {
            id: Set(AccountId(id)),
            email: Set(format!("maker-{id}@demo.example")),
            password_hash: Set(None),
            kind: Set(Kind::Admin),
            name: Set(String::new()),
            blocked_at: Set(None),
            session_epoch: Set(0),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let maker = maker.insert(db).await.unwrap();
        let key = api_key::ActiveModel {
            id: Set(ApiKeyId(id)),
            name: Set(format!("Program {id}")),
            token_hash: Set(token.hash().as_bytes().to_vec()),
            permissions: Set(permissions.iter().copied().collect()),
            created_by: Set(Some(maker.id)),
            created_at: Set(now),
            expires_at: Set(None),
            last_used_at: Set(None),
            revoked_at: Set(None),
        };
        key.insert(db).await.unwrap();
        self.anonymous().with_token(format!("{API_KEY_PREFIX}{}", token.expose()))
    }

    /// Writes down a job of a kind that nobody does, given up just now at its third attempt.
    pub(crate) async fn dead_letter(&self, payload: Value) -> job::Model {
        let now = self.services.clock.now();
        let dead = job::ActiveModel {
            id: Set(JobId(self.services.random.id(now))),
            kind: Set("test.dead".to_owned()),
            payload: Set(payload),
            created_at: Set(now),
            due_at: Set(now),
            attempts: Set(3),
            last_error: Set(Some("nobody does this".to_owned())),
            dead_at: Set(Some(now)),
        };
        dead.insert(self.services.db.connection()).await.unwrap()
    }

    /// A new account, logged in.
    pub(crate) async fn someone(&self, email: &str, kind: Kind) -> Client {
        self.create_account(email, SOMEONES_PASSWORD, kind).await;
        self.anonymous().login(email, SOMEONES_PASSWORD).await
    }

    /// A new account.
    pub(crate) async fn create_account(
        &self,
        email: &str,
        password: &str,
        kind: Kind,
    ) -> entity::account::Model {
        let new = NewAccount {
            email: email.parse().unwrap(),
            password: password.into(),
            kind,
            name: String::new(),
        };
        account::create(&self.services, new).await.unwrap()
    }
}
