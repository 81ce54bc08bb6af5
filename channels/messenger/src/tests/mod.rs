//! Tables without a provider, and the connector against the stand-in.

mod hooks;
mod payloads;
mod refusals;
pub mod rig;
mod sends;
mod trouble;
mod watching;
