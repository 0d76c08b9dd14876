//! The composition root: builds every part from the configuration, for the binary and for tests.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use poem::Server;
use sea_orm::DbErr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, DatabaseConfig, MailConfig, MailConfigError, TrustedOperationsError},
    domain::{
        account::{EmailJobHandler, OwnHooks},
        address::AddressHooks,
        audit_log::AuditLogHooks,
        auth::{AuthHooks, CredentialAuthenticator},
        cart::CartHooks,
        context::{AccountHooks, Services},
        credential::Passwords,
        customer::CustomerHooks,
        database::{Database, UnknownDatabase},
        identity::SessionConfig,
        job::{self, JobHandler, JobQueue, JobSignal},
        kernel::{
            crypto::{MalformedSecretKey, SecretKey},
            fault::Fault,
            ports::{Clock, Service},
        },
        mail::{MailSettings, Mailer},
        order::OrderHooks,
        rate_limit::{RateLimitConfig, RateLimiter, RateLimits},
        sample,
        staff::StaffHooks,
        tax::TaxHooks,
        throttle::ThrottlePolicies,
    },
    graphql::{self, engine::Observer},
    http::{
        self, ConnectionRegistry, LimitedAcceptor, State,
        ops::{Metrics, MetricsServer},
    },
    infra::{
        fallback::FallbackRateLimiter,
        key_file::{self, KeyFileError},
        mail_folder::MailFolder,
        mail_message::{MessageMaker, local_sender},
        memory::{MemoryAttemptCounter, MemoryCache, MemoryEventBus, MemoryRateLimiter},
        redis::{Redis, RedisAttemptCounter, RedisCache, RedisEventBus, RedisRateLimiter, RedisSessionStore},
        smtp::SmtpMailer,
        sql::SqlSessionStore,
        system::{SystemClock, SystemRandom},
    },
};

/// Maximum number of concurrent requests of an HTTP/2 connection: hyper's default, which poem removes.
const MAX_STREAMS: u32 = 200;

