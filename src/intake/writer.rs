//! The writer: takes all that waits, commits it in one transaction, and answers each caller after the commit.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use trunkline_channel::{Inbound, IntakeError, Outcome, Receipt, StoredMessage};

use super::passing::{Passing, Told};
use super::{Job, RETRY_AFTER, early, effects, plan, store};
use crate::app::App;
use crate::conversations::views::MessageView;
use crate::db::{DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};

/// Times a batch is tried again as a whole when another transaction got in its way.
const CONFLICT_RETRIES: usize = 5;
/// Pause before a batch is tried again after a conflict, so that the other transaction can finish.
const CONFLICT_PAUSE: Duration = Duration::from_millis(2);

/// How soon news and a message that missed each other are joined.
const TIDY_EVERY: Duration = Duration::from_secs(30);

pub(super) async fn run(app: App, passing: Passing, mut jobs: mpsc::Receiver<Job>, stop: CancellationToken) {
    let mut housekeeping = tokio::time::interval(TIDY_EVERY);
    housekeeping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let first = tokio::select! {
            job = jobs.recv() => job,
            _ = housekeeping.tick() => {
                if let Err(error) = tidy(&app).await {
                    tracing::warn!(%error, "news that came before its message could not be joined with it");
                }
                continue;
            }
            () = stop.cancelled() => {
                // What was accepted into the queue is finished; nothing new gets in.
                jobs.close();
                jobs.recv().await
            }
        };
        let Some(first) = first else { return };
        let mut events = first.events.len();
        let mut batch = vec![first];
        // Group commit: no waiting for more, just everything that arrived while the last batch was being committed.
        while events < app.config.intake.batch {
            let Ok(job) = jobs.try_recv() else { break };
            events += job.events.len();
            batch.push(job);
        }
        metrics::histogram!("trunkline_intake_batch_events").record(u32::try_from(events).unwrap_or(u32::MAX));
        commit(&app, &passing, batch).await;
    }
}

async fn tidy(app: &App) -> Result<(), DbError> {
    let mut tx = app.db.begin().await?;
    early::tidy(app, &mut tx).await?;
    tx.commit().await.map(|_| ())
}

/// Commits the batch as one; when something in it cannot be stored, each job alone.
async fn commit(app: &App, passing: &Passing, batch: Vec<Job>) {
    match with_retries(app, passing, &batch).await {
        Ok(receipts) => {
            for (job, receipts) in batch.into_iter().zip(receipts) {
                answer(job, receipts);
            }
        }
        Err(error) if error.is_store_trouble() || batch.len() == 1 => {
            for job in batch {
                refuse_or_set_aside(app, passing, job, &error).await;
            }
        }
        Err(_) => {
            for job in batch {
                match with_retries(app, passing, std::slice::from_ref(&job)).await {
                    Ok(mut receipts) => answer(job, receipts.pop().unwrap_or(Ok(Vec::new()))),
                    Err(error) => refuse_or_set_aside(app, passing, job, &error).await,
                }
            }
        }
    }
}

/// What a caller hears of one raw event.
#[derive(Debug)]
pub(super) struct Settled {
    pub receipt: Receipt,
    /// The first message it made, as it went into the store; none where nothing new was made.
    pub view: Option<Box<MessageView>>,
}

pub(super) type Answer = Result<Vec<Settled>, IntakeError>;

fn answer(job: Job, receipts: Answer) {
    if let Ok(receipts) = &receipts {
        for settled in receipts {
            let outcome = match settled.receipt.outcome {
                Outcome::Applied { .. } => "applied",
                Outcome::Duplicate { .. } => "duplicate",
                Outcome::Ignored { .. } => "ignored",
                Outcome::Quarantined { .. } => "quarantined",
            };
            metrics::counter!("trunkline_intake_events_total", "channel" => job.line.channel.clone(), "outcome" => outcome)
                .increment(1);
        }
    }
    // A caller that went away (a cut connection) asks again and gets the same answer as a duplicate.
    drop(job.answer.send(receipts));
}

/// The store is in trouble: nothing is confirmed. This job is the trouble: its raw events are kept, its effects not.
async fn refuse_or_set_aside(app: &App, passing: &Passing, mut job: Job, error: &DbError) {
    // A key that is still taken after all retries is the event's own fault; it must not come back for ever.
    if error.is_store_trouble() || matches!(error, DbError::Conflict) {
        tracing::warn!(%error, inbox_id = job.inbox_id, "events refused, the store cannot take them now");
        return answer(job, Err(IntakeError::Unavailable { retry_after: RETRY_AFTER }));
    }
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(%error, cause, inbox_id = job.inbox_id, "events set aside, the store refused their effects");
    for event in &mut job.events {
        event.translation = trunkline_channel::Translation::unreadable("the store refused its effects");
        event.files.clear();
    }
    let receipts = match with_retries(app, passing, std::slice::from_ref(&job)).await {
        Ok(mut receipts) => receipts.pop().unwrap_or(Ok(Vec::new())),
        Err(_) => Err(IntakeError::Unavailable { retry_after: RETRY_AFTER }),
    };
    answer(job, receipts);
}

