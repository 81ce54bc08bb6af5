//! Makes the changes at the providers. One task for each inbox, so that a hanging provider holds up nobody but itself.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use trunkline_channel::{Ambiguity, Amendment, Capabilities, Change, Connector, Kind, Peer, SendError, Sent};

use super::super::State;
use super::super::dispatcher::{OutgoingLine, OutgoingLines};
use super::super::store::amendments::{self as store, TurnRow};
use super::super::store::batch;
use super::super::verdict::{self, Attempted, LineNews, micros};
use super::{AmendmentView, bell, tell};
use crate::app::App;
use crate::contacts;
use crate::contacts::store::identities;
use crate::db::{DbError, Tx};
use crate::intake;

/// An inbox looks by itself this often: for other processes' changes and for what a stopped one left.
const LOOK: Duration = Duration::from_secs(1);
/// Changes of one inbox under way side by side, each of another message.
const MAX_UNDER_WAY: i64 = 8;
/// No provider takes longer for a change.
const PATIENCE: Duration = Duration::from_secs(45);
/// How long a process is trusted to be at it; longer than the call may last, so that no two are.
const LEASE: Duration = Duration::from_secs(90);
/// Attempts to write down how a change ended while others change the same rows.
const MAX_RACES: usize = 3;
/// How often inboxes that came or went are looked for without being told.
const HOUSEKEEPING: Duration = Duration::from_secs(5);

