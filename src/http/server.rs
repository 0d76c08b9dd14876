//! Accepts connections: limits their number, sends small responses without delay, and closes those that are idle or
//! send their header too slowly ("slowloris"). poem's `Server`, which answers them, has none of these limits: its idle
//! timeout restarts with each byte, so clients that send or read slowly keep their connections, and it offers no access
//! to hyper's header timeout.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use poem::{
    http::uri::Scheme,
    listener::Acceptor,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep_until},
};

/// Pause after a failed accept. Most fail for lack of file descriptors, which closing connections free; a retry at once
/// would only keep a core busy.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Maximum number of connections at once; further ones wait in the kernel's queue.
    pub max_connections: usize,
    /// Maximum time from the first byte of a request's header to its last.
    pub header_timeout: Duration,
    /// Maximum time that a connection stays open while neither side sends anything.
    pub idle_timeout: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        let [header_timeout, idle_timeout] = [10, 75].map(Duration::from_secs);
        Self { max_connections: 10_000, header_timeout, idle_timeout }
    }
}

pub struct LimitedAcceptor {
    listener: TcpListener,
    local: LocalAddr,
    permits: Arc<Semaphore>,
    open: OpenConnections,
    limits: ConnectionLimits,
}

#[derive(Clone, Debug, Default)]
pub struct OpenConnections(Arc<AtomicUsize>);

/// One open connection, until this is dropped.
struct Open(OpenConnections);

impl OpenConnections {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn enter(&self) -> Open {
        self.0.fetch_add(1, Ordering::Relaxed);
        Open(self.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl LimitedAcceptor {
    pub fn new(listener: TcpListener, limits: ConnectionLimits) -> io::Result<Self> {
        Ok(Self {
            local: LocalAddr(listener.local_addr()?.into()),
            listener,
            permits: Arc::new(Semaphore::new(limits.max_connections)),
            open: OpenConnections::default(),
            limits,
        })
    }

    pub fn open_connections(&self) -> OpenConnections {
        self.open.clone()
    }
}

impl Acceptor for LimitedAcceptor {
    type Io = Connection;

    fn local_addr(&self) -> Vec<LocalAddr> {
        vec![self.local.clone()]
    }

    async fn accept(&mut self) -> io::Result<(Connection, LocalAddr, RemoteAddr, Scheme)> {
        let permit = self.permits.clone().acquire_owned().await.map_err(io::Error::other)?;
        loop {
            match self.listener.accept().await {
                Ok((stream, remote)) => {
                    stream.set_nodelay(true)?;
                    let connection = Connection::new(stream, self.limits, permit, self.open.enter());
                    return Ok((connection, self.local.clone(), RemoteAddr(remote.into()), Scheme::HTTP));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                }
            }
        }
    }
}

/// A connection that is closed if a header takes too long or the connection is idle for too long.
pub struct Connection {
    stream: TcpStream,
    limits: ConnectionLimits,
    phase: Phase,
    deadline: Pin<Box<Sleep>>,
    /// Whether the client has closed its side after the response to its last request had begun.
    is_left: bool,
    _permit: OwnedSemaphorePermit,
    _open: Open,
}

/// Kind of the client's next bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The first of a request.
    Idle,
    /// The first of a request, after line ends, which are ignored ([RFC 9112,
    /// 2.2](https://www.rfc-editor.org/rfc/rfc9112#section-2.2)).
    Blank,
    /// More of a header, of whose end (CR LF CR LF) this many bytes have come.
    Header { end: usize },
    /// A body, or nothing until the response is written; all of HTTP/2.
    Request,
    /// Those of another protocol (WebSocket), which has its own timeouts.
    Upgraded,
}

impl Phase {
    /// The phase after the client has sent `bytes`.
    fn after_read(self, bytes: &[u8]) -> Self {
        const END: &[u8; 4] = b"\r\n\r\n";
        let (mut end, bytes) = match self {
            Self::Idle | Self::Blank => {
                let blank = bytes.iter().take_while(|byte| b"\r\n".contains(byte)).count();
                if blank == bytes.len() {
                    return Self::Blank;
                }
                (0, &bytes[blank..])
            }
            Self::Header { end } => (end, bytes),
            Self::Request | Self::Upgraded => return self,
        };
        for byte in bytes {
            end = match (*byte == END[end], *byte) {
                (true, _) => end + 1,
                (false, b'\r') => 1,
                (false, _) => 0,
            };
            if end == END.len() {
                return Self::Request;
            }
        }
        Self::Header { end }
    }

