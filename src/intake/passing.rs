//! What is told once and not kept: somebody types, a provider has news about the account. Told after the commit of the
//! raw events it came with, so that an event that comes again (because we did not confirm it) is not told twice.

use std::sync::Arc;

use serde_json::json;

use super::{Lines, Notice};
use crate::realtime::{Hub, Person};

/// The subscription of nobody: everyone who listens is told.
const NOBODY: u64 = 0;

/// Who is told.
pub struct Passing {
    pub lines: Arc<dyn Lines>,
    pub hub: Hub,
}

/// Something to be told when the transaction is committed.
#[derive(Debug)]
pub enum Told {
    Typing {
        conversation_id: String,
        /// The customer's id at the provider.
        peer: String,
        name: Option<String>,
    },
    Notice {
        inbox_id: String,
        notice: Notice,
    },
}

impl Passing {
    pub fn tell(&self, told: Vec<Told>) {
        for news in told {
            match news {
                Told::Typing { conversation_id, peer, name } => {
                    let body =
                        json!({ "session_id": conversation_id, "sender_type": "customer", "sender_name": name, "typing": true });
                    let from = Person { id: &format!("peer:{peer}"), subscription: NOBODY };
                    self.hub.volatile(&conversation_id, "chat:typing", body, from);
                }
                Told::Notice { inbox_id, notice } => self.lines.notice(&inbox_id, &notice),
            }
        }
    }
}
