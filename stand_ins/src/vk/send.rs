//! messages.send.

use serde_json::{Value, json};

use super::state::{FIRST_CHAT, Permission, State, merge};
use super::{Call, Community, GROUP_ID, Refusal, keyboard};

/// The page says 9000; the server refuses from here.
const MAX_TEXT: usize = 4_096;
const MAX_PAYLOAD: usize = 1_000;
const MAX_ATTACHMENTS: usize = 10;
const MAX_PEERS: usize = 100;
/// Messages that are forwarded together.
const MAX_FORWARDED: usize = 100;

impl Community {
    pub(super) fn send(&self, call: &Call) -> Result<Value, Refusal> {
        let mut state = self.lock();
        let (peers, many) = peers(call)?;
        let random_id = call.required("random_id")?;
        let fields = content(&mut state, call, peers.first().copied().unwrap_or_default())?;
        let mut results = Vec::new();
        for peer in peers {
            let sent = one(&mut state, peer, random_id, &fields);
            results.push(match (sent, many) {
                (Ok((id, _)), false) => {
                    drop(state);
                    self.news.notify_waiters();
                    return Ok(json!(id));
                }
                (Err(refusal), false) => return Err(refusal),
                (Ok((id, cmid)), true) => json!({"peer_id": peer, "message_id": id, "conversation_message_id": cmid}),
                (Err(refusal), true) => {
                    let error = json!({"code": refusal.code, "description": refusal.message});
                    json!({"peer_id": peer, "message_id": 0, "conversation_message_id": 0, "error": error})
                }
            });
        }
        drop(state);
        self.news.notify_waiters();
        Ok(Value::Array(results))
    }
}

/// Whom to send to, and whether the answer is a list.
fn peers(call: &Call) -> Result<(Vec<i64>, bool), Refusal> {
    for list in ["peer_ids", "user_ids"] {
        let peers = call.numbers(list)?;
        if peers.len() > MAX_PEERS {
            return Err(Refusal::parameter(&format!("{list} should contain at most {MAX_PEERS} elements")));
        }
        if !peers.is_empty() {
            return Ok((peers, true));
        }
    }
    let chat = call.number("chat_id")?.map(|chat| FIRST_CHAT + chat);
    let peer = call.number("peer_id")?.or(call.number("user_id")?).or(chat);
    let peer =
        peer.ok_or_else(|| Refusal::parameter("you should specify peer_id, user_id, domain, chat_id or user_ids param"))?;
    Ok((vec![peer], false))
}

/// Sends to one; what came of it is `(id, cmid)`.
fn one(state: &mut State, peer: i64, random_id: i64, fields: &Value) -> Result<(i64, i64), Refusal> {
    let Some(held) = state.peers.get_mut(&peer) else {
        return Err(Refusal::code(if peer >= FIRST_CHAT { 917 } else { 901 }));
    };
    match held.permission {
        Permission::Given => held.typing_until = 0,
        Permission::Taken => return Err(Refusal::code(901)),
        Permission::Private => return Err(Refusal::code(902)),
        Permission::Blacklisted => return Err(Refusal::code(900)),
    }
    if let Some(before) = state.sent.get(&(peer, random_id)).filter(|_| random_id != 0) {
        return Ok(*before);
    }
    let mut fields = fields.clone();
    fields["random_id"] = json!(random_id);
    let message = state.keep(peer, -GROUP_ID, fields);
    let number = |name: &str| message[name].as_i64().unwrap_or_default();
    let ids = (number("id"), number("conversation_message_id"));
    if random_id != 0 {
        state.sent.insert((peer, random_id), ids);
    }
    // Before the answer to the call, as it happens at VK too.
    state.push("message_reply", message);
    Ok(ids)
}

