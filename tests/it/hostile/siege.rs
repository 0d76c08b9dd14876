//! All [`attacks`] at once on one server as it is by default, while somebody else shops.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::{interval, timeout},
};

use super::attacks::{self, Attack, Then};
use crate::{cli::Server, support::Client};

/// What others may wait. A release build keeps the goal of 100 ms; a debug build takes some ten times as long for the same
/// work, on two cores that the attackers share.
const PATIENCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_500 } else { 100 });
/// The longest default time-out that ends a silent connection is that of bodies, 15 s.
const CLOSED_WITHIN: Duration = Duration::from_secs(20);
/// Attacks at once, beside those that stay.
const AT_ONCE: usize = 8;
/// A release build keeps the goal of 100 MB; a debug build needs more for the same work.
const MAX_MEMORY_KIB: u64 = if cfg!(debug_assertions) { 160 } else { 100 } * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_siege_leaves_the_server_up_small_and_quick() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("shop.db").display());
    let server = Server::start(&["--demo", "--listen", "127.0.0.1:0", "--database-url", &url]);
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let attacks = attacks::all();
    assert!(attacks.len() >= 200, "{}", attacks.len());

    let is_over = Arc::new(AtomicBool::new(false));
    let shopper = std::thread::spawn({
        let (address, is_over) = (address.clone(), is_over.clone());
        move || shop(&address, &is_over)
    });
    let mut stay = vec![];
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut under_way = tokio::task::JoinSet::new();
    for attack in attacks {
        let (address, places) = (address.clone(), places.clone());
        match attack.then {
            Then::Stay => stay.push(tokio::spawn(async move { sit(&attack, &address).await })),
            Then::Wait | Then::Trickle => {
                under_way.spawn(async move { carry_out(&attack, &address).await });
            }
            Then::Read | Then::End => {
                under_way.spawn(async move {
                    let _place = places.acquire_owned().await.unwrap();
                    carry_out(&attack, &address).await;
                });
            }
        }
    }
    under_way.join_all().await;
    for task in stay {
        task.abort();
    }
    is_over.store(true, Ordering::Relaxed);
    let (asked, longest) = shopper.join().unwrap();

    let log: Vec<_> = server.log.try_iter().collect();
    let bad = log
        .iter()
        .filter(|line| line.contains("panic") || line.contains("ERROR") || line.contains("overflow"));
    assert_eq!(bad.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(asked > 20, "{asked}");
    assert!(longest <= PATIENCE, "of {asked} requests of somebody else, one took {longest:?}");
    let peak = memory(&server, "VmHWM:");
    assert!(peak <= MAX_MEMORY_KIB, "{} MB", peak / 1024);
    println!("{asked} requests of somebody else took {longest:?} at most; {} MB", peak / 1024);
}

/// Somebody who knows how to behave: how many requests were answered, and how long the slowest of them took.
fn shop(address: &str, is_over: &AtomicBool) -> (usize, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::new(address.parse().unwrap());
        let mut right = None;
        let (mut asked, mut longest) = (0, Duration::ZERO);
        while !is_over.load(Ordering::Relaxed) {
            let begin = Instant::now();
            let products = client.query("{ products(first: 20) { nodes { id name } } }").await.data();
            longest = longest.max(begin.elapsed());
            asked += 1;
            assert_eq!(products["products"]["nodes"].as_array().unwrap().len(), 16);
            assert_eq!(*right.get_or_insert_with(|| products.clone()), products);
        }
        (asked, longest)
    })
}

/// Sends what can be sent, and judges what comes back.
async fn carry_out(attack: &Attack, address: &str) {
    let Attack { name, bytes, then } = attack;
    let begin = Instant::now();
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let mut answer = vec![];
    let send = async {
        // The server may close before it has read all.
        let _ = write.write_all(bytes).await;
        match then {
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
    let ended = timeout(CLOSED_WITHIN, async {
        tokio::select! {
            () = send => {}
            () = receive => {}
        }
    });
    assert!(ended.await.is_ok(), "{name}: still open after {:?}", begin.elapsed());
    let statuses: Vec<_> = statuses(&answer).collect();
    assert!(statuses.iter().all(|status| *status < 500), "{name}: {statuses:?}");
    assert!(
        *then != Then::Read || !statuses.is_empty(),
        "{name}: no answer but {:?}",
        String::from_utf8_lossy(&answer)
    );
}

/// Takes a place, and reads nothing.
async fn sit(attack: &Attack, address: &str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(&attack.bytes).await;
    std::future::pending::<()>().await;
}

/// The status of each answer of HTTP/1.
fn statuses(answer: &[u8]) -> impl Iterator<Item = u16> {
    let start = b"HTTP/1.1 ";
    answer
        .windows(start.len() + 3)
        .filter(|window| window.starts_with(b"HTTP/1.1 ") || window.starts_with(b"HTTP/1.0 "))
        .filter_map(|window| std::str::from_utf8(&window[9..]).ok()?.parse().ok())
}

/// What the system says of the server's memory, in KiB.
fn memory(server: &Server, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}
