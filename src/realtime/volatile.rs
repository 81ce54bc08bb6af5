//! Typing comes with every key, looking with every click; people need to hear of it twice a second at most.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::event::Volatile;

/// Between two tellings of one person in one conversation.
pub const INTERVAL: Duration = Duration::from_millis(500);
/// People and conversations remembered at once; beyond, typing is not told.
const MAX_SLOTS: usize = 20_000;

/// Which subscription it came from, not to be told to the one who types.
pub type Origin = u64;

#[derive(Debug)]
struct Slot {
    until: Instant,
    waiting: Option<(Volatile, Origin)>,
}

/// Lets the first of a burst through at once and, later, only the last of what came in the meantime.
#[derive(Debug, Default)]
pub struct Coalescer(HashMap<Key, Slot>);

/// Person, conversation, what is told, and whether it is for the staff alone: a note that is being written must not take
/// the place of an answer that is.
type Key = (String, String, &'static str, bool);

impl Coalescer {
    /// What is to be told now.
    pub fn offer(&mut self, person: &str, volatile: Volatile, origin: Origin, now: Instant) -> Option<(Volatile, Origin)> {
        let key = (person.to_owned(), volatile.conversation_id.to_string(), volatile.name, volatile.staff_only);
        if let Some(slot) = self.0.get_mut(&key) {
            if slot.until > now {
                slot.waiting = Some((volatile, origin));
                return None;
            }
            // What waited until now is older than this.
            *slot = Slot { until: now + INTERVAL, waiting: None };
            return Some((volatile, origin));
        }
        if self.0.len() >= MAX_SLOTS {
            return None;
        }
        self.0.insert(key, Slot { until: now + INTERVAL, waiting: None });
        Some((volatile, origin))
    }

    /// What has waited long enough.
    pub fn due(&mut self, now: Instant) -> Vec<(Volatile, Origin)> {
        let mut due = Vec::new();
        self.0.retain(|_, slot| {
            if slot.until > now {
                return true;
            }
            let Some(waiting) = slot.waiting.take() else { return false };
            due.push(waiting);
            slot.until = now + INTERVAL;
            true
        });
        due
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use tokio::time::Instant;

    use super::{Coalescer, INTERVAL, MAX_SLOTS, Volatile};

    fn typing(conversation: &str, n: u32) -> Volatile {
        Volatile { conversation_id: conversation.into(), name: "chat:typing", body: json!(n), staff_only: false }
    }

    #[test]
    fn a_thousand_keys_a_second_become_two_tellings_and_the_last_wins() {
        let mut coalescer = Coalescer::default();
        let start = Instant::now();
        let mut told = Vec::new();
        for ms in 0..1000 {
            let now = start + Duration::from_millis(ms.into());
            told.extend(coalescer.due(now).into_iter().map(|(v, _)| v.body));
            told.extend(coalescer.offer("ann", typing("c", ms), 1, now).map(|(v, _)| v.body));
        }
        assert_eq!(told, [json!(0), json!(499)]);
        let last = coalescer.due(start + Duration::from_millis(1000));
        assert_eq!(last[0].0.body, json!(999));
        assert!(coalescer.due(start + Duration::from_millis(1500)).is_empty());
        assert!(coalescer.is_empty(), "a quiet person is forgotten");
    }

    #[test]
    fn who_has_paused_is_told_of_at_once() {
        let mut coalescer = Coalescer::default();
        let start = Instant::now();
        assert!(coalescer.offer("ann", typing("c", 1), 1, start).is_some());
        let told = coalescer.offer("ann", typing("c", 2), 1, start + INTERVAL);
        assert_eq!(told.map(|(v, _)| v.body), Some(json!(2)));
        assert!(coalescer.offer("ann", typing("c", 3), 1, start + INTERVAL).is_none());
        let told = coalescer.offer("ann", typing("c", 4), 1, start + INTERVAL * 2);
        assert_eq!(told.map(|(v, _)| v.body), Some(json!(4)), "the last wins");
        assert!(coalescer.due(start + INTERVAL * 2).is_empty());
    }

    #[test]
    fn people_and_conversations_do_not_hold_each_other_back() {
        let mut coalescer = Coalescer::default();
        let now = Instant::now();
        assert!(coalescer.offer("ann", typing("c", 1), 1, now).is_some());
        assert!(coalescer.offer("bob", typing("c", 1), 2, now).is_some());
        assert!(coalescer.offer("ann", typing("d", 1), 1, now).is_some());
        assert!(coalescer.offer("ann", typing("c", 2), 1, now).is_none());
        let note = Volatile { staff_only: true, ..typing("c", 3) };
        assert!(coalescer.offer("ann", note, 1, now).is_some(), "a note is not in the way of an answer");
        for n in 0..MAX_SLOTS {
            let _ = coalescer.offer("crowd", typing(&n.to_string(), 1), 3, now);
        }
        assert!(coalescer.offer("crowd", typing("one more", 1), 3, now).is_none(), "memory is bounded");
    }
}
