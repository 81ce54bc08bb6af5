//! `/api/v1/uploads` and `/api/v1/attachments`.

use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Multipart, Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::receive::Failure;
use super::{AttachmentView, Error, Link, Reader, UploadView, download, receive};
use crate::access::{Caller, Role, Visitor};
use crate::app::App;
use crate::http::{ApiError, Json, Path, Problem, Query};
use crate::services::Services;

/// What a multipart body may have around its file.
const FORM_OVERHEAD_BYTES: usize = 64 * 1024;

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .routes(routes!(fetch_attachment))
        .routes(routes!(link))
        .routes(routes!(fetch_again))
}

/// An operator or a visitor: both have files.
pub(crate) enum Person {
    Operator(Caller),
    Visitor(Visitor),
}

impl Person {
    fn reader(&self) -> Reader<'_> {
        match self {
            Self::Operator(caller) => Reader::Operator(caller),
            Self::Visitor(visitor) => Reader::Visitor(visitor),
        }
    }
}

impl FromRequestParts<Services> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Services) -> Result<Self, ApiError> {
        match Caller::from_request_parts(parts, state).await {
            Ok(caller) => Ok(Self::Operator(caller)),
            Err(refused) => Visitor::from_request_parts(parts, state).await.map(Self::Visitor).map_err(|_| refused),
        }
    }
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form in the API document")]
struct UploadForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Send a file, to be named in a message afterwards.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "files",
    request_body(content = UploadForm, content_type = "multipart/form-data", description = "One field, `file`"),
    responses((status = 201, body = UploadView), (status = 413, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn upload(
    State(services): State<Services>,
    person: Person,
    mut request: Request,
) -> Result<(StatusCode, Json<UploadView>), ApiError> {
    let app = services.app.clone();
    let owner = match &person {
        Person::Operator(caller) if caller.role == Role::Auditor => return Err(ApiError::forbidden("auditors change nothing")),
        Person::Operator(caller) => super::operator_owner(caller),
        Person::Visitor(visitor) => visitor.upload_owner(),
    };
    receive::check_quota(&app, &owner).await?;
    let max = limit(&services, &person);
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max.saturating_add(FORM_OVERHEAD_BYTES)) {
        return Err(ApiError::too_large(max));
    }
    DefaultBodyLimit::max(max.saturating_add(FORM_OVERHEAD_BYTES)).apply(&mut request);
    let unreadable = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(max),
        _ => ApiError::bad_request("the multipart body cannot be read"),
    };
    let no_file = || ApiError::invalid("/file", "send a multipart form with one field called file");
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| no_file())?;
    let field = form.next_field().await.map_err(unreadable)?.filter(|field| field.name() == Some("file")).ok_or_else(no_file)?;
    let name = field.file_name().unwrap_or_default().to_owned();
    match receive::receive(&app, &owner, max, &name, field).await {
        Ok(upload) => Ok((StatusCode::CREATED, Json(upload))),
        Err(Failure::Refused(error)) => Err(error.into()),
        Err(Failure::Body(error)) => Err(unreadable(error)),
    }
}

/// Most bytes of a file. A site may take less from its visitors than the daemon does.
fn limit(services: &Services, person: &Person) -> usize {
    let most = services.app.config.uploads.max_bytes;
    let Person::Visitor(visitor) = person else { return most };
    let site = services.lines.site(&visitor.inbox_id);
    let own = site.map(|site| site.upload_limit(u64::try_from(most).unwrap_or(u64::MAX)));
    own.and_then(|own| usize::try_from(own).ok()).unwrap_or(most)
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DownloadQuery {
    /// 1: show it in the browser, where its type is harmless (pictures, audio, video).
    inline: Option<u8>,
    /// Of a signed link, which needs no session: Unix seconds.
    expires: Option<i64>,
    /// Of the same.
    signature: Option<String>,
}

/// Download a file of a message. `Range` and `If-None-Match` are understood.
#[utoipa::path(get, path = "/api/v1/attachments/{id}", tag = "files", params(("id" = String, Path), DownloadQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 206), (status = 304),
        (status = 404, body = Problem), (status = 409, body = Problem, description = "Not fetched from the provider yet"), (status = 416)))]
async fn fetch_attachment(
    State(app): State<App>,
    person: Result<Person, ApiError>,
    Path(id): Path<String>,
    Query(query): Query<DownloadQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let reader = match (&person, query.expires, query.signature) {
        (_, Some(expires), Some(signature)) => {
            Link { expires, signature }.check(&app.keys.links, &id, app.now())?;
            Reader::Link
        }
        (_, None, None) => person.as_ref().map_err(|_| ApiError::unauthorized())?.reader(),
        (_, _, _) => return Err(Error::BadLink.into()),
    };
    let attachment = download::find(&app, reader, &id).await?;
    Ok(download::serve(&app, &attachment, query.inline == Some(1), &headers).await?)
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct LinkView {
    /// Below the daemon's address.
    url: String,
    expires_at: i64,
}

/// A link that opens a file for ten minutes without a session.
#[utoipa::path(get, path = "/api/v1/attachments/{id}/link", tag = "files", params(("id" = String, Path)),
    responses((status = 200, body = LinkView), (status = 404, body = Problem)))]
async fn link(State(app): State<App>, person: Person, Path(id): Path<String>) -> Result<Json<LinkView>, ApiError> {
    let attachment = download::find(&app, person.reader(), &id).await?;
    let Link { expires, signature } = Link::make(&app.keys.links, &attachment.id, app.now());
    let url = format!("{}?expires={expires}&signature={signature}", AttachmentView::url_of(&attachment.id));
    Ok(Json(LinkView { url, expires_at: expires.saturating_mul(1_000_000) }))
}

/// Try again to fetch a file from its provider.
#[utoipa::path(post, path = "/api/v1/attachments/{id}/fetch", tag = "files", params(("id" = String, Path)),
    responses((status = 202, body = AttachmentView), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn fetch_again(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<AttachmentView>), ApiError> {
    if caller.role == Role::Auditor {
        return Err(ApiError::forbidden("auditors change nothing"));
    }
    Ok((StatusCode::ACCEPTED, Json(super::fetch_again(&app, &caller, &id).await?)))
}
