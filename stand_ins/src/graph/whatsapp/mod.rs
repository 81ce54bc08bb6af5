//! WhatsApp's Cloud API.
