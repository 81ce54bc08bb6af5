//! `/healthz`: the process lives. `/readyz`: it can do its work now.

use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::routing::{MethodRouter, get};
use http::StatusCode;
use serde::Serialize;
use tokio::time::timeout;

use crate::app::App;
use crate::services::Draining;

/// A store that does not answer a trivial question in this time does not work.
const PATIENCE: Duration = Duration::from_secs(2);

/// What `/readyz` answers. No detail: anybody may ask.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    database: bool,
    draining: bool,
}

/// The routes of both questions.
pub fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    App: FromRef<S>,
    Draining: FromRef<S>,
{
    let lives: MethodRouter<S> = get(async || "ok\n");
    Router::new().route("/healthz", lives).route("/readyz", get(readyz))
}

/// The daemon listens only after it has migrated, so what is left to ask is whether the database answers.
async fn readyz(State(app): State<App>, State(Draining(draining)): State<Draining>) -> (StatusCode, Json<Readiness>) {
    let database = matches!(timeout(PATIENCE, app.db.ping()).await, Ok(Ok(())));
    let draining = draining.is_cancelled();
    let ready = database && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, database, draining }))
}
