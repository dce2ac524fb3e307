//! Times fresh reads of /proc by the crate `procfs` (github.com/eminence/procfs).
//! The protocol is in ../README.md.
//!
//! How the crate is used: one call of the file's constructor or function per read, which opens,
//! reads and parses the file anew; for PID/... a method of one `Process` (this process), made
//! before the clock starts. It holds the folder /proc/self open, not the files.
//!
//! Of stat the crate leaves the lines intr and softirq, of pressure/cpu the second line.
//!
//! Not in version 0.14: softirqs, schedstat, net/snmp, net/snmp6, net/netstat, net/sockstat.

use std::io::{self, BufRead};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use procfs::process::Process;
use procfs::{
    CpuPressure, IoPressure, KernelStats, LoadAverage, Meminfo, MemoryPressure, ProcResult, Uptime,
};

static SINK: AtomicU64 = AtomicU64::new(0);

/// The nanoseconds that `calls` reads took, after one untimed read; none if any of them failed.
fn measure<T>(
    calls: u64,
    read: impl Fn() -> ProcResult<T>,
    using: impl Fn(&T) -> u64,
) -> Option<u128> {
    let read_once = || -> Option<()> {
        SINK.fetch_add(using(&read().ok()?), Ordering::Relaxed);
        Some(())
    };
    read_once()?;
    let start = Instant::now();
    for _ in 0..calls {
        read_once()?;
    }
    Some(start.elapsed().as_nanos())
}

fn answer(me: &Process, request: &str) -> Option<u128> {
    let (source, calls) = request.trim().split_once(' ')?;
    let n = calls.trim().parse().ok()?;
    match source {
        "stat" => measure(n, KernelStats::new, |v| v.ctxt),
        "meminfo" => measure(n, Meminfo::new, |v| v.mem_free),
        "net/dev" => measure(n, procfs::net::dev_status, |v| v.len() as u64),
        "loadavg" => measure(n, LoadAverage::new, |v| v.one as u64),
        "diskstats" => measure(n, procfs::diskstats, |v| v.len() as u64),
        "uptime" => measure(n, Uptime::new, |v| v.uptime as u64),
        "pressure/cpu" => measure(n, CpuPressure::new, |v| v.some.total),
        "pressure/memory" => measure(n, MemoryPressure::new, |v| v.some.total),
        "pressure/io" => measure(n, IoPressure::new, |v| v.some.total),
        "vmstat" => measure(n, procfs::vmstat, |v| v.len() as u64),
        "PID/stat" => measure(n, || me.stat(), |v| v.utime),
        "PID/statm" => measure(n, || me.statm(), |v| v.resident),
        "PID/io" => measure(n, || me.io(), |v| v.rchar),
        "PID/status" => measure(n, || me.status(), |v| v.vmrss.unwrap_or(0)),
        "PID/schedstat" => measure(n, || me.schedstat(), |v| v.sum_exec_runtime),
        _ => None,
    }
}

fn main() -> io::Result<()> {
    let me = Process::myself().map_err(|error| io::Error::new(io::ErrorKind::Other, error))?;
    for request in io::stdin().lock().lines() {
        match answer(&me, &request?) {
            Some(taken_ns) => println!("{}", taken_ns),
            None => println!("-"),
        }
    }
    Ok(())
}
