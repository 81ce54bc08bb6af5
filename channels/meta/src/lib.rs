//! What WhatsApp and Messenger share of the Graph API.
//!
//! * [`webhook`]: the signed address both products call, its handshake, and one app serving several accounts.
//! * [`Graph`]: one call to the API, made once, with everything the answer tells.
//! * [`Refusal`] and [`Class`]: what the API's refusals mean; the codes of each product are its own [`Rule`]s.
//! * [`watch`]: the loop that looks after a connection.
//!
//! Sources: developers.facebook.com/documentation (webhooks, business-messaging), read 2026-11.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]

mod check;
mod errors;
mod graph;
mod pace;
mod time;
mod usage;
pub mod webhook;

pub use check::{access, last_event, told};
pub use errors::{Class, GraphError, Refusal, Rule, send_error};
pub use graph::{Graph, PUBLIC_API, TokenFacts, VERSION, parse_base};
pub use pace::{Timeouts, health_after, watch};
pub use time::moment;
pub use usage::Usage;
