//! Routes of this slice.

mod me;
mod operators;
mod sessions;
mod teams;
mod tokens;

use utoipa_axum::router::OpenApiRouter;

use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .merge(sessions::routes())
        .merge(me::routes())
        .merge(operators::routes())
        .merge(teams::routes())
        .merge(tokens::routes())
}
