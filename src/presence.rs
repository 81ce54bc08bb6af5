//! Who has sockets open at this process: bounds for one person, and the moment the last socket of somebody is gone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Open sockets by person; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Presence(Arc<Mutex<HashMap<String, usize>>>);

/// One open socket; dropping it closes the account.
#[derive(Debug)]
pub struct Seat {
    presence: Presence,
    person: String,
}

impl Presence {
    /// Takes a seat; `None` when the person has `max` already.
    #[must_use]
    pub fn enter(&self, person: &str, max: usize) -> Option<Seat> {
        let mut seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = seats.entry(person.to_owned()).or_default();
        if *taken >= max {
            return None;
        }
        *taken += 1;
        Some(Seat { presence: self.clone(), person: person.to_owned() })
    }

    #[must_use]
    pub fn count(&self, person: &str) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(person).copied().unwrap_or(0)
    }
}

/// Names a visitor among all who hold sockets.
#[must_use]
pub fn visitor_key(inbox_id: &str, external_id: &str) -> String {
    format!("visitor:{inbox_id}:{external_id}")
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.presence.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = seats.get_mut(&self.person) {
            *taken -= 1;
            if *taken == 0 {
                seats.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Presence;

    #[test]
    fn seats_are_counted_given_back_and_bounded() {
        let presence = Presence::default();
        let first = presence.enter("ann", 2);
        let second = presence.enter("ann", 2);
        assert!(first.is_some() && second.is_some() && presence.enter("ann", 2).is_none());
        assert!(presence.enter("bob", 2).is_some());
        drop(first);
        assert_eq!(presence.count("ann"), 1);
        drop(second);
        assert_eq!(presence.count("ann"), 0);
    }
}
