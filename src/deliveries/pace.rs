//! How fast an inbox, and each chat in it, may be sent to.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use trunkline_channel::{Capabilities, Clock, Rate};

/// Chats remembered before those that have fallen silent are forgotten.
const MAX_CHATS: usize = 10_000;
/// A rate above this is none: it would only cost time.
const UNLIMITED_PER_SECOND: f64 = 1e6;

type Whole = RateLimiter<NotKeyed, InMemoryState, OurClock, NoOpMiddleware<Duration>>;
type PerChat = RateLimiter<String, DefaultKeyedStateStore<String>, OurClock, NoOpMiddleware<Duration>>;

/// The limits of one inbox.
pub struct Pace {
    clock: OurClock,
    whole: Option<Whole>,
    per_chat: Option<PerChat>,
}

/// Why something has to wait, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    Chat(Duration),
    Inbox(Duration),
}

impl Pace {
    #[must_use]
    pub fn of(caps: &Capabilities, clock: Arc<dyn Clock>) -> Self {
        let clock = OurClock(clock);
        let whole = quota(caps.inbox_rate).map(|quota| RateLimiter::direct_with_clock(quota, clock.clone()));
        let per_chat =
            quota(caps.chat_rate).map(|quota| RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone()));
        Self { clock, whole, per_chat }
    }

    /// Takes the right to one send to this chat now, or says how long to wait for it.
    pub fn take(&self, chat: &str) -> Result<(), Wait> {
        if let Some(per_chat) = &self.per_chat {
            if per_chat.len() > MAX_CHATS {
                per_chat.retain_recent();
            }
            let now = self.clock.now();
            per_chat.check_key(&chat.to_owned()).map_err(|not| Wait::Chat(not.wait_time_from(now)))?;
        }
        match &self.whole {
            Some(whole) => {
                let now = self.clock.now();
                whole.check().map_err(|not| Wait::Inbox(not.wait_time_from(now)))
            }
            None => Ok(()),
        }
    }
}

/// `None` for a rate that limits nothing.
fn quota(rate: Rate) -> Option<Quota> {
    if !(rate.per_second > 0.0 && rate.per_second < UNLIMITED_PER_SECOND) {
        return None;
    }
    let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(Duration::from_secs_f64(1.0 / rate.per_second)).map(|quota| quota.allow_burst(burst))
}

/// Our clock in the shape the limiter wants; a wall clock that goes back only makes it wait longer.
#[derive(Clone)]
struct OurClock(Arc<dyn Clock>);

impl GovernorClock for OurClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_micros(self.0.now().max(0).unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use trunkline_channel::{Capabilities, ManualClock, Rate};

    use super::{Pace, Wait};
    use crate::deliveries::lane::testing::capabilities;

    fn pace(inbox: (f64, u32), chat: (f64, u32), clock: &ManualClock) -> Pace {
        let rate = |(per_second, burst)| Rate { per_second, burst };
        let caps = Capabilities { inbox_rate: rate(inbox), chat_rate: rate(chat), ..capabilities() };
        Pace::of(&caps, Arc::new(clock.clone()))
    }

    #[test]
    fn a_chat_waits_without_holding_up_others() {
        let clock = ManualClock::at(1_800_000_000_000_000);
        let pace = pace((100.0, 100), (1.0, 1), &clock);
        assert_eq!(pace.take("a"), Ok(()));
        assert_eq!(pace.take("a"), Err(Wait::Chat(Duration::from_secs(1))));
        assert_eq!(pace.take("b"), Ok(()));
        clock.advance(Duration::from_millis(999));
        assert!(pace.take("a").is_err());
        clock.advance(Duration::from_millis(1));
        assert_eq!(pace.take("a"), Ok(()));
    }

    #[test]
    fn the_inbox_takes_its_burst_and_then_its_rate() {
        let clock = ManualClock::at(1_800_000_000_000_000);
        let pace = pace((2.0, 3), (0.0, 0), &clock);
        let taken = (0..10).filter(|i| pace.take(&i.to_string()).is_ok()).count();
        assert_eq!(taken, 3);
        assert_eq!(pace.take("x"), Err(Wait::Inbox(Duration::from_millis(500))));
        clock.advance(Duration::from_millis(1000));
        assert_eq!((0..10).filter(|i| pace.take(&i.to_string()).is_ok()).count(), 2);
    }

    #[test]
    fn no_rate_is_no_limit() {
        let clock = ManualClock::at(0);
        let pace = pace((f64::INFINITY, 1), (f64::NAN, 1), &clock);
        assert!((0..1000).all(|_| pace.take("a").is_ok()));
    }
}
