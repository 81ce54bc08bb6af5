//! Who of the staff has which conversation on the screen, so that two do not answer at once without knowing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use crate::access::Caller;
use crate::conversations::views::PersonRef;
use crate::realtime::{Hub, Person};

/// People told of for one conversation; with more nobody needs the names.
const MAX_TOLD: usize = 50;
/// Tellings of one conversation are thinned out together, whoever came or went.
const EVERYBODY: Person<'static> = Person { id: "viewers", subscription: 0 };

/// All who look, by conversation; each open socket looks at one at most. Cheap to clone.
#[derive(Clone)]
pub struct Viewers {
    hub: Hub,
    looking: Arc<Mutex<Looking>>,
}

type Looking = HashMap<Arc<str>, Vec<Viewer>>;

struct Viewer {
    person: PersonRef,
    sockets: usize,
}

/// One socket's look at one conversation; dropping it ends it.
pub struct Viewing {
    viewers: Viewers,
    conversation_id: Arc<str>,
    operator_id: String,
}

impl Viewers {
    #[must_use]
    pub fn new(hub: Hub) -> Self {
        Self { hub, looking: Arc::default() }
    }

    /// Notes that a socket of the caller shows the conversation now; colleagues are told when it is their first.
    #[must_use]
    pub fn enter(&self, conversation_id: &str, caller: &Caller) -> Viewing {
        let conversation_id: Arc<str> = conversation_id.into();
        let mut looking = self.looking();
        let viewers = looking.entry(conversation_id.clone()).or_default();
        match viewers.iter_mut().find(|viewer| viewer.person.id == caller.operator_id) {
            Some(viewer) => viewer.sockets += 1,
            None => {
                let person = PersonRef { id: caller.operator_id.clone(), name: caller.name.clone() };
                viewers.push(Viewer { person, sockets: 1 });
                self.tell(&looking, &conversation_id);
            }
        }
        Viewing { viewers: self.clone(), conversation_id, operator_id: caller.operator_id.clone() }
    }

    /// Who looks at a conversation now, in the order in which they came.
    #[must_use]
    pub fn of(&self, conversation_id: &str) -> Vec<PersonRef> {
        people(&self.looking(), conversation_id)
    }

    fn leave(&self, conversation_id: &str, operator_id: &str) {
        let mut looking = self.looking();
        let Some(viewers) = looking.get_mut(conversation_id) else { return };
        let Some(at) = viewers.iter().position(|viewer| viewer.person.id == operator_id) else { return };
        if let Some(viewer) = viewers.get_mut(at).filter(|viewer| viewer.sockets > 1) {
            viewer.sockets -= 1;
            return;
        }
        viewers.remove(at);
        if viewers.is_empty() {
            looking.remove(conversation_id);
        }
        self.tell(&looking, conversation_id);
    }

    /// Under the lock, so that what is told last is how it is.
    fn tell(&self, looking: &Looking, conversation_id: &str) {
        let body = json!({ "session_id": conversation_id, "viewers": people(looking, conversation_id) });
        self.hub.volatile_to_staff(conversation_id, "chat:viewing", body, EVERYBODY);
    }

    fn looking(&self) -> MutexGuard<'_, Looking> {
        self.looking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn people(looking: &Looking, conversation_id: &str) -> Vec<PersonRef> {
    let viewers = looking.get(conversation_id).into_iter().flatten();
    viewers.take(MAX_TOLD).map(|viewer| viewer.person.clone()).collect()
}

impl Viewing {
    #[must_use]
    pub fn conversation_id(&self) -> &str {
        &self.conversation_id
    }
}

impl Drop for Viewing {
    fn drop(&mut self) {
        self.viewers.leave(&self.conversation_id, &self.operator_id);
    }
}
