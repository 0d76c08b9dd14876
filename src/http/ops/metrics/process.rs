//! Metrics of the process from Linux's `/proc`, with the names of Prometheus's own clients. On other systems they are
//! absent.

use std::{fs, sync::LazyLock};

use prometheus_client::{
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::{Registry, Unit},
};

/// `USER_HZ`, the kernel's unit of times: 100 per second on all architectures that Bodega is built for.
const TICKS_PER_SECOND: f64 = 100.0;

/// Boot time, in seconds of Unix time. It never changes, and is slow to read on machines with many cores.
static BOOT_TIME: LazyLock<Option<f64>> = LazyLock::new(|| {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
});

/// Adds the metrics that can be read.
pub(super) fn add(registry: &mut Registry) {
    let process = registry.sub_registry_with_prefix("process");
    if let Some([user, system, start]) = times() {
        let cpu = ConstCounter::new((user + system) / TICKS_PER_SECOND);
        process.register_with_unit("cpu", "User and system CPU time", Unit::Seconds, cpu);
        if let Some(boot) = *BOOT_TIME {
            let start = ConstGauge::new(boot + start / TICKS_PER_SECOND);
            process.register_with_unit(
                "start_time",
                "When the process started, as Unix time",
                Unit::Seconds,
                start,
            );
        }
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(kib) = field(&status, "VmRSS:") {
        process.register_with_unit(
            "resident_memory",
            "Resident memory",
            Unit::Bytes,
            ConstGauge::new(kib * 1024),
        );
    }
    if let Some(kib) = field(&status, "VmSize:") {
        process.register_with_unit(
            "virtual_memory",
            "Virtual memory",
            Unit::Bytes,
            ConstGauge::new(kib * 1024),
        );
    }
    if let Some(threads) = field(&status, "Threads:") {
        process.register("threads", "Threads of the operating system", ConstGauge::new(threads));
    }
    if let Some(open) = open_files() {
        process.register("open_fds", "Open file descriptors", ConstGauge::new(open));
    }
    if let Some(max) = max_files() {
        process.register("max_fds", "The most open file descriptors", ConstGauge::new(max));
    }
}

/// Ticks of user and system time, and of the process's start since boot.
fn times() -> Option<[f64; 3]> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses, which may hold any character.
    let after_name = stat.rsplit_once(')')?.1;
    let fields: Vec<_> = after_name.split_whitespace().collect();
    let ticks = |number: usize| fields.get(number - 3)?.parse().ok();
    Some([ticks(14)?, ticks(15)?, ticks(22)?])
}

fn field(status: &str, name: &str) -> Option<i64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Since Linux 6.2 the directory's size is the number; counting is slow with many.
fn open_files() -> Option<i64> {
    let count = match fs::metadata("/proc/self/fd").ok()?.len() {
        0 => fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1),
        count => usize::try_from(count).ok()?,
    };
    i64::try_from(count).ok()
}

fn max_files() -> Option<i64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    field(&limits, "Max open files")
}
