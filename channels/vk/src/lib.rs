//! VK: community messages by Callback API or Bots Long Poll.
//!
//! [`Settings`] describe one community and become its connector. Receiving (`receive`) hands every event to intake as it came
//! and confirms nothing before; `inbound` translates; sending (`outbound`) makes one attempt that may be repeated without harm.
//! Why there is a client of our own: see `api`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]

mod address;
mod api;
mod connector;
mod diagnose;
mod errors;
pub mod inbound;
mod outbound;
mod reactions;
mod receive;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use trunkline_channel::Translator;

pub use settings::{Mode, Settings, Timeouts};

/// The translator without a community, for stored events of any.
#[must_use]
pub fn offline_translator() -> Arc<dyn Translator> {
    Arc::new(inbound::EventTranslator::default())
}
