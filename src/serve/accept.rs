//! Our own accept loop, because `axum::serve` never drops a client that sends or reads nothing.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::patience::{PatientBody, PatientStream};
use crate::config::Server;

/// Requests that one HTTP/2 connection may have open.
const MAX_STREAMS: u32 = 128;
/// Bytes of request headers, and of what HTTP/1 buffers of a body.
const MAX_BUFFER: usize = 64 * 1024;
/// Pings on quiet HTTP/2 connections.
const PING_EVERY: Duration = Duration::from_secs(20);
/// After a failed accept (no file descriptors left) nothing helps but waiting for connections to end.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);
const METRICS_CONNECTIONS: usize = 16;

/// What clients may take of time and connections.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub connections: usize,
    /// For all headers of a request.
    pub headers: Duration,
    /// For each pause within a body, or while an answer is not read.
    pub pause: Duration,
    /// For requests that run when the loop is told to stop.
    pub drain: Duration,
}

impl Limits {
    #[must_use]
    pub fn of(server: &Server) -> Self {
        Self {
            connections: server.max_connections,
            headers: Duration::from_secs(server.header_timeout_s),
            pause: Duration::from_secs(server.body_timeout_s),
            drain: Duration::from_secs(server.drain_s).mul_f32(0.7),
        }
    }

    #[must_use]
    pub fn of_metrics() -> Self {
        let second = Duration::from_secs(1);
        Self { connections: METRICS_CONNECTIONS, headers: 5 * second, pause: 5 * second, drain: second }
    }
}

/// Serves until `stop`, then lets running requests end for at most `limits.drain` and cuts the rest.
pub async fn accept(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        // Connections beyond the cap wait in the listener's backlog.
        let taking = async {
            let slot = slots.clone().acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = stop.cancelled() => break,
            taken = taking => taken,
            Some(_) = connections.join_next() => continue,
        };
        let (Ok(slot), Ok((stream, peer))) = (slot, accepted) else {
            tracing::warn!("cannot take a connection");
            tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            continue;
        };
        let connection = serve_connection(stream, peer, router.clone(), limits, &graceful);
        connections.spawn(async move {
            connection.await;
            drop(slot);
        });
    }
    drop(listener);
    if timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "connections were cut: their requests did not end in time");
    }
}

fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + use<> {
    // Answers are small and written whole: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(PatientStream::new(stream, limits.headers, limits.pause));
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(|body| Body::new(PatientBody::new(body, limits.pause)));
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.headers).max_buf_size(MAX_BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(limits.pause)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_BUFFER).unwrap_or(u32::MAX));
    let connection = graceful.watch(builder.serve_connection_with_upgrades(io, service).into_owned());
    async move {
        // Clients go away in every way there is; none of them is news.
        if let Err(error) = connection.await {
            tracing::trace!(error, "connection ended");
        }
    }
}
