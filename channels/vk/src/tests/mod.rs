//! The connector against recorded shapes of events and against a scripted VK.

mod hooks;
mod payloads;
mod polls;
mod rig;
mod sends;
