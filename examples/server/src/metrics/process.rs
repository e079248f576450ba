//! [`Process`]: the operating system's figures for this process, under the standard names of
//! Prometheus clients.
//!
//! In: `/proc/self`. Out: gauges; none if it does not exist. Must not know about the server.

use std::fmt;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

/// The figures, which are read at each scrape.
#[derive(Debug)]
pub(super) struct Process {
    started: i64,
}

impl Process {
    /// A process that starts now.
    pub(super) fn new() -> Self {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self { started: i64::try_from(started).unwrap_or(i64::MAX) }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let handles =
            fs::read_dir("/proc/self/fd").ok().and_then(|handles| i64::try_from(handles.count()).ok());
        let gauges = [
            ("resident_memory_bytes", "Memory in use", field(&status, "VmRSS:").map(|kib| kib * 1024)),
            ("threads", "Threads", field(&status, "Threads:")),
            ("open_fds", "Open file handles", handles),
            ("start_time_seconds", "Start time, in seconds since 1970", Some(self.started)),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                let name = format!("process_{name}");
                let metric = encoder.encode_descriptor(&name, help, None, MetricType::Gauge)?;
                ConstGauge::new(value).encode(metric)?;
            }
        }
        Ok(())
    }
}

/// The number after a name in `/proc/self/status`.
fn field(status: &str, name: &str) -> Option<i64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::prometheus_text;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let status = "Name:\tx\nVmHWM:\t  99 kB\nVmRSS:\t   123 kB\nThreads:\t7\n";
        assert_eq!(field(status, "VmRSS:"), Some(123));
        assert_eq!(field(status, "Threads:"), Some(7));
        assert_eq!(field(status, "VmSwap:"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory_threads_and_handles() {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process::new()));
        let mut text = String::new();
        prometheus_text::encode(&mut text, &registry).unwrap();
        for (name, least) in [
            ("resident_memory_bytes", 100_000.0),
            ("threads", 1.0),
            ("open_fds", 3.0),
            ("start_time_seconds", 1e9),
        ] {
            let sample = format!("\nprocess_{name} ");
            let value = text.split(&sample).nth(1).and_then(|rest| rest.lines().next()?.parse::<f64>().ok());
            assert!(value.is_some_and(|value| value >= least), "{name}: {text}");
        }
    }
}
