//! What the process takes of the machine.

use std::time::Duration;

use rlimit::{Resource, getrlimit, setrlimit};

/// File descriptors besides those of connections.
const OWN_DESCRIPTORS: u64 = 256;

/// CPU time and memory of the process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    /// Of all threads since the start, where the system tells it.
    pub(crate) cpu: Option<Duration>,
    /// Resident memory, where the system tells it.
    pub(crate) resident_bytes: Option<u64>,
}

impl Process {
    /// As it is now. Costs two small files of Linux.
    pub(crate) fn now() -> Self {
        Self {
            cpu: cpu(),
            resident_bytes: resident_bytes(),
        }
    }
}

/// `utime` and `stime` of `/proc/self/stat` (`proc_pid_stat(5)`), which Linux tells in hundredths of a second.
fn cpu() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the name of the program in brackets, and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}

/// `VmRSS` of `/proc/self/status` (`proc_pid_status(5)`).
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// How many of `wanted` connections the process may have file descriptors for, after it has taken what it is allowed.
pub(crate) fn connections_within(wanted: usize) -> usize {
    let needed = (wanted as u64).saturating_add(OWN_DESCRIPTORS);
    let Ok((current, most)) = getrlimit(Resource::NOFILE) else {
        return wanted;
    };
    if current >= needed {
        return wanted;
    }
    let raised = most.min(needed);
    let has = match setrlimit(Resource::NOFILE, raised, most) {
        Ok(()) => raised,
        Err(_) => current,
    };
    let fitting = usize::try_from(has.saturating_sub(OWN_DESCRIPTORS)).unwrap_or(wanted);
    fitting.clamp(1, wanted.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_takes_something() {
        let now = Process::now();
        assert!(now.cpu.is_none_or(|cpu| cpu < Duration::from_secs(1 << 30)));
        assert!(now.resident_bytes.is_none_or(|bytes| bytes > 1 << 20));
    }

    #[test]
    fn few_connections_always_fit() {
        assert_eq!(connections_within(1), 1);
        assert!(connections_within(usize::MAX) < usize::MAX);
    }
}
