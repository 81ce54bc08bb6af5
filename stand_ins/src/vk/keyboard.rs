//! Keyboards under messages, and what VK accepts of them.

use serde_json::Value;

use super::{Call, GROUP_ID, Refusal};

const MAX_LABEL: usize = 40;
const MAX_PAYLOAD: usize = 255;
const COLOURS: [&str; 4] = ["primary", "secondary", "negative", "positive"];
/// The kinds of buttons with the fields that each must have beside `type`, and those that it may have.
const ACTIONS: [(&str, &[&str], &[&str]); 6] = [
    ("text", &["label"], &["payload"]),
    ("callback", &["label", "payload"], &[]),
    ("open_link", &["label", "link"], &["payload"]),
    ("location", &[], &["payload"]),
    ("vkpay", &["hash"], &["payload"]),
    ("open_app", &["label", "app_id"], &["payload", "owner_id", "hash"]),
];

/// The keyboard that a call brings, as messages then carry it.
///
/// # Errors
/// Error 911 with what is wrong.
pub fn given(call: &Call) -> Result<Option<Value>, Refusal> {
    let Some(mut keyboard) = call.json("keyboard", &Refusal::code(911))? else { return Ok(None) };
    check(&keyboard)?;
    for flag in ["one_time", "inline"] {
        keyboard[flag] = (keyboard[flag] == true).into();
    }
    keyboard["author_id"] = (-GROUP_ID).into();
    // A payload may be given as an object, and is always told as its text.
    let rows = keyboard["buttons"].as_array_mut().into_iter().flatten().filter_map(Value::as_array_mut);
    for payload in
        rows.flatten().filter_map(|button| button.pointer_mut("/action/payload")).filter(|payload| !payload.is_string())
    {
        *payload = payload.to_string().into();
    }
    Ok(Some(keyboard))
}

fn check(keyboard: &Value) -> Result<(), Refusal> {
    let wrong = |why: &str| Refusal::of(911, &format!("Keyboard format is invalid: {why}"));
    let known = ["one_time", "inline", "buttons", "author_id"];
    let fields = keyboard.as_object().ok_or_else(|| wrong("it is no object"))?;
    if let Some(unknown) = fields.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(wrong(&format!("{unknown} is unknown")));
    }
    let inline = keyboard["inline"] == true;
    if inline && keyboard["one_time"] == true {
        return Err(wrong("inline keyboards cannot be one_time"));
    }
    let (most_rows, most_buttons) = if inline { (6, 10) } else { (10, 40) };
    let rows = keyboard["buttons"].as_array().ok_or_else(|| wrong("buttons is no list"))?;
    let row_of = |row: &Value| row.as_array().filter(|row| (1..=5).contains(&row.len())).cloned();
    let rows: Option<Vec<Vec<Value>>> = rows.iter().map(row_of).collect();
    let rows = rows.ok_or_else(|| wrong("a row holds one to five buttons"))?;
    if rows.len() > most_rows || rows.iter().map(Vec::len).sum::<usize>() > most_buttons {
        return Err(wrong("too many buttons"));
    }
    rows.iter().flatten().try_for_each(|button| check_button(button).map_err(|why| wrong(&why)))
}

fn check_button(button: &Value) -> Result<(), String> {
    let action = button["action"].as_object().ok_or("a button has no action")?;
    let kind = action.get("type").and_then(Value::as_str).unwrap_or_default();
    let (_, must, may) = ACTIONS.iter().find(|(name, _, _)| *name == kind).ok_or("a button is of an unknown type")?;
    if let Some(missing) = must.iter().find(|field| !action.contains_key(**field)) {
        return Err(format!("{missing} is missing"));
    }
    let fits = |key: &str| key == "type" || must.contains(&key) || may.contains(&key);
    if let Some(unknown) = action.keys().find(|key| !fits(key)) {
        return Err(format!("{unknown} does not belong to {kind}"));
    }
    let label = action.get("label").map_or(Some("-"), Value::as_str).ok_or("a label is no text")?;
    if label.is_empty() || label.chars().count() > MAX_LABEL {
        return Err("a label has 1 to 40 characters".to_owned());
    }
    // Clients write the payload as an object or as a text with JSON in it.
    let payload = action.get("payload").map(|payload| payload.as_str().map_or_else(|| payload.to_string(), str::to_owned));
    if payload.is_some_and(|text| {
        text.chars().count() > MAX_PAYLOAD || (!text.is_empty() && serde_json::from_str::<Value>(&text).is_err())
    }) {
        return Err("a payload is JSON of at most 255 characters".to_owned());
    }
    let coloured = matches!(kind, "text" | "callback");
    match button.get("color").map(Value::as_str) {
        None => Ok(()),
        Some(Some(colour)) if coloured && COLOURS.contains(&colour) => Ok(()),
        Some(_) => Err("a color is wrong".to_owned()),
    }
}

/// All buttons of a message, row by row.
#[must_use]
pub fn buttons(message: &Value) -> Vec<Value> {
    let rows = message["keyboard"]["buttons"].as_array().into_iter().flatten();
    rows.flat_map(|row| row.as_array().cloned().unwrap_or_default()).collect()
}

/// A button's payload, parsed where it was a text.
#[must_use]
pub fn payload(button: &Value) -> Value {
    let payload = &button["action"]["payload"];
    payload.as_str().map_or_else(|| payload.clone(), |text| serde_json::from_str(text).unwrap_or_else(|_| payload.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn accepted(keyboard: &Value) -> bool {
        super::check(keyboard).is_ok()
    }

    #[test]
    fn only_well_formed_keyboards_pass() {
        let of = |button: Value| json!({"inline": true, "buttons": [[button]]});
        assert!(accepted(&of(json!({"action": {"type": "text", "label": "M", "payload": "{\"a\":1}"}, "color": "primary"}))));
        assert!(accepted(&of(json!({"action": {"type": "callback", "label": "M", "payload": {"a": 1}}}))));
        assert!(accepted(&of(json!({"action": {"type": "open_link", "label": "M", "link": "https://example.com"}}))));
        assert!(accepted(&json!({"buttons": [], "one_time": true})));
        for wrong in [
            of(json!({"action": {"type": "text", "label": "x".repeat(41)}})),
            of(json!({"action": {"type": "text", "label": ""}})),
            of(json!({"action": {"type": "text", "label": "M", "payload": "{"}})),
            of(json!({"action": {"type": "url", "label": "M"}})),
            of(json!({"action": {"type": "open_link", "label": "M"}})),
            of(json!({"action": {"type": "open_link", "label": "M", "link": "https://example.com"}, "color": "primary"})),
            of(json!({"action": {"type": "text", "label": "M"}, "color": "red"})),
            json!({"inline": true, "one_time": true, "buttons": []}),
            json!({"inline": true, "buttons": [[]]}),
            json!({"buttons": [], "rows": 1}),
            json!({"inline": true, "buttons": vec![json!([{"action": {"type": "text", "label": "M"}}]); 7]}),
        ] {
            assert!(!accepted(&wrong), "{wrong}");
        }
    }
}
