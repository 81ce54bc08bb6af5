//! Writes down how sends ended, many in one transaction.

use std::collections::HashSet;

use trunkline_channel::{Micros, ReceiptStatus, ReceiptTarget, SendError, Sent};

use super::outbound::Job;
use super::store::batch::{self, ExpiredRow};
use super::verdict::{LineNews, Verdict};
use super::{DeliveryRow, State, emit_updated, receipts};
use crate::app::App;
use crate::contacts;
use crate::contacts::store::identities;
use crate::db::{DbError, Tx};

/// The end of one attempt.
pub struct Ended {
    delivery_id: String,
    message_id: String,
    conversation_id: String,
    number: i64,
    attempt: i64,
    created_at: Micros,
    /// Contact and identity of a customer who cannot be reached any more.
    gone: Option<(String, String)>,
    /// Whether the provider took it, and under which ids.
    taken: Option<Vec<String>>,
    verdict: Verdict,
}

impl Ended {
    pub fn of(job: Job, result: Result<Sent, SendError>, verdict: Verdict) -> Self {
        let gone =
            (!job.handed_over && matches!(result, Err(SendError::PeerGone { .. }))).then_some((job.contact_id, job.identity_id));
        Self {
            gone,
            delivery_id: job.out.delivery_id,
            message_id: job.out.message_id,
            conversation_id: job.out.conversation_id,
            number: job.number,
            attempt: i64::from(job.out.attempt),
            created_at: job.created_at,
            taken: result.ok().map(|sent| sent.external_ids),
            verdict,
        }
    }

    pub fn expired(row: ExpiredRow, verdict: Verdict) -> Self {
        Self {
            gone: None,
            delivery_id: row.id,
            message_id: row.message_id,
            conversation_id: row.conversation_id,
            number: row.number,
            attempt: row.attempts,
            created_at: row.created_at,
            taken: None,
            verdict,
        }
    }
}

/// Settles attempts of one inbox: states, history, statuses of messages, provider ids, events.
pub async fn settle(app: &App, inbox_id: &str, ended: &[Ended]) -> Result<(), DbError> {
    if ended.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let attempts: Vec<(&str, i64, Verdict)> =
        ended.iter().map(|end| (end.delivery_id.as_str(), end.attempt, end.verdict.clone())).collect();
    let settled: HashSet<String> = batch::settle(&mut tx, &attempts, now).await?.into_iter().collect();

    let moved: Vec<&Ended> = ended.iter().filter(|end| settled.contains(&end.delivery_id)).collect();
    let queued = State::Queued.status();
    let statuses: Vec<(&str, &str)> = moved
        .iter()
        .map(|end| (end.message_id.as_str(), end.verdict.state.status()))
        .filter(|(_, status)| *status != queued)
        .collect();
    batch::set_statuses(&mut tx, &statuses).await?;
    for end in &moved {
        emit_updated(&mut tx, &app.ids, &row(end, inbox_id, now), now);
        if let Some((contact_id, identity_id)) = &end.gone
            && identities::set_blocked(&mut tx, identity_id, Some(now), now).await?
        {
            contacts::tell_updated(app, &mut tx, contact_id, None).await?;
        }
    }
    remember_taken(app, &mut tx, inbox_id, ended, &settled, now).await?;
    let slowed_until = ended.iter().filter_map(|end| match end.verdict.line {
        LineNews::SlowedDown(until) => Some(until),
        _ => None,
    });
    if let Some(until) = slowed_until.max() {
        batch::hold(&mut tx, inbox_id, until).await?;
    }
    tx.commit().await?;
    for end in &moved {
        metrics::counter!("trunkline_send_attempts_total", "outcome" => end.verdict.outcome).increment(1);
    }
    Ok(())
}

async fn remember_taken(
    app: &App,
    tx: &mut Tx,
    inbox_id: &str,
    ended: &[Ended],
    settled: &HashSet<String>,
    now: Micros,
) -> Result<(), DbError> {
    let mut pairs = Vec::new();
    for end in ended {
        let Some(external_ids) = &end.taken else { continue };
        pairs.extend(external_ids.iter().map(|id| (id.as_str(), end.message_id.as_str())));
        // Somebody has judged this attempt without us (its lease ran out, or a receipt came first). That the provider
        // took the message is news all the same.
        if !settled.contains(&end.delivery_id) {
            let target = ReceiptTarget::Delivery(end.delivery_id.clone());
            receipts::apply_receipt(tx, &app.ids, inbox_id, &target, &ReceiptStatus::Sent, now).await?;
        }
    }
    receipts::register(tx, &app.ids, inbox_id, &pairs, now).await
}

/// The delivery as it stands after its verdict, for the event.
fn row(end: &Ended, inbox_id: &str, now: Micros) -> DeliveryRow {
    let verdict = &end.verdict;
    let reached = |states: &[State]| states.contains(&verdict.state).then_some(now);
    DeliveryRow {
        id: end.delivery_id.clone(),
        message_id: end.message_id.clone(),
        conversation_id: end.conversation_id.clone(),
        inbox_id: inbox_id.to_owned(),
        number: end.number,
        state: verdict.state.as_str().to_owned(),
        attempts: end.attempt,
        next_at: verdict.until.unwrap_or(now),
        code: verdict.code.clone(),
        shown: verdict.shown.clone(),
        created_at: end.created_at,
        updated_at: now,
        sent_at: reached(&[State::Sent, State::Delivered]),
        delivered_at: reached(&[State::Delivered]),
        read_at: None,
    }
}
