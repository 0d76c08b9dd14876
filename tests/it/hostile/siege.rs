//! All [`attacks`] at once on one server, while somebody else shops. How long that takes and how much memory, `make siege`
//! tells.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::attacks::{self, Attack, Siege, Then};
use crate::{
    cli::Server,
    support::{Client, within_a_minute},
};

/// So often at least somebody else is served.
const SERVED: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_siege_leaves_the_server_up_and_others_served() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("shop.db").display());
    let args = ["--demo", "--listen", "127.0.0.1:0", "--database-url", &url];
    let server = Server::start(&args);
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let count = attacks::all().len();
    assert!(count >= 200, "{count}");

    let is_over = Arc::new(AtomicBool::new(false));
    let shopper = tokio::spawn(shop(server.client(), is_over.clone()));
    let mut siege = Siege::begin(&address);
    while let Some((attack, answer)) = siege.next().await {
        judge(&attack, answer);
    }
    is_over.store(true, Ordering::Relaxed);
    // Those that stay are there until the last of these answers.
    shopper.await.unwrap();
    drop(siege);

    let bad: Vec<_> = server.end();
    let bad = bad
        .iter()
        .filter(|line| line.contains("panic") || line.contains("ERROR") || line.contains("overflow"));
    assert_eq!(bad.collect::<Vec<_>>(), Vec::<&String>::new());
}

/// Somebody who knows how to behave, and gets the right answer each time.
async fn shop(client: Client, is_over: Arc<AtomicBool>) {
    let mut right = None;
    let mut served = 0;
    while !is_over.load(Ordering::Relaxed) || served < SERVED {
        let reply = client.run("{ products(first: 20) { nodes { id name } } }");
        let products = within_a_minute("somebody else is served", reply).await.data();
        served += 1;
        assert_eq!(products["products"]["nodes"].as_array().unwrap().len(), 20);
        assert_eq!(*right.get_or_insert_with(|| products.clone()), products);
    }
}

/// The server ends each connection, after an answer where one is due, and is to blame for nothing.
fn judge(attack: &Attack, answer: Option<Vec<u8>>) {
    let Attack { name, then, .. } = attack;
    let Some(answer) = answer else { panic!("{name}: still open") };
    let statuses: Vec<_> = statuses(&answer).collect();
    assert!(statuses.iter().all(|status| *status < 500), "{name}: {statuses:?}");
    assert!(
        *then != Then::Read || !statuses.is_empty(),
        "{name}: no answer but {:?}",
        String::from_utf8_lossy(&answer)
    );
}

/// The status of each answer of HTTP/1.
fn statuses(answer: &[u8]) -> impl Iterator<Item = u16> {
    let start = b"HTTP/1.1 ";
    answer
        .windows(start.len() + 3)
        .filter(|window| window.starts_with(b"HTTP/1.1 ") || window.starts_with(b"HTTP/1.0 "))
        .filter_map(|window| std::str::from_utf8(&window[9..]).ok()?.parse().ok())
}
