//! VK: community messages by Callback API or Bots Long Poll.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]
