//! Runs the connectors: one owned task for each inbox, started, stopped and replaced while the daemon runs.

mod alarm;
mod lease;
mod reconcile;
mod routes;
mod store;
mod task;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use trunkline_channel::{
    Check, CheckState, Connector, Context, FetchError, Fetched, Health, HealthReport, HealthReporter, InboxRef, MediaRef, Peer,
    Profile, Siblings,
};

use crate::app::App;
use crate::connectors::Built;
use crate::contacts::Profiles;
use crate::deliveries::{OutgoingLine, OutgoingLines};
use crate::inboxes::{self, InboxRow};
use crate::intake::{Intake, Line, Lines, Notice, Term};
use crate::uploads::Fetch;

pub use reconcile::Looks;
use task::{Fenced, FencedCursors};

/// Requests for a look that may wait.
const LOOKS: usize = 64;
/// The channel doctor's time.
const DIAGNOSIS: Duration = Duration::from_secs(30);

/// Knows every inbox and its connector; cheap to clone.
#[derive(Clone)]
pub struct Supervisor(Arc<Inner>);

struct Inner {
    app: App,
    /// Names this process in leases.
    holder: String,
    lines: RwLock<HashMap<String, Arc<Known>>>,
    changes: watch::Sender<u64>,
    looks: mpsc::Sender<oneshot::Sender<()>>,
    /// Given when the connectors are started; intake itself must know the lines first.
    intake: OnceLock<Intake>,
}

/// An inbox as this process runs it.
struct Known {
    row: InboxRow,
    /// `None` where the settings do not work.
    built: Option<Built>,
    router: Option<axum::Router>,
    health: HealthReporter,
    stop: CancellationToken,
    /// Cancelled when the task of this version has ended.
    ended: CancellationToken,
}

impl Known {
    fn runs(&self) -> bool {
        self.row.state == "running"
    }
}

impl Supervisor {
    /// Knows nothing and runs nothing before [`Self::start`]; intake and dispatcher can be started with it already.
    pub fn new(app: App) -> (Self, Looks) {
        let (looks, asked) = mpsc::channel(LOOKS);
        let inner = Inner {
            holder: app.ids.next(),
            app,
            lines: RwLock::default(),
            changes: watch::Sender::new(0),
            looks,
            intake: OnceLock::new(),
        };
        (Self(Arc::new(inner)), Looks::new(asked))
    }

    /// Starts the connectors. The tasks end when `stop` is cancelled and every connector has stopped.
    pub fn start(&self, intake: Intake, looks: Looks, stop: CancellationToken) -> JoinSet<()> {
        let _ = self.0.intake.set(intake);
        let mut tasks = JoinSet::new();
        tasks.spawn(reconcile::supervise(self.clone(), looks, stop));
        tasks
    }

    /// Looks at the stored inboxes now and returns when their connectors are started, stopped or replaced.
    pub async fn look(&self) {
        let (done, seen) = oneshot::channel();
        if self.0.looks.send(done).await.is_ok() {
            let _ = seen.await;
        }
    }

    /// Health of an inbox; that of one which is not known here is `connecting`.
    #[must_use]
    pub fn health(&self, inbox_id: &str) -> HealthReport {
        self.known(inbox_id).map(|known| known.health.report()).unwrap_or_default()
    }

    /// The connector of an inbox, also of a paused one.
    #[must_use]
    pub fn connector(&self, inbox_id: &str) -> Option<Arc<dyn Connector>> {
        self.known(inbox_id).and_then(|known| known.built.as_ref().map(|built| built.connector.clone()))
    }

    /// What the widget's entrance must know of a running web chat inbox.
    #[must_use]
    pub fn site(&self, inbox_id: &str) -> Option<Arc<trunkline_web_chat::Settings>> {
        self.known(inbox_id).filter(|known| known.runs()).and_then(|known| known.built.as_ref()?.site.clone())
    }

