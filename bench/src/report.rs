//! The figures as a table, and the budgets.

use std::time::Duration;

use crate::{Fallible, load::Tally};

/// Bytes of memory that the server may use before the first request.
const IDLE_MEMORY: f64 = 25e6;

/// One measurement of one server.
pub(crate) struct Slice {
    requests_per_second: f64,
    p50: f64,
    p99: f64,
    bytes: f64,
    server_cpu: f64,
    database_cpu: f64,
}

/// The measurements of a scenario.
pub(crate) struct Comparison {
    name: &'static str,
    budget: f64,
    pub(crate) ours: Vec<Slice>,
    pub(crate) floor: Vec<Slice>,
}

/// Bytes of memory of our server.
pub(crate) struct Memory {
    pub(crate) idle: u64,
    pub(crate) loaded: u64,
}

/// A row of the table: its label, its value, and how many decimal digits to show.
type Row = (&'static str, fn(&Slice) -> f64, usize);

const ROWS: [Row; 7] = [
    ("requests/s", |slice| slice.requests_per_second, 0),
    ("p50 ms", |slice| slice.p50, 2),
    ("p99 ms", |slice| slice.p99, 2),
    ("bytes/answer", |slice| slice.bytes, 0),
    ("CPU s/1000 server", |slice| slice.server_cpu, 4),
    ("CPU s/1000 database", |slice| slice.database_cpu, 4),
    ("CPU s/1000 both", Slice::both, 4),
];

impl Slice {
    /// The figures of what was answered in `elapsed`, with the CPU seconds that it took.
    pub(crate) fn new(tally: &Tally, elapsed: Duration, server: f64, database: f64) -> Fallible<Self> {
        let requests = tally.latency.len() as f64;
        if requests == 0.0 {
            return Err("no request was answered".into());
        }
        let millis = |quantile| tally.latency.value_at_quantile(quantile) as f64 / 1e3;
        Ok(Self {
            requests_per_second: requests / elapsed.as_secs_f64(),
            p50: millis(0.5),
            p99: millis(0.99),
            bytes: tally.bytes as f64 / requests,
            server_cpu: server / requests * 1e3,
            database_cpu: database / requests * 1e3,
        })
    }

    fn both(&self) -> f64 {
        self.server_cpu + self.database_cpu
    }
}

impl Comparison {
    pub(crate) fn new(name: &'static str, budget: f64) -> Self {
        Self { name, budget, ours: Vec::new(), floor: Vec::new() }
    }

    fn print(&self) {
        println!("\n{:<28}{:>10}{:>10}{:>10}", self.name, "ours", "floor", "ratio");
        for (label, value, digits) in ROWS {
            let (ours, floor) = (median(&self.ours, value), median(&self.floor, value));
            let ratio = ours / floor;
            println!("  {label:<26}{ours:>10.digits$}{floor:>10.digits$}{ratio:>10.2}");
        }
    }
}

/// Prints everything and answers whether all budgets were kept.
pub(crate) fn print(comparisons: &[Comparison], memory: Memory) -> bool {
    let megabytes = |bytes: f64| bytes / 1e6;
    let idle = memory.idle as f64;
    for comparison in comparisons {
        comparison.print();
    }
    println!(
        "\nmemory: idle {:.1} MB, after load {:.1} MB",
        megabytes(idle),
        megabytes(memory.loaded as f64)
    );

    println!("\n{:<44}{:>8}{:>8}", "budgets", "used", "of");
    let cpu = comparisons.iter().map(|comparison| {
        let used = median(&comparison.ours, Slice::both);
        (format!("{}, CPU s/1000 both", comparison.name), used, comparison.budget, 3)
    });
    let memory = ("idle memory, MB".to_owned(), megabytes(idle), megabytes(IDLE_MEMORY), 1);
    cpu.chain([memory]).fold(true, |kept, (label, used, budget, digits)| {
        let verdict = if used <= budget { "ok" } else { "OVER" };
        println!("  {label:<42}{used:>8.digits$}{budget:>8.digits$}  {verdict}");
        kept && used <= budget
    })
}

fn median(slices: &[Slice], value: fn(&Slice) -> f64) -> f64 {
    let mut values: Vec<_> = slices.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_outlier_does_not_move_the_median() {
        let slice = |p50| Slice {
            requests_per_second: 1.0,
            p50,
            p99: 1.0,
            bytes: 1.0,
            server_cpu: 1.0,
            database_cpu: 1.0,
        };
        assert_eq!(median(&[slice(2.0), slice(900.0), slice(1.0)], |slice| slice.p50), 2.0);
        assert_eq!(median(&[slice(4.0), slice(2.0)], |slice| slice.p50), 3.0);
    }
}
