//! Behaviour through the real daemon, in one binary.
#![allow(clippy::unwrap_used, clippy::allow_attributes)]
