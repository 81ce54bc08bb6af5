//! The page of phones and what it asks: the gestures of each stand-in, faults on request, and the operator's entrance.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use trunkline_channel::Secret;
use trunkline_stand_ins::phone;
use trunkline_stand_ins::town::Line;

use super::OPERATOR_EMAIL;
use crate::access::{self, cookie};
use crate::app::App;
use crate::http::ApiError;

const PAGE: &str = include_str!("page/index.html");
const SCRIPT: &str = include_str!("page/phones.js");
const STYLE: &str = include_str!("page/phones.css");
/// As strict as the operators' pages.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

#[derive(Clone)]
struct Entrance {
    app: App,
    token: Secret,
}

#[derive(Deserialize)]
struct Enter {
    token: String,
}

/// Everything under `/demo`.
pub fn routes(app: &App, lines: &Arc<Vec<Line>>, token: Secret) -> Router {
    let shown: Vec<_> = lines.iter().map(super::described).collect();
    let entrance = Entrance { app: app.clone(), token };
    let mut router = Router::new()
        .route("/demo", get(|| async { file(PAGE, "text/html; charset=utf-8") }))
        .route("/demo/phones.js", get(|| async { file(SCRIPT, "text/javascript; charset=utf-8") }))
        .route("/demo/phones.css", get(|| async { file(STYLE, "text/css; charset=utf-8") }))
        .route("/demo/lines", get(|| async move { Json(json!({ "lines": shown })) }))
        .route("/demo/enter", get(enter).with_state(entrance));
    for line in lines.iter() {
        let mut gestures = phone::control(line.phone.clone());
        if let Some(faults) = &line.faults {
            gestures = gestures.merge(faults.control());
        }
        router = router.nest(&format!("/demo/{}", line.channel), gestures);
    }
    router
}

fn file(content: &'static str, content_type: &'static str) -> Response {
    let headers =
        [(header::CONTENT_TYPE, content_type), (header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, "no-store")];
    (headers, content).into_response()
}

/// Signs the demo's operator in.
async fn enter(State(entrance): State<Entrance>, Query(asked): Query<Enter>) -> Result<Response, ApiError> {
    if !entrance.token.matches(&asked.token) {
        return Err(ApiError::not_found("link"));
    }
    let operator =
        access::operator_of_email(&entrance.app, OPERATOR_EMAIL).await?.ok_or_else(|| ApiError::not_found("operator"))?;
    let session = access::open_session(&entrance.app, &operator).await?;
    let set = [(header::SET_COOKIE, cookie::set(&entrance.app.config, &session))];
    Ok((StatusCode::SEE_OTHER, set, Redirect::to("/")).into_response())
}
