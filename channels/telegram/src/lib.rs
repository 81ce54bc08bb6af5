//! Telegram: the Bot API by long polling or webhook.
//!
//! [`Settings`] describe one bot and become its connector. Receiving (`receive`) hands every update to intake as it came and
//! confirms nothing before; `inbound` translates; sending (`outbound`) makes one attempt and says exactly what is known of it.
//! Why there is a client of our own: see `api`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]

mod address;
mod api;
mod connector;
mod diagnose;
mod errors;
pub mod inbound;
mod outbound;
mod receive;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use trunkline_channel::Translator;

pub use settings::{Mode, Settings, Timeouts};

/// The translator without an account, for stored updates of any bot.
#[must_use]
pub fn offline_translator() -> Arc<dyn Translator> {
    Arc::new(inbound::UpdateTranslator::default())
}
