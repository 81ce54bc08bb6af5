//! The way of a message in: raw event and effects in one transaction, confirmed only after the commit.

use std::sync::Arc;

use trunkline_channel::{Threads, Translator};

use crate::config::InboxOptions;

/// What intake must know about an inbox; answered by the supervisor of the running connectors.
#[derive(Clone)]
pub struct Line {
    pub channel: String,
    pub translator: Arc<dyn Translator>,
    pub threads: Threads,
    pub options: InboxOptions,
}

/// Looks up running (or paused) inboxes.
pub trait Lines: Send + Sync + 'static {
    fn line(&self, inbox_id: &str) -> Option<Line>;
}
