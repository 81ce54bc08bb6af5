//! Telling people at once: the event log, followed by one task and pushed to everybody who listens.
//!
//! The log is the truth. Queues between the log and a listener are bounded; whoever falls behind goes on from the log by
//! its own position, or is told to start anew. Only typing and looking are not in the log and may be lost.

mod event;
pub mod frames;
mod hub;
pub(crate) mod meter;
mod resume;
pub mod socket;
mod sse;
mod subscription;
mod volatile;

pub use event::{Event, Volatile};
pub use hub::{Hub, Person, QUEUE};
pub use resume::{After, MAX_MISSED, Resume, resume};
pub use sse::routes;
pub use subscription::{Push, Subscription};
