//! Facebook Messenger: a page's conversations over the Messenger Platform of the Graph API.
//!
//! [`Settings`] describe one page and become its connector. Receiving is by webhook alone (`trunkline_meta` has the door, which
//! WhatsApp shares); `inbound` translates; sending (`outbound`) uploads files first, makes one attempt and says exactly what is
//! known of it; `watch` keeps webhook and subscription, which Facebook drops after an hour of failures.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]

mod connector;
mod diagnose;
mod errors;
pub mod inbound;
mod outbound;
mod page;
mod profile;
mod settings;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::Arc;

use trunkline_channel::Translator;

pub use settings::Settings;

/// The translator without an account, for stored events of any page.
#[must_use]
pub fn offline_translator() -> Arc<dyn Translator> {
    Arc::new(inbound::EventTranslator::default())
}