/// The message's own fields, as events will show them.
fn content(state: &mut State, call: &Call, peer: i64) -> Result<Value, Refusal> {
    let text = call.text("message").unwrap_or_default();
    check_text(text)?;
    let mut fields = json!({"text": text, "attachments": attachments(state, call)?});
    if let Some(payload) = call.text("payload") {
        if payload.chars().count() > MAX_PAYLOAD || serde_json::from_str::<Value>(payload).is_err() {
            return Err(Refusal::parameter("payload should be valid JSON of at most 1000 characters"));
        }
        fields["payload"] = json!(payload);
    }
    if let Some(board) = keyboard::given(call)? {
        fields["keyboard"] = board;
    }
    if let Some(template) = call.json("template", &Refusal::parameter("template is not valid JSON"))? {
        fields["template"] = template;
    }
    if let Some(sticker) = call.number("sticker_id")? {
        fields["attachments"] = json!([{"type": "sticker", "sticker": {"sticker_id": sticker, "product_id": 1, "images": []}}]);
    }
    if let (Some(lat), Some(long)) = (call.text("lat"), call.text("long")) {
        let degrees = |text: &str, most: f64| text.parse::<f64>().ok().filter(|degrees| degrees.abs() <= most);
        let (Some(latitude), Some(longitude)) = (degrees(lat, 90.0), degrees(long, 180.0)) else {
            return Err(Refusal::parameter("lat and long should be degrees"));
        };
        fields["geo"] = json!({"type": "point", "coordinates": {"latitude": latitude, "longitude": longitude}});
    }
    merge(&mut fields, referred(state, call, peer)?);
    let says_something = !text.is_empty()
        || fields["attachments"].as_array().is_some_and(|list| !list.is_empty())
        || ["geo", "fwd_messages", "template"].iter().any(|name| fields.get(name).is_some());
    if says_something { Ok(fields) } else { Err(Refusal::parameter("message is empty or invalid")) }
}

pub(super) fn check_text(text: &str) -> Result<(), Refusal> {
    if text.chars().count() > MAX_TEXT { Err(Refusal::code(914)) } else { Ok(()) }
}

/// Attachments by name: `photo-1_2_key,doc…`.
pub(super) fn attachments(state: &State, call: &Call) -> Result<Vec<Value>, Refusal> {
    let names: Vec<&str> = call.text("attachment").map(|list| list.split(',').map(str::trim).collect()).unwrap_or_default();
    if names.len() > MAX_ATTACHMENTS {
        return Err(Refusal::parameter("attachment: too many attachments"));
    }
    let unknown = || Refusal::parameter("attachment is invalid");
    names
        .into_iter()
        .map(|name| {
            let mut parts = name.splitn(3, '_');
            let (first, second, key) = (parts.next().unwrap_or_default(), parts.next().ok_or_else(unknown)?, parts.next());
            let (right, attachment) = state.attachments.get(&format!("{first}_{second}")).ok_or_else(unknown)?;
            if key.is_none_or(|key| key == right) { Ok(attachment.clone()) } else { Err(unknown()) }
        })
        .collect()
}

/// What the message answers or hands on.
fn referred(state: &mut State, call: &Call, peer: i64) -> Result<Value, Refusal> {
    if let Some(id) = call.number("reply_to")? {
        let cmid = state.cmid_of(peer, id).ok_or_else(|| Refusal::parameter("reply_to is invalid"))?;
        return Ok(json!({"reply_message": quoted(state, peer, cmid)?}));
    }
    if let Some(forward) = call.json("forward", &Refusal::parameter("forward is not valid JSON"))? {
        let from = forward["peer_id"].as_i64().unwrap_or(peer);
        let numbers = |name: &str| -> Vec<i64> {
            forward[name].as_array().into_iter().flatten().filter_map(Value::as_i64).take(MAX_FORWARDED + 1).collect()
        };
        let mut cmids = numbers("conversation_message_ids");
        cmids.extend(numbers("message_ids").into_iter().filter_map(|id| state.cmid_of(from, id)));
        let is_reply = forward["is_reply"] == json!(true) || forward["is_reply"] == json!(1);
        if cmids.is_empty() || cmids.len() > MAX_FORWARDED || (is_reply && cmids.len() > 1) {
            return Err(Refusal::parameter("forward is invalid"));
        }
        let quotes = cmids.into_iter().map(|cmid| quoted(state, from, cmid)).collect::<Result<Vec<_>, _>>()?;
        return Ok(match quotes.first() {
            Some(first) if is_reply => json!({ "reply_message": first }),
            _ => json!({ "fwd_messages": quotes }),
        });
    }
    Ok(json!({}))
}

/// A message as it stands inside another one.
pub(super) fn quoted(state: &mut State, peer: i64, cmid: i64) -> Result<Value, Refusal> {
    let kept = state.message(peer, cmid).ok_or_else(|| Refusal::parameter("forward: no such message"))?;
    let message = &kept.message;
    let mut quote = json!({});
    for field in ["id", "conversation_message_id", "from_id", "peer_id", "date", "text", "attachments", "fwd_messages", "geo"] {
        if let Some(value) = message.get(field) {
            quote[field] = value.clone();
        }
    }
    Ok(quote)
}
