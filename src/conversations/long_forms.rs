//! The whole of a message of which the conversation shows a part: its text with the quotations, and its HTML as a page.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{inline, store};
use crate::access::Caller;
use crate::app::App;
use crate::http::{ApiError, Json, Path, Query};
use crate::services::Services;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(long_forms)).routes(routes!(html))
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct LongForms {
    /// The text with everything the sender sent, where the shown text was trimmed.
    full_text: Option<String>,
    /// Sanitised HTML.
    html: Option<String>,
}

/// The untrimmed text and the sanitised HTML of a message.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages/{message_id}/full", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)), responses((status = 200, body = LongForms)))]
async fn long_forms(
    State(app): State<App>,
    _caller: Caller,
    Path((id, message_id)): Path<(String, String)>,
) -> Result<Json<LongForms>, ApiError> {
    let found = store::long_forms(&app.db, &id, &message_id).await?;
    let (full_text, html) = found.ok_or_else(|| ApiError::not_found("message"))?;
    Ok(Json(LongForms { full_text, html }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct HtmlQuery {
    /// 1: with the images that are elsewhere, as far as `https` leads to them. Fetching them tells the sender that the mail was
    /// read, when and where.
    #[param(minimum = 0, maximum = 1)]
    images: Option<u8>,
}

/// The sanitised HTML of a message as a page for a sandboxed frame: nothing in it can run, links open windows of their own, and
/// the images that are elsewhere stay away until they are asked for.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages/{message_id}/html", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path), HtmlQuery), responses((status = 200, content_type = "text/html")))]
async fn html(
    State(app): State<App>,
    _caller: Caller,
    Path((id, message_id)): Path<(String, String)>,
    Query(query): Query<HtmlQuery>,
) -> Result<Response, ApiError> {
    let elsewhere = match query.images {
        None | Some(0) => false,
        Some(1) => true,
        Some(_) => return Err(ApiError::invalid("/images", "must be 0 or 1")),
    };
    let found = store::long_forms(&app.db, &id, &message_id).await?;
    let html = found.and_then(|(_, html)| html).ok_or_else(|| ApiError::not_found("message"))?;
    let html = inline::with_images(&app, &message_id, html).await?;
    Ok(if elsewhere { mail_page(inline::with_blocked_images(&html), " https:") } else { mail_page(html, "") })
}

/// A stranger's page: no script, no form, no cookie of ours; what it links to opens in a window that knows nothing of this one.
fn mail_page(html: String, image_sources: &str) -> Response {
    let policy = format!(
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:{image_sources}; \
         style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    );
    // Looking up the names of links would tell of the reading as well.
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::X_DNS_PREFETCH_CONTROL, "off"),
    ];
    (headers, html).into_response()
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::mail_page;

    #[test]
    fn images_load_over_https_alone_and_only_when_asked_for() {
        let policy = |sources| {
            let page = mail_page(String::new(), sources);
            page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
        };
        assert!(policy("").contains("default-src 'none'; img-src data:; style-src"), "{}", policy(""));
        assert!(policy(" https:").contains("img-src data: https:; style-src"), "{}", policy(" https:"));
        assert!(!policy("").contains("allow-scripts") && !policy("").contains("allow-same-origin"));
    }
}
