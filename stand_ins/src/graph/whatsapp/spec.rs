//! Meta's own specification of the requests to send, which they are held against.
//!
//! The file is a shortened copy with what Meta's pages say beyond it ("amended" lists that).

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::graph::Refusal;
use crate::schema::{Problem, Schemas};

const JSON: &str = include_str!("../../../specs/whatsapp/messages.json");
static SPEC: LazyLock<Schemas> = LazyLock::new(|| serde_json::from_str(JSON).expect("the file is part of this crate and parses"));

/// Holds a request to send against the specification.
pub(super) fn check(request: &Map<String, Value>) -> Result<(), Refusal> {
    let kind = request.get("type").and_then(Value::as_str).unwrap_or("text");
    let Some(schema) = SPEC.named("Message")["discriminator"]["mapping"][kind].as_str() else {
        return Err(Refusal::of(131_009, "Parameter value is not valid").details(format!("Unsupported message type '{kind}'")));
    };
    check_as(schema, request)
}

/// Holds a request to mark a message as read against the specification.
pub(super) fn check_mark(request: &Map<String, Value>) -> Result<(), Refusal> {
    check_as("Mark", request)
}

fn check_as(schema: &str, request: &Map<String, Value>) -> Result<(), Refusal> {
    SPEC.check(schema, &Value::Object(request.clone())).map_err(|problem| match problem {
        Problem::Missing(at) => Refusal::of(131_008, "Required parameter is missing").details(format!("Param {at} is required.")),
        Problem::Unknown { key, of } => {
            let place = if of.is_empty() { String::new() } else { format!(" on param \"{of}\"") };
            Refusal::of(100, "Invalid parameter").details(format!("Unexpected key \"{key}\"{place}."))
        }
        Problem::Value { at, why } => Refusal::of(131_009, "Parameter value is not valid").details(format!("Param {at} {why}.")),
    })
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
