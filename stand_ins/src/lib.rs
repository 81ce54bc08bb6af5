//! Servers that behave like the providers, for tests, benchmarks and the demo.

pub mod faults;
pub mod graph;
pub mod mail;
pub mod phone;
pub mod samples;
pub mod socket;
pub mod telegram;
pub mod vk;
