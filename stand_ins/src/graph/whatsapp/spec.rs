//! Meta's own specification of the requests to send, which they are held against.
//!
//! The file is a shortened copy with what Meta's pages say beyond it ("amended" lists that). Stricter than the provider in
//! one point: an object that declares its properties has no others.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::graph::Refusal;

const JSON: &str = include_str!("../../../specs/whatsapp/messages.json");
static SPEC: LazyLock<Spec> = LazyLock::new(|| serde_json::from_str(JSON).expect("the file is part of this crate and parses"));

#[derive(Debug, Deserialize)]
struct Spec {
    schemas: HashMap<String, Value>,
}

/// What is wrong with a value, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    Missing(String),
    Unknown { key: String, of: String },
    Value { at: String, why: String },
}

/// The names that a schema gives to properties; none for one that says nothing of them.
type Names = BTreeSet<String>;

/// Holds a request to send against the specification.
pub(super) fn check(request: &Map<String, Value>) -> Result<(), Refusal> {
    let kind = request.get("type").and_then(Value::as_str).unwrap_or("text");
    let Some(schema) = SPEC.schemas["Message"]["discriminator"]["mapping"][kind].as_str() else {
        return Err(Refusal::of(131_009, "Parameter value is not valid").details(format!("Unsupported message type '{kind}'")));
    };
    check_as(schema, request)
}

/// Holds a request to mark a message as read against the specification.
pub(super) fn check_mark(request: &Map<String, Value>) -> Result<(), Refusal> {
    check_as("Mark", request)
}

fn check_as(schema: &str, request: &Map<String, Value>) -> Result<(), Refusal> {
    closed(&SPEC.schemas[schema], &Value::Object(request.clone()), "").map_err(|problem| match problem {
        Problem::Missing(at) => Refusal::of(131_008, "Required parameter is missing").details(format!("Param {at} is required.")),
        Problem::Unknown { key, of } => {
            let place = if of.is_empty() { String::new() } else { format!(" on param \"{of}\"") };
            Refusal::of(100, "Invalid parameter").details(format!("Unexpected key \"{key}\"{place}."))
        }
        Problem::Value { at, why } => Refusal::of(131_009, "Parameter value is not valid").details(format!("Param {at} {why}.")),
    })
}

/// Checks a value and that it has no properties but the named ones.
fn closed(schema: &Value, value: &Value, at: &str) -> Result<(), Problem> {
    let names = held(schema, value, at)?;
    let unknown = value.as_object().and_then(|object| object.keys().find(|key| !names.is_empty() && !names.contains(*key)));
    match unknown {
        Some(key) => Err(Problem::Unknown { key: key.clone(), of: at.to_owned() }),
        None => Ok(()),
    }
}

