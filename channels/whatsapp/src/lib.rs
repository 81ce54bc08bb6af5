//! WhatsApp Business: the Cloud API.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]
