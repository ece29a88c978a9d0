//! What this process has used.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// Processor time and memory since the process started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Seconds of processor time, in the program and in the system for it.
    pub(crate) cpu_seconds: f64,
    /// The most memory that was resident at once.
    pub(crate) peak_rss_bytes: i64,
}

/// Returns what this process has used; zeros where the system does not tell.
pub(crate) fn usage() -> Usage {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else { return Usage::default() };
    let cpu = usage.user_time() + usage.system_time();
    // Linux counts kilobytes, macOS bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    Usage { cpu_seconds: cpu.num_microseconds() as f64 / 1e6, peak_rss_bytes: usage.max_rss() * unit }
}
