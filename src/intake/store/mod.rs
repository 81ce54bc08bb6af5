//! The SQL of intake: a handful of statements for a whole batch.

pub mod early;
mod echoes;
mod effects;
mod handed;
pub mod raw;
mod world;
mod write;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use serde_json::json;
use trunkline_channel::{Cursor, Micros, StoredMessage};

pub use effects::{
    Target, clear_reaction, delete_message, edit_message, hold_message, message_by_external_id, message_by_id,
    open_conversation_of, renew_preview, set_reaction,
};
pub use world::{KnownMessage, Send, Upload, World, load_world};
pub use write::write;

use crate::db::{Arg, DbError, Tx, bulk, sql};
use crate::intake::{Job, Term};

/// Inserts raw rows; returns the id under which each (inbox, key) is stored, also when it was there before.
pub async fn insert_raw<'j>(
    tx: &mut Tx,
    jobs: impl Iterator<Item = &'j Job>,
) -> Result<HashMap<(&'j str, &'j str), String>, DbError> {
    let mut rows = bulk(
        "INSERT INTO raw_events (id, inbox_id, event_key, body, state, reason, received_at)",
        7,
        "ON CONFLICT (inbox_id, event_key) DO NOTHING RETURNING id",
    );
    let mut stored: HashMap<(&str, &str), String> = HashMap::new();
    for job in jobs {
        for event in &job.events {
            // The same key twice in one batch: the first one counts.
            let Entry::Vacant(slot) = stored.entry((job.inbox_id.as_str(), event.key.as_str())) else { continue };
            slot.insert(event.raw_id.clone());
            let (state, reason) = event.verdict();
            rows.row([
                event.raw_id.as_str().into(),
                job.inbox_id.as_str().into(),
                event.key.as_str().into(),
                Arg::Bytes(event.body.clone()),
                state.into(),
                reason.into(),
                event.received_at.into(),
            ]);
        }
    }
    let fresh: HashSet<String> = rows.all::<(String,)>(tx).await?.into_iter().map(|(id,)| id).collect();
    if fresh.len() < stored.len() {
        let old = stored.iter().filter(|(_, raw_id)| !fresh.contains(*raw_id));
        let keys: Vec<_> = old.map(|((inbox_id, key), _)| json!({ "i": inbox_id, "k": key })).collect();
        let found: Vec<(String, String, String)> = sql("SELECT r.inbox_id, r.event_key, r.id FROM each($1) AS j \
             JOIN raw_events r ON r.inbox_id = j.value->>'i' AND r.event_key = j.value->>'k'")
        .bind(json!(keys).to_string())
        .all(tx)
        .await?;
        for ((inbox_id, key), slot) in &mut stored {
            if let Some((_, _, id)) = found.iter().find(|(i, k, _)| i == inbox_id && k == key) {
                slot.clone_from(id);
            }
        }
    }
    Ok(stored)
}

/// The messages a raw event made when it was first applied.
pub async fn messages_of_raw(tx: &mut Tx, raw_id: &str) -> Result<Vec<StoredMessage>, DbError> {
    let rows: Vec<(String, String, Option<String>, i64)> =
        sql("SELECT id, conversation_id, external_id, number FROM messages WHERE raw_event_id = $1 ORDER BY number")
            .bind(raw_id)
            .all(tx)
            .await?;
    let message = |(message_id, conversation_id, external_id, number): (String, String, Option<String>, i64)| StoredMessage {
        message_id,
        conversation_id,
        external_id: external_id.unwrap_or_default(),
        number,
    };
    Ok(rows.into_iter().map(message).collect())
}

pub async fn holds(tx: &mut Tx, inbox_id: &str, term: &Term) -> Result<bool, DbError> {
    Ok(sql("SELECT term FROM leases WHERE inbox_id = $1 AND holder = $2 AND term = $3")
        .bind(inbox_id)
        .bind(&term.holder)
        .bind(term.term)
        .optional::<(i64,)>(tx)
        .await?
        .is_some())
}

pub async fn set_cursor(tx: &mut Tx, inbox_id: &str, cursor: &Cursor, at: Micros) -> Result<(), DbError> {
    sql("INSERT INTO cursors (inbox_id, name, value, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (inbox_id, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
    .bind(inbox_id)
    .bind(&cursor.name)
    .bind(&cursor.value)
    .bind(at)
    .execute(tx)
    .await
    .map(|_| ())
}
