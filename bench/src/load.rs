//! The load: connections that each send one request after the other, and a client that costs little beside the servers.

use std::{
    net::SocketAddr,
    str,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::Fallible;

/// Longer answers are counted as this long, in microseconds.
const LONGEST: u64 = 60_000_000;

/// Requests to choose from at random.
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    /// The whole requests, header and body.
    pub(crate) requests: Vec<Vec<u8>>,
    /// How the body of every answer begins; one that begins otherwise ends the run.
    pub(crate) begins: &'static str,
}

/// What was answered while it was measured.
pub(crate) struct Tally {
    pub(crate) bytes: u64,
    /// In microseconds.
    pub(crate) latency: Histogram<u64>,
}

/// Connections that send requests until they are told to end.
pub(crate) struct Crowd {
    phase: Arc<AtomicU8>,
    tasks: JoinSet<Fallible<Tally>>,
}

const WARM_UP: u8 = 0;
const MEASURED: u8 = 1;
const OVER: u8 = 2;

impl Crowd {
    /// Opens the connections and begins to send, without counting yet.
    pub(crate) async fn start(load: &Arc<Load>, connections: u16) -> Fallible<Self> {
        let phase = Arc::new(AtomicU8::new(WARM_UP));
        let mut tasks = JoinSet::new();
        for seed in 0..connections {
            let connection = Connection::open(load.address).await?;
            tasks.spawn(send(connection, load.clone(), phase.clone(), seed.into()));
        }
        Ok(Self { phase, tasks })
    }

    /// From now on answers count.
    pub(crate) fn begin(&self) {
        self.phase.store(MEASURED, Ordering::Relaxed);
    }

    /// Ends the connections after their current request, and answers with what they counted.
    pub(crate) async fn end(mut self) -> Fallible<Tally> {
        self.phase.store(OVER, Ordering::Relaxed);
        let mut sum = Tally::new()?;
        while let Some(tally) = self.tasks.join_next().await {
            let tally = tally??;
            sum.bytes += tally.bytes;
            sum.latency.add(tally.latency)?;
        }
        Ok(sum)
    }
}

impl Tally {
    fn new() -> Fallible<Self> {
        Ok(Self { bytes: 0, latency: Histogram::new_with_bounds(1, LONGEST, 3)? })
    }

    fn count(&mut self, bytes: usize, latency: Duration) {
        self.bytes += bytes as u64;
        self.latency.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(LONGEST));
    }
}

async fn send(
    mut connection: Connection,
    load: Arc<Load>,
    phase: Arc<AtomicU8>,
    seed: u64,
) -> Fallible<Tally> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut tally = Tally::new()?;
    loop {
        let request = &load.requests[random.usize(..load.requests.len())];
        let begin = Instant::now();
        let body = connection.exchange(request).await?;
        if !body.starts_with(load.begins.as_bytes()) {
            return Err(format!("unexpected answer: {}", String::from_utf8_lossy(body)).into());
        }
        match phase.load(Ordering::Relaxed) {
            WARM_UP => {}
            MEASURED => tally.count(body.len(), begin.elapsed()),
            _ => return Ok(tally),
        }
    }
}

/// A connection that is kept open, and just enough of HTTP/1.1 for answers with a `Content-Length`.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Fallible<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and answers with the body that comes back. Any status but 200 is an error.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Fallible<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let body = loop {
            self.receive().await?;
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let end = body + content_length(str::from_utf8(&self.buffer[..body])?)?;
        while self.buffer.len() < end {
            self.receive().await?;
        }
        Ok(&self.buffer[body..end])
    }

    async fn receive(&mut self) -> Fallible<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server has closed the connection".into()),
            _ => Ok(()),
        }
    }
}

fn content_length(header: &str) -> Fallible<usize> {
    if !header.starts_with("HTTP/1.1 200 ") {
        return Err(format!("unexpected answer: {header}").into());
    }
    let length = header.lines().filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    length.ok_or_else(|| format!("an answer without Content-Length: {header}").into())
}

/// A request for `path`.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n").into_bytes()
}

/// A request for the result of a GraphQL operation.
pub(crate) fn graphql(query: &str, variables: &Value) -> Vec<u8> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let header = format!(
        "POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
         Accept: application/graphql-response+json, application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (header + &body).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_success_is_read() {
        let header = |status, length| format!("HTTP/1.1 {status} X\r\n{length}\r\n\r\n");
        assert_eq!(content_length(&header(200, "Content-Length: 12")).unwrap(), 12);
        assert_eq!(content_length(&header(200, "content-length:7")).unwrap(), 7);
        assert!(content_length(&header(200, "Transfer-Encoding: chunked")).is_err());
        assert!(content_length(&header(400, "Content-Length: 12")).is_err());
    }
}
