//! Counts SQL statements: all of them, and those of one piece of work, which should not grow with the rows it returns.

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
    /// Those that somebody asked for, which is all but those of [`in_background`].
    pub(super) fn asked_for(&self) -> u64 {
        self.asked_for.load(Ordering::Relaxed)
    }

    pub(super) fn in_background(&self) -> u64 {
        self.in_background.load(Ordering::Relaxed)
    }
}

/// Counts one statement in `total` and in the work that it is part of.
pub(super) fn count(total: &Statements) {
    let counter = if is_in_background() { &total.in_background } else { &total.asked_for };
    counter.fetch_add(1, Ordering::Relaxed);
    let _ = COUNTED.try_with(|counted| counted.set(counted.get() + 1));
}

pub(super) fn is_in_background() -> bool {
    IN_BACKGROUND.try_with(|()| ()).is_ok()
}

/// Does `work`, and tells how many statements it took, as far as they ran in the same task.
pub async fn counted<T>(work: impl Future<Output = T>) -> (T, u64) {
    COUNTED
        .scope(Cell::new(0), async {
            let output = work.await;
            (output, COUNTED.with(Cell::get))
        })
        .await
}

/// Does work that the program does by itself and nobody asked for: its statements are counted apart, as far as they run
/// in the same task, so that what requests cost can be told whatever goes on beside them.
pub async fn in_background<T>(work: impl Future<Output = T>) -> T {
    IN_BACKGROUND.scope((), work).await
}
