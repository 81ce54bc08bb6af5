//! `GET /api/v1/events`: the log as server-sent events, for programs and dashboards.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::json;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{After, Event, Push, Resume, Subscription, resume};
use crate::access::Caller;
use crate::http::{ApiError, Query};
use crate::services::Services;

/// A comment is sent this often when nothing happens, so that proxies and clients know the line is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
const RETRY: Duration = Duration::from_secs(1);

pub fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(events))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// The last event number seen; what was missed comes first, or an event `reset` says that it was too much. The
    /// header `Last-Event-ID` goes before it.
    after: Option<String>,
    /// Only this stream: `conversation:<id>`, `contact:<id>`, `operators`, `inboxes` or `raw_events`.
    stream: Option<String>,
}

/// Everything that happens, as it happens. Each event's `id` is its number; `event` is its kind.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventsQuery),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn events(
    State(services): State<Services>,
    caller: Caller,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, ApiError> {
    let mut subscription = services.hub.subscribe_staff();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned).or(query.after);
    let mut reset = None;
    if let Some(last) = last {
        match resume(&services.app.db, After::parse(&last)).await? {
            Resume::Reset => reset = Some(Push::Reset(services.hub.position())),
            from => subscription.go_back(from),
        }
    }
    let draining = services.draining.0.clone();
    let reader = Reader { subscription, first: reset, stream: query.stream, caller, draining };
    let stream = unfold(reader, async |mut reader| reader.next().await.map(|event| (Ok(event), reader)));
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

struct Reader {
    subscription: Subscription,
    first: Option<Push>,
    stream: Option<String>,
    caller: Caller,
    draining: CancellationToken,
}

impl Reader {
    /// `None` ends the stream; the client comes back with the number it has.
    async fn next(&mut self) -> Option<SseEvent> {
        loop {
            let push = match self.first.take() {
                Some(push) => Ok(push),
                None => tokio::select! {
                    () = self.draining.cancelled() => return None,
                    push = self.subscription.next() => push,
                },
            };
            match push {
                Ok(Push::Event(event)) if event.signs_out(&self.caller) => return None,
                Ok(Push::Event(event)) if self.stream.as_ref().is_none_or(|stream| *stream == event.stream) => {
                    return Some(written(&event));
                }
                Ok(Push::Reset(seq)) => {
                    let body = json!({ "seq": seq }).to_string();
                    return Some(SseEvent::default().id(seq.to_string()).event("reset").data(body));
                }
                Ok(Push::Event(_) | Push::Volatile(_)) => {}
                Err(error) => {
                    tracing::debug!(error = %error, "a reader of events waits for the store");
                    sleep(RETRY).await;
                }
            }
        }
    }
}

fn written(event: &Event) -> SseEvent {
    SseEvent::default().id(event.seq.to_string()).event(event.kind.as_str()).data(event.body().to_string())
}
