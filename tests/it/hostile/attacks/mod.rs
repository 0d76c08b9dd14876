//! What somebody who means ill may send, as the bytes of one connection each, and how it is sent. The tests judge what
//! comes back, and `bench siege` measures what others feel of it.

mod documents;
mod http;
mod http2;
mod live;
mod requests;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    task::JoinSet,
    time::{interval, timeout},
};

/// Attacks at once, beside those that wait or stay.
const AT_ONCE: usize = 8;
/// When a connection counts as one that the server does not end. The longest default time-out of one that says nothing
/// but is not idle is that of bodies, 15 s.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// One connection's bytes, and how it goes on.
pub(super) struct Attack {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) then: Then,
}

/// What the client does once it has sent its bytes, or cannot send more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Reads the answer, which there must be, until the server closes.
    Read,
    /// Sends no more, says so, and reads what may come until the server closes.
    End,
    /// Reads, says nothing, and waits until the server has had enough.
    Wait,
    /// Sends a byte now and then until the server has had enough.
    Trickle,
    /// Does not read, and stays until all others are done.
    Stay,
}

/// All attacks on one server. Those that stay end with this.
pub(super) struct Siege {
    under_way: JoinSet<(Attack, Option<Vec<u8>>)>,
    _stay: JoinSet<()>,
}

impl Siege {
    /// Begins all of them.
    pub(super) fn begin(address: &str) -> Self {
        let (mut under_way, mut stay) = (JoinSet::new(), JoinSet::new());
        let places = Arc::new(Semaphore::new(AT_ONCE));
        for attack in all() {
            let (address, places) = (address.to_owned(), places.clone());
            if attack.then == Then::Stay {
                stay.spawn(async move { attack.sit(&address).await });
                continue;
            }
            under_way.spawn(async move {
                let _place = match attack.then {
                    Then::Read | Then::End => places.acquire_owned().await.ok(),
                    _ => None,
                };
                let answer = timeout(GIVEN_UP, attack.carry_out(&address)).await.ok();
                (attack, answer)
            });
        }
        Self { under_way, _stay: stay }
    }

    /// The next attack that is over, and what came back until the server closed its connection; nothing if it did not.
    pub(super) async fn next(&mut self) -> Option<(Attack, Option<Vec<u8>>)> {
        self.under_way.join_next().await.map(|ended| ended.expect("an attack does not panic"))
    }
}

impl Attack {
    /// Sends what can be sent, and reads until the server closes the connection.
    async fn carry_out(&self, address: &str) -> Vec<u8> {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        let (mut read, mut write) = stream.into_split();
        let mut answer = vec![];
        let send = async {
            // The server may close before it has read all.
            let _ = write.write_all(&self.bytes).await;
            match self.then {
                Then::End => drop(write.shutdown().await),
                Then::Trickle => {
                    let mut now_and_then = interval(Duration::from_millis(500));
                    while write.write_all(b"\n").await.is_ok() {
                        now_and_then.tick().await;
                    }
                }
                _ => {}
            }
            std::future::pending::<()>().await;
        };
        let receive = async {
            // A reset is an end, too.
            let _ = read.read_to_end(&mut answer).await;
        };
        tokio::select! {
            () = send => {}
            () = receive => {}
        }
        answer
    }

    /// Takes a place, and reads nothing.
    async fn sit(&self, address: &str) {
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        let _ = stream.write_all(&self.bytes).await;
        std::future::pending::<()>().await;
    }
}

/// All of them.
pub(super) fn all() -> Vec<Attack> {
    let groups = [
        http::lines,
        http::heads,
        http::lengths,
        http2::http2,
        http::bodies,
        documents::nesting,
        documents::crowds,
        documents::texts,
        requests::values,
        requests::meaning,
        requests::variables,
        http::headers,
        http::urls,
        live::streams,
        live::sockets,
        live::held,
    ];
    groups.into_iter().flat_map(|group| group()).collect()
}

fn attack(name: impl Into<String>, then: Then, bytes: impl Into<Vec<u8>>) -> Attack {
    Attack { name: name.into(), bytes: bytes.into(), then }
}

/// A POST whose answer ends the connection.
fn post_with(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn body(name: impl Into<String>, body: impl AsRef<[u8]>) -> Attack {
    attack(name, Then::Read, post_with("", body))
}

fn document(name: impl Into<String>, text: impl AsRef<str>) -> Attack {
    body(name, json!({ "query": text.as_ref() }).to_string())
}

fn asking(name: impl Into<String>, text: &str, variables: Value) -> Attack {
    body(name, json!({ "query": text, "variables": variables }).to_string())
}

/// A GET with further header lines.
fn get(headers: &str) -> Vec<u8> {
    format!("GET /graphql?query=%7Bme%7Bid%7D%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n")
        .into_bytes()
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}
