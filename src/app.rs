//! The composition root: every part is built here from the configuration, by the binary and by the tests alike.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use poem::Server;
use sea_orm::DbErr;
use tokio::net::TcpListener;

use crate::{
    config::{Config, DatabaseConfig, MailConfig, MailConfigError, TrustedOperationsError},
    domain::{
        Fault, Ports,
        account::{Accounts, Letters, Passwords},
        database::{Database, UnknownDatabase},
        mail::MailSettings,
        outbox::{self, Outbox},
        port::{AttemptCounter, Cache, Clock, EventBus, Mailer, Random, RateLimiter, Service, SessionStore},
        sample,
        seal::{MalformedSecretKey, SecretKey},
        traffic::{Traffic, TrafficLimits},
    },
    graphql::{Executor, Observer},
    http::{
        self, Live, State,
        acceptor::LimitedAcceptor,
        metrics::{Metrics, MetricsServer},
    },
    infra::{
        fallback::FallbackRateLimiter,
        key_file::{self, KeyFileError},
        mail_folder::MailFolder,
        mail_message::{MessageMaker, Sender},
        memory::{MemoryAttemptCounter, MemoryCache, MemoryEventBus, MemoryRateLimiter},
        redis::{Redis, RedisAttemptCounter, RedisCache, RedisEventBus, RedisRateLimiter, RedisSessionStore},
        smtp::SmtpMailer,
        sql::SqlSessionStore,
        system::{SystemClock, SystemRandom},
    },
};

/// The requests that an HTTP/2 connection may have under way: as many as hyper would set, which poem takes back.
const MAX_STREAMS: u32 = 200;

