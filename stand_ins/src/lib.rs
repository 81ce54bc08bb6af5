//! Servers that behave like the providers, for tests, benchmarks and the demo.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]

pub mod faults;
pub mod graph;
pub mod mail;
pub mod phone;
pub mod push;
pub mod samples;
mod schema;
pub mod socket;
pub mod telegram;
pub mod town;
pub mod vk;
