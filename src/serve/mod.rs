//! `trunkline serve`: start, run until told to stop, drain.

mod accept;
mod data_dir;
mod patience;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use trunkline_channel::SystemClock;
use trunkline_channel::http::HttpError;

use crate::app::{self, App};
use crate::blobs::Blobs;
use crate::config::Config;
use crate::db::{self, OpenError};
use crate::keys::Keys;
use crate::lifecycle::{Lifecycle, Signals, Weight};
use crate::services::{self, StartError};
use crate::{access, observe};

pub use accept::{Limits, accept};
pub use data_dir::{attachments, prepare};

#[derive(Debug, Error)]
pub enum ServeError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("store.data_dir is on a network file system ({0}), where SQLite corrupts; use a local disk, or PostgreSQL")]
    NetworkDisk(String),
    #[error("store.data_dir: cannot use {path}")]
    DataDir { path: String, source: std::io::Error },
    #[error("{key}: cannot listen on {address}")]
    Listen { key: &'static str, address: String, source: std::io::Error },
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("cannot watch for signals")]
    Signals(#[source] std::io::Error),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("cannot make a set-up link")]
    SetUp(#[from] access::Error),
    #[error("{0} ended unexpectedly; the log says why")]
    TaskEnded(&'static str),
    #[error("some work did not stop in time")]
    Unfinished,
}

/// What a daemon that is part of something larger brings along.
pub struct Beside<R> {
    /// Where it serves in place of `server.listen`, held since the address was chosen: nobody else can have taken it.
    pub listener: Option<TcpListener>,
    /// Routes beside the daemon's own.
    pub routes: R,
    /// Told when everything listens.
    pub listening: oneshot::Sender<App>,
}

/// Serves until SIGTERM or SIGINT, then drains.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    serve_beside(config, Beside { listener: None, routes: |_: &App| Router::new(), listening: oneshot::channel().0 }).await
}

/// Serves with what comes beside it.
pub async fn serve_beside<R: FnOnce(&App) -> Router>(config: Config, beside: Beside<R>) -> Result<(), ServeError> {
    let signals = Signals::watch().map_err(ServeError::Signals)?;
    let _lock = prepare(&config.store)?;
    let app = open(config).await?;
    let server = app.config.server.clone();
    let drain = Duration::from_secs(server.drain_s);
    let listener = match beside.listener {
        Some(listener) => listener,
        None => listen("server.listen", &server.listen.to_string()).await?,
    };
    let metrics_listener = match server.metrics_listen.as_str() {
        "" => None,
        address => Some(listen("server.metrics_listen", address).await?),
    };

    let mut lifecycle = Lifecycle::default();
    let services = services::start(app.clone(), &mut lifecycle).await?;
    if let Some(listener) = metrics_listener {
        tracing::info!(addr = %local(&listener), "serving metrics");
        let pages = observe::metrics_routes(app.clone());
        let readers = &mut lifecycle.readers;
        readers.tasks.spawn("metrics", Weight::Optional, accept(listener, pages, Limits::of_metrics(), readers.stop.clone()));
    }
    if !app.config.demo {
        offer_set_up(&app).await?;
    }
    let addr = local(&listener);
    let front = &mut lifecycle.front;
    let serving = accept(listener, crate::http::daemon(services, (beside.routes)(&app)), Limits::of(&server), front.stop.clone());
    front.tasks.spawn("http", Weight::Essential, serving);
    tracing::info!(addr, version = env!("CARGO_PKG_VERSION"), "listening");
    // Nobody need be waiting for it.
    drop(beside.listening.send(app.clone()));

    let outcome = tokio::select! {
        () = signals.asked_to_stop() => Ok(()),
        name = lifecycle.essential_ended() => Err(ServeError::TaskEnded(name)),
    };
    let clean = lifecycle.drain(drain).await;
    app.db.close().await;
    tracing::info!(clean, "stopped");
    outcome?;
    if clean { Ok(()) } else { Err(ServeError::Unfinished) }
}

/// Opens everything an [`App`] is made of and brings the schema up to date.
pub async fn open(config: Config) -> Result<App, ServeError> {
    let db = db::open(&config.store.address(), config.store.max_connections).await?;
    db::migrate(&db).await?;
    let dir = config.store.data_dir.clone();
    let keys = Keys::load(&dir).map_err(|source| ServeError::DataDir { path: dir.display().to_string(), source })?;
    let blobs = Blobs::new(attachments(&dir));
    Ok(App::new(config, db, Arc::new(SystemClock), blobs, keys, app::http_client()?))
}

/// While there is no operator, each start prints a link that makes the first one: on a line of its own for people, and
/// never in the log, which more people read than may become admin.
async fn offer_set_up(app: &App) -> Result<(), ServeError> {
    if let Some(link) = access::setup::ensure(app).await? {
        eprintln!("\nNobody is set up yet. Open this link within 30 minutes to become the first admin:\n\n  {link}\n");
        tracing::info!("printed a set-up link on standard error");
    }
    Ok(())
}

async fn listen(key: &'static str, address: &str) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { key, address: address.to_owned(), source })
}

fn local(listener: &TcpListener) -> String {
    listener.local_addr().map(|addr| addr.to_string()).unwrap_or_default()
}
