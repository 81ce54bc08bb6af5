//! Which sends the echoes of a run may be of.

use std::collections::HashSet;

use serde_json::json;
use trunkline_channel::{Direction, Micros};

use super::{Send, World};
use crate::contacts::store::identities::identity_of;
use crate::db::{DbError, Tx, sql};
use crate::intake::plan::Run;

/// Echoes come within seconds; a day covers a provider that repeats what it could not hand over.
const RECENT: Micros = 86_400 * 1_000_000;
/// Sends of one batch that are compared with its echoes.
const MAX_SENDS: i64 = 1_000;

/// Sends to the peers of echoes that carry a tag: those without an end, and those that ended a short while ago (their
/// echo may bring the id of another part, or news about what was believed to have failed).
pub(super) async fn load_sends(tx: &mut Tx, run: &Run<'_>, world: &mut World, now: Micros) -> Result<(), DbError> {
    let tagged = run.items.iter().filter(|item| item.message.direction == Direction::Outbound && item.message.echo_tag.is_some());
    let peers: HashSet<(&str, &str)> = tagged.map(|item| (item.inbox_id, item.message.peer.external_id.as_str())).collect();
    if peers.is_empty() {
        return Ok(());
    }
    let peers: Vec<_> = peers.into_iter().map(|(inbox, peer)| json!({ "i": inbox, "e": peer })).collect();
    let text = format!(
        "SELECT i.inbox_id, j.value->>'e' AS peer, d.id AS delivery_id, d.message_id, d.conversation_id, d.number \
         FROM each($1) AS j JOIN identities i ON i.id = {} JOIN conversations c ON c.identity_id = i.id \
         JOIN deliveries d ON d.conversation_id = c.id \
         WHERE d.attempts > 0 AND (d.state IN ('queued', 'sending', 'retry_wait', 'uncertain') OR d.updated_at >= $3) \
         ORDER BY d.id DESC LIMIT $4",
        identity_of("j.value->>'i'", "j.value->>'e'", "$2")
    );
    let found = sql(text).bind(json!(peers).to_string()).bind(now).bind(now - RECENT).bind(MAX_SENDS).all::<Send>(tx).await?;
    for send in found {
        world.sends.entry((send.inbox_id.clone(), send.peer.clone())).or_default().push(send);
    }
    Ok(())
}
