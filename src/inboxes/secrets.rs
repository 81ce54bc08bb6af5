//! Secrets inside a channel's settings, found by the names of their keys: hidden in answers, kept when they come back
//! hidden, read from files where the configuration names one.

use std::path::Path;

use serde_json::{Map, Value};
use thiserror::Error;

/// Stands for a secret in everything that is shown.
const HIDDEN: &str = "[secret]";
const FILE_ENDING: &str = "_file";

#[derive(Debug, Error)]
#[error("{key}: cannot read the file")]
pub struct SecretFileError {
    pub key: String,
    source: std::io::Error,
}

fn names_a_secret(key: &str) -> bool {
    ["secret", "password", "token"].iter().any(|word| key.contains(word))
        && !["_url", "_endpoint"].iter().any(|end| key.ends_with(end))
}

/// The settings as they may be shown.
#[must_use]
pub fn hidden(settings: &Value) -> Value {
    map_objects(settings, &|key, value| match value {
        Value::String(text) if names_a_secret(key) && !text.is_empty() => Value::from(HIDDEN),
        other => hidden(other),
    })
}

/// New settings with each secret that came back hidden put in again from the old ones.
#[must_use]
pub fn restored(new: &Value, old: &Value) -> Value {
    map_objects(new, &|key, value| {
        let before = old.get(key).unwrap_or(&Value::Null);
        if names_a_secret(key) && value.as_str() == Some(HIDDEN) { before.clone() } else { restored(value, before) }
    })
}

/// `password_file = "…"` becomes `password` with the file's content, without the end of its last line.
pub fn read_files(settings: &Value, folder: &Path) -> Result<Value, SecretFileError> {
    let Value::Object(entries) = settings else { return Ok(settings.clone()) };
    let mut out = Map::new();
    for (key, value) in entries {
        match (key.strip_suffix(FILE_ENDING), value) {
            (Some(secret), Value::String(file)) if names_a_secret(secret) => {
                let text =
                    std::fs::read_to_string(folder.join(file)).map_err(|source| SecretFileError { key: key.clone(), source })?;
                out.insert(secret.to_owned(), Value::from(text.trim_end_matches(['\r', '\n'])));
            }
            _ => {
                out.insert(key.clone(), read_files(value, folder)?);
            }
        }
    }
    Ok(Value::Object(out))
}

/// The first key that names a file. Only the configuration file may: whoever speaks to the API must not make the daemon
/// read files and send them to a server of their choice.
#[must_use]
pub fn named_file(settings: &Value) -> Option<&str> {
    settings
        .as_object()?
        .iter()
        .find_map(|(key, value)| if key.ends_with(FILE_ENDING) { Some(key.as_str()) } else { named_file(value) })
}

fn map_objects(value: &Value, entry: &impl Fn(&str, &Value) -> Value) -> Value {
    match value {
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| (key.clone(), entry(key, value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{hidden, named_file, read_files, restored};

    #[test]
    fn secrets_are_hidden_at_any_depth_and_come_back_unchanged() {
        let settings = json!({
            "address": "desk@example.com", "identity_secret": "s3", "smtp": {"host": "mail.example.com"},
            "auth": {"password": "p", "refresh_token": "r", "token_url": "https://login.example.com", "client_secret": ""},
        });
        let shown = hidden(&settings);
        assert_eq!(
            shown["auth"],
            json!({"password": "[secret]", "refresh_token": "[secret]", "token_url": "https://login.example.com", "client_secret": ""})
        );
        assert_eq!((&shown["identity_secret"], &shown["address"]), (&json!("[secret]"), &json!("desk@example.com")));
        assert_eq!(restored(&shown, &settings), settings);
        let mut changed = shown;
        changed["auth"]["password"] = json!("new");
        assert_eq!(
            restored(&changed, &settings)["auth"],
            json!({"password": "new", "refresh_token": "r", "token_url": "https://login.example.com", "client_secret": ""})
        );
    }

    #[test]
    fn keys_that_name_files_are_found_at_any_depth() {
        assert_eq!(named_file(&json!({"a": 1, "auth": {"password_file": "/etc/shadow"}})), Some("password_file"));
        assert_eq!(named_file(&json!({"profile": "x", "file_name": 1})), None);
    }

    #[test]
    fn secret_files_are_read_and_other_files_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pw"), "hunter2\n").unwrap();
        let settings = json!({"auth": {"password_file": "pw"}, "extra_ca_file": "/ca.pem"});
        assert_eq!(
            read_files(&settings, dir.path()).unwrap(),
            json!({"auth": {"password": "hunter2"}, "extra_ca_file": "/ca.pem"})
        );
        assert!(
            read_files(&json!({"identity_secret_file": "absent"}), dir.path())
                .is_err_and(|error| error.key == "identity_secret_file")
        );
    }
}