/// Checks a value against a schema and all that it is made of; the properties they name.
fn held(schema: &Value, value: &Value, at: &str) -> Result<Names, Problem> {
    if let Some(name) = schema["$ref"].as_str() {
        return held(&SPEC.schemas[name], value, at);
    }
    check_type(schema, value, at)?;
    let mut names = Names::new();
    for part in list(&schema["allOf"]) {
        names.extend(held(part, value, at)?);
    }
    for required in list(&schema["required"]).iter().filter_map(Value::as_str) {
        if value.get(required).is_none() {
            return Err(Problem::Missing(inside(at, required)));
        }
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        names.insert(name.clone());
        if let Some(value) = value.get(name) {
            closed(inner, value, &inside(at, name))?;
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        values.iter().enumerate().try_for_each(|(index, value)| closed(items, value, &format!("{at}[{index}]")))?;
    }
    if !list(&schema["oneOf"]).is_empty() {
        names.extend(one_of(list(&schema["oneOf"]), value, at)?);
    }
    Ok(names)
}

fn one_of(choices: &[Value], value: &Value, at: &str) -> Result<Names, Problem> {
    let mut fitting = Vec::new();
    let mut nearest: Option<Problem> = None;
    for choice in choices {
        match held(choice, value, at) {
            Ok(names) => fitting.push(names),
            // The one that was meant has what it requires, and fails further in.
            Err(problem) if nearest.is_none() || matches!(nearest, Some(Problem::Missing(_))) => nearest = Some(problem),
            Err(_) => {}
        }
    }
    match (fitting.len(), nearest) {
        (1, _) => Ok(fitting.remove(0)),
        (0, Some(problem)) => Err(problem),
        _ => Err(Problem::Value { at: at.to_owned(), why: "must be exactly one of its forms".to_owned() }),
    }
}

fn check_type(schema: &Value, value: &Value, at: &str) -> Result<(), Problem> {
    let wrong = |why: String| Err(Problem::Value { at: at.to_owned(), why });
    let is = |kind: &str| match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    let fits = match &schema["type"] {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    };
    if !fits {
        return wrong(format!("must be of the type {}", schema["type"]));
    }
    if schema.get("enum").is_some_and(|allowed| !list(allowed).contains(value)) {
        return wrong(format!("must be one of {}", schema["enum"]));
    }
    let size = value.as_str().map(|text| text.chars().count()).or_else(|| value.as_array().map(Vec::len)).unwrap_or_default();
    let bound = |name: &str| schema[name].as_u64().and_then(|bound| usize::try_from(bound).ok());
    if let Some(most) = bound("maxLength").or_else(|| bound("maxItems")).filter(|most| size > *most) {
        return wrong(format!("is longer than {most}"));
    }
    if let Some(least) = bound("minItems").filter(|least| size < *least) {
        return wrong(format!("has fewer than {least}"));
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn inside(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{check, check_mark};

    /// The code of the error, or 0.
    fn code(kind: &str, said: Value) -> i64 {
        let request = json!({"messaging_product": "whatsapp", "to": "15557770001", "type": kind, kind: said});
        check(request.as_object().unwrap()).map_or_else(|refusal| refusal.code, |()| 0)
    }

    #[test]
    fn requests_that_meta_documents_are_taken() {
        let button = |title: &str| json!({"type": "reply", "reply": {"id": "m", "title": title}});
        for (kind, said) in [
            ("text", json!({"body": "x", "preview_url": false})),
            ("image", json!({"id": "1", "caption": "x"})),
            ("document", json!({"link": "https://example.com/a.pdf", "filename": "a.pdf"})),
            ("audio", json!({"id": "1", "voice": true})),
            ("location", json!({"latitude": 1.5, "longitude": 2, "name": "Shop"})),
            (
                "contacts",
                json!([{"name": {"formatted_name": "Bob", "first_name": "Bob"}, "phones": [{"phone": "+1", "type": "CELL"}]}]),
            ),
            ("reaction", json!({"message_id": "wamid.x", "emoji": ""})),
            ("interactive", json!({"type": "button", "body": {"text": "?"}, "action": {"buttons": [button("M")]}})),
            (
                "interactive",
                json!({"type": "list", "body": {"text": "?"}, "action": {"button": "Pick", "sections": [{"title": "s",
                    "rows": [{"id": "1", "title": "a", "description": "d"}]}]}}),
            ),
            (
                "interactive",
                json!({"type": "cta_url", "body": {"text": "?"},
                    "action": {"name": "cta_url", "parameters": {"display_text": "See", "url": "https://example.com"}}}),
            ),
            (
                "template",
                json!({"name": "t", "language": {"code": "en"}, "components": [{"type": "body", "parameters": [{"type": "text", "text": "x"}]},
                    {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{"type": "payload", "payload": "p"}]}]}),
            ),
        ] {
            assert_eq!(code(kind, said.clone()), 0, "{kind} {said}");
        }
        let mark =
            json!({"messaging_product": "whatsapp", "status": "read", "message_id": "x", "typing_indicator": {"type": "text"}});
        assert_eq!(check_mark(mark.as_object().unwrap()), Ok(()));
    }

    #[test]
    fn others_are_refused_with_the_code_of_their_problem() {
        let buttons = |buttons: Value| json!({"type": "button", "body": {"text": "?"}, "action": {"buttons": buttons}});
        let button = |title: &str| json!({"type": "reply", "reply": {"id": "m", "title": title}});
        for (kind, said, wanted) in [
            ("text", json!({"body": "x", "preview": false}), 100),
            ("text", json!({"body": 7}), 131_009),
            ("text", json!("x"), 131_009),
            ("image", json!({"id": "1", "link": "https://example.com"}), 131_009),
            ("image", json!({"caption": "x"}), 131_008),
            ("image", json!({"id": "1", "filename": "x"}), 100),
            ("audio", json!({"id": "1", "caption": "x"}), 100),
            ("location", json!({"latitude": 1.5}), 131_008),
            ("poll", json!({}), 131_009),
            ("reaction", json!({"message_id": "x"}), 131_008),
            ("interactive", buttons(json!([])), 131_009),
            ("interactive", buttons(json!([button("1"), button("2"), button("3"), button("4")])), 131_009),
            ("interactive", buttons(json!([button("a title of 21 letters")])), 131_009),
            ("interactive", buttons(json!([{"type": "reply", "reply": {"id": "m"}}])), 131_008),
            ("template", json!({"name": "t"}), 131_008),
            ("template", json!({"name": "t", "language": "en"}), 131_009),
        ] {
            assert_eq!(code(kind, said.clone()), wanted, "{kind} {said}");
        }
    }
}
