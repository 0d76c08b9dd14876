//! HTTP client for an OpenTelemetry collector: the runtime makes the requests for the exporter's thread. One log line
//! tells when the collector stops answering, and one when it answers again.

use std::{
    error::Error,
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;

use crate::domain::kernel::fault::with_causes;

/// Maximum time for one request.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum size of a response, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// The system has no root certificates.
#[derive(Debug, thiserror::Error)]
#[error("https needs this machine's root certificates, which cannot be read: {0}")]
pub struct NoRoots(#[source] io::Error);

/// Sends to a collector.
#[derive(Debug)]
pub(super) struct Collector {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
    is_gone: AtomicBool,
}

impl Collector {
    /// Sends to this URL, by the runtime that this is called in.
    pub(super) fn new(url: &str) -> Result<Self, NoRoots> {
        let builder = HttpsConnectorBuilder::new();
        let builder = match url.starts_with("https:") {
            true => builder.with_native_roots().map_err(NoRoots)?,
            false => {
                let nobody = RootCertStore::empty();
                builder.with_tls_config(
                    ClientConfig::builder().with_root_certificates(nobody).with_no_client_auth(),
                )
            }
        };
        let connector = builder.https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, runtime: Handle::current(), is_gone: AtomicBool::new(false) })
    }

    /// Logs once that the collector does not answer, and once that it does again.
    fn note(&self, answer: &Result<Response<Bytes>, HttpError>) {
        let trouble = match answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status())),
            Err(error) => Some(with_causes(&**error)),
        };
        match (trouble, self.is_gone.load(Ordering::Relaxed)) {
            (Some(cause), false) => {
                self.is_gone.store(true, Ordering::Relaxed);
                tracing::warn!(cause, "traces cannot be sent, and are left out until they can");
            }
            (None, true) => {
                self.is_gone.store(false, Ordering::Relaxed);
                tracing::info!("traces are sent again");
            }
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.client.request(request.map(Full::new));
        let exchange = async {
            let (head, body) = sent.await?.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await?.to_bytes();
            Ok::<_, Box<dyn Error + Send + Sync>>(Response::from_parts(head, body))
        };
        // The exporter's thread is outside the runtime.
        let exchange = self.runtime.spawn(async { tokio::time::timeout(TIMEOUT, exchange).await });
        let answer = match exchange.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(elapsed)) => Err(elapsed.into()),
            Err(stopped) => Err(stopped.into()),
        };
        self.note(&answer);
        answer
    }
}
