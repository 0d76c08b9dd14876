//! Writes log lines to standard error, many at once when there are many: a busy server ends ten thousand operations a
//! second, and a system call for each line (and whoever reads the pipe, woken for each) would cost a tenth of what the
//! operation itself does.
//!
//! A line after a pause is written at once, and so is every warning and error, with all that waits before it. Others wait
//! for [`PAUSE`] at most. Only a process that is killed within that time loses them.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tokio::time::Instant;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// Maximum time that a line waits.
const PAUSE: Duration = Duration::from_millis(50);

/// Buffered bytes that are written at once.
const FULL: usize = 32 * 1024;

/// The buffer of all lines.
#[derive(Clone, Default)]
pub(super) struct Writer {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Notified when the first line waits.
    is_waiting: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    written: Option<Instant>,
}

impl Writer {
    /// A writer, with the thread that writes waiting lines.
    pub(super) fn start() -> io::Result<Self> {
        let writer = Self::default();
        let shared = writer.shared.clone();
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            loop {
                let waiting = shared.lock();
                drop(shared.is_waiting.wait_while(waiting, |waiting| waiting.lines.is_empty()));
                thread::sleep(PAUSE);
                shared.lock().write();
            }
        })?;
        Ok(writer)
    }

    /// Writes all waiting lines.
    pub(super) fn flush(&self) {
        self.shared.lock().write();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Errors of standard error cannot be reported anywhere.
    fn write(&mut self) {
        let _ = io::stderr().write_all(&self.lines);
        self.lines.clear();
        self.written = Some(Instant::now());
    }
}

/// Takes one line.
pub(super) struct Line<'w> {
    shared: &'w Shared,
    is_urgent: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.shared.lock();
        waiting.lines.extend_from_slice(line);
        let is_calm = waiting.written.is_none_or(|written| written.elapsed() > PAUSE);
        if self.is_urgent || waiting.lines.len() >= FULL || is_calm && waiting.lines.len() == line.len() {
            waiting.write();
        } else if waiting.lines.len() == line.len() {
            self.shared.is_waiting.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Writer {
    type Writer = Line<'w>;

    fn make_writer(&'w self) -> Line<'w> {
        Line { shared: &self.shared, is_urgent: true }
    }

    fn make_writer_for(&'w self, metadata: &Metadata<'_>) -> Line<'w> {
        Line { shared: &self.shared, is_urgent: *metadata.level() <= Level::WARN }
    }
}
