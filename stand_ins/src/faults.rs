//! An HTTP server that misbehaves on request: the ground on which the stand-ins of the messengers stand.
//!
//! A fault is armed for a part of a path and a number of requests, in code ([`Faults::arm`]) or over the control interface
//! (`POST /_control/faults` with `{"path": "sendMessage", "fault": {"is": "hang"}, "times": 1}`; `DELETE` disarms all).

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::stream;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

/// Requests remembered; older ones are forgotten.
const MAX_SEEN: usize = 100_000;
/// How long a hanging request hangs at most: nothing here outlives a test for long.
const LONGEST_HANG: Duration = Duration::from_secs(600);

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Fault {
    /// An answer of our choice instead of the provider's; nothing is done.
    Answer {
        status: u16,
        #[serde(default)]
        headers: Vec<(String, String)>,
        body: String,
    },
    /// The request is taken and carried out, the answer never comes.
    Hang,
    /// The connection is cut as soon as it stands, whatever is asked over it.
    CutOnAccept,
    /// … after the head of the request, before its body was read.
    CutAfterHead,
    /// … after the whole request, before anything is done.
    CutBeforeAct,
    /// … after it was carried out, before the first byte of the answer.
    CutAfterAct,
    /// … in the middle of the answer.
    CutInAnswer,
}

impl Fault {
    /// The five points at which a send can be cut.
    pub const CUTS: [Self; 5] = [Self::CutOnAccept, Self::CutAfterHead, Self::CutBeforeAct, Self::CutAfterAct, Self::CutInAnswer];

    /// A page of a proxy instead of JSON.
    #[must_use]
    pub fn html(status: u16) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: "<html><body><h1>Bad Gateway</h1></body></html>".to_owned(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Armed {
    /// A part of the path; empty for every request.
    path: String,
    fault: Fault,
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

/// A request as it was seen.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub at: Instant,
}

/// The faults armed on a server and the requests it saw. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    armed: Arc<Mutex<Vec<Armed>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Faults {
    /// The next `times` requests whose path contains `path` go wrong.
    pub fn arm(&self, path: &str, fault: Fault, times: usize) {
        self.lock().push(Armed { path: path.to_owned(), fault, times });
    }

    /// Faults that no request has met yet.
    #[must_use]
    pub fn armed(&self) -> usize {
        self.lock().len()
    }

    pub fn disarm(&self) {
        self.lock().clear();
    }

    /// The requests whose path contains `path`, oldest first.
    #[must_use]
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter(|request| request.path.contains(path)).cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, fits: impl Fn(&Armed) -> bool) -> Option<Fault> {
        let mut armed = self.lock();
        let at = armed.iter().position(fits)?;
        armed[at].times = armed[at].times.saturating_sub(1);
        let fault = armed[at].fault.clone();
        if armed[at].times == 0 {
            armed.remove(at);
        }
        Some(fault)
    }

    fn note(&self, request: &hyper::Request<Incoming>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < MAX_SEEN {
            let path = request.uri().path().to_owned();
            seen.push(Seen { method: request.method().to_string(), path, at: Instant::now() });
        }
    }

    /// The control interface, under `/_control/faults`.
    pub fn control(&self) -> Router {
        let arm = |State(faults): State<Self>, Json(armed): Json<Armed>| async move {
            faults.lock().push(armed);
            Json(serde_json::json!({"ok": true}))
        };
        let disarm = |State(faults): State<Self>| async move {
            faults.disarm();
            Json(serde_json::json!({"ok": true}))
        };
        let count = |State(faults): State<Self>| async move { Json(serde_json::json!({"armed": faults.armed()})) };
        Router::new().route("/_control/faults", post(arm).delete(disarm).merge(get(count))).with_state(self.clone())
    }
}

/// A server on a free loopback port; it ends when this is dropped.
#[derive(Debug)]
pub struct Served {
    /// `http://127.0.0.1:<port>`, without a slash at the end.
    pub url: String,
    pub address: SocketAddr,
    pub faults: Faults,
    _stop: DropGuard,
}

/// Serves a router on `address` (port 0 for any free one) with faults and their control interface.
///
/// # Errors
/// When the port cannot be had.
pub async fn serve(address: SocketAddr, router: Router, faults: Faults) -> anyhow::Result<Served> {
    let listener = TcpListener::bind(address).await.context("the stand-in cannot listen")?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let router = router.merge(faults.control());
    let (accepting, armed, stopped) = (router, faults.clone(), stop.clone());
    tokio::spawn(async move {
        let accepted = async {
            while let Ok((socket, _)) = listener.accept().await {
                if armed.take(|armed| armed.fault == Fault::CutOnAccept).is_some() {
                    continue;
                }
                let (router, faults, stop) = (accepting.clone(), armed.clone(), stopped.child_token());
                tokio::spawn(async move {
                    tokio::select! { () = stop.cancelled() => {} () = connection(socket, router, faults) => {} }
                });
            }
        };
        tokio::select! { () = stopped.cancelled() => {} () = accepted => {} }
    });
    Ok(Served { url: format!("http://{address}"), address, faults, _stop: stop.drop_guard() })
}

async fn connection(socket: TcpStream, router: Router, faults: Faults) {
    let service = service_fn(move |request| answer(router.clone(), faults.clone(), request));
    // One request a connection: a cut on accepting then always meets the next request.
    let serving = hyper::server::conn::http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(socket), service);
    // An error here is a cut that was asked for, or a client that went away.
    let _ = serving.with_upgrades().await;
}

#[derive(Debug, thiserror::Error)]
#[error("the connection was cut")]
struct Cut;

async fn answer(router: Router, faults: Faults, request: hyper::Request<Incoming>) -> Result<Response, Cut> {
    let path = request.uri().path().to_owned();
    if path.starts_with("/_control") {
        return Ok(act(router, request.map(Body::new)).await);
    }
    faults.note(&request);
    let fault = faults.take(|armed| armed.fault != Fault::CutOnAccept && path.contains(&armed.path));
    if fault == Some(Fault::CutAfterHead) {
        return Err(Cut);
    }
    let (parts, body) = request.into_parts();
    let body = http_body_util::BodyExt::collect(body).await.map_err(|_| Cut)?.to_bytes();
    let request = Request::from_parts(parts, Body::from(body));
    match fault {
        None => Ok(act(router, request).await),
        Some(Fault::Answer { status, headers, body }) => {
            let mut answer = Response::builder().status(status);
            for (name, value) in headers {
                answer = answer.header(name, value);
            }
            answer.body(Body::from(body)).map_err(|_| Cut)
        }
        Some(Fault::Hang) => {
            let _ = act(router, request).await;
            tokio::time::sleep(LONGEST_HANG).await;
            Err(Cut)
        }
        Some(Fault::CutAfterAct) => {
            let _ = act(router, request).await;
            Err(Cut)
        }
        Some(Fault::CutInAnswer) => Ok(half(act(router, request).await).await),
        Some(Fault::CutBeforeAct | Fault::CutAfterHead | Fault::CutOnAccept) => Err(Cut),
    }
}

async fn act(router: Router, request: Request) -> Response {
    router.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {}).into_response()
}

/// The first half of an answer, then an end that its length does not promise.
async fn half(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.insert("content-length", whole.len().max(2).into());
    let first: Bytes = whole.slice(..whole.len() / 2);
    let cut = stream::iter([Ok(first), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))]);
    Response::from_parts(parts, Body::from_stream(cut))
}
