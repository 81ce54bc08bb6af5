//! What every operation may touch, handed down from `main`.

use std::sync::Arc;

use trunkline_channel::http::HttpError;
use trunkline_channel::{Clock, Http, Micros};

use crate::abilities::Abilities;
use crate::access::Throttle;
use crate::blobs::Blobs;
use crate::config::Config;
use crate::db::Db;
use crate::ids::Ids;
use crate::keys::Keys;
use crate::presence::Presence;

/// The client with which the daemon asks providers; it says who asks.
///
/// # Errors
/// When the machine has no usable TLS set-up.
pub fn http_client() -> Result<Http, HttpError> {
    Http::new(concat!("Trunkline/", env!("CARGO_PKG_VERSION")))
}

/// Shared by all tasks; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`], reached through it.
pub struct Parts {
    pub config: Config,
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub ids: Ids,
    pub blobs: Blobs,
    pub keys: Keys,
    pub sign_ins: Throttle,
    /// For everything that the daemon asks of others.
    pub http: Http,
    /// What the channels of the inboxes can do.
    pub abilities: Abilities,
    /// Who has sockets open.
    pub presence: Presence,
}

impl App {
    #[must_use]
    pub fn new(config: Config, db: Db, clock: Arc<dyn Clock>, blobs: Blobs, keys: Keys, http: Http) -> Self {
        let ids = Ids::new(clock.clone());
        let sign_ins = Throttle::new(&clock, &config.access);
        let abilities = Abilities::default();
        Self(Arc::new(Parts { config, db, clock, ids, blobs, keys, sign_ins, http, abilities, presence: Presence::default() }))
    }

    #[must_use]
    pub fn now(&self) -> Micros {
        self.0.clock.now()
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
