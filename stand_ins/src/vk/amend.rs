//! What the community does to messages that are there: edits, deletions, reactions, reading, typing, answers to buttons.

use serde_json::{Value, json};

use super::state::State;
use super::{Call, Community, Refusal, keyboard, reactions, send};

/// Messages may be edited and deleted for everybody so long.
const CHANGEABLE_S: i64 = 24 * 3_600;
/// What the documentation lists of `event_data`.
const ANSWERS: [(&str, &str); 3] = [("show_snackbar", "text"), ("open_link", "link"), ("open_app", "app_id")];
const MAX_SNACKBAR: usize = 90;

impl Community {
    pub(super) fn edit_message(&self, call: &Call) -> Result<Value, Refusal> {
        let text = call.text("message").unwrap_or_default();
        send::check_text(text)?;
        let board = keyboard::given(call)?;
        self.change(|state| {
            let peer = call.required("peer_id")?;
            let cmid = target(state, call, peer, "cmid")?;
            let (now, attachments) = (state.now(), send::attachments(state, call)?);
            let kept = state.message(peer, cmid).ok_or_else(|| Refusal::code(920))?;
            if kept.by_customer {
                return Err(Refusal::code(920));
            }
            if kept.message["date"].as_i64().unwrap_or_default() + CHANGEABLE_S < now {
                return Err(Refusal::code(909));
            }
            if text.is_empty() && attachments.is_empty() {
                return Err(Refusal::parameter("message is empty or invalid"));
            }
            kept.edited = true;
            let message = &mut kept.message;
            message["text"] = json!(text);
            message["attachments"] = json!(attachments);
            message["update_time"] = json!(now);
            if !call.flag("keep_forward_messages") {
                message["fwd_messages"] = json!([]);
                message.as_object_mut().map(|fields| fields.remove("reply_message"));
            }
            // A keyboard that is not sent again is gone.
            match board {
                Some(board) => message["keyboard"] = board,
                None => drop(message.as_object_mut().map(|fields| fields.remove("keyboard"))),
            }
            let edited = message.clone();
            state.push("message_edit", edited);
            Ok(json!(1))
        })
    }

    pub(super) fn delete_messages(&self, call: &Call) -> Result<Value, Refusal> {
        let (ids, mut cmids) = (call.numbers("message_ids")?, call.numbers("cmids")?);
        let mut state = self.lock();
        let peer = call.number("peer_id")?;
        if peer.is_none() && !cmids.is_empty() {
            return Err(Refusal::parameter("peer_id is undefined"));
        }
        let mut items = Vec::new();
        for id in &ids {
            let found = state.peers.keys().find_map(|&held| Some((held, state.cmid_of(held, *id)?)));
            items.extend(found.map(|(held, cmid)| (held, cmid, Some(*id))));
        }
        items.extend(cmids.drain(..).map(|cmid| (peer.unwrap_or_default(), cmid, None)));
        if items.is_empty() {
            return Err(Refusal::parameter("message_ids or cmids is undefined"));
        }
        let for_all = call.flag("delete_for_all");
        let results = items.into_iter().map(|(peer, cmid, id)| {
            let outcome = delete(&mut state, peer, cmid, for_all);
            let mut item = json!({"peer_id": peer, "conversation_message_id": cmid});
            if let Some(id) = id {
                item["message_id"] = json!(id);
            }
            match outcome {
                Ok(()) => item["response"] = json!(1),
                Err(refusal) => item["error"] = json!({"code": refusal.code, "description": refusal.message}),
            }
            item
        });
        Ok(results.collect())
    }

    pub(super) fn mark_as_read(&self, call: &Call) -> Result<Value, Refusal> {
        let peer = call.required("peer_id")?;
        let mut state = self.lock();
        let start = call.number("start_message_id")?.and_then(|id| state.cmid_of(peer, id));
        let held = state.peers.get_mut(&peer).ok_or_else(|| Refusal::parameter("peer_id is invalid"))?;
        let up_to = call.number("up_to_cmid")?.or(start).unwrap_or(held.last_cmid);
        held.read_by_us = held.read_by_us.max(up_to.min(held.last_cmid));
        Ok(json!(1))
    }

    pub(super) fn set_activity(&self, call: &Call) -> Result<Value, Refusal> {
        if !matches!(call.text("type"), Some("typing" | "audiomessage" | "file" | "photo" | "video" | "videomessage")) {
            return Err(Refusal::parameter("type is invalid"));
        }
        let peer = call.number("peer_id")?.or(call.number("user_id")?);
        let peer = peer.ok_or_else(|| Refusal::parameter("peer_id is undefined"))?;
        let mut state = self.lock();
        if !state.peers.contains_key(&peer) {
            return Err(Refusal::code(901));
        }
        state.type_to(peer);
        Ok(json!(1))
    }

    pub(super) fn set_reaction(&self, call: &Call, reaction: Option<i64>) -> Result<Value, Refusal> {
        let (peer, cmid) = (call.required("peer_id")?, call.required("cmid")?);
        if reaction.is_some_and(|number| reactions::emoji(number).is_none()) {
            return Err(Refusal::parameter("reaction_id is invalid"));
        }
        let mut state = self.lock();
        let kept = state.message(peer, cmid).ok_or_else(|| Refusal::parameter("cmid is invalid"))?;
        kept.reaction = reaction;
        Ok(json!(1))
    }

    pub(super) fn answer_button(&self, call: &Call) -> Result<Value, Refusal> {
        let event = call.text("event_id").ok_or_else(|| Refusal::parameter("event_id is undefined"))?;
        let (user, _peer) = (call.required("user_id")?, call.required("peer_id")?);
        let wrong = Refusal::parameter("event_data is invalid");
        let data = call.json("event_data", &wrong)?;
        if let Some(data) = &data {
            let known = ANSWERS.iter().find(|(kind, field)| data["type"] == *kind && !data[*field].is_null());
            let long = data["text"].as_str().is_some_and(|text| text.chars().count() > MAX_SNACKBAR);
            if known.is_none() || long {
                return Err(wrong);
            }
        }
        let mut state = self.lock();
        if state.spinning.get(event) != Some(&user) {
            return Err(Refusal::parameter("event_id is invalid"));
        }
        state.spinning.remove(event);
        state.snackbars.extend(data);
        Ok(json!(1))
    }
}

fn target(state: &State, call: &Call, peer: i64, name: &str) -> Result<i64, Refusal> {
    let by_id = call.number("message_id")?.and_then(|id| state.cmid_of(peer, id));
    call.number(name)?.or(by_id).ok_or_else(|| Refusal::parameter("message_id or cmid is undefined"))
}

fn delete(state: &mut State, peer: i64, cmid: i64, for_all: bool) -> Result<(), Refusal> {
    let now = state.now();
    let kept = state.message(peer, cmid).ok_or_else(|| Refusal::code(924))?;
    let too_old = kept.message["date"].as_i64().unwrap_or_default() + CHANGEABLE_S < now;
    if for_all && (kept.by_customer || too_old) {
        return Err(Refusal::code(924));
    }
    // Otherwise it disappears on the community's side alone, which no customer sees.
    kept.deleted = for_all;
    Ok(())
}
