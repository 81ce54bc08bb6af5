//! Customers of another inbox who go on by mail (see [`crate::handover`]).

use trunkline_channel::{Direction, Micros};

use super::plan::{Identity, Item};
use super::store::World;
use super::threads::{Thread, joins};

/// A conversation of another inbox whose customer goes on by mail.
#[derive(Debug, Clone)]
pub struct Handed {
    /// Through which its answers leave.
    pub mail_inbox: String,
    /// Of the customer.
    pub email: String,
    pub home_inbox: String,
    pub home_channel: String,
    /// Whoever began it, there.
    pub identity: Identity,
}

/// The conversation that a customer goes on with by mail: one of those that the mail names by our own ids, handed over to
/// this very inbox and address. It joins what the customer has open there by now.
pub(super) fn handed(world: &World, item: &Item<'_>, now: Micros) -> Option<(Handed, Thread)> {
    let message = item.message;
    if world.handed.is_empty() || message.direction != Direction::Inbound {
        return None;
    }
    let peer = (item.inbox_id.to_owned(), message.peer.external_id.clone());
    let known = |id: &String| world.known.get(&(peer.0.clone(), id.clone())).map(|known| known.conversation_id.as_str());
    let referred = message.reply_to.iter().chain(&message.hints.references).filter_map(known);
    let handed = message.hints.conversation_id.as_deref().into_iter().chain(referred).find_map(|id| world.handed.get(id))?;
    let same_contact = || world.identities.get(&peer).is_some_and(|sender| sender.contact_id == handed.identity.contact_id);
    let theirs = handed.mail_inbox == peer.0 && (handed.email == peer.1 || same_contact());
    let thread = world.threads.get(&handed.identity.id).filter(|thread| theirs && joins(thread, item, now))?;
    Some((handed.clone(), world.current(thread)))
}
