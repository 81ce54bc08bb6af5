//! Servers that behave like the providers, for tests, benchmarks and the demo.

pub mod mail;
pub mod socket;
