//! Reading raw JSON, and the people and times in it.

use serde_json::Value;
use trunkline_channel::{Micros, Peer};

/// Marks the id of somebody known by a plugin's reference only.
pub(crate) const USER_REF: &str = "user_ref:";

pub fn string<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// An id, which some senders write as a number.
pub fn id(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

pub fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// A moment of the platform: milliseconds, in some old events seconds.
pub fn moment(value: &Value, key: &str) -> Option<Micros> {
    value.get(key).and_then(trunkline_meta::moment)
}

/// A person, by the page's own id of them or by the reference of a plugin they have ticked.
pub fn person(side: &Value) -> Option<Peer> {
    let external_id = id(side, "id").or_else(|| id(side, "user_ref").map(|reference| format!("{USER_REF}{reference}")))?;
    Some(Peer { external_id, ..Peer::default() })
}

/// `game_play` as people would read it.
pub fn readable(key: &str) -> String {
    key.replace(['_', '-'], " ")
}
