//! Who has seen what.

use serde_json::{Value, json};

use super::moves::{finish, illegal, may_act};
use super::{ConversationView, Error, State, store};
use crate::access::{Caller, Visitor};
use crate::app::App;
use crate::deliveries;
use crate::events::{Audience, EventKind, NewEvent};

/// Who looked.
#[derive(Debug, Clone, Copy)]
pub enum Seer<'a> {
    Operator(&'a Caller),
    Visitor(&'a Visitor),
}

/// Notes that everything up to message `number` was seen. Going back or beyond the last message changes nothing.
/// Returns whether the mark moved.
pub async fn seen(app: &App, seer: Seer<'_>, id: &str, number: i64) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let customer = match seer {
        Seer::Visitor(visitor) => {
            if !store::belongs_to(&mut tx, &facts, visitor).await? {
                return Err(Error::NotFound);
            }
            true
        }
        // A colleague's glance does not tell the customer that the question was read.
        Seer::Operator(caller) if facts.assignee_id.as_deref() != Some(caller.operator_id.as_str()) => return Ok(false),
        Seer::Operator(_) => false,
    };
    if !store::set_seen(&mut tx, id, customer, number).await? {
        return Ok(false);
    }
    if customer {
        deliveries::seen_by_customer(&mut tx, &app.ids, id, number, app.now()).await?;
    }
    let by = if customer { "customer" } else { "operator" };
    let message_id = store::id_of_number(&mut tx, id, number).await?;
    let payload = json!({ "conversation_id": id, "by": by, "number": number, "message_id": message_id });
    tx.emit(NewEvent::of_conversation(app.ids.next(), id, EventKind::ConversationSeen, Audience::Everyone, payload, app.now()));
    tx.commit().await?;
    Ok(true)
}

/// Marks the customer's last words as not seen yet, so that they are read again. Tells the staff; the customer is told nothing.
pub async fn unread(app: &App, caller: &Caller, id: &str) -> Result<ConversationView, Error> {
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if facts.state() == State::Archived {
        return Err(illegal(&facts, "marking it unread"));
    }
    may_act(caller, &facts)?;
    if store::set_unseen(&mut tx, id).await? {
        return finish(app, tx, id, EventKind::ConversationUpdated, Audience::Staff, Some(caller), Value::Null).await;
    }
    drop(tx);
    super::view(app, caller, id).await
}
