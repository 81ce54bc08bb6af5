//! How often something may be done: a bounded memory of who did what lately (generic cell rate algorithm, as in ITU-T
//! I.371 and RFC 2698's single-rate meters).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use trunkline_channel::Micros;

/// Keys remembered at once. Beyond it the unknown are refused until somebody's memory has faded.
const MAX_KEYS: usize = 50_000;

/// So many at once, and so many in that time in the long run.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    pub times: u32,
    pub per: Duration,
}

/// Counts by key; cheap to ask.
#[derive(Debug, Default)]
pub struct Meter(Mutex<HashMap<String, Micros>>);

impl Meter {
    /// Takes one. `Err` says after how many seconds there is another.
    pub fn take(&self, key: &str, allowance: Allowance, now: Micros) -> Result<(), u64> {
        let per = i64::try_from(allowance.per.as_micros()).unwrap_or(i64::MAX);
        let step = per / i64::from(allowance.times.max(1));
        let mut emptied = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if emptied.len() >= MAX_KEYS && !emptied.contains_key(key) {
            emptied.retain(|_, at| *at > now);
            if emptied.len() >= MAX_KEYS {
                return Err(1);
            }
        }
        // When everything taken so far will have been given back.
        let before = emptied.get(key).copied().unwrap_or(now).max(now);
        let wait = before + step - now - per;
        if wait > 0 {
            return Err(wait.unsigned_abs().div_ceil(1_000_000));
        }
        emptied.insert(key.to_owned(), before + step);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Allowance, MAX_KEYS, Meter};

    #[test]
    fn a_burst_passes_and_then_one_for_each_step() {
        let meter = Meter::default();
        let allowance = Allowance { times: 3, per: Duration::from_secs(30) };
        let at = |second: i64| meter.take("ann", allowance, second * 1_000_000);
        assert_eq!([at(0), at(0), at(0), at(0)], [Ok(()), Ok(()), Ok(()), Err(10)]);
        assert_eq!([at(9), at(10), at(10)], [Err(1), Ok(()), Err(10)]);
        assert_eq!(at(1000), Ok(()));
        assert_eq!(meter.take("bob", allowance, 0), Ok(()), "everybody for themselves");
    }

    #[test]
    fn the_memory_is_bounded_and_fades() {
        let meter = Meter::default();
        let allowance = Allowance { times: 1, per: Duration::from_secs(60) };
        for n in 0..MAX_KEYS {
            assert_eq!(meter.take(&n.to_string(), allowance, 0), Ok(()));
        }
        assert_eq!(meter.take("one more", allowance, 0), Err(1));
        assert_eq!(meter.take("one more", allowance, 61_000_000), Ok(()));
    }
}
