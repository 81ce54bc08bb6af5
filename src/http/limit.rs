//! How often somebody may ask: an allowance for each caller that refills steadily (GCRA), for a bounded number of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::response::Response;
use http::HeaderValue;
use trunkline_channel::{Clock, Micros};

use super::ApiError;

const MINUTE: Micros = 60_000_000;
const SECOND: Micros = 1_000_000;

/// Allowances of a minute, by key. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Limiter {
    clock: Arc<dyn Clock>,
    per_minute: u32,
    max_keys: usize,
    /// When each key's allowance will be whole again; absent: it is whole.
    full_at: Arc<Mutex<HashMap<String, Micros>>>,
}

/// What is left after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub limit: u32,
    pub remaining: u32,
    /// Seconds until it is whole again.
    pub reset_s: u64,
}

impl Limiter {
    /// `max_keys` bounds what is remembered: when it is reached, those closest to a whole allowance are forgotten first.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, per_minute: u32, max_keys: usize) -> Self {
        Self { clock, per_minute: per_minute.max(1), max_keys, full_at: Arc::default() }
    }

    /// Takes one from the allowance, or tells when to come back.
    pub fn take(&self, key: &str) -> Result<Allowance, ApiError> {
        self.try_take(key).map_err(ApiError::too_many)
    }

    /// As [`take`](Self::take); the error is the seconds to wait.
    pub fn try_take(&self, key: &str) -> Result<Allowance, u64> {
        let now = self.clock.now();
        let cost = self.cost();
        let mut keys = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= self.max_keys && !keys.contains_key(key) {
            forget(&mut keys, now);
        }
        let full_at = keys.get(key).copied().unwrap_or(now).max(now);
        let next = full_at + cost;
        if next - now > MINUTE {
            return Err(seconds(next - now - MINUTE));
        }
        keys.insert(key.to_owned(), next);
        let used = (next - now + cost - 1) / cost;
        let remaining = self.per_minute.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX));
        Ok(Allowance { limit: self.per_minute, remaining, reset_s: seconds(next - now) })
    }

    /// Gives one back: what it was taken for turned out to be harmless.
    pub fn give_back(&self, key: &str) {
        let mut keys = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full_at) = keys.get_mut(key) {
            *full_at -= self.cost();
        }
    }

    fn cost(&self) -> Micros {
        MINUTE / i64::from(self.per_minute)
    }
}

/// Drops the half that is closest to whole.
fn forget(keys: &mut HashMap<String, Micros>, now: Micros) {
    keys.retain(|_, full_at| *full_at > now);
    let mut times: Vec<Micros> = keys.values().copied().collect();
    let middle = times.len() / 2;
    if times.len() > 1 {
        let (_, median, _) = times.select_nth_unstable(middle);
        let median = *median;
        keys.retain(|_, full_at| *full_at > median);
    }
}

fn seconds(micros: Micros) -> u64 {
    u64::try_from((micros + SECOND - 1) / SECOND).unwrap_or(0)
}

/// Adds the headers of draft-ietf-httpapi-ratelimit-headers.
pub fn tell(response: &mut Response, allowance: &Allowance) {
    let policy = format!("\"caller\";q={};w=60", allowance.limit);
    let state = format!("\"caller\";r={};t={}", allowance.remaining, allowance.reset_s);
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use trunkline_channel::ManualClock;

    use super::*;

    #[test]
    fn an_allowance_is_used_up_and_refills_steadily() {
        let clock = ManualClock::at(0);
        let limiter = Limiter::new(Arc::new(clock.clone()), 4, 10);
        let left: Vec<u32> = (0..4).map(|_| limiter.try_take("ann").unwrap().remaining).collect();
        assert_eq!(left, [3, 2, 1, 0]);
        assert_eq!(limiter.try_take("ann"), Err(15));
        assert!(limiter.try_take("bob").is_ok());
        clock.advance(std::time::Duration::from_secs(15));
        assert!(limiter.try_take("ann").is_ok());
        assert!(limiter.try_take("ann").is_err());
        limiter.give_back("ann");
        assert!(limiter.try_take("ann").is_ok());
    }

    #[test]
    fn it_remembers_no_more_keys_than_it_may_and_forgets_the_harmless_first() {
        let clock = ManualClock::at(0);
        let limiter = Limiter::new(Arc::new(clock), 4, 100);
        for _ in 0..4 {
            limiter.try_take("greedy").unwrap();
        }
        for i in 0..1000 {
            limiter.try_take(&format!("key {i}")).unwrap();
            assert!(limiter.full_at.lock().unwrap().len() <= 100);
        }
        assert!(limiter.try_take("greedy").is_err());
    }
}
