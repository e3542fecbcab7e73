//! Measuring CPU time instead of wall time.

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use rustix::time::{ClockId, clock_gettime};

use criterion::Criterion;

/// Criterion on CPU time.
pub type Bench = Criterion<CpuTime>;

/// CPU time of the process, user and system, summed over all its threads.
///
/// A machine that does other things too stretches wall time and leaves this nearly alone (caches and hyper-threads are
/// still shared). Work on two threads counts twice: it is the cost that is measured, not the patience.
#[derive(Clone, Copy, Debug)]
pub struct CpuTime;

/// Criterion as every stage uses it: ten samples within about two seconds, set by the command line where it says more.
pub fn bench() -> Bench {
    let short = Criterion::default()
        .sample_size(10)
        .measurement_time(Duration::from_secs(2))
        .warm_up_time(Duration::from_millis(300));
    short.with_measurement(CpuTime).configure_from_args()
}

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        now()
    }

    fn end(&self, start: Duration) -> Duration {
        now().saturating_sub(start)
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_secs_f64() * 1e9
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanoseconds) = (
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    );
    Duration::new(seconds, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computing_takes_time_on_this_clock_and_two_spans_add_up() {
        let start = CpuTime.start();
        let spent = (0..u64::MAX).find(|step| {
            std::hint::black_box(step);
            CpuTime.end(start) > Duration::ZERO
        });
        assert!(spent.is_some());
        let (a, b) = (Duration::from_nanos(3), Duration::from_nanos(4));
        assert_eq!(CpuTime.to_f64(&CpuTime.add(&a, &b)), 7.0);
    }
}