/// A server that is built and listens, but does not answer yet.
pub struct App {
    pub address: SocketAddr,
    acceptor: LimitedAcceptor,
    metrics: Option<(MetricsServer, Arc<Metrics>)>,
    pub state: State,
    /// One for each kind of jobs.
    pub handlers: Vec<Arc<dyn JobHandler>>,
    grace: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("--database-url (DATABASE_URL): {0}")]
    UnknownDatabase(#[from] UnknownDatabase),
    #[error("--database-url (DATABASE_URL): cannot use the database")]
    Database(#[from] DbErr),
    /// The Redis URL is invalid; it may hold a password and is not shown.
    #[error("--redis-url (REDIS_URL): not a Redis URL")]
    Redis(#[source] redis::RedisError),
    #[error("--secret-key (BODEGA_SECRET_KEY): {0}")]
    SecretKey(#[from] MalformedSecretKey),
    #[error("--secret-key (BODEGA_SECRET_KEY) is not set, and {0}")]
    KeyFile(#[from] KeyFileError),
    #[error(transparent)]
    Mail(#[from] MailConfigError),
    #[error(transparent)]
    Trusted(#[from] TrustedOperationsError),
    #[error("{setting}: cannot listen on {address}")]
    Listen { setting: &'static str, address: SocketAddr, source: io::Error },
    #[error(
        "--demo (BODEGA_DEMO): the demo accounts have a public password, so the demo listens only on a loopback \
         address like 127.0.0.1, not on {0}"
    )]
    PublicDemo(SocketAddr),
    #[error(
        "--listen (BODEGA_LISTEN): this shop has the demo accounts, whose password is public; listen on a loopback \
         address, or use another database (--database-url)"
    )]
    PublicDemoAccounts,
    #[error("cannot prepare the shop")]
    Sample(#[from] Fault),
}

impl App {
    /// Opens and migrates the database, prepares the other services, fills the demo shop if configured, and starts to
    /// listen.
    pub async fn build(config: &Config) -> Result<Self, StartError> {
        Self::build_with_clock(config, Arc::new(SystemClock)).await
    }

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
        let limiter: Arc<dyn RateLimiter> = match &redis {
            Some(redis) => Arc::new(FallbackRateLimiter::new(Arc::new(RedisRateLimiter::new(redis.clone())))),
            None => Arc::new(MemoryRateLimiter::default()),
        };
        let mut services = Services {
            clock,
            secret_key: secret_key.map(Arc::new),
            session: config.accounts.session(),
            throttle: config.accounts.throttle(),
            cart_lifetime: config.accounts.cart_lifetime,
            rate_limits: RateLimits::new(config.rate_limits(), limiter),
            mailer,
            mail: config.mail.settings(),
            ..embedded_services(db)
        };
        if let Some(redis) = &redis {
            services.sessions = Arc::new(RedisSessionStore::new(redis.clone()));
            services.attempts = Arc::new(RedisAttemptCounter::new(redis.clone()));
            services.events = Arc::new(RedisEventBus::new(redis.clone()));
            services.cache = Arc::new(RedisCache::new(redis.clone()));
        }
        let services = Arc::new(services);
        if config.demo {
            fill_demo(&services).await?;
        } else if !config.listen.ip().is_loopback() && sample::has_public_passwords(&services).await? {
            return Err(StartError::PublicDemoAccounts);
        }

        let setting = "--listen (BODEGA_LISTEN)";
        let listen = |source| StartError::Listen { setting, address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let acceptor = LimitedAcceptor::new(listener, config.connection_limits()).map_err(listen)?;
        let metrics = listen_for_metrics(config).await?.map(|server| (server, Arc::new(Metrics::default())));
        let observer: Arc<dyn Observer> = match &metrics {
            Some((_, metrics)) => metrics.clone(),
            None => Arc::new(()),
        };
        let executor = graphql::executor(config.limits(), config.trusted_operations()?, observer);
        executor.check_trusted().await;
        let handlers = handlers(&services);
        let state = State {
            executor: Arc::new(executor),
            services,
            backing_services: redis.into_iter().map(|redis| Arc::new(redis) as Arc<dyn Service>).collect(),
            connections: ConnectionRegistry::new(config.http.max_sockets),
            settings: config.http(),
        };
        Ok(Self { address, acceptor, metrics, state, handlers, grace: config.grace })
    }

    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|(server, _)| server.address())
    }

    /// Answers until `shutdown`, then lets requests in flight and running jobs finish within the grace period.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let services = self.state.services.clone();
        let (connections, grace) = (self.state.connections.clone(), self.grace);
        let open = self.acceptor.open_connections();
        let (server, metrics) = self.metrics.unzip();
        let server = server.zip(metrics.clone());
        let scraped = CancellationToken::new();
        let metrics_server = server.map(|(server, metrics)| {
            tokio::spawn(server.run(metrics, &self.state, open, scraped.clone().cancelled_owned()))
        });
        let queue = JobQueue {
            db: services.db.clone(),
            clock: services.clock.clone(),
            random: services.random.clone(),
            signal: services.jobs.clone(),
        };
        let worker = job::Worker::new(queue, self.handlers).start();
        let stopping = (connections.clone(), worker.stopping());
        let shutdown = async move {
            shutdown.await;
            stopping.0.stop();
            stopping.1.cancel();
        };
        Server::new_with_acceptor(self.acceptor)
            .http2_max_concurrent_streams(MAX_STREAMS)
            .run_with_graceful_shutdown(http::endpoint(self.state, metrics), shutdown, Some(grace))
            .await?;
        tokio::join!(connections.stopped(grace), worker.stopped(grace));
        // Last, so that scrapes see the end, too.
        if let Some(server) = metrics_server {
            scraped.cancel();
            server.await??;
        }
        services.db.clone().close().await.map_err(io::Error::other)
    }
}

fn handlers(services: &Arc<Services>) -> Vec<Arc<dyn JobHandler>> {
    vec![Arc::new(EmailJobHandler::new(services.clone()))]
}

fn account_hooks() -> Arc<[Arc<dyn AccountHooks>]> {
    Arc::new([
        Arc::new(OwnHooks),
        Arc::new(AuthHooks),
        Arc::new(StaffHooks),
        Arc::new(AddressHooks),
        Arc::new(CartHooks),
        Arc::new(CustomerHooks),
        Arc::new(TaxHooks),
        Arc::new(OrderHooks),
        Arc::new(AuditLogHooks),
    ])
}

async fn listen_for_metrics(config: &Config) -> Result<Option<MetricsServer>, StartError> {
    let Some(address) = config.metrics_listen else { return Ok(None) };
    let server = MetricsServer::listen(address, config.connection_limits()).await;
    let setting = "--metrics-listen (BODEGA_METRICS_LISTEN)";
    server.map(Some).map_err(|source| StartError::Listen { setting, address, source })
}

/// The secret key of a shop whose operator has set none: kept in a file beside the SQLite database. With PostgreSQL there
/// is no such file, and no key.
fn key_beside(db: &Database) -> Result<Option<SecretKey>, KeyFileError> {
    let Some(file) = db.file() else {
        tracing::warn!("--secret-key (BODEGA_SECRET_KEY) is not set: second factors are not available");
        return Ok(None);
    };
    key_file::read_or_create(&key_file::beside(&file), &SystemRandom).map(Some)
}

/// Opens the database without touching its schema.
pub async fn open_database(config: &DatabaseConfig) -> Result<Database, StartError> {
    let settings = config.settings();
    settings.check()?;
    Ok(Database::connect(&settings).await?)
}

/// The services of commands that work on the database beside a server: the embedded adapters. Commands leave sending mail
/// to the server.
pub fn embedded_services(db: Database) -> Services {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let maker = MessageMaker { sender: local_sender(), clock: clock.clone(), random: random.clone() };
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    Services {
        sessions: Arc::new(SqlSessionStore::new(db.clone())),
        db,
        clock,
        random,
        authenticator: Arc::new(CredentialAuthenticator),
        account_hooks: account_hooks(),
        cart_lifetime: Duration::from_secs(90 * 24 * 60 * 60),
        session: SessionConfig::default(),
        passwords: Passwords::new(cores),
        attempts: Arc::new(MemoryAttemptCounter::default()),
        throttle: ThrottlePolicies::default(),
        rate_limits: RateLimits::new(RateLimitConfig::default(), Arc::new(MemoryRateLimiter::default())),
        events: Arc::new(MemoryEventBus::default()),
        jobs: JobSignal::default(),
        cache: Arc::new(MemoryCache::default()),
        mailer: Arc::new(MailFolder::new("mail".into(), maker)),
        mail: MailSettings::default(),
        secret_key: None,
    }
}

fn mailer(config: &MailConfig, clock: Arc<dyn Clock>) -> Result<Arc<dyn Mailer>, MailConfigError> {
    let maker = MessageMaker { sender: config.mail_from.clone(), clock, random: Arc::new(SystemRandom) };
    let Some(settings) = config.smtp()? else {
        tracing::info!("mail is written to files in {}, not sent", config.mail_dir.display());
        return Ok(Arc::new(MailFolder::new(config.mail_dir.clone(), maker)));
    };
    if settings.shows_password() {
        tracing::warn!(
            "the connection to the mail server is not encrypted, so its password is sent in clear text"
        );
    }
    let Some(file) = config.smtp_ca.as_ref().filter(|file| !file.as_os_str().is_empty()) else {
        return Ok(Arc::new(SmtpMailer::new(&settings, None, maker).map_err(MailConfigError::SmtpUrl)?));
    };
    let pem = std::fs::read(file).map_err(|error| MailConfigError::Read(file.clone(), error))?;
    let mailer = SmtpMailer::new(&settings, Some(&pem), maker);
    Ok(Arc::new(mailer.map_err(|error| MailConfigError::Certificates(file.clone(), error))?))
}

async fn fill_demo(services: &Services) -> Result<(), Fault> {
    if sample::fill_demo(services).await? {
        tracing::info!("filled the empty shop with the demo catalogue");
    }
    if sample::has_public_passwords(services).await? {
        tracing::info!(
            "log in as {}, {} or {} with the password {}",
            sample::DEMO_CUSTOMER,
            sample::DEMO_STAFF,
            sample::DEMO_ADMIN,
            sample::DEMO_PASSWORD
        );
    } else {
        tracing::info!("the shop is not empty and is not the demo: nothing was added");
    }
    Ok(())
}
