//! HTTP client for an OpenTelemetry collector: the runtime makes the requests for the exporter's thread. One log line
//! tells when the collector stops answering, and one when it answers again.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, hyper::HyperClient};
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;

use crate::domain::kernel::fault::with_causes;

const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Collector {
    client: HyperClient<HttpsConnector<HttpConnector>>,
    runtime: Handle,
    is_gone: AtomicBool,
}

impl Collector {
    /// Sends to this URL, by the runtime that this is called in.
    pub(super) fn new(url: &str) -> io::Result<Self> {
        let builder = HttpsConnectorBuilder::new();
        let builder = match url.starts_with("https:") {
            true => builder.with_native_roots()?,
            false => {
                let nobody = RootCertStore::empty();
                builder.with_tls_config(
                    ClientConfig::builder().with_root_certificates(nobody).with_no_client_auth(),
                )
            }
        };
        let client = HyperClient::new(builder.https_or_http().enable_http1().build(), TIMEOUT, None);
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
                tracing::warn!(cause, "cannot send traces; they are dropped until the collector answers");
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
        let client = self.client.clone();
        // The exporter's thread is outside the runtime.
        let exchange = self.runtime.spawn(async move { client.send_bytes(request).await });
        let answer = exchange.await.unwrap_or_else(|stopped| Err(stopped.into()));
        self.note(&answer);
        answer
    }
}
