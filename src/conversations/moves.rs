//! What people do to a conversation as a whole. Each operation owns one transaction: rules, change, event.

use serde::Deserialize;
use serde_json::{Value, json};

use super::changes::bounded;
use super::store::{self, Facts, NewMessage, Patch};
use super::window;
use super::{ConversationView, Error, Move, State};
use crate::access::{Caller, Visitor};
use crate::app::App;
use crate::db::{Arg, Tx};
use crate::events::{Audience, EventKind, NewEvent};

/// Why conversations are closed everywhere; each business adds its own.
pub const CLOSE_REASONS: [&str; 3] = ["problem_solved", "customer_not_responding", "transferred_to_specialist"];
pub const MAX_REASON_CHARS: usize = 200;
pub const MAX_SUMMARY_CHARS: usize = 10_000;

/// Gives a waiting conversation to an operator or a team.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    pub operator_id: Option<String>,
    pub team_id: Option<String>,
}

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// `problem_solved`, `customer_not_responding`, `transferred_to_specialist` or the business's own.
    pub reason: String,
    pub summary: Option<String>,
}

/// Takes a waiting conversation. Of any number of simultaneous calls exactly one succeeds.
pub async fn accept(app: &App, caller: &Caller, id: &str) -> Result<ConversationView, Error> {
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let mine = facts.assignee_id.as_deref() == Some(caller.operator_id.as_str());
    match facts.state() {
        State::Active | State::AwaitingResponse if mine => {
            return Ok(window::shown(app, store::view(&mut tx, id).await?.ok_or(Error::NotFound)?));
        }
        State::Active | State::AwaitingResponse => return Err(taken(&facts)),
        State::Transferred => may_receive(&mut tx, caller, &facts).await?,
        _ => {}
    }
    let next = step(&facts, Move::Accept, "accepting")?;
    let now = app.now();
    let patch = Patch::default()
        .state(next)
        .set("assignee_id", caller.operator_id.as_str())
        .set("accepted_at", now)
        .set("transfer_from", Arg::Text(None))
        .set("transfer_comment", Arg::Text(None))
        .set("escalated", false);
    if !patch.apply(&mut tx, &facts, now).await? {
        let current = store::facts(&mut tx, id).await?.ok_or(Error::NotFound)?;
        return Err(if current.assignee_id.is_some() { taken(&current) } else { illegal(&current, "accepting") });
    }
    store::add_participant(&mut tx, id, "operator", &caller.operator_id, "assignee", now).await?;
    finish(app, tx, id, EventKind::ConversationAccepted, Audience::Everyone, Some(caller), Value::Null).await
}

/// A supervisor's decision, whoever held the conversation before.
pub async fn assign(app: &App, caller: &Caller, id: &str, to: Assign) -> Result<ConversationView, Error> {
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let now = app.now();
    let patch =
        Patch::default().set("transfer_from", Arg::Text(None)).set("transfer_comment", Arg::Text(None)).set("escalated", false);
    let patch = match (&to.operator_id, &to.team_id) {
        (Some(operator), None) => {
            store::operator_name(&mut tx, operator).await?.ok_or(Error::NoSuch("operator"))?;
            patch.state(step(&facts, Move::Assign, "assigning")?).set("assignee_id", operator).set("accepted_at", now)
        }
        (None, Some(team)) => {
            store::team_name(&mut tx, team).await?.ok_or(Error::NoSuch("team"))?;
            patch.state(step(&facts, Move::Requeue, "assigning")?).set("assignee_id", Arg::Text(None)).set("team_id", team)
        }
        _ => return Err(Error::invalid("/operator_id", "give either operator_id or team_id")),
    };
    change(&mut tx, patch, &facts, now, "assigning").await?;
    if let Some(before) = &facts.assignee_id {
        store::leave(&mut tx, id, before, now).await?;
    }
    if let Some(operator) = &to.operator_id {
        store::add_participant(&mut tx, id, "operator", operator, "assignee", now).await?;
    }
    finish(app, tx, id, EventKind::ConversationAssigned, Audience::Everyone, Some(caller), Value::Null).await
}

pub async fn close(app: &App, caller: &Caller, id: &str, request: Close) -> Result<ConversationView, Error> {
    let reason = bounded("/reason", &request.reason, MAX_REASON_CHARS)?;
    if reason.trim().is_empty() {
        return Err(Error::invalid("/reason", "must not be empty"));
    }
    let summary = request.summary.as_deref().map(|text| bounded("/summary", text, MAX_SUMMARY_CHARS)).transpose()?;
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    may_act(caller, &facts)?;
    let next = step(&facts, Move::Close, "closing")?;
    let now = app.now();
    let patch = Patch::default()
        .state(next)
        .set("close_reason", reason)
        .set("close_summary", summary)
        .set("closed_at", now)
        .set("waiting_since", Arg::Int(None));
    change(&mut tx, patch, &facts, now, "closing").await?;
    finish(app, tx, id, EventKind::ConversationClosed, Audience::Everyone, Some(caller), Value::Null).await
}

/// The customer says goodbye: closed at once, whoever holds it. Ending it twice changes nothing.
pub async fn end_by_customer(app: &App, visitor: &Visitor, id: &str) -> Result<ConversationView, Error> {
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if !store::belongs_to(&mut tx, &facts, visitor).await? {
        return Err(Error::NotFound);
    }
    if !facts.state().is_open() {
        return store::view(&mut tx, id).await?.ok_or(Error::NotFound);
    }
    let now = app.now();
    let patch = Patch::default()
        .state(step(&facts, Move::Close, "ending")?)
        .set("close_reason", "ended_by_customer")
        .set("closed_at", now)
        .set("waiting_since", Arg::Int(None));
    change(&mut tx, patch, &facts, now, "ending").await?;
    finish(app, tx, id, EventKind::ConversationClosed, Audience::Everyone, None, Value::Null).await
}

