//! The time in which a channel lets free messages through.

use trunkline_channel::{Micros, Window};

use super::verdict::micros;

/// From when on a free message is refused; 0 where the customer has never written. What a machine wrote has less time
/// than what a person did.
#[must_use]
pub fn closes_at(window: &Window, last_inbound_at: Option<Micros>, automatic: bool) -> Micros {
    let span = if automatic { window.free } else { window.whole() };
    last_inbound_at.map_or(0, |at| at.saturating_add(micros(span)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use trunkline_channel::Window;

    use super::closes_at;

    #[test]
    fn people_have_the_longer_time_and_machines_the_free_one() {
        let secs = Duration::from_secs;
        let window = Window { free: secs(10), human: Some(secs(70)), way_out: "" };
        assert_eq!((closes_at(&window, Some(1), false), closes_at(&window, Some(1), true)), (70_000_001, 10_000_001));
        assert_eq!(closes_at(&Window { human: None, ..window }, Some(1), false), 10_000_001);
        assert_eq!(closes_at(&window, None, false), 0);
    }
}
