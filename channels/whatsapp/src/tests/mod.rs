//! The connector against the stand-in, and the tables of what events mean.

mod hooks;
mod payloads;
mod rig;
mod sends;
mod trouble;