/// Opens a closed conversation again, in the hands of whoever asks.
pub async fn reopen(app: &App, caller: &Caller, id: &str) -> Result<ConversationView, Error> {
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let next = step(&facts, Move::Reopen, "reopening")?;
    let now = app.now();
    let patch = Patch::default()
        .state(next)
        .set("assignee_id", caller.operator_id.as_str())
        .set("accepted_at", now)
        .set("closed_at", Arg::Int(None))
        .set("close_reason", Arg::Text(None));
    match patch.apply(&mut tx, &facts, now).await {
        Ok(true) => {}
        Ok(false) => return Err(illegal(&facts, "reopening")),
        // The customer has another open conversation on this line by now.
        Err(crate::db::DbError::Taken { .. }) => {
            return Err(Error::IllegalMove { what: "reopening beside another open conversation", state: facts.state() });
        }
        Err(error) => return Err(error.into()),
    }
    store::add_participant(&mut tx, id, "operator", &caller.operator_id, "assignee", now).await?;
    finish(app, tx, id, EventKind::ConversationReopened, Audience::Everyone, Some(caller), Value::Null).await
}

pub async fn archive(app: &App, caller: &Caller, id: &str) -> Result<ConversationView, Error> {
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let next = step(&facts, Move::Archive, "archiving")?;
    let now = app.now();
    change(&mut tx, Patch::default().state(next).set("archived_at", now), &facts, now, "archiving").await?;
    finish(app, tx, id, EventKind::ConversationArchived, Audience::Staff, Some(caller), Value::Null).await
}

// What operations share -----------------------------------------------------------------------------------------------

pub(super) fn step(facts: &Facts, step: Move, what: &'static str) -> Result<State, Error> {
    facts.state().after(step).ok_or_else(|| illegal(facts, what))
}

pub(super) fn illegal(facts: &Facts, what: &'static str) -> Error {
    Error::IllegalMove { what, state: facts.state() }
}

fn taken(facts: &Facts) -> Error {
    Error::AlreadyAccepted {
        operator_id: facts.assignee_id.clone().unwrap_or_default(),
        name: facts.assignee_name.clone().unwrap_or_default(),
    }
}

/// The holder acts on a conversation; supervisors act on all.
pub(super) fn may_act(caller: &Caller, facts: &Facts) -> Result<(), Error> {
    let holder = facts.assignee_id.as_deref() == Some(caller.operator_id.as_str());
    if holder || caller.role.supervises() { Ok(()) } else { Err(Error::NotYours) }
}

/// Who a transfer was meant for: the operator, a member of the team, any supervisor where it was escalated.
async fn may_receive(tx: &mut Tx, caller: &Caller, facts: &Facts) -> Result<(), Error> {
    let named = facts.assignee_id.as_deref() == Some(caller.operator_id.as_str());
    if named || caller.role.supervises() {
        return Ok(());
    }
    match (&facts.assignee_id, &facts.team_id) {
        (None, Some(team)) if !facts.escalated && store::is_member(tx, team, &caller.operator_id).await? => Ok(()),
        _ => Err(Error::NotYours),
    }
}

pub(super) async fn change(tx: &mut Tx, patch: Patch, facts: &Facts, now: i64, what: &'static str) -> Result<(), Error> {
    if patch.apply(tx, facts, now).await? {
        return Ok(());
    }
    let current = store::facts(tx, &facts.id).await?.ok_or(Error::NotFound)?;
    Err(illegal(&current, what))
}

/// Emits the event with the conversation as it now is, and commits.
pub(super) async fn finish(
    app: &App,
    mut tx: Tx,
    id: &str,
    kind: EventKind,
    audience: Audience,
    by: Option<&Caller>,
    more: Value,
) -> Result<ConversationView, Error> {
    let view = window::shown(app, store::view(&mut tx, id).await?.ok_or(Error::NotFound)?);
    let mut payload = json!({
        "conversation": view,
        "by": by.map(|caller| json!({ "id": caller.operator_id, "name": caller.name })),
    });
    if let (Value::Object(payload), Value::Object(more)) = (&mut payload, more) {
        payload.extend(more);
    }
    tx.emit(NewEvent::of_conversation(app.ids.next(), id, kind, audience, payload, app.now()));
    tx.commit().await?;
    Ok(view)
}

/// A line of the system in the thread, for the staff.
pub(super) async fn system_message(app: &App, tx: &mut Tx, facts: &Facts, text: &str, extra: &Value) -> Result<(), Error> {
    let id = app.ids.next();
    let message = NewMessage {
        id: &id,
        conversation_id: &facts.id,
        inbox_id: &facts.inbox_id,
        sender_type: "system",
        sender_id: None,
        sender_name: None,
        kind: "system",
        text,
        status: "none",
        client_id: None,
        reply_to: None,
        extra,
        at: app.now(),
    };
    store::append(tx, &message, false).await?;
    let view = store::message_view(&mut *tx, &id).await?.ok_or(Error::NotFound)?;
    let payload = json!({ "message": view, "conversation": { "id": facts.id } });
    tx.emit(NewEvent::of_conversation(app.ids.next(), &facts.id, EventKind::MessageCreated, Audience::Staff, payload, app.now()));
    Ok(())
}
