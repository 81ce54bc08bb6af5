//! Evidence behind a message: what it said before it was changed, and what its provider sent.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Serialize;
use trunkline_channel::Micros;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Error, store};
use crate::access::Caller;
use crate::app::App;
use crate::connectors::ChannelKind;
use crate::http::{ApiError, Json, Path, Problem};
use crate::intake::raw;
use crate::services::Services;

/// Earlier texts shown of one message.
const MAX_REVISIONS: i64 = 1_000;

/// What a message said at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RevisionView {
    /// From 1, the oldest.
    pub number: i64,
    pub text: String,
    /// Until then the message said this.
    pub at: Micros,
    /// `edit` or `delete`: what ended it.
    pub what: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Revisions {
    pub items: Vec<RevisionView>,
}

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(revisions)).routes(routes!(raw_of))
}

/// Earlier texts of a message, oldest first; the last one of a deleted message is the text that was taken away.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages/{message_id}/revisions", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 200, body = Revisions), (status = 404, body = Problem)))]
async fn revisions(
    State(app): State<App>,
    _caller: Caller,
    Path((id, message_id)): Path<(String, String)>,
) -> Result<Json<Revisions>, ApiError> {
    if !store::is_message_of(&app.db, &id, &message_id).await? {
        return Err(Error::NoSuch("message").into());
    }
    let rows = store::revision::revisions(&app.db, &message_id, MAX_REVISIONS).await?;
    let items = (1..).zip(rows).map(|(number, row)| RevisionView { number, text: row.text, at: row.at, what: row.what });
    Ok(Json(Revisions { items: items.collect() }))
}

/// What the provider sent, byte for byte: a mail as a file, everything else as plain text. 404 where nothing is kept (what
/// was written here), 409 `deleted` of a message that was taken back: only its revisions tell of it.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages/{message_id}/raw", tag = "messages", operation_id = "raw_of_message",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 200, content_type = "text/plain"), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn raw_of(
    State(app): State<App>,
    _caller: Caller,
    Path((id, message_id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    if !store::is_message_of(&app.db, &id, &message_id).await? {
        return Err(Error::NoSuch("message").into());
    }
    let found = raw::of_message(&app, &message_id).await?.ok_or_else(|| ApiError::not_found("raw event"))?;
    if found.deleted_at.is_some() {
        return Err(Error::Deleted.into());
    }
    let mail = ChannelKind::parse(&found.channel).is_some_and(ChannelKind::is_mail);
    Ok(handed_out(&message_id, mail, found.body))
}

/// In headers with which no browser runs anything of it.
fn handed_out(name: &str, mail: bool, body: Vec<u8>) -> Response {
    let (content_type, disposition) = if mail {
        ("message/rfc822", format!("attachment; filename=\"{name}.eml\""))
    } else if std::str::from_utf8(&body).is_ok() {
        ("text/plain; charset=utf-8", format!("inline; filename=\"{name}.txt\""))
    } else {
        ("application/octet-stream", format!("attachment; filename=\"{name}.bin\""))
    };
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    (headers, Bytes::from(body)).into_response()
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::handed_out;

    #[test]
    fn nothing_a_customer_sends_is_handed_out_as_a_page() {
        let told = |mail, body: &[u8]| {
            let answer = handed_out("m", mail, body.to_vec());
            let of = |name| answer.headers()[&name].to_str().unwrap().to_owned();
            assert_eq!(of(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
            assert_eq!(of(header::CONTENT_SECURITY_POLICY), "default-src 'none'; sandbox");
            (of(header::CONTENT_TYPE), of(header::CONTENT_DISPOSITION))
        };
        let of = |content_type: &str, disposition: &str| (content_type.to_owned(), disposition.to_owned());
        assert_eq!(told(true, b"<script>"), of("message/rfc822", "attachment; filename=\"m.eml\""));
        assert_eq!(told(false, b"{\"a\": \"<script>\"}"), of("text/plain; charset=utf-8", "inline; filename=\"m.txt\""));
        assert_eq!(told(false, b"\xff\xfe"), of("application/octet-stream", "attachment; filename=\"m.bin\""));
    }
}
