//! VK's own descriptions of its answers, which what we answer is held against: a stand-in that answers otherwise would prove
//! nothing.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::schema::{Problem, Schemas};

const JSON: &str = include_str!("../../specs/vk/responses.json");
static DESCRIBED: LazyLock<Described> =
    LazyLock::new(|| serde_json::from_str(JSON).expect("the file is part of this crate and parses"));

#[derive(Debug, Deserialize)]
struct Described {
    /// The forms that a method's answer may have: which one depends on the parameters.
    methods: HashMap<String, Vec<String>>,
    #[serde(flatten)]
    schemas: Schemas,
}

/// Where an answer differs from every form that is described. A method that is not described is not ours to judge.
pub(super) fn check(method: &str, result: &Value) -> Result<(), Problem> {
    let Some(forms) = DESCRIBED.methods.get(method) else { return Ok(()) };
    let answer = json!({ "response": result });
    let mut problem = None;
    for form in forms {
        match DESCRIBED.schemas.check(form, &answer) {
            Ok(()) => return Ok(()),
            Err(other) => problem = problem.or(Some(other)),
        }
    }
    problem.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{DESCRIBED, check};

    #[test]
    fn answers_are_held_against_the_description() {
        assert!(DESCRIBED.methods.len() > 25);
        assert_eq!(check("messages.send", &json!(4711)), Ok(()));
        let one = json!({"peer_id": 7, "message_id": 4711, "conversation_message_id": 1});
        assert_eq!(check("messages.send", &json!([one])), Ok(()));
        let server = json!({"server": "https://lp.vk.com/wh1", "key": "k", "ts": "1"});
        assert_eq!(check("groups.getLongPollServer", &server), Ok(()));
        let person = |id: Value| json!([{"id": id, "first_name": "Ann", "last_name": "Lee"}]);
        assert_eq!(check("users.get", &person(json!(7))), Ok(()));
        for (method, wrong) in [
            ("messages.send", json!("4711")),
            ("messages.send", json!([{"peer_id": "7"}])),
            ("groups.getLongPollServer", json!({"server": "https://lp.vk.com/wh1", "key": "k"})),
            ("users.get", person(json!("7"))),
            ("users.get", json!([{"first_name": "Ann", "last_name": "Lee"}])),
        ] {
            assert!(check(method, &wrong).is_err(), "{method}: {wrong}");
        }
        assert_eq!(check("photos.unknown", &json!(null)), Ok(()));
    }
}
