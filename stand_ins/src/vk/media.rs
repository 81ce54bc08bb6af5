//! Files behind addresses that end. They need no token; those of documents redirect.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Value, json};

use super::Community;
use super::state::{File, State, new_key};
use crate::samples;

/// An address lives so long; VK tells no number.
const ADDRESS_S: i64 = 24 * 3_600;

impl State {
    /// A file as an attachment of the given kind, kept under its name for later sends.
    pub fn attach(&mut self, files: &str, owner: i64, kind: &str, name: &str, content_type: &str, bytes: Bytes) -> Value {
        let (id, key, size) = (self.next_media(), new_key().chars().take(18).collect::<String>(), bytes.len());
        let until = self.now() + ADDRESS_S;
        let file = File { name: name.to_owned(), content_type: content_type.to_owned(), bytes, until, purpose: kind.to_owned() };
        let place = new_key();
        self.files.insert(place.clone(), file);
        let url = format!("{files}/c/{place}");
        let date = self.now();
        let extension = name.rsplit_once('.').map_or("bin", |(_, extension)| extension);
        let common = json!({"id": id, "owner_id": owner, "access_key": key, "date": date});
        let own = match kind {
            "photo" => {
                let size = |kind: &str, width: i64| json!({"type": kind, "url": url, "width": width, "height": width * 3 / 4});
                json!({"album_id": -3, "text": "", "has_tags": false, "sizes": [size("s", 75), size("m", 130), size("x", 604)],
                    "orig_photo": {"type": "base", "url": url, "width": 640, "height": 480}})
            }
            "audio_message" => json!({"duration": 3, "waveform": [0, 5, 12, 7, 1], "link_ogg": url, "link_mp3": url}),
            "graffiti" => json!({"url": url, "width": 512, "height": 512}),
            "sticker" => {
                let image = json!([{"url": url, "width": 128, "height": 128}]);
                return json!({"type": "sticker", "sticker": {"product_id": 279, "sticker_id": 9_008, "images": image,
                    "images_with_background": image, "is_allowed": true}});
            }
            "video" => json!({"title": name, "description": "", "duration": 3, "type": "video", "views": 0,
                "image": [{"url": url, "width": 320, "height": 240}]}),
            _ => json!({"title": name, "ext": extension, "size": size, "type": doc_type(extension),
                "url": format!("{files}/doc{owner}_{id}?hash={place}&dl=1")}),
        };
        let kind = if matches!(kind, "photo" | "audio_message" | "graffiti" | "video") { kind } else { "doc" };
        let mut attachment = json!({"type": kind, kind: common});
        super::state::merge(&mut attachment[kind], own);
        let prefix = if matches!(kind, "audio_message" | "graffiti") { "doc" } else { kind };
        self.attachments.insert(format!("{prefix}{owner}_{id}"), (key, attachment.clone()));
        attachment
    }
}

/// VK's numbers of kinds of documents.
fn doc_type(extension: &str) -> i64 {
    match extension {
        "pdf" | "txt" | "doc" | "docx" => 1,
        "zip" | "rar" | "7z" => 2,
        "gif" => 3,
        "png" | "jpg" | "jpeg" | "webp" => 4,
        "ogg" | "mp3" => 5,
        "mp4" | "mov" => 6,
        "epub" | "fb2" => 7,
        _ => 8,
    }
}

pub(super) fn routes(community: &Arc<Community>) -> Router {
    Router::new()
        .route("/c/{place}", get(file))
        .route("/avatar/{name}", get(avatar))
        .route("/upload/{purpose}", post(super::upload::upload))
        .fallback(get(document))
        .layer(DefaultBodyLimit::disable())
        .with_state(community.clone())
}

async fn file(Shared(community): Shared<Arc<Community>>, Path(place): Path<String>) -> Response {
    let state = community.lock();
    match state.files.get(&place).filter(|file| file.until > state.now()) {
        Some(file) => ([("content-type", file.content_type.clone())], file.bytes.clone()).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

async fn document(request: axum::extract::Request) -> Response {
    let uri = request.uri();
    let mut query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    match query.find(|(key, _)| key == "hash") {
        Some((_, place)) if uri.path().starts_with("/doc") => Redirect::to(&format!("/c/{place}")).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn avatar() -> Response {
    let photo = samples::photo();
    ([("content-type", photo.content_type)], photo.bytes).into_response()
}
