//! WhatsApp Business: the Cloud API.
//!
//! [`Settings`] describe one number and become its connector. Events come by webhook and are handed to intake as they came;
//! `inbound` translates; sending (`outbound`) makes one attempt and says exactly what is known of it. What WhatsApp shares with
//! Messenger is in `trunkline_meta`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]

mod connector;
mod diagnose;
mod errors;
pub mod inbound;
mod media;
mod number;
mod outbound;
mod settings;
mod templates;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::Arc;

use trunkline_channel::Translator;

pub use settings::Settings;

/// The translator without an account, for stored events of any number.
#[must_use]
pub fn offline_translator() -> Arc<dyn Translator> {
    Arc::new(inbound::WebhookTranslator::default())
}
