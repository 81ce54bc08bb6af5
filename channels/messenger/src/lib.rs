//! Facebook Messenger: the Messenger Platform.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]