/// Makes changes until `stop`; returns when those under way have ended.
pub async fn run(app: App, lines: Arc<dyn OutgoingLines>, stop: CancellationToken) {
    let mut open: HashMap<String, tokio::task::AbortHandle> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut changes = lines.changes();
    while !stop.is_cancelled() {
        open.retain(|_, task| !task.is_finished());
        for inbox_id in lines.inbox_ids() {
            if let Entry::Vacant(free) = open.entry(inbox_id) {
                let task = tasks.spawn(inbox(app.clone(), free.key().clone(), lines.clone(), stop.clone()));
                free.insert(task);
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            changed = changes.changed() => if changed.is_err() {
                break;
            },
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => if ended.is_err() {
                tracing::error!("the task for changes of messages broke down and is started again");
            },
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// On a store that only this process uses, whatever is under way at the start was broken off.
pub async fn expire_all(tx: &mut Tx) -> Result<u64, DbError> {
    store::expire_all(tx).await
}

/// Ends with the inbox, too.
async fn inbox(app: App, inbox_id: String, lines: Arc<dyn OutgoingLines>, stop: CancellationToken) {
    let rung = app.db.bell(&bell(&inbox_id));
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut used: Option<Arc<dyn Connector>> = None;
    while !stop.is_cancelled() && lines.inbox_ids().contains(&inbox_id) {
        tokio::select! {
            () = stop.cancelled() => return,
            () = rung.notified() => {}
            _ = look.tick() => {}
        }
        let Some(line) = lines.outgoing(&inbox_id) else { continue };
        if used.as_ref().is_none_or(|used| !Arc::ptr_eq(used, &line.connector)) {
            match store::release(&app.db, &inbox_id, app.now()).await {
                Ok(()) => used = Some(line.connector.clone()),
                Err(error) => tracing::warn!(inbox = inbox_id, %error, "changes of messages wait for the store"),
            }
        }
        loop {
            match turn(&app, &inbox_id, &line).await {
                Ok(0) => break,
                Ok(_) if stop.is_cancelled() => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(inbox = inbox_id, %error, "changes of messages wait for the store");
                    break;
                }
            }
        }
    }
}

/// Claims what is due, makes the changes, writes down how they ended. Returns how many there were.
async fn turn(app: &App, inbox_id: &str, line: &OutgoingLine) -> Result<usize, DbError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let rows = store::claim(&app.db, &mut tx, inbox_id, now, now.saturating_add(micros(LEASE)), MAX_UNDER_WAY).await?;
    let mut due = Vec::with_capacity(rows.len());
    for row in rows {
        let external_ids = store::external_ids(&mut tx, &row.message_id).await?;
        due.push((amendment(&row, external_ids), row));
    }
    tx.commit().await?;
    let count = due.len();
    let calls = due.into_iter().map(|(amendment, row)| {
        let connector = line.connector.clone();
        async move { (row, call(connector, &amendment).await) }
    });
    for (row, result) in futures_util::future::join_all(calls).await {
        let mut races = 0;
        // What a provider has done must be written down, whoever else is at the same rows: its lease would run long.
        while let Err(error) = settle(app, inbox_id, line, &row, &result).await {
            races += 1;
            if races == MAX_RACES {
                return Err(error);
            }
        }
    }
    Ok(count)
}

/// One attempt. Repeating a change does no harm, so an unknown outcome is only another reason to repeat it.
async fn call(connector: Arc<dyn Connector>, amendment: &Amendment) -> Result<(), SendError> {
    // The log is the wire: whoever reads it is told when the change is written down.
    if connector.capabilities().realtime {
        return Ok(());
    }
    let again = |reason: &str| Err(SendError::Retry { after: None, reason: reason.to_owned() });
    match timeout(PATIENCE, AssertUnwindSafe(connector.amend(amendment)).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => again("the connector broke down"),
        Err(_elapsed) => again("no answer in 45 seconds"),
    }
}

async fn settle(
    app: &App,
    inbox_id: &str,
    line: &OutgoingLine,
    row: &TurnRow,
    result: &Result<(), SendError>,
) -> Result<(), DbError> {
    let now = app.now();
    let gone = matches!(result, Err(SendError::PeerGone { .. }));
    let facts =
        Attempted { attempts: row.attempts.saturating_sub(row.free), created_at: row.created_at, now, random: rand::random() };
    let repeats = Capabilities { ambiguity: Ambiguity::Repeat, ..line.connector.capabilities().clone() };
    let verdict = verdict::of(&result.clone().map(|()| Sent::default()), facts, &repeats);
    let state = match verdict.state {
        State::RetryWait => "retry_wait",
        State::Sent | State::Delivered => "done",
        _ => "failed",
    };
    let next_at = verdict.until.unwrap_or(now);
    let told = (verdict.code.as_deref(), verdict.shown.as_deref());
    let mut tx = app.db.begin().await?;
    match verdict.line {
        LineNews::SlowedDown(until) => {
            line.health.rate_limited(until);
            batch::hold(&mut tx, inbox_id, until).await?;
        }
        LineNews::CredentialsRefused(_) => {
            line.health.refused(verdict.shown.as_deref().unwrap_or_default(), now);
        }
        LineNews::Works | LineNews::Fails => {}
    }
    if store::settle(&mut tx, row, state, next_at, !verdict.counts, told, now).await? {
        if state == "done" {
            apply(app, &mut tx, row).await?;
        }
        if gone && identities::set_blocked(&mut tx, &row.identity_id, Some(now), now).await? {
            contacts::tell_updated(app, &mut tx, &row.contact_id, None).await?;
        }
        let view = AmendmentView {
            id: row.id.clone(),
            change: row.change.clone(),
            value: row.value.clone(),
            state: state.to_owned(),
            code: verdict.code.clone(),
            shown: verdict.shown.clone(),
            at: now,
        };
        tell(&mut tx, &app.ids, &row.conversation_id, &row.message_id, &view);
    }
    tx.commit().await?;
    if state != "done" {
        tracing::info!(inbox = inbox_id, amendment = row.id, outcome = verdict.outcome, "a change of a message did not end well");
    }
    metrics::counter!("trunkline_amendment_attempts_total", "outcome" => verdict.outcome).increment(1);
    Ok(())
}

/// The customer sees it now; so does everybody else.
async fn apply(app: &App, tx: &mut Tx, row: &TurnRow) -> Result<(), DbError> {
    let Some(target) = intake::message_by_id(tx, &row.message_id).await? else { return Ok(()) };
    let now = app.now();
    match change(row) {
        Change::Edit { text } => intake::edited(app, tx, &target, Some(&text), None, now).await,
        Change::Delete => intake::deleted(app, tx, &target, now).await,
        Change::React { emoji } => {
            let actor = format!("operator:{}", row.operator_id);
            if emoji.is_some() {
                store::clear_reactions_of_operators(tx, &row.message_id, &actor).await?;
            }
            intake::reaction(app, tx, &target, &actor, emoji.as_deref(), now).await
        }
    }
}

fn change(row: &TurnRow) -> Change {
    match row.change.as_str() {
        "edit" => Change::Edit { text: row.value.clone().unwrap_or_default() },
        "delete" => Change::Delete,
        _ => Change::React { emoji: row.value.clone() },
    }
}

fn amendment(row: &TurnRow, external_ids: Vec<String>) -> Amendment {
    Amendment {
        id: row.id.clone(),
        to: Peer {
            external_id: row.peer.clone(),
            aliases: Vec::new(),
            name: row.peer_name.clone(),
            handle: row.peer_handle.clone(),
            language: row.peer_language.clone(),
            verified: row.peer_verified,
        },
        external_ids,
        kind: kind(row),
        sent_at: row.sent_at,
        change: change(row),
    }
}

/// Operators write texts with files; to a provider such a message is its file, and the text a caption.
fn kind(row: &TurnRow) -> Kind {
    match row.file_type.as_deref().and_then(|of| of.split_once('/')).map(|(family, _)| family) {
        Some("image") => Kind::Image,
        Some("audio") => Kind::Audio,
        Some("video") => Kind::Video,
        Some(_) => Kind::File,
        None => serde_json::from_value(Value::String(row.kind.clone())).unwrap_or(Kind::Text),
    }
}
