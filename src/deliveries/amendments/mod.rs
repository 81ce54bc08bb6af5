//! Changes of messages that have left (new text, deletion) and operators' reactions: kept until the provider has taken
//! them. What a conversation shows changes only then: it shows what the customer sees.

mod run;

use serde::Serialize;
use serde_json::json;
use trunkline_channel::Micros;

use super::store::amendments as store;
use crate::db::{Db, DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};
use crate::ids::Ids;

pub(super) use run::{expire_all, run};

/// A change on its way, or one that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AmendmentView {
    pub id: String,
    #[schema(value_type = Amending)]
    pub change: String,
    /// The new text, or the emoji; null takes a reaction back.
    pub value: Option<String>,
    #[schema(value_type = AmendmentState)]
    pub state: String,
    pub code: Option<String>,
    /// Why it failed or waits, in plain words.
    pub shown: Option<String>,
    pub at: Micros,
}

/// What a change does, by the names that are stored.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Amending {
    Edit,
    Delete,
    React,
}

/// How a change stands, by the names that are stored.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum AmendmentState {
    Queued,
    Sending,
    RetryWait,
    Done,
    Failed,
}

/// A change that somebody wants.
#[derive(Debug, Clone)]
pub struct NewAmendment {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub inbox_id: String,
    pub operator_id: String,
    /// `edit`, `delete` or `react`.
    pub change: &'static str,
    pub value: Option<String>,
}

/// Puts a change into the outbox. It takes the place of an older one of its kind that has not been begun.
pub async fn request(tx: &mut Tx, ids: &Ids, new: &NewAmendment, now: Micros) -> Result<AmendmentView, DbError> {
    store::insert(tx, new, now).await?;
    tx.ring(bell(&new.inbox_id));
    let view = AmendmentView {
        id: new.id.clone(),
        change: new.change.to_owned(),
        value: new.value.clone(),
        state: "queued".to_owned(),
        code: None,
        shown: None,
        at: now,
    };
    tell(tx, ids, &new.conversation_id, &new.message_id, &view);
    Ok(view)
}

/// For each of these messages the last change that is not done: (message id, change).
pub async fn open_of(db: &Db, message_ids: &[&str]) -> Result<Vec<(String, AmendmentView)>, DbError> {
    let rows = store::open_of(db, message_ids).await?;
    Ok(rows.into_iter().map(|row| (row.message_id.clone(), row.into_view())).collect())
}

/// Tells operators how a change stands now.
fn tell(tx: &mut Tx, ids: &Ids, conversation_id: &str, message_id: &str, view: &AmendmentView) {
    let payload = json!({ "conversation_id": conversation_id, "message_id": message_id, "amendment": view });
    let kind = EventKind::AmendmentUpdated;
    tx.emit(NewEvent::of_conversation(ids.next(), conversation_id, kind, Audience::Staff, payload, view.at));
}

fn bell(inbox_id: &str) -> String {
    format!("amendments:{inbox_id}")
}