/// A server that is built and listens, but does not answer yet.
pub struct App {
    address: SocketAddr,
    acceptor: LimitedAcceptor,
    metrics: Option<MetricsServer>,
    state: State,
    handlers: Vec<Arc<dyn outbox::Handler>>,
    grace: Duration,
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// See [`UnknownDatabase`].
    #[error("--database-url (DATABASE_URL): {0}")]
    UnknownDatabase(#[from] UnknownDatabase),
    /// The database cannot be opened or brought up to date.
    #[error("--database-url (DATABASE_URL): cannot use the database")]
    Database(#[from] DbErr),
    /// The Redis URL cannot be understood; it may hold a password and is not shown.
    #[error("--redis-url (REDIS_URL): not a Redis URL")]
    Redis(#[source] redis::RedisError),
    /// The secret key cannot be understood, and is not shown.
    #[error("--secret-key (BODEGA_SECRET_KEY): {0}")]
    SecretKey(#[from] MalformedSecretKey),
    /// The secret key that is kept beside the database cannot be read or made.
    #[error("--secret-key (BODEGA_SECRET_KEY) is not set, and {0}")]
    KeyFile(#[from] KeyFileError),
    /// Letters cannot be sent as they should.
    #[error(transparent)]
    Mail(#[from] MailConfigError),
    /// The list of trusted operations cannot be used.
    #[error(transparent)]
    Trusted(#[from] TrustedOperationsError),
    /// The address cannot be listened on.
    #[error("--listen (BODEGA_LISTEN): cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        source: io::Error,
    },
    /// The metrics' address cannot be listened on.
    #[error("--metrics-listen (BODEGA_METRICS_LISTEN): cannot listen on {address}")]
    ListenForMetrics {
        /// The address.
        address: SocketAddr,
        source: io::Error,
    },
    /// The demo's accounts have a password that everybody knows.
    #[error(
        "--demo (BODEGA_DEMO): the demo's accounts have a public password, so it listens only on a loopback address \
         like 127.0.0.1, not on {0}"
    )]
    PublicDemo(SocketAddr),
    /// The database was filled by a demo once.
    #[error(
        "--listen (BODEGA_LISTEN): this shop holds the demo's accounts, whose password is public; listen on a loopback \
         address, or use another database (--database-url)"
    )]
    PublicDemoAccounts,
    /// The demo shop could not be filled, or looked for.
    #[error("cannot prepare the shop")]
    Sample(#[from] Fault),
}

impl App {
    /// Opens the database and brings it up to date, prepares the other services, fills the demo shop if asked to, and
    /// starts to listen.
    pub async fn build(config: &Config) -> Result<Self, StartError> {
        Self::build_with_clock(config, Arc::new(SystemClock)).await
    }

    /// [`App::build`] with another clock.
    pub async fn build_with_clock(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        if config.demo && !config.listen.ip().is_loopback() {
            return Err(StartError::PublicDemo(config.listen));
        }
        let secret_key = config.accounts.secret_key()?;
        let redis = config.redis().map(|settings| Redis::connect(&settings));
        let redis = redis.transpose().map_err(StartError::Redis)?;
        let mailer = mailer(&config.mail, clock.clone())?;
        let db = open_database(&config.database).await?;
        for name in db.migrate_up().await? {
            tracing::info!(name, "migrated");
        }
        let secret_key = match secret_key {
            Some(key) => Some(key),
            None => key_beside(&db)?,
        };
        let ports = Arc::new(ports(
            db,
            redis.as_ref(),
            Settings {
                clock,
                secret_key,
                accounts: |passwords| config.accounts.accounts(passwords),
                traffic: config.traffic_limits(),
                mailer,
                mail: config.mail.settings(),
            },
        ));
        if config.demo {
            fill_demo(&ports).await?;
        } else if !config.listen.ip().is_loopback() && sample::has_public_passwords(&ports).await? {
            return Err(StartError::PublicDemoAccounts);
        }

        let listen = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let acceptor = LimitedAcceptor::new(listener, config.connection_limits()).map_err(listen)?;
        let metrics_server = listen_for_metrics(config).await?;
        let metrics = metrics_server.as_ref().map(|_| Arc::new(Metrics::default()));
        let observer: Arc<dyn Observer> = match &metrics {
            Some(metrics) => metrics.clone(),
            None => Arc::new(()),
        };
        let services = redis.into_iter().map(|redis| Arc::new(redis) as Arc<dyn Service>).collect();
        let executor = Arc::new(Executor::new(config.limits(), config.trusted_operations()?, observer));
        executor.check_trusted().await;
        let state = State {
            executor,
            live: Live::new(config.max_sockets),
            metrics,
            ports,
            services,
            settings: config.http(),
        };
        Ok(Self {
            address,
            acceptor,
            metrics: metrics_server,
            state,
            handlers: handlers(),
            grace: config.grace,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics are read, if they are.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(MetricsServer::address)
    }

    /// The parts that it works with.
    pub fn ports(&self) -> &Arc<Ports> {
        &self.state.ports
    }

    /// The connections that stay open.
    pub fn live(&self) -> &Live {
        &self.state.live
    }

    /// Has effects of one more kind done.
    pub fn add_handler(&mut self, handler: Arc<dyn outbox::Handler>) {
        self.handlers.push(handler);
    }

    /// Answers until `shutdown`, then lets requests in flight and effects under way finish within the grace period.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let (db, live, grace) = (self.state.ports.db.clone(), self.state.live.clone(), self.grace);
        let open = self.acceptor.open_connections();
        let metrics = self.metrics.zip(self.state.metrics.clone());
        let metrics = metrics.map(|(server, metrics)| server.start(metrics, &self.state, open));
        let worker = outbox::Worker::new(self.state.ports.clone(), self.handlers).start();
        let stopping = (live.clone(), worker.stopping());
        let shutdown = async move {
            shutdown.await;
            stopping.0.stop();
            stopping.1.cancel();
        };
        Server::new_with_acceptor(self.acceptor)
            .http2_max_concurrent_streams(MAX_STREAMS)
            .run_with_graceful_shutdown(http::endpoint(self.state), shutdown, Some(grace))
            .await?;
        tokio::join!(live.stopped(grace), worker.stopped(grace));
        // Last, so that they tell of the end, too.
        if let Some(metrics) = metrics {
            metrics.stop().await?;
        }
        db.close().await.map_err(io::Error::other)
    }
}

/// Who does what has to follow a commit.
fn handlers() -> Vec<Arc<dyn outbox::Handler>> {
    vec![Arc::new(Letters)]
}

async fn listen_for_metrics(config: &Config) -> Result<Option<MetricsServer>, StartError> {
    let Some(address) = config.metrics_listen else { return Ok(None) };
    let server = MetricsServer::listen(address, config.connection_limits()).await;
    server.map(Some).map_err(|source| StartError::ListenForMetrics { address, source })
}

/// The secret key of a shop whose operator has set none: kept in a file beside the database's file, which holds what is
/// sealed with it. A database that is a server has no such place.
fn key_beside(db: &Database) -> Result<Option<SecretKey>, KeyFileError> {
    let Some(file) = db.file() else {
        tracing::warn!(
            "--secret-key (BODEGA_SECRET_KEY) is not set: what has to keep secrets, like a second factor, cannot be used"
        );
        return Ok(None);
    };
    let draw: &dyn Random = &SystemRandom;
    key_file::read_or_make(&key_file::beside(&file), draw).map(Some)
}

/// Opens the database without touching its schema.
pub async fn open_database(config: &DatabaseConfig) -> Result<Database, StartError> {
    let settings = config.settings();
    settings.check()?;
    Ok(Database::connect(&settings).await?)
}

/// The ports of commands that work on the database beside a server: the embedded adapters. Letters of commands would go
/// to the default folder; what a command has to tell by mail it leaves to the server.
pub fn embedded_ports(db: Database) -> Ports {
    let clock = Arc::new(SystemClock);
    let maker =
        MessageMaker { sender: Sender::default(), clock: clock.clone(), random: Arc::new(SystemRandom) };
    let mailer = Arc::new(MailFolder::new("mail".into(), maker));
    ports(
        db,
        None,
        Settings {
            clock,
            secret_key: None,
            accounts: Accounts::new,
            traffic: TrafficLimits::default(),
            mailer,
            mail: MailSettings::default(),
        },
    )
}

/// Who carries letters: the mail server, or without one a folder.
fn mailer(config: &MailConfig, clock: Arc<dyn Clock>) -> Result<Arc<dyn Mailer>, MailConfigError> {
    let maker = MessageMaker { sender: config.mail_from.clone(), clock, random: Arc::new(SystemRandom) };
    let Some(settings) = config.smtp()? else {
        tracing::info!("mail is written to files in {}, not sent", config.mail_dir.display());
        return Ok(Arc::new(MailFolder::new(config.mail_dir.clone(), maker)));
    };
    if settings.shows_password() {
        tracing::warn!("the password for the mail server is not encrypted on its way");
    }
    let authorities = config.authorities()?;
    let mailer = SmtpMailer::new(&settings, authorities.as_deref(), maker);
    Ok(Arc::new(mailer.map_err(|error| config.certificates_error(error))?))
}

/// What the ports are made of beside the database and Redis.
struct Settings<A> {
    clock: Arc<dyn Clock>,
    secret_key: Option<SecretKey>,
    accounts: A,
    traffic: TrafficLimits,
    mailer: Arc<dyn Mailer>,
    mail: MailSettings,
}

fn ports(
    db: Database,
    redis: Option<&Redis>,
    settings: Settings<impl FnOnce(Passwords) -> Accounts>,
) -> Ports {
    type Shared = (Arc<dyn SessionStore>, Arc<dyn AttemptCounter>, Arc<dyn EventBus>);
    let (sessions, attempts, events): Shared = match redis {
        Some(redis) => (
            Arc::new(RedisSessionStore::new(redis.clone())),
            Arc::new(RedisAttemptCounter::new(redis.clone())),
            Arc::new(RedisEventBus::new(redis.clone())),
        ),
        None => (
            Arc::new(SqlSessionStore::new(db.clone())),
            Arc::new(MemoryAttemptCounter::default()),
            Arc::new(MemoryEventBus::default()),
        ),
    };
    let traffic_limiter: Arc<dyn RateLimiter> = match redis {
        Some(redis) => Arc::new(FallbackRateLimiter::new(Arc::new(RedisRateLimiter::new(redis.clone())))),
        None => Arc::new(MemoryRateLimiter::default()),
    };
    let cache: Arc<dyn Cache> = match redis {
        Some(redis) => Arc::new(RedisCache::new(redis.clone())),
        None => Arc::new(MemoryCache::default()),
    };
    let traffic = Traffic::new(settings.traffic, traffic_limiter);
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    Ports {
        db,
        clock: settings.clock,
        random: Arc::new(SystemRandom),
        sessions,
        attempts,
        events,
        outbox: Outbox::default(),
        cache,
        mailer: settings.mailer,
        mail: settings.mail,
        accounts: (settings.accounts)(Passwords::new(cores)),
        traffic,
        secret_key: settings.secret_key.map(Arc::new),
    }
}

async fn fill_demo(ports: &Ports) -> Result<(), Fault> {
    if sample::fill_demo(ports).await? {
        tracing::info!("filled the empty shop with the demo catalogue");
    }
    if sample::has_public_passwords(ports).await? {
        tracing::info!(
            "log in as {}, {} or {} with the password {}",
            sample::DEMO_CUSTOMER,
            sample::DEMO_STAFF,
            sample::DEMO_ADMIN,
            sample::DEMO_PASSWORD
        );
    } else {
        tracing::info!("the shop is not empty and not the demo: nothing was added");
    }
    Ok(())
}
