//! New identifiers: UUIDv7, so that ids sort by the time they were made.

use std::sync::{Arc, Mutex, PoisonError};

use trunkline_channel::Clock;
use uuid::{ContextV7, Timestamp, Uuid};

/// Makes ids from the clock it was given; ids made by one maker rise, also within a millisecond.
#[derive(Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    context: Arc<Mutex<ContextV7>>,
}

impl Ids {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, context: Arc::new(Mutex::new(ContextV7::new())) }
    }

    #[must_use]
    pub fn next(&self) -> String {
        let now = self.clock.now().max(0).unsigned_abs();
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        let nanos = u32::try_from(now % 1_000_000 * 1_000).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(&*context, now / 1_000_000, nanos)).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use trunkline_channel::ManualClock;

    #[test]
    fn ids_rise_even_while_the_clock_stands_still() {
        let ids = super::Ids::new(Arc::new(ManualClock::at(1_700_000_000_000_000)));
        let made: Vec<String> = (0..1000).map(|_| ids.next()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
