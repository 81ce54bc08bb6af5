//! The HTTP edge: errors, extractors, pages and the router.

mod client;
mod daemon;
mod error;
mod extract;
mod guard;
pub mod limit;
pub mod origin;
mod page;
mod pages;
pub mod roles;
mod router;

pub use client::{ClientAddress, client_address};
pub use daemon::daemon;
pub use error::{ApiError, Problem};
pub use extract::{Json, Path, Query};
pub use page::{Page, PageQuery, cursor};
pub use router::{openapi, router};
