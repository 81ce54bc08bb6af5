//! Email: IMAP in, SMTP out.
//!
//! [`Settings`] describe one mailbox and become its connector. Receiving (`imap`) hands every mail to intake as it
//! stands on the server and confirms nothing before; sending (`smtp`) makes one attempt and says exactly what is known of it.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::string_slice, clippy::allow_attributes))]

mod connector;
mod imap;
pub mod inbound;
mod oauth;
pub mod outbound;
mod settings;
mod smtp;
mod timeouts;
mod tls;

use std::sync::Arc;

use trunkline_channel::{Secret, Translator};

/// The translator of no mailbox in particular: it knows no own addresses and no signature of ours.
#[must_use]
pub fn offline_translator() -> Arc<dyn Translator> {
    let (own_addresses, instance_id, signing_key) = (Vec::new(), String::new(), Secret::default());
    Arc::new(inbound::MailTranslator { own_addresses, instance_id, signing_key })
}

pub use settings::{AuthSettings, ImapSettings, Settings, SmtpSettings, TlsMode};
pub use timeouts::Timeouts;
