//! What customers do in web chat, whichever way it reaches us: by socket, by HTTP, by the routes of other clients.
//!
//! Everything a customer says goes through intake like a message of any provider; here are the bounds before it.

mod actions;
pub mod api;
mod away;
mod face;
mod quotas;
mod seen_page;
mod visitors;

pub use actions::{Pressed, Said, Saying, Start, delivered, own_session, say, see_page, seen, start};
pub use away::{LeftEmail, leave_email};
pub use quotas::Quotas;
pub use seen_page::SeenPage;
pub use visitors::{Entered, Identify, check_origin, default_inbox, enter, site_of};
