//! Waiting for what must come to pass. No test measures how long that takes: a minute only ends what hangs.

use std::time::Duration;

/// When a wait is given up, however slow the machine is.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// The outcome of what must come to an end; `what` names it in the failure.
pub(crate) async fn within_a_minute<T>(what: &str, event: impl Future<Output = T>) -> T {
    tokio::time::timeout(MINUTE, event).await.unwrap_or_else(|_| panic!("nothing within a minute: {what}"))
}

/// Looks until there is something to see.
pub(crate) async fn found<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    within_a_minute(what, async {
        loop {
            match look().await {
                Some(value) => return value,
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    })
    .await
}

/// Looks until it is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    found(what, async || is_so().await.then_some(())).await;
}
