//! The composition root: every part is built here from the configuration, by the binary and by the tests alike.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use poem::Server;
use sea_orm::DbErr;
use tokio::net::TcpListener;

use crate::{
    config::{Config, DatabaseConfig},
    domain::{
        Fault, Ports,
        account::{Accounts, LoginQuotas, Passwords, RECHECK, SessionLifetime},
        database::{Database, UnknownDatabase},
        port::{Clock, EventBus, RateLimiter, Service, SessionStore},
        sample,
    },
    graphql::Executor,
    http::{self, State, acceptor::LimitedAcceptor},
    infra::{
        memory::{MemoryEventBus, MemoryRateLimiter},
        redis::{Redis, RedisEventBus, RedisRateLimiter, RedisSessionStore},
        sql::SqlSessionStore,
        system::{SystemClock, SystemRandom},
    },
};

/// A server that is built and listens, but does not answer yet.
pub struct App {
    address: SocketAddr,
    acceptor: LimitedAcceptor,
    state: State,
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
    /// The address cannot be listened on.
    #[error("--listen (BODEGA_LISTEN): cannot listen on {address}")]
    Listen {
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
        let redis = config.redis().map(|settings| Redis::connect(&settings));
        let redis = redis.transpose().map_err(StartError::Redis)?;
        let db = open_database(&config.database).await?;
        for name in db.migrate_up().await? {
            tracing::info!(name, "migrated");
        }
        let ports =
            Arc::new(ports(db, redis.as_ref(), clock, config.session_lifetime(), config.login_quotas()));
        if config.demo {
            fill_demo(&ports).await?;
        } else if !config.listen.ip().is_loopback() && sample::has_public_passwords(&ports).await? {
            return Err(StartError::PublicDemoAccounts);
        }

        let listen = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let acceptor = LimitedAcceptor::new(listener, config.connection_limits()).map_err(listen)?;
        let services = redis.into_iter().map(|redis| Arc::new(redis) as Arc<dyn Service>).collect();
        let state = State {
            executor: Arc::new(Executor::new(config.limits())),
            ports,
            services,
            settings: config.http(),
        };
        Ok(Self { address, acceptor, state, grace: config.grace })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The parts that it works with.
    pub fn ports(&self) -> &Arc<Ports> {
        &self.state.ports
    }

    /// Answers until `shutdown`, then lets requests in flight finish within the grace period.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let db = self.state.ports.db.clone();
        Server::new_with_acceptor(self.acceptor)
            .run_with_graceful_shutdown(http::endpoint(self.state), shutdown, Some(self.grace))
            .await?;
        db.close().await.map_err(io::Error::other)
    }
}

/// Opens the database without touching its schema.
pub async fn open_database(config: &DatabaseConfig) -> Result<Database, StartError> {
    let settings = config.settings();
    settings.check()?;
    Ok(Database::connect(&settings).await?)
}

/// The ports of commands that work on the database beside a server: the embedded adapters.
pub fn embedded_ports(db: Database) -> Ports {
    ports(db, None, Arc::new(SystemClock), SessionLifetime::default(), LoginQuotas::default())
}

fn ports(
    db: Database,
    redis: Option<&Redis>,
    clock: Arc<dyn Clock>,
    lifetime: SessionLifetime,
    login_quotas: LoginQuotas,
) -> Ports {
    type Shared = (Arc<dyn SessionStore>, Arc<dyn RateLimiter>, Arc<dyn EventBus>);
    let (sessions, limiter, events): Shared = match redis {
        Some(redis) => (
            Arc::new(RedisSessionStore::new(redis.clone())),
            Arc::new(RedisRateLimiter::new(redis.clone())),
            Arc::new(RedisEventBus::new(redis.clone())),
        ),
        None => (
            Arc::new(SqlSessionStore::new(db.clone())),
            Arc::new(MemoryRateLimiter::new(login_quotas.longest())),
            Arc::new(MemoryEventBus::default()),
        ),
    };
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    let accounts = Accounts { passwords: Passwords::new(cores), lifetime, login_quotas, recheck: RECHECK };
    Ports { db, clock, random: Arc::new(SystemRandom), sessions, limiter, events, accounts }
}

async fn fill_demo(ports: &Ports) -> Result<(), Fault> {
    if sample::fill_demo(ports).await? {
        tracing::info!("filled the empty shop with the demo catalogue");
    }
    if sample::has_public_passwords(ports).await? {
        tracing::info!(
            "log in as {} or {} with the password {}",
            sample::DEMO_CUSTOMER,
            sample::DEMO_STAFF,
            sample::DEMO_PASSWORD
        );
    } else {
        tracing::info!("the shop is not empty and not the demo: nothing was added");
    }
    Ok(())
}
