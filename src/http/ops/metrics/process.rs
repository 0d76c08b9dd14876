//! Metrics of the process, with the names of Prometheus's own clients.

use procfs::{
    ProcResult, WithCurrentSystemInfo, boot_time_secs,
    process::{LimitValue, Process},
    ticks_per_second,
};
use prometheus_client::{
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::{Registry, Unit},
};

/// Adds the metrics, unless `/proc` cannot be read.
pub(super) fn add(registry: &mut Registry) -> ProcResult<()> {
    let process = Process::myself()?;
    let (stat, ticks) = (process.stat()?, ticks_per_second() as f64);
    let cpu = (stat.utime + stat.stime) as f64 / ticks;
    let start = boot_time_secs()? as f64 + stat.starttime as f64 / ticks;
    let (open, max) = (process.fd_count()?, process.limits()?.max_open_files.soft_limit);
    let gauge = |number: u64| ConstGauge::new(i64::try_from(number).unwrap_or(i64::MAX));

    let registry = registry.sub_registry_with_prefix("process");
    let cpu = ConstCounter::new(cpu);
    registry.register_with_unit("cpu", "User and system CPU time", Unit::Seconds, cpu);
    let start = ConstGauge::new(start);
    registry.register_with_unit(
        "start_time",
        "Start time of the process, in Unix time",
        Unit::Seconds,
        start,
    );
    let resident = gauge(stat.rss_bytes().get());
    registry.register_with_unit("resident_memory", "Resident memory", Unit::Bytes, resident);
    registry.register_with_unit("virtual_memory", "Virtual memory", Unit::Bytes, gauge(stat.vsize));
    registry.register("threads", "Threads of the operating system", ConstGauge::new(stat.num_threads));
    registry.register("open_fds", "Open file descriptors", gauge(open as u64));
    if let LimitValue::Value(max) = max {
        registry.register("max_fds", "Maximum number of open file descriptors", gauge(max));
    }
    Ok(())
}
