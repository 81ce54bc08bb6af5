//! The connector against the stand-in, and the tables of what events mean.

mod payloads;
mod rig;
mod sends;
