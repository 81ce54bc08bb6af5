//! Telegram: the Bot API by long polling or webhook.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]
