//! The HTTP edge: errors, extractors, pages and the router.

mod daemon;
mod error;
mod extract;
mod page;
mod pages;

pub use daemon::daemon;
pub use error::{ApiError, Problem};
pub use extract::{Json, Path, Query};
pub use page::{Page, PageQuery};
