//! The SQL of conversations and their messages.

mod conversation;
mod counts;
mod list;
mod message;
mod participants;
pub mod revision;
pub mod start;

pub use conversation::{
    Facts, Patch, belongs_to, facts, hold, is_member, is_own, newest_of, operator_name, set_tags, team_name, view, views_of,
};
pub use counts::{CountsRow, MAX_CLOSED, counts};
pub use list::{Filter, Order, Position, TeamIs, count_by_state, list, page_query, queue_rows};
pub use message::{
    MessageRow, NewMessage, append, by_client_id, id_of_number, inline_images, is_message_of, long_forms, message_view, messages,
    messages_by_ids, preview, views_of_messages,
};
pub use participants::{add_participant, leave, set_seen, set_unseen};
