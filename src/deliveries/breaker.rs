//! Stops sending through an inbox whose provider is in trouble, and finds out by single probes when it is over.

use std::collections::VecDeque;
use std::time::Duration;

use trunkline_channel::Micros;

use super::verdict::micros;

/// Ends are judged over this long.
const WINDOW: Duration = Duration::from_secs(60);
/// Fewer ends than this say nothing.
const MIN_ENDS: usize = 10;
/// Ends remembered at most.
const MAX_ENDS: usize = 200;
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    All,
    /// One send, to see whether the trouble is over.
    Probe,
    NothingBefore(Micros),
}

/// One inbox's breaker. Pure: the time is handed in.
#[derive(Debug, Default)]
pub struct Breaker {
    ends: VecDeque<(Micros, bool)>,
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    until: Micros,
    pause: Duration,
}

impl Breaker {
    /// What may be sent at `now`. While a probe is under way the caller must not start another.
    #[must_use]
    pub fn allows(&self, now: Micros) -> Allowed {
        match self.open {
            None => Allowed::All,
            Some(open) if now < open.until => Allowed::NothingBefore(open.until),
            Some(_) => Allowed::Probe,
        }
    }

    /// Takes note of how a send ended: whether the provider works. Returns whether this opened the breaker.
    pub fn note(&mut self, works: bool, now: Micros) -> bool {
        if let Some(open) = self.open {
            // Sends begun before it opened end late: only the probe's end counts.
            if now >= open.until {
                self.open = (!works).then(|| {
                    let pause = (open.pause * 2).min(LONGEST_PAUSE);
                    Open { until: now.saturating_add(micros(pause)), pause }
                });
                self.ends.clear();
            }
            return false;
        }
        self.ends.push_back((now, works));
        let oldest = now.saturating_sub(micros(WINDOW));
        while self.ends.len() > MAX_ENDS || self.ends.front().is_some_and(|(at, _)| *at < oldest) {
            self.ends.pop_front();
        }
        let failed = self.ends.iter().filter(|(_, works)| !works).count();
        if self.ends.len() < MIN_ENDS || failed * 2 < self.ends.len() {
            return false;
        }
        self.open = Some(Open { until: now.saturating_add(micros(FIRST_PAUSE)), pause: FIRST_PAUSE });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowed, Breaker};

    const S: i64 = 1_000_000;

    #[test]
    fn it_opens_at_half_of_ten_and_not_before() {
        let mut breaker = Breaker::default();
        for i in 0..9 {
            assert!(!breaker.note(i % 2 == 0, i));
        }
        assert_eq!(breaker.allows(9), Allowed::All);
        assert!(breaker.note(false, 9), "five of ten");
        assert_eq!(breaker.allows(10), Allowed::NothingBefore(9 + 15 * S));

        let mut healthy = Breaker::default();
        assert!((0..100).all(|i| !healthy.note(i % 5 < 3, i)), "two of five is under a half");
    }

    #[test]
    fn old_failures_are_forgotten() {
        let mut breaker = Breaker::default();
        assert!((0..9).all(|_| !breaker.note(false, 0)));
        assert!(!breaker.note(false, 61 * S));
        assert_eq!(breaker.allows(61 * S), Allowed::All);
    }

    #[test]
    fn probes_double_the_pause_to_five_minutes_and_one_success_closes() {
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            breaker.note(false, 0);
        }
        let mut now = 0;
        for pause in [15, 30, 60, 120, 240, 300, 300] {
            assert_eq!(breaker.allows(now), Allowed::NothingBefore(now + pause * S));
            breaker.note(true, now + S); // one that was under way: not the probe
            now += pause * S;
            assert_eq!(breaker.allows(now), Allowed::Probe);
            breaker.note(false, now);
        }
        now += 300 * S;
        breaker.note(true, now);
        assert_eq!(breaker.allows(now), Allowed::All);
    }
}
