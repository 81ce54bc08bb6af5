//! One alarm when an inbox needs a person, and one word when it is well again: however many messages wait for it, however
//! often the connector says so, and in however many daemons.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use trunkline_channel::{Health, HealthReport};

use super::{Known, Supervisor, store};
use crate::app::App;
use crate::db::DbError;
use crate::events::{Audience, EventKind, NewEvent};

/// Pause before the store is asked again that did not take it.
const PAUSE: Duration = Duration::from_secs(5);

/// Follows the health of one version of an inbox. Ends never; dropped with the connector's run.
pub(super) async fn follow(supervisor: &Supervisor, known: &Arc<Known>) {
    let app = &supervisor.0.app;
    let mut told: Option<&str> = None;
    loop {
        let report = known.health.report();
        if let Some(word) = word(&report.health).filter(|word| told != Some(word)) {
            match tell(app, known, &report, word).await {
                Ok(()) => told = Some(word),
                Err(error) => {
                    tracing::warn!(inbox = known.row.name, %error, "the health of this inbox waits for the store to be told");
                    sleep(PAUSE).await;
                    continue;
                }
            }
        }
        known.health.changed_from(&report.health).await;
    }
}

/// What is worth telling; trouble that the connector gets out of by itself is not.
fn word(health: &Health) -> Option<&'static str> {
    match health {
        Health::BadCredentials { .. } => Some("bad_credentials"),
        Health::Misconfigured { .. } => Some("misconfigured"),
        Health::Connected => Some("connected"),
        Health::Connecting | Health::Troubled { .. } | Health::Paused => None,
    }
}

async fn tell(app: &App, known: &Known, report: &HealthReport, word: &str) -> Result<(), DbError> {
    let well = report.health == Health::Connected;
    let row = &known.row;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if !store::set_told(&mut tx, &row.id, word, well, now).await? {
        return Ok(());
    }
    let reason = match &report.health {
        Health::BadCredentials { reason } | Health::Misconfigured { reason } => Some(reason),
        _ => None,
    };
    let payload = json!({ "inbox_id": row.id, "name": row.name, "channel": row.channel, "state": word, "reason": reason });
    tx.emit(NewEvent {
        id: app.ids.next(),
        stream: "inboxes".to_owned(),
        kind: EventKind::InboxHealth,
        audience: Audience::Staff,
        conversation_id: None,
        payload,
        at: now,
    });
    tx.commit().await?;
    match reason {
        Some(reason) => tracing::error!(inbox = row.name, channel = row.channel, reason, "this inbox needs a person"),
        None => tracing::info!(inbox = row.name, channel = row.channel, "this inbox is well again"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use trunkline_channel::Health;

    use super::word;

    #[test]
    fn only_what_needs_a_person_or_is_mended_is_told() {
        let reason = || "why".to_owned();
        assert_eq!(word(&Health::BadCredentials { reason: reason() }), Some("bad_credentials"));
        assert_eq!(word(&Health::Misconfigured { reason: reason() }), Some("misconfigured"));
        assert_eq!(word(&Health::Connected), Some("connected"));
        for passing in [Health::Connecting, Health::Troubled { reason: reason() }, Health::Paused] {
            assert_eq!(word(&passing), None);
        }
    }
}
