//! Notifications to operators' browsers, also closed ones (web push: RFC 8030, 8291, 8292).
//!
//! One task follows the event log and decides who is to be told ([`rules`]); what it finds waits in the store, the latest
//! of each browser and conversation, until another task has sent it. Both run in every daemon: the place in the log is
//! moved and a notice is claimed by one of them only.

pub mod api;
mod follow;
mod outbox;
mod rules;
mod send;
mod store;
mod subscriptions;
mod text;
mod vapid;

use std::sync::Arc;

use thiserror::Error;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trunkline_channel::Http;
use url::{Origin, Url};

use crate::app::App;
use crate::chores;
use crate::db::DbError;
use crate::http::ApiError;

pub use store::subscriptions::remove_all as forget_browsers_of;
use vapid::{KeyError, Vapid};

/// What routes and tasks of notifications share; cheap to clone.
#[derive(Clone)]
pub struct Push(Arc<Inner>);

struct Inner {
    app: App,
    /// `None` where the stored key pair cannot be read: nothing is told.
    vapid: Option<Vapid>,
    http: Http,
    trusted: Vec<Origin>,
}

#[derive(Debug, Error)]
pub enum Error {
    #[error("there is no such push subscription")]
    NotFound,
    #[error("{pointer} {problem}")]
    Invalid { pointer: &'static str, problem: String },
    #[error("there are {most} browsers already; remove one first")]
    TooMany { most: i64 },
    #[error("notifications are off: this daemon has another key file than the one that set them up")]
    Off,
    /// The browser has unsubscribed.
    #[error("the browser is not subscribed any more")]
    Ended,
    #[error("{0}")]
    Failed(String),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Push {
    /// Loads the key pair (made on the first start) and starts following the log and sending, until `stop`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn start(app: App, stop: CancellationToken) -> Result<(Self, JoinSet<()>), DbError> {
        let vapid = match Vapid::load(&app).await {
            Ok(vapid) => Some(vapid),
            Err(KeyError::Db(error)) => return Err(error),
            Err(error) => {
                tracing::error!(%error, "operators are not notified");
                None
            }
        };
        // Checked with the configuration.
        let trusted: Vec<Url> = app.config.push.trusted_services.iter().filter_map(|origin| origin.parse().ok()).collect();
        let http = app.http.trusting(&trusted);
        let sends = vapid.is_some();
        let push = Self(Arc::new(Inner { app, vapid, http, trusted: trusted.iter().map(Url::origin).collect() }));
        let mut tasks = JoinSet::new();
        if sends {
            tasks.spawn(follow::run(push.clone(), follow::place(&push).await?, stop.clone()));
            tasks.spawn(chores::run(push.clone(), stop));
        } else {
            tasks.spawn(async move { stop.cancelled().await });
        }
        Ok((push, tasks))
    }

    fn app(&self) -> &App {
        &self.0.app
    }

    fn vapid(&self) -> Option<&Vapid> {
        self.0.vapid.as_ref()
    }

    fn http(&self) -> &Http {
        &self.0.http
    }

    fn trusts(&self, url: &Url) -> bool {
        self.0.trusted.contains(&url.origin())
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found("push subscription"),
            Error::Invalid { pointer, problem } => Self::invalid(pointer, problem),
            Error::TooMany { .. } => Self::conflict("too_many_subscriptions", error.to_string()),
            Error::Off => Self::new(http::StatusCode::SERVICE_UNAVAILABLE, "push_off", error.to_string()),
            Error::Ended => Self::conflict("subscription_ended", error.to_string()),
            Error::Failed(why) => Self::new(http::StatusCode::BAD_GATEWAY, "push_failed", why),
            Error::Db(error) => error.into(),
        }
    }
}
