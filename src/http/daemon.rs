//! All routes of the daemon in one router.

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::common::common;
use super::pages;
use crate::services::Services;
use crate::{observe, realtime, widget};

/// What the main listener serves; `more` are routes that are not the daemon's own (the demo's).
pub fn daemon(services: Services, more: Router) -> Router {
    let app = services.app.clone();
    let beside = Router::new().merge(observe::health_routes()).merge(pages::routes()).with_state(services.clone());
    let router = super::router(services.clone()).merge(beside).merge(more);
    let https = app.config.server.public_url.starts_with("https://");
    let router = common(router, https).layer(from_fn_with_state(app, observe::observed));
    realtime::socket::mount(&services, router).layer(widget::api::cors(&services))
}
