//! Bells that a transaction rings after its commit, so that whoever works on what it wrote need not poll for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Bells by name. A hint within this process, nothing more: whoever waits for a bell also looks by itself now and then.
#[derive(Debug, Default)]
pub(super) struct Bells(Mutex<HashMap<String, Arc<Notify>>>);

impl Bells {
    /// The bell of that name, made when it is first asked for: there are as many as there are workers.
    pub fn named(&self, name: &str) -> Arc<Notify> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default().clone()
    }

    /// Wakes whoever waits for the bell, or the next one who will.
    pub fn ring(&self, name: &str) {
        if let Some(bell) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            bell.notify_one();
        }
    }
}
