//! Entries that leave in one POST.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Entries of one account become one entry where they hold changes, and neighbours among the changes of one number one value;
/// conversations keep an entry for each event.
pub(super) fn joined(entries: Vec<Value>) -> Vec<Value> {
    let (mut changes, mut others): (BTreeMap<String, Vec<Value>>, Vec<Value>) = (BTreeMap::new(), Vec::new());
    for entry in entries {
        match (entry["id"].as_str(), entry["changes"].as_array()) {
            (Some(id), Some(list)) => {
                let before = changes.entry(id.to_owned()).or_default();
                list.iter().for_each(|change| add(before, change));
            }
            _ => others.push(entry),
        }
    }
    others.extend(changes.into_iter().map(|(id, changes)| json!({"id": id, "changes": changes})));
    others
}

/// Puts messages to the messages before them, statuses to statuses, and anything else behind.
fn add(changes: &mut Vec<Value>, change: &Value) {
    let same = |before: &&mut Value, key: &str| {
        let (old, new) = (&before["value"], &change["value"]);
        before["field"] == change["field"] && old["metadata"] == new["metadata"] && old[key].is_array() && new[key].is_array()
    };
    for key in ["messages", "statuses"] {
        if let Some(before) = changes.last_mut().filter(|before| same(before, key)) {
            extend(&mut before["value"]["contacts"], &change["value"]["contacts"]);
            extend(&mut before["value"][key], &change["value"][key]);
            return;
        }
    }
    changes.push(change.clone());
}

fn extend(list: &mut Value, more: &Value) {
    let Some(more) = more.as_array() else { return };
    let mut all = list.as_array().cloned().unwrap_or_default();
    all.extend(more.iter().filter(|one| !list.as_array().is_some_and(|list| list.contains(one))).cloned());
    *list = all.into();
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::joined;

    fn change(number: &str, key: &str, said: i64) -> Value {
        let value = json!({"metadata": {"phone_number_id": number}, "contacts": [{"user_id": "a"}], key: [said]});
        json!({"id": "1", "changes": [{"field": "messages", "value": value}]})
    }

    #[test]
    fn changes_of_an_account_are_joined() {
        let entries =
            vec![change("7", "messages", 1), change("7", "messages", 2), change("7", "statuses", 3), change("8", "statuses", 4)];
        let together = joined(entries);
        assert_eq!(together.len(), 1);
        let changes = together[0]["changes"].as_array().unwrap();
        assert_eq!(changes.len(), 3);
        assert_eq!(
            (&changes[0]["value"]["messages"], &changes[0]["value"]["contacts"]),
            (&json!([1, 2]), &json!([{"user_id": "a"}]))
        );
    }

    #[test]
    fn conversations_keep_their_entries() {
        let conversations = vec![json!({"id": "1", "messaging": [1]}), json!({"id": "1", "messaging": [2]})];
        assert_eq!(joined(conversations.clone()), conversations);
    }
}
