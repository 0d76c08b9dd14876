//! Health checks for load balancers: `/healthz` tells that the process runs, `/readyz` whether the services that it
//! needs answer.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use poem::{Endpoint, Request, Response, Result, handler, http::StatusCode};
use serde_json::{Map, json};

use crate::{domain::kernel::ports::Service, http::state::State};

const TIMEOUT: Duration = Duration::from_secs(1);

/// `GET /healthz`: 200 while the process runs.
#[handler]
pub(in crate::http) fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 if all services answer, else 503, with the state of each by its name.
pub(in crate::http) struct Ready {
    services: Vec<Arc<dyn Service>>,
}

impl Ready {
    pub(in crate::http) fn new(state: &State) -> Self {
        let database: Arc<dyn Service> = Arc::new(state.services.db.clone());
        Self { services: std::iter::once(database).chain(state.backing_services.iter().cloned()).collect() }
    }
}

impl Endpoint for Ready {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let answers = join_all(self.services.iter().map(|service| answers(&**service))).await;
        let all = answers.iter().all(|answers| *answers);
        let state = |answers: bool| json!(if answers { "ok" } else { "unavailable" });
        let services: Map<_, _> = self
            .services
            .iter()
            .zip(&answers)
            .map(|(service, ok)| (service.name().to_owned(), state(*ok)))
            .collect();
        Ok(Response::builder()
            .status(if all { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE })
            .content_type("application/json; charset=utf-8")
            .header("cache-control", "no-store")
            .body(json!({ "status": state(all), "services": services }).to_string()))
    }
}

async fn answers(service: &dyn Service) -> bool {
    matches!(tokio::time::timeout(TIMEOUT, service.ping()).await, Ok(Ok(())))
}
