//! What processes have used, as Linux tells in `/proc`: CPU seconds and memory.

use std::{collections::HashMap, fs, io, path::Path};

use crate::Fallible;

/// The unit of times in `/proc`, which is a part of Linux's interface (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// The fields of `/proc/PID/stat` that count here; times in ticks.
struct Stat {
    parent: u32,
    /// In user and system mode, all threads together.
    own: u64,
    /// Of children that have ended and been waited for, and of theirs.
    ended: u64,
}

/// CPU seconds of one process.
pub(crate) fn of_process(pid: u32) -> Fallible<f64> {
    Ok(stat(Path::new("/proc").join(pid.to_string()).as_path())?.own as f64 / TICKS_PER_SECOND)
}

/// CPU seconds of a process and all its descendants. The time of one that has ended stands with its parent, so that the
/// sum only ever grows, whatever comes and goes.
pub(crate) fn of_tree(root: u32) -> Fallible<f64> {
    let mut stats = HashMap::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // A process that has gone between the two looks is none of those that live for the whole run.
        if let Ok(stat) = stat(&entry.path()) {
            stats.insert(pid, stat);
        }
    }
    let belongs = |mut pid: u32| {
        while let Some(stat) = stats.get(&pid) {
            if pid == root {
                return true;
            }
            pid = stat.parent;
        }
        false
    };
    let ticks: u64 =
        stats.iter().filter(|(pid, _)| belongs(**pid)).map(|(_, stat)| stat.own + stat.ended).sum();
    Ok(ticks as f64 / TICKS_PER_SECOND)
}

/// The memory of a process that is not swapped out, shared pages included.
pub(crate) fn resident_bytes(pid: u32) -> Fallible<u64> {
    status_bytes(pid, "VmRSS:")
}

/// The most memory that it has ever had so.
pub(crate) fn peak_bytes(pid: u32) -> Fallible<u64> {
    status_bytes(pid, "VmHWM:")
}

fn status_bytes(pid: u32, name: &str) -> Fallible<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let line = line.ok_or_else(|| format!("no {name} in /proc/PID/status"))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024)
}

fn stat(process: &Path) -> io::Result<Stat> {
    let text = fs::read_to_string(process.join("stat"))?;
    parse(&text).ok_or_else(|| io::Error::other("/proc/PID/stat is not as expected"))
}

/// The second field is the program's name in parentheses and may hold anything, so fields are counted behind it: the
/// first of them is number 3 in `man proc_pid_stat`.
fn parse(text: &str) -> Option<Stat> {
    let fields: Vec<_> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(4)?).ok()?,
        own: number(14)? + number(15)?,
        ended: number(16)? + number(17)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_moves_no_field() {
        let text = "7 (a) b (c) S 3 7 7 0 -1 4194560 9 8 7 6 100 20 3 4 20 0 1 0 5 6 7";
        let stat = parse(text).unwrap();
        assert_eq!((stat.parent, stat.own, stat.ended), (3, 120, 7));
    }
}
