//! The connector against recorded shapes of updates and against the stand-in.

mod hooks;
mod payloads;
mod polls;
mod refusals;
mod rig;
mod sends;
mod trouble;
