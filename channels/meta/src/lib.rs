//! What WhatsApp and Messenger share of the Graph API.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]
