//! What the channel of each inbox can do, for rules that must not know connectors.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use trunkline_channel::Capabilities;

/// Kept up to date by whoever builds the connectors; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Abilities(Arc<RwLock<HashMap<String, Arc<Capabilities>>>>);

impl Abilities {
    /// `None` where the inbox is removed, or its settings do not work.
    #[must_use]
    pub fn of(&self, inbox_id: &str) -> Option<Arc<Capabilities>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(inbox_id).cloned()
    }

    pub fn set(&self, inbox_id: &str, capabilities: Option<Capabilities>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match capabilities {
            Some(capabilities) => known.insert(inbox_id.to_owned(), Arc::new(capabilities)),
            None => known.remove(inbox_id),
        };
    }
}