async fn with_retries(app: &App, passing: &Passing, batch: &[Job]) -> Result<Vec<Answer>, DbError> {
    let mut left = CONFLICT_RETRIES;
    loop {
        let mut told = Vec::new();
        match apply(app, batch, &mut told).await {
            Err(error) if error.is_worth_repeating() && left > 0 => {
                left -= 1;
                tokio::time::sleep(CONFLICT_PAUSE).await;
            }
            done => {
                if done.is_ok() {
                    passing.tell(told);
                }
                return done;
            }
        }
    }
}

/// One transaction: raw rows, effects in order, cursors, events.
async fn apply(app: &App, batch: &[Job], told: &mut Vec<Told>) -> Result<Vec<Answer>, DbError> {
    let mut tx = app.db.begin().await?;
    let mut held = Vec::with_capacity(batch.len());
    for job in batch {
        held.push(match &job.term {
            Some(term) => store::holds(&mut tx, &job.inbox_id, term).await?,
            None => true,
        });
    }
    let live: Vec<&Job> = batch.iter().zip(&held).filter(|(_, held)| **held).map(|(job, _)| job).collect();
    let known = store::insert_raw(&mut tx, live.iter().copied().filter(|job| !job.replay)).await?;
    for event in live.iter().filter(|job| job.replay).flat_map(|job| &job.events) {
        let (state, reason) = event.verdict();
        store::raw::set_verdict(&mut tx, &event.raw_id, state, reason.as_deref()).await?;
    }

    let mut outcomes: HashMap<&str, Outcome> = HashMap::new();
    let mut views: HashMap<&str, Box<MessageView>> = HashMap::new();
    let mut run = plan::Run::default();
    for job in &live {
        for event in &job.events {
            if let (false, Some(raw_id)) = (job.replay, known.get(&(job.inbox_id.as_str(), event.key.as_str())))
                && *raw_id != event.raw_id
            {
                outcomes.insert(&event.raw_id, Outcome::Duplicate { messages: store::messages_of_raw(&mut tx, raw_id).await? });
                continue;
            }
            let (state, reason) = event.verdict();
            let outcome = match state {
                "ignored" => Outcome::Ignored { reason: reason.unwrap_or_default() },
                "quarantined" => {
                    tx.emit(quarantined(app, job, &event.raw_id, reason.as_deref()));
                    Outcome::Quarantined { reason: reason.unwrap_or_default() }
                }
                _ => Outcome::Applied { messages: Vec::new() },
            };
            outcomes.insert(&event.raw_id, outcome);
            for (position, inbound) in event.translation.events.iter().enumerate() {
                if let Inbound::Message(message) = inbound {
                    run.push(job, event, position, message);
                } else {
                    // Effects refer to messages that may be in this very batch.
                    finish_run(app, &mut tx, &mut run, &mut outcomes, &mut views).await?;
                    effects::apply(app, &mut tx, &job.inbox_id, inbound, event.received_at, told).await?;
                }
            }
        }
    }
    finish_run(app, &mut tx, &mut run, &mut outcomes, &mut views).await?;
    for job in &live {
        for cursor in job.events.iter().filter_map(|event| event.cursor.as_ref()) {
            store::set_cursor(&mut tx, &job.inbox_id, cursor, app.now()).await?;
        }
    }
    tx.commit().await?;

    let answers = batch.iter().zip(held).map(|(job, held)| {
        if !held {
            return Err(IntakeError::LostLease);
        }
        let settled = |raw_id: &String| {
            let outcome = outcomes.remove(raw_id.as_str()).unwrap_or(Outcome::Applied { messages: Vec::new() });
            Settled { receipt: Receipt { raw_event_id: raw_id.clone(), outcome }, view: views.remove(raw_id.as_str()) }
        };
        Ok(job.events.iter().map(|event| &event.raw_id).map(settled).collect())
    });
    Ok(answers.collect())
}

async fn finish_run<'j>(
    app: &App,
    tx: &mut Tx,
    run: &mut plan::Run<'j>,
    outcomes: &mut HashMap<&'j str, Outcome>,
    views: &mut HashMap<&'j str, Box<MessageView>>,
) -> Result<(), DbError> {
    if run.is_empty() {
        return Ok(());
    }
    for Made { raw_id, stored, view } in plan::apply(app, tx, std::mem::take(run)).await? {
        if let Some(Outcome::Applied { messages } | Outcome::Duplicate { messages }) = outcomes.get_mut(raw_id) {
            messages.push(stored);
        }
        if let Some(view) = view {
            views.entry(raw_id).or_insert(view);
        }
    }
    Ok(())
}

fn quarantined(app: &App, job: &Job, raw_id: &str, reason: Option<&str>) -> NewEvent {
    NewEvent {
        id: app.ids.next(),
        stream: "raw_events".to_owned(),
        kind: EventKind::RawEventQuarantined,
        audience: Audience::Staff,
        conversation_id: None,
        payload: serde_json::json!({ "raw_event_id": raw_id, "inbox_id": job.inbox_id, "reason": reason }),
        at: app.now(),
    }
}

/// What a run of messages gives back: the raw event and the message it made (or had made before).
pub(super) struct Made<'j> {
    pub raw_id: &'j str,
    pub stored: StoredMessage,
    /// Of a message that is new.
    pub view: Option<Box<MessageView>>,
}
