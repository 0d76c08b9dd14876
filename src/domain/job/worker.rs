//! Worker of an instance: claims due jobs and runs their handlers, a few at a time.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use entity::job;
use futures_util::FutureExt;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::Instrument;

use super::{
    handler::{JobAttempt, JobError, JobHandler},
    store::{self, MAX_ATTEMPTS, Outcome, attempt_number},
};
use crate::domain::{
    database::in_background,
    job::JobQueue,
    kernel::fault::{Fault, with_causes},
};

/// Maximum pause while the database does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Duration and interval of attempts to store an outcome. Together with a handler's time limit this is less than the
/// lease.
const SETTLE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_millis(500));

#[derive(Clone, Copy, Debug)]
pub struct WorkerConfig {
    /// Interval of polls, for jobs of other instances and for retries.
    pub poll: Duration,
    pub at_once: usize,
    pub time_limit: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { poll: Duration::from_secs(2), at_once: 4, time_limit: Duration::from_secs(60) }
    }
}

pub struct Worker {
    queue: JobQueue,
    handlers: BTreeMap<&'static str, Arc<dyn JobHandler>>,
    config: WorkerConfig,
}

/// A running worker. Dropping it aborts its jobs, which are retried after their lease.
pub struct WorkerHandle {
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
}

/// Pause before the next poll, if the database did not answer the last one.
struct Outage(Option<Duration>);

impl Worker {
    /// One handler per kind. Jobs of other kinds are left to instances that know them.
    pub fn new(queue: JobQueue, handlers: impl IntoIterator<Item = Arc<dyn JobHandler>>) -> Self {
        let handlers = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        Self { queue, handlers, config: WorkerConfig::default() }
    }

    pub fn with_config(self, config: WorkerConfig) -> Self {
        Self { config, ..self }
    }

    /// Starts the worker on the current runtime.
    pub fn start(self) -> WorkerHandle {
        let stop = CancellationToken::new();
        let task = tokio::spawn(in_background(self.run(stop.clone())));
        WorkerHandle { stop, task: AbortOnDropHandle::new(task) }
    }

    async fn run(self, stop: CancellationToken) {
        if self.handlers.is_empty() {
            return;
        }
        let mut under_way = JoinSet::new();
        let mut outage = Outage(None);
        let (mut look, mut look_again) = (true, Instant::now());
        while !stop.is_cancelled() {
            let free = self.config.at_once.saturating_sub(under_way.len());
            if look && free > 0 {
                let taken = self.claim(free).await;
                look_again = Instant::now() + outage.pause(taken.as_ref().err(), self.config.poll);
                let taken = taken.unwrap_or_default();
                // All free slots were used: there may be more jobs.
                look = taken.len() == free;
                for job in taken {
                    if let Some(handler) = self.handlers.get(job.kind.as_str()) {
                        let work = work(self.queue.clone(), handler.clone(), job, self.config.time_limit);
                        under_way.spawn(in_background(work));
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                Some(_) = under_way.join_next() => {}
                () = self.queue.signal.woken() => look = true,
                () = sleep_until(look_again), if !look => look = true,
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    async fn claim(&self, limit: usize) -> Result<Vec<job::Model>, Fault> {
        let kinds: Vec<_> = self.handlers.keys().copied().collect();
        store::claim(&self.queue, &kinds, limit).await
    }
}

impl WorkerHandle {
    /// Token that stops further claims.
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Stops, and waits for running jobs. After `grace` they are aborted, and retried after their lease.
    pub async fn stopped(mut self, grace: Duration) {
        self.stop.cancel();
        if timeout(grace, &mut self.task).await.is_err() {
            tracing::warn!("some jobs were aborted at shutdown; they will be retried");
        }
    }
}

impl Outage {
    fn pause(&mut self, fault: Option<&Fault>, poll: Duration) -> Duration {
        let Some(fault) = fault else {
            if self.0.take().is_some() {
                tracing::info!("jobs run again");
            }
            return poll;
        };
        if self.0.is_none() {
            tracing::warn!(cause = with_causes(fault), "cannot fetch jobs; trying again");
        }
        let pause = self.0.map_or(poll, |pause| LONGEST_PAUSE.min(pause * 2));
        self.0 = Some(pause);
        pause
    }
}

/// One attempt at a job, including its stored outcome.
async fn work(queue: JobQueue, handler: Arc<dyn JobHandler>, job: job::Model, limit: Duration) {
    let (kind, number) = (handler.kind(), attempt_number(job.attempts));
    let span = tracing::debug_span!("job::handle", kind, id = %job.id.0, attempt = number);
    let work = async {
        let outcome = attempt(&*handler, &job, number, limit).await;
        let id = job.id.0;
        match &outcome {
            Outcome::Succeeded => tracing::debug!(kind, %id, attempt = number, "a job succeeded"),
            Outcome::Retry(cause) => {
                tracing::warn!(kind, %id, attempt = number, cause, "a job failed; trying again later");
            }
            Outcome::Dead(cause) => {
                tracing::error!(kind, %id, attempt = number, cause, "a job failed its last attempt");
            }
        }
        settle(&queue, &job, &outcome).await;
    };
    work.instrument(span).await;
}

async fn attempt(handler: &dyn JobHandler, job: &job::Model, number: u32, limit: Duration) -> Outcome {
    if number > MAX_ATTEMPTS {
        // The lease of the last attempt has expired: its worker crashed.
        return Outcome::Dead("the last attempt did not finish".to_owned());
    }
    let about = JobAttempt { job: job.id, created_at: job.created_at, number };
    // Inside the span of what is caught, so that a panic while the future is made is caught, too.
    let handle = async { handler.handle(job.payload.clone(), about).await };
    let error = match AssertUnwindSafe(timeout(limit, handle)).catch_unwind().await {
        Ok(Ok(Ok(()))) => return Outcome::Succeeded,
        Ok(Ok(Err(JobError::Permanent(error)))) => return Outcome::Dead(error),
        Ok(Ok(Err(JobError::Retryable(error)))) => error,
        Ok(Err(_)) => format!("not finished after {limit:?}"),
        Err(_) => "the handler panicked".to_owned(),
    };
    if number == MAX_ATTEMPTS { Outcome::Dead(error) } else { Outcome::Retry(error) }
}

/// Stores the outcome of a job, with repeated attempts while the database does not answer: otherwise a finished job
/// would run again.
async fn settle(queue: &JobQueue, job: &job::Model, outcome: &Outcome) {
    let (patience, pause) = SETTLE;
    let end = Instant::now() + patience;
    let id = job.id.0;
    loop {
        match store::settle(queue, job, outcome).await {
            Ok(true) => return,
            Ok(false) => {
                return tracing::warn!(%id, "a job outlived its lease and was taken by another worker");
            }
            Err(_) if Instant::now() < end => sleep(pause).await,
            Err(fault) => {
                let cause = with_causes(&fault);
                return tracing::warn!(%id, cause, "cannot record the outcome of a job; it will be retried");
            }
        }
    }
}
