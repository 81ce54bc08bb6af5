//! Reading raw JSON.

use serde_json::Value;

/// Longest part of an unknown name that is shown.
const MAX_NAME_CHARS: usize = 60;

/// A text that is not empty.
pub fn string<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The items of a list; none where it is no list.
pub fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

pub fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// A number that may be written as a text.
pub fn shown_number(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// `view_once_message` as people would read it.
pub fn readable(name: &str) -> String {
    name.replace('_', " ").to_lowercase().chars().take(MAX_NAME_CHARS).collect()
}
