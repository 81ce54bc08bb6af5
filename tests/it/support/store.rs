//! One empty store per test, and the application on it.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use trunkline::app::App;
use trunkline::blobs::Blobs;
use trunkline::config::{self, Config};
use trunkline::db;
use trunkline::keys::Keys;
use trunkline_channel::{Clock, ManualClock, Secret, SystemClock};

use super::postgres::Database;

/// 2026-01-05T08:00:00Z, a Monday: when a test begins unless it says otherwise.
pub const MONDAY: i64 = 1_767_600_000_000_000;

/// A data directory and a database of the test's own; both vanish with it.
pub struct Store {
    data_dir: TempDir,
    database: Option<Database>,
}

/// An application on a store, with the clock that drives it. Reads like [`App`].
pub struct TestApp {
    pub app: App,
    pub clock: ManualClock,
}

impl std::ops::Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl Store {
    #[must_use]
    pub fn sqlite() -> Self {
        Self { data_dir: tempfile::tempdir().unwrap(), database: None }
    }

    pub async fn postgres() -> Self {
        Self { data_dir: tempfile::tempdir().unwrap(), database: Some(Database::create().await) }
    }

    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// The value of `store.database`: empty for SQLite.
    #[must_use]
    pub fn database(&self) -> String {
        self.database.as_ref().map(Database::address).unwrap_or_default()
    }

    /// The default configuration, on this store.
    #[must_use]
    pub fn config(&self) -> Config {
        let mut config = config::load(None).unwrap();
        config.store.data_dir = self.data_dir().to_owned();
        config.store.database = Secret::new(self.database());
        config
    }

    /// An application whose clock stands at [`MONDAY`] until the test moves it.
    pub async fn app(&self) -> TestApp {
        let clock = ManualClock::at(MONDAY);
        TestApp { app: self.app_with(self.config(), Arc::new(clock.clone())).await, clock }
    }

    /// An application on the machine's clock.
    pub async fn live_app(&self) -> App {
        self.app_with(self.config(), Arc::new(SystemClock)).await
    }

    pub async fn app_with(&self, config: Config, clock: Arc<dyn Clock>) -> App {
        let db = db::open(&config.store.address(), config.store.max_connections).await.unwrap();
        db::migrate(&db).await.unwrap();
        let blobs = Blobs::new(self.data_dir().join("attachments"));
        App::new(config, db, clock, blobs, Keys::load(self.data_dir()).unwrap(), trunkline::app::http_client().unwrap())
    }
}
