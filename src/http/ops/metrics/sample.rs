//! Values that are read during the scrape.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use prometheus_client::{
    encoding::text,
    metrics::{
        counter::ConstCounter,
        family::Family,
        gauge::{ConstGauge, Gauge},
        info::Info,
    },
    registry::Registry,
};

use super::{Label, Metrics};
use crate::{
    domain::{
        database::{Connections, Database, in_background},
        job,
        kernel::ports::Service,
    },
    http::{server::OpenConnections, state::State},
};

/// Maximum time for a service to answer; scrapers do not wait long.
const TIMEOUT: Duration = Duration::from_millis(200);

pub(super) struct Sources {
    pub(super) state: State,
    pub(super) connections: OpenConnections,
}

/// All metrics, in the format of OpenMetrics.
pub(super) async fn write(metrics: &Metrics, sources: &Sources) -> Result<String, std::fmt::Error> {
    let State { services: parts, backing_services, .. } = &sources.state;
    let (services, jobs) = tokio::join!(services(backing_services), jobs(&parts.db));
    let mut now = Registry::default();
    add(&mut now, sources, services, jobs);
    #[cfg(target_os = "linux")]
    if let Err(error) = super::process::add(&mut now) {
        tracing::debug!(%error, "metrics of the process cannot be read");
    }
    let mut text = String::with_capacity(16 * 1024);
    text::encode_registry(&mut text, &metrics.registry)?;
    text::encode_registry(&mut text, &now)?;
    text::encode_eof(&mut text)?;
    Ok(text)
}

fn add(
    registry: &mut Registry,
    sources: &Sources,
    services: Family<Label, Gauge>,
    jobs: Family<Label, Gauge>,
) {
    let bodega = registry.sub_registry_with_prefix("bodega");
    let db = &sources.state.services.db;
    let statements = ConstCounter::new(db.statements() + db.background_statements());
    bodega.register("sql_statements", "SQL statements that were run", statements);
    let Connections { used, idle, max } = db.connections();
    let connections = family("state", [("used", used.into()), ("idle", idle.into())]);
    bodega.register("database_connections", "Open connections to the database", connections);
    bodega.register(
        "database_connections_max",
        "Maximum number of database connections",
        ConstGauge::new(max),
    );
    bodega.register("service_up", "Whether a service other than the database answers", services);
    bodega.register("jobs", "Jobs that have not succeeded, of all instances", jobs);
    let sockets = ConstGauge::new(sources.state.connections.count());
    bodega.register("graphql_sockets", "Open WebSockets and event streams", sockets);
    let connections = ConstGauge::new(sources.connections.count());
    bodega.register("http_connections", "Open client connections", connections);
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    bodega.register("build", "The program", build);
}

async fn services(services: &[Arc<dyn Service>]) -> Family<Label, Gauge> {
    let pings = services.iter().map(|service| tokio::time::timeout(TIMEOUT, service.ping()));
    let up = services.iter().zip(join_all(pings).await);
    family("service", up.map(|(service, answer)| (service.name(), matches!(answer, Ok(Ok(()))).into())))
}

/// Absent if the database does not answer.
async fn jobs(db: &Database) -> Family<Label, Gauge> {
    let counts = tokio::time::timeout(TIMEOUT, in_background(job::counts(db))).await;
    let states = counts.into_iter().flatten();
    let states = states.flat_map(|counts| [("waiting", counts.waiting), ("dead", counts.dead)]);
    family("state", states.map(|(state, count)| (state, count.try_into().unwrap_or(i64::MAX))))
}

fn family(name: &'static str, values: impl IntoIterator<Item = (&'static str, i64)>) -> Family<Label, Gauge> {
    let family = Family::<Label, Gauge>::default();
    for (value, count) in values {
        family.get_or_create(&[(name, value)]).set(count);
    }
    family
}
