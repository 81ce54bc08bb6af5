//! Web chat: a connector like the rest, whose wire is the daemon's own realtime.
//!
//! A visitor's socket event becomes a [`wire::Event`], stored as a raw event like those of any provider. Answers need no
//! sending: visitors are told of them by the event log.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]

pub mod answers;
mod connector;
pub mod face;
pub mod hours;
pub mod identity;
mod settings;
mod translate;
pub mod wire;

use std::sync::Arc;

use trunkline_channel::Translator;

/// The translator, which is the same for every site.
#[must_use]
pub fn offline_translator() -> Arc<dyn Translator> {
    Arc::new(translate::WebChatTranslator)
}

pub use connector::WebChat;
pub use settings::{Quotas, Settings};
