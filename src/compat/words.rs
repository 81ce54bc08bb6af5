//! Our words and theirs.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::http::ApiError;

/// Their name of a state, and the states of ours it stands for.
const STATES: [(&str, &str); 5] = [
    ("pending", "new"),
    ("transferred", "transferred"),
    ("active", "active,awaiting_response"),
    ("closed", "closed"),
    ("archived", "archived"),
];

/// Our states behind a status of theirs, also behind the other words that are in use for it.
pub fn states_of(status: &str) -> Result<String, ApiError> {
    let status = match status {
        "waiting" | "queued" => "pending",
        "in_progress" | "in progress" | "assigned" => "active",
        "resolved" | "completed" | "ended" => "closed",
        other => other,
    };
    let ours = STATES.iter().find(|(theirs, ours)| *theirs == status || *ours == status).map(|(_, ours)| (*ours).to_owned());
    ours.ok_or_else(|| ApiError::invalid("/status", "is not a status"))
}

pub fn status_of(state: &str) -> &'static str {
    STATES.iter().find(|(_, ours)| ours.split(',').any(|ours| ours == state)).map_or("closed", |(theirs, _)| *theirs)
}

/// A conversation under their names, beside ours.
pub fn session(conversation: &impl Serialize) -> Result<Value, ApiError> {
    let Ok(Value::Object(mut session)) = serde_json::to_value(conversation) else { return Err(ApiError::internal()) };
    let of = |session: &Map<String, Value>, key: &str| session.get(key).cloned().unwrap_or(Value::Null);
    let status = status_of(session.get("state").and_then(Value::as_str).unwrap_or_default());
    let (id, agent) = (of(&session, "id"), of(&session, "assignee"));
    session.insert("session_id".into(), id);
    session.insert("status".into(), json!(status));
    session.insert("agent_id".into(), agent.get("id").cloned().unwrap_or(Value::Null));
    session.insert("agent".into(), agent);
    Ok(Value::Object(session))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{session, states_of, status_of};
    use crate::conversations::State;

    #[test]
    fn every_state_has_one_name_there_and_comes_back() {
        for state in State::ALL {
            let theirs = status_of(state.as_str());
            assert!(states_of(theirs).unwrap().split(',').any(|ours| ours == state.as_str()), "{theirs}");
        }
        assert_eq!(status_of("new"), "pending");
        assert_eq!(states_of("resolved").unwrap(), "closed");
        assert!(states_of("dancing").is_err());
    }

    #[test]
    fn a_session_has_both_names_of_everything() {
        let told = session(&json!({"id": "c", "state": "awaiting_response", "assignee": {"id": "o", "name": "Bob"}})).unwrap();
        assert_eq!((&told["session_id"], &told["status"], &told["agent_id"]), (&json!("c"), &json!("active"), &json!("o")));
        assert_eq!(session(&json!({"id": "c", "state": "new", "assignee": null})).unwrap()["agent_id"], json!(null));
    }
}
