//! Conversations: their states, who holds them, and everything people do with them.

mod amend;
pub mod api;
mod changes;
mod content;
mod counts;
mod error;
mod evidence;
mod history;
mod inline;
mod list;
mod long_forms;
pub mod mail;
mod moves;
mod queue;
mod reply;
mod seen;
mod start;
mod state;
pub mod store;
mod transfer;
pub mod views;
mod visit;
mod window;

pub use amend::{Edit, React, Wish, amend};
pub use changes::{Change, update};
pub use counts::{Counts, counts};
pub use error::Error;
pub use evidence::{RevisionView, Revisions};
pub use history::{HistoryQuery, Scope, history};
pub use list::{ListQuery, list};
pub use moves::{Assign, CLOSE_REASONS, Close, MAX_REASON_CHARS, accept, archive, assign, close, end_by_customer, reopen};
pub use queue::{QueueStatistics, statistics};
pub use reply::{MAX_ATTACHMENTS, MAX_TEXT_CHARS, NewReply, reply};
pub use seen::{Seer, seen, unread};
pub use start::{NewConversation, Started, start};
pub use state::{Move, Priority, State};
pub use transfer::{Escalate, Transfer, escalate, transfer};
pub use views::{ConversationView, MessageView};
pub use visit::visit;

use crate::access::Caller;
use crate::app::App;

/// One conversation as an operator sees it.
pub async fn view(app: &App, _caller: &Caller, id: &str) -> Result<ConversationView, Error> {
    Ok(window::shown(app, store::view(&app.db, id).await?.ok_or(Error::NotFound)?))
}
