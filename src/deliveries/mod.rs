//! The way of a message out: an outbox with a state for everything that can happen between us and a provider.
//!
//! `queued → sending → sent → delivered → read`; side exits `retry_wait`, `failed`, `uncertain` and `cancelled`. A state
//! never goes backwards by itself. `sending` is committed before a connector is called, so that a crash is visible as
//! "may have gone" and is never blindly repeated.

pub mod actions;
pub mod amendments;
pub mod api;
mod breaker;
mod dispatcher;
mod echoes;
mod lane;
mod outbound;
mod pace;
mod receipts;
mod settle;
mod signals;
mod state;
mod store;
mod verdict;
mod window;

use serde_json::json;
use thiserror::Error;
use trunkline_channel::Micros;

use crate::db::{DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};
use crate::http::ApiError;
use crate::ids::Ids;

pub use dispatcher::{Dispatcher, OutgoingLine, OutgoingLines};
pub use echoes::{Echo, echoed};
pub use receipts::{apply_receipt, received_by_customer, register_external_ids, seen_by_customer};
pub use state::State;
pub use store::DeliveryRow;
pub use window::closes_at;

/// A message that is to leave.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub inbox_id: String,
    /// The message's place in its conversation: deliveries of one conversation leave in this order.
    pub number: i64,
    pub now: Micros,
}

#[derive(Debug, Error)]
pub enum Error {
    #[error("there is no such delivery")]
    NotFound,
    #[error("auditors only read")]
    Forbidden,
    /// The action does not fit the state; the state is named.
    #[error("a delivery that is {0} cannot be changed this way")]
    WrongState(&'static str),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found("delivery"),
            Error::Forbidden => Self::forbidden("auditors only read"),
            Error::WrongState(_) => Self::conflict("illegal_move", error.to_string()),
            Error::Db(error) => error.into(),
        }
    }
}

/// Puts a message into the outbox, in the transaction that stores the message; the dispatcher is woken by its commit.
/// It does not leave before `not_before`.
pub async fn enqueue(tx: &mut Tx, delivery: NewDelivery, not_before: Micros) -> Result<(), DbError> {
    store::insert(tx, &delivery, not_before).await?;
    tx.ring(bell(&delivery.inbox_id));
    Ok(())
}

/// Name of the bell that wakes an inbox's lane.
fn bell(inbox_id: &str) -> String {
    format!("deliveries:{inbox_id}")
}

/// Tells operators how a delivery stands now.
fn emit_updated(tx: &mut Tx, ids: &Ids, row: &DeliveryRow, now: Micros) {
    let status = State::parse(&row.state).map_or("queued", State::status);
    let payload = json!({
        "message_id": row.message_id,
        "conversation_id": row.conversation_id,
        "number": row.number,
        "status": status,
        "delivery": {
            "id": row.id,
            "state": row.state,
            "attempts": row.attempts,
            "next_at": row.next_at,
            "code": row.code,
            "shown": row.shown,
        },
    });
    tx.emit(NewEvent::of_conversation(
        ids.next(),
        &row.conversation_id,
        EventKind::DeliveryUpdated,
        Audience::Staff,
        payload,
        now,
    ));
}
