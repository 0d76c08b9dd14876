//! Counts SQL statements: all of them, and those of one piece of work, which should not grow with the rows it returns.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

tokio::task_local! {
    static COUNTED: Cell<u64>;
}

/// Counts one statement in `total` and in the work that it is part of.
pub(super) fn count(total: &AtomicU64) {
    total.fetch_add(1, Ordering::Relaxed);
    let _ = COUNTED.try_with(|counted| counted.set(counted.get() + 1));
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