    /// Ids of all inboxes that are not removed, running or not.
    #[must_use]
    pub fn inbox_ids(&self) -> Vec<String> {
        self.0.lines.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// The channel doctor's list for an inbox.
    pub async fn diagnose(&self, inbox_id: &str) -> Vec<Check> {
        let failed = |name, detail: String| vec![Check { name, state: CheckState::Failed, detail }];
        let Some(known) = self.known(inbox_id) else { return failed("settings", "The inbox is not loaded yet.".to_owned()) };
        let (Some(built), Some(cx)) = (&known.built, self.context(&known, known.stop.clone(), None)) else {
            return failed("settings", known.health.report().last_error.unwrap_or_default());
        };
        match timeout(DIAGNOSIS, built.connector.diagnose(&cx)).await {
            Ok(checks) => checks,
            Err(_elapsed) => failed("reachability", "The checks did not end in 30 seconds.".to_owned()),
        }
    }

    fn known(&self, inbox_id: &str) -> Option<Arc<Known>> {
        self.0.lines.read().unwrap_or_else(PoisonError::into_inner).get(inbox_id).cloned()
    }

    /// What a connector may touch; `None` before the start.
    fn context(&self, known: &Known, stop: CancellationToken, term: Option<Term>) -> Option<Context> {
        let app = &self.0.app;
        let intake = self.0.intake.get()?.clone();
        Some(Context {
            inbox: InboxRef { id: known.row.id.clone(), name: known.row.name.clone() },
            intake: Arc::new(Fenced { intake, health: known.health.clone(), app: app.clone(), term: term.clone() }),
            cursors: Arc::new(FencedCursors { app: app.clone(), term }),
            siblings: Arc::new(SameChannel { supervisor: self.clone(), channel: known.row.channel.clone() }),
            clock: app.clock.clone(),
            health: known.health.clone(),
            stop,
        })
    }
}

/// Finds the inbox of an account among those of one channel.
struct SameChannel {
    supervisor: Supervisor,
    channel: String,
}

impl Siblings for SameChannel {
    fn inbox_of(&self, account: &str) -> Option<String> {
        let lines = self.supervisor.0.lines.read().unwrap_or_else(PoisonError::into_inner);
        let is_it = |known: &&Arc<Known>| {
            let connector = known.built.as_ref().map(|built| &built.connector);
            known.row.channel == self.channel && connector.and_then(|connector| connector.account()).as_deref() == Some(account)
        };
        lines.values().find(is_it).map(|known| known.row.id.clone())
    }
}

impl Lines for Supervisor {
    fn line(&self, inbox_id: &str) -> Option<Line> {
        let known = self.known(inbox_id)?;
        let connector = &known.built.as_ref()?.connector;
        let capabilities = connector.capabilities();
        Some(Line {
            channel: known.row.channel.clone(),
            translator: connector.translator(),
            threads: capabilities.threads,
            profiles: capabilities.profiles,
            amends: capabilities.edits || capabilities.deletes || capabilities.reactions,
            options: inboxes::options(&known.row),
        })
    }

    fn notice(&self, inbox_id: &str, notice: &Notice) {
        let Some(known) = self.known(inbox_id) else { return };
        // Providers repeat themselves; people want to read it once.
        if known.health.report().notice.as_ref() == Some(&notice.shown) {
            return;
        }
        tracing::warn!(
            inbox = known.row.name,
            code = notice.code,
            severe = notice.severe,
            "the provider has news about this inbox"
        );
        known.health.noticed(notice.shown.clone());
        // Until the connector finds that it works all the same; the last error stays on show.
        if notice.severe && known.runs() {
            known.health.set(Health::Misconfigured { reason: notice.shown.clone() }, self.0.app.now());
        }
    }
}

impl OutgoingLines for Supervisor {
    fn outgoing(&self, inbox_id: &str) -> Option<OutgoingLine> {
        let known = self.known(inbox_id).filter(|known| known.runs())?;
        Some(OutgoingLine { connector: known.built.as_ref()?.connector.clone(), health: known.health.clone() })
    }

    fn inbox_ids(&self) -> Vec<String> {
        Self::inbox_ids(self)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }
}

#[async_trait]
impl Fetch for Supervisor {
    async fn fetch(&self, inbox_id: &str, media: &MediaRef) -> Option<Result<Fetched, FetchError>> {
        let line = self.outgoing(inbox_id)?;
        Some(line.connector.fetch(media).await)
    }
}

#[async_trait]
impl Profiles for Supervisor {
    async fn profile(&self, inbox_id: &str, peer: &Peer) -> Option<Result<Option<Profile>, FetchError>> {
        let line = self.outgoing(inbox_id)?;
        Some(line.connector.profile(peer).await)
    }
}