    /// The phase after the server has begun to write `bytes`.
    fn after_write(self, bytes: &[u8]) -> Self {
        match self {
            Self::Request if bytes.starts_with(b"HTTP/1.1 100 ") => Self::Request,
            Self::Request if bytes.starts_with(b"HTTP/1.1 101 ") => Self::Upgraded,
            Self::Request if bytes.starts_with(b"HTTP/1.") => Self::Idle,
            other => other,
        }
    }
}

impl Connection {
    fn new(stream: TcpStream, limits: ConnectionLimits, permit: OwnedSemaphorePermit, open: Open) -> Self {
        let deadline = Box::pin(sleep_until(Instant::now() + limits.header_timeout));
        Self { stream, limits, phase: Phase::Idle, deadline, is_left: false, _permit: permit, _open: open }
    }

    /// The deadline of a header runs from its first byte, all others from the last activity.
    fn enter(&mut self, phase: Phase) {
        let timeout = match (self.phase, phase) {
            (Phase::Blank | Phase::Header { .. }, Phase::Blank | Phase::Header { .. }) => None,
            (_, Phase::Blank | Phase::Header { .. }) => Some(self.limits.header_timeout),
            _ => Some(self.limits.idle_timeout),
        };
        if let Some(timeout) = timeout {
            self.deadline.as_mut().reset(Instant::now() + timeout);
        }
        self.phase = phase;
    }

    fn is_overdue(&mut self, cx: &mut Context<'_>) -> bool {
        self.phase != Phase::Upgraded && self.deadline.as_mut().poll(cx).is_ready()
    }

    /// A blocked write counts against the deadline like a blocked read; a successful one may have begun a response.
    fn after_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        result: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match &result {
            Poll::Ready(Ok(_)) => self.enter(self.phase.after_write(bytes)),
            Poll::Pending if self.is_overdue(cx) => return Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            _ => {}
        }
        result
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        let is_end =
            matches!(result, Poll::Ready(Ok(()))) && buf.filled().len() == before && buf.remaining() > 0;
        self.is_left |= is_end && self.phase == Phase::Idle;
        if result.is_ready() && buf.filled().len() > before {
            let phase = self.phase.after_read(&buf.filled()[before..]);
            self.enter(phase);
        }
        if self.is_overdue(cx) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        result
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.after_write(cx, buf, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.after_write(cx, bufs.first().map_or(&[], |buf| buf), result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Fails once the client has closed its side: hyper notices that at once, but poem 3.1.12 awaits its connection
    /// again, which would keep an event stream open until something is written to it.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_left {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chunks: &[&str]) -> Phase {
        chunks.iter().fold(Phase::Idle, |phase, chunk| phase.after_read(chunk.as_bytes()))
    }

    #[test]
    fn the_end_of_a_header_is_found_wherever_it_is_cut() {
        let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        for cut in 1..request.len() {
            let (head, tail) = request.split_at(cut);
            assert!(matches!(read(&[head]), Phase::Header { .. }), "{head:?}");
            assert_eq!(read(&[head, tail]), Phase::Request, "{head:?} + {tail:?}");
        }
        assert!(matches!(read(&["GET / HTTP/1.1\r\r\n\r", "x\r\n"]), Phase::Header { .. }));
    }

    #[test]
    fn line_ends_before_a_request_are_no_header() {
        assert_eq!(read(&["\r\n\r\n"]), Phase::Blank);
        assert_eq!(read(&["\r\n", "\r\n", "\n"]), Phase::Blank);
        assert!(matches!(read(&["\r\n\r\nG", "ET"]), Phase::Header { .. }));
        assert_eq!(read(&["\r\n\r\nGET / HTTP/1.1\r\n", "\r\n"]), Phase::Request);
    }

    #[test]
    fn an_answer_makes_room_for_the_next_request_and_an_upgrade_for_none() {
        assert_eq!(Phase::Request.after_write(b"HTTP/1.1 200 OK\r\n"), Phase::Idle);
        assert_eq!(Phase::Request.after_write(b"HTTP/1.1 101 Switching Protocols\r\n"), Phase::Upgraded);
        assert_eq!(Phase::Upgraded.after_read(b"\r\n\r\n"), Phase::Upgraded);
        assert_eq!(
            Phase::Request.after_write(b"HTTP/1.1 100 Continue\r\n"),
            Phase::Request,
            "the body comes next"
        );
        let http2 = read(&["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]).after_write(b"\0\0\x18\x04");
        assert_eq!(http2, Phase::Request, "HTTP/2 has no headers that could be told apart here");
    }
}
