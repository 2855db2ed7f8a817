//! Measures throughput and latency of concurrent clients.

use super::report::round;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// The result of a measurement.
#[derive(Debug)]
pub(super) struct Measured {
    /// The latency of every request in microseconds, ascending.
    micros: Vec<u32>,
    lasted: Duration,
}

/// The result of one step of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A successful request.
    Done,
    /// Nothing is left to do: the measurement ends.
    NothingLeft,
}

impl Measured {
    /// A result from single latencies in microseconds.
    pub(super) fn of(mut micros: Vec<u32>, lasted: Duration) -> Result<Self, String> {
        micros.sort_unstable();
        if micros.is_empty() { Err("nothing was measured".to_owned()) } else { Ok(Self { micros, lasted }) }
    }

    /// The median and the 99th percentile, in milliseconds.
    pub(super) fn p50_p99(&self) -> Value {
        json!({ "p50": round(self.percentile_ms(50)), "p99": round(self.percentile_ms(99)) })
    }

    /// As [`Measured::p50_p99`], with the maximum.
    pub(super) fn p50_p99_max(&self) -> Value {
        json!({
            "p50": round(self.percentile_ms(50)),
            "p99": round(self.percentile_ms(99)),
            "max": round(self.percentile_ms(100)),
        })
    }

    /// The number of requests.
    pub(super) fn count(&self) -> usize {
        self.micros.len()
    }

    /// The duration in seconds.
    pub(super) fn seconds(&self) -> f64 {
        self.lasted.as_secs_f64()
    }

    /// The requests per second.
    pub(super) fn per_second(&self) -> f64 {
        f64::from(u32::try_from(self.micros.len()).unwrap_or(u32::MAX)) / self.lasted.as_secs_f64()
    }

    /// A latency in microseconds.
    pub(super) fn micros(time: Duration) -> u32 {
        u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
    }

    /// The percentile of the latency in milliseconds (nearest rank).
    pub(super) fn percentile_ms(&self, percent: usize) -> f64 {
        let rank = (self.micros.len() * percent).div_ceil(100);
        f64::from(self.micros.get(rank.saturating_sub(1)).copied().unwrap_or_default()) / 1000.0
    }
}

/// Runs every client in its own thread, each request right after the last response. Requests that begin within
/// `warm_up` are not counted.
pub(super) fn closed_loop<C: Send>(
    clients: &mut [C],
    warm_up: Duration,
    duration: Duration,
    step: impl Fn(&mut C) -> Result<Step, String> + Sync,
) -> Result<Measured, String> {
    let stop = AtomicBool::new(false);
    let from = Instant::now() + warm_up;
    let until = from + duration;
    let work = |client: &mut C| -> Result<Vec<u32>, String> {
        let mut micros = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let begun = Instant::now();
            if begun >= until {
                break;
            }
            if step(client).inspect_err(|_| stop.store(true, Ordering::Relaxed))? == Step::NothingLeft {
                stop.store(true, Ordering::Relaxed);
                break;
            }
            if begun >= from {
                micros.push(Measured::micros(begun.elapsed()));
            }
        }
        Ok(micros)
    };
    let results: Vec<Result<Vec<u32>, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = clients.iter_mut().map(|client| scope.spawn(|| work(client))).collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|_| Err("a client broke down".to_owned()))).collect()
    });
    let lasted = Instant::now().saturating_duration_since(from);
    Measured::of(results.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect(), lasted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_rate_are_computed_from_latencies() {
        let measured = Measured { micros: (1..=200).map(|n| n * 1000).collect(), lasted: Duration::from_secs(4) };
        assert_eq!((measured.percentile_ms(50), measured.percentile_ms(99)), (100.0, 198.0));
        assert!((measured.per_second() - 50.0).abs() < 1e-9);
    }

    #[test]
    fn closed_loop_ends_without_work_and_returns_the_first_error() {
        let (no_warm_up, duration) = (Duration::ZERO, Duration::from_secs(60));
        let count_down = |left: &mut u32| {
            *left = left.saturating_sub(1);
            Ok(if *left == 0 { Step::NothingLeft } else { Step::Done })
        };
        assert_eq!(closed_loop(&mut [4_u32], no_warm_up, duration, count_down).unwrap().count(), 3);
        let failed = closed_loop(&mut [1_u32, 2], no_warm_up, duration, |_| Err("no".to_owned()));
        assert_eq!(failed.err().as_deref(), Some("no"));
    }
}
