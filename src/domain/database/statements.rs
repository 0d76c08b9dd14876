//! Counts SQL statements: all of them, and those of one operation, which should not grow with the number of its rows.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

tokio::task_local! {
    static COUNTED: Cell<u64>;
    static IN_BACKGROUND: ();
}

#[derive(Debug, Default)]
pub(super) struct Statements {
    asked_for: AtomicU64,
    in_background: AtomicU64,
}

impl Statements {
    /// Statements of operations: all but those of [`in_background`].
    pub(super) fn asked_for(&self) -> u64 {
        self.asked_for.load(Ordering::Relaxed)
    }

    pub(super) fn in_background(&self) -> u64 {
        self.in_background.load(Ordering::Relaxed)
    }
}

/// Counts one statement in `total` and in its operation.
pub(super) fn count(total: &Statements) {
    let counter = if is_in_background() { &total.in_background } else { &total.asked_for };
    counter.fetch_add(1, Ordering::Relaxed);
    let _ = COUNTED.try_with(|counted| counted.set(counted.get() + 1));
}

pub(super) fn is_in_background() -> bool {
    IN_BACKGROUND.try_with(|()| ()).is_ok()
}

/// Runs `work`, and returns its number of statements, as far as they ran in the same task.
pub async fn counted<T>(work: impl Future<Output = T>) -> (T, u64) {
    COUNTED
        .scope(Cell::new(0), async {
            let output = work.await;
            (output, COUNTED.with(Cell::get))
        })
        .await
}

/// Runs background work: its statements, as far as they run in the same task, are counted separately from those of
/// requests.
pub async fn in_background<T>(work: impl Future<Output = T>) -> T {
    IN_BACKGROUND.scope((), work).await
}
