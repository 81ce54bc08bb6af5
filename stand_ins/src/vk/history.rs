//! Reading back: conversations and their messages.

use serde_json::{Value, json};

use super::state::{FIRST_CHAT, Kept, Peer, Permission};
use super::{Call, Community, Refusal};

const USUAL_COUNT: i64 = 20;
const MAX_COUNT: i64 = 200;

impl Community {
    pub(super) fn history(&self, call: &Call) -> Result<Value, Refusal> {
        let peer = call.number("peer_id")?.or(call.number("user_id")?);
        let peer = peer.ok_or_else(|| Refusal::parameter("peer_id is undefined"))?;
        let (offset, count) = window(call)?;
        let start = call.number("start_message_id")?;
        let rev = call.flag("rev");
        let state = self.lock();
        let Some(held) = state.peers.get(&peer) else { return Ok(json!({"count": 0, "items": []})) };
        let mut messages: Vec<&Kept> = held.messages.iter().filter(|kept| !kept.deleted).collect();
        let total = messages.len();
        if let Some(start) = start {
            messages.retain(|kept| if rev { id(kept) >= start } else { id(kept) <= start });
        }
        if !rev {
            messages.reverse();
        }
        let items: Vec<Value> = messages.into_iter().skip(offset).take(count).map(|kept| kept.message.clone()).collect();
        Ok(json!({"count": total, "items": items}))
    }

    /// The newest conversation first.
    pub(super) fn conversations(&self, call: &Call) -> Result<Value, Refusal> {
        let (offset, count) = window(call)?;
        let unread_only = match call.text("filter").unwrap_or("all") {
            "all" => false,
            "unread" | "unanswered" => true,
            _ => return Err(Refusal::parameter("filter is invalid")),
        };
        let state = self.lock();
        let mut peers: Vec<(i64, &Peer)> = state.peers.iter().map(|(id, peer)| (*id, peer)).collect();
        peers.retain(|(_, peer)| !peer.messages.is_empty() && (!unread_only || unread(peer) > 0));
        peers.sort_by_key(|(_, peer)| std::cmp::Reverse(peer.messages.last().and_then(|kept| kept.message["version"].as_i64())));
        let total = peers.len();
        let items: Vec<Value> = peers.into_iter().skip(offset).take(count).map(|(id, peer)| conversation(id, peer)).collect();
        Ok(json!({"count": total, "items": items}))
    }

    pub(super) fn by_cmid(&self, call: &Call) -> Result<Value, Refusal> {
        let peer = call.required("peer_id")?;
        let cmids = call.numbers("conversation_message_ids")?;
        let mut state = self.lock();
        let items: Vec<Value> =
            cmids.into_iter().filter_map(|cmid| state.message(peer, cmid).map(|kept| kept.message.clone())).collect();
        Ok(json!({"count": items.len(), "items": items}))
    }

    pub(super) fn is_allowed(&self, call: &Call) -> Result<Value, Refusal> {
        super::long_poll::own_group(call)?;
        let user = call.required("user_id")?;
        let state = self.lock();
        let allowed = state.peers.get(&user).is_some_and(|peer| peer.permission == Permission::Given);
        Ok(json!({"is_allowed": i64::from(allowed)}))
    }
}

fn id(kept: &Kept) -> i64 {
    kept.message["id"].as_i64().unwrap_or_default()
}

fn window(call: &Call) -> Result<(usize, usize), Refusal> {
    let count = call.number("count")?.unwrap_or(USUAL_COUNT);
    if !(0..=MAX_COUNT).contains(&count) {
        return Err(Refusal::parameter("count should be less or equal to 200"));
    }
    let whole = |number: i64| usize::try_from(number).unwrap_or_default();
    Ok((whole(call.number("offset")?.unwrap_or_default()), whole(count)))
}

fn unread(peer: &Peer) -> usize {
    let of_theirs = peer.messages.iter().filter(|kept| kept.by_customer);
    of_theirs.filter(|kept| kept.message["conversation_message_id"].as_i64().unwrap_or_default() > peer.read_by_us).count()
}

fn conversation(id: i64, peer: &Peer) -> Value {
    let last = peer.messages.last().map_or(Value::Null, |kept| kept.message.clone());
    let (kind, local) = if id >= FIRST_CHAT { ("chat", id - FIRST_CHAT) } else { ("user", id) };
    let can_write = match peer.permission {
        Permission::Given => json!({"allowed": true}),
        Permission::Taken => json!({"allowed": false, "reason": 901}),
        Permission::Private => json!({"allowed": false, "reason": 902}),
        Permission::Blacklisted => json!({"allowed": false, "reason": 900}),
    };
    json!({
        "conversation": {
            "peer": {"id": id, "type": kind, "local_id": local},
            "last_message_id": last["id"], "last_conversation_message_id": peer.last_cmid,
            "version": 1, "in_read": 0, "out_read": 0, "in_read_cmid": peer.read_by_us, "out_read_cmid": 0, "unread_count": unread(peer),
            "can_write": can_write, "is_marked_unread": false, "important": false, "sort_id": {"major_id": 0, "minor_id": last["id"]},
        },
        "last_message": last,
    })
}
