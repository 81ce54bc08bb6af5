//! The HTTP edge: errors, extractors, pages and the router.

mod client;
mod common;
mod daemon;
mod error;
mod extract;
mod guard;
mod idempotency;
pub mod limit;
mod openapi;
pub mod origin;
mod page;
mod pages;
pub mod roles;
mod router;

pub use client::{ClientAddress, client_address};
pub use common::MAX_BODY;
pub use daemon::daemon;
pub use error::{ApiError, Problem};
pub use extract::{Json, Path, Query};
pub use guard::address_key;
pub use openapi::document;
pub use page::{Page, PageQuery, cursor};
pub use router::{openapi, router};
