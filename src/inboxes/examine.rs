//! The channel doctor without a running connector: for the command line, beside a daemon or before its first start.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use trunkline_channel::{
    Check, CheckState, Context, Cursor, CursorError, Cursors, HealthReporter, InboxRef, Intake, IntakeError, RawEvent, Receipt,
    Siblings,
};

use super::{InboxRow, build, store};
use crate::app::App;

/// All checks of an inbox together.
const PATIENCE: Duration = Duration::from_secs(30);

/// The channel's list; settings that do not work are a failed check.
pub async fn examine(app: &App, row: &InboxRow) -> Vec<Check> {
    let failed = |name, detail: String| vec![Check { name, state: CheckState::Failed, detail }];
    let connector = match build(app, row) {
        Ok(built) => built.connector,
        Err(error) => return failed("settings", error.to_string()),
    };
    let health = HealthReporter::default();
    match store::last_inbound_at(&app.db, &row.id).await {
        Ok(Some(at)) => health.saw_event(at),
        Ok(None) => {}
        Err(error) => return failed("store", error.to_string()),
    }
    let cx = Context {
        inbox: InboxRef { id: row.id.clone(), name: row.name.clone() },
        intake: Arc::new(Onlooker),
        cursors: Arc::new(Onlooker),
        siblings: Arc::new(Onlooker),
        clock: app.clock.clone(),
        health,
        stop: CancellationToken::new(),
    };
    let checks = tokio::time::timeout(PATIENCE, connector.diagnose(&cx)).await;
    checks.unwrap_or_else(|_elapsed| failed("reachability", "The checks did not end in 30 seconds.".to_owned()))
}

/// Looks and touches nothing.
struct Onlooker;

#[async_trait]
impl Intake for Onlooker {
    async fn accept(&self, _inbox_id: &str, _events: Vec<RawEvent>) -> Result<Vec<Receipt>, IntakeError> {
        Err(IntakeError::NoInbox)
    }
}

#[async_trait]
impl Cursors for Onlooker {
    async fn load(&self, _inbox_id: &str, _name: &str) -> Result<Option<String>, CursorError> {
        Ok(None)
    }

    async fn store(&self, _inbox_id: &str, _cursor: Cursor) -> Result<(), CursorError> {
        Err(CursorError::Unavailable)
    }
}

impl Siblings for Onlooker {
    fn inbox_of(&self, _account: &str) -> Option<String> {
        None
    }
}
