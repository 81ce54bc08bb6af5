//! All routes of the daemon in one router.

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::pages;
use crate::observe;
use crate::services::Services;

/// What the main listener serves.
pub fn daemon(services: Services) -> Router {
    let app = services.app.clone();
    Router::new()
        .merge(services.lines.routes())
        .merge(observe::health_routes())
        .merge(pages::routes())
        .layer(from_fn_with_state(app, observe::observed))
        .with_state(services)
}
