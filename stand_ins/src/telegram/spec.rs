//! The Bot API's own list of methods and types, which requests are held against.
//!
//! Stricter than the provider in one point: Telegram ignores parameters that it does not know, and a misspelt one would
//! then go unnoticed in a test.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

const JSON: &str = include_str!("../../specs/telegram/bot-api.json");
static SPEC: LazyLock<Spec> = LazyLock::new(|| serde_json::from_str(JSON).expect("the file is part of this crate and parses"));

#[derive(Debug, Deserialize)]
pub struct Spec {
    pub version: String,
    methods: HashMap<String, Method>,
    types: HashMap<String, Type>,
}

#[derive(Debug, Deserialize)]
struct Method {
    fields: Vec<Field>,
    returns: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Type {
    #[serde(default)]
    subtypes: Vec<String>,
    fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    types: Vec<String>,
    required: bool,
    /// The one value that tells this type from its siblings.
    always: Option<String>,
}

/// The specification.
#[must_use]
pub fn spec() -> &'static Spec {
    &SPEC
}

impl Spec {
    /// The method's name as it is written in the documentation; the API does not mind upper and lower case.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&str> {
        self.methods.keys().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str)
    }

    /// Forms and queries carry texts only: turns those of parameters with another type into what they stand for.
    pub fn read_texts(&self, method: &str, parameters: &mut Map<String, Value>) {
        let Some(method) = self.methods.get(method) else { return };
        for field in &method.fields {
            let Some(Value::String(text)) = parameters.get(&field.name) else { continue };
            let may_be_text = field.types.iter().any(|kind| kind == "String" || kind == "InputFile");
            let read = match may_be_text {
                true if field.types.iter().any(|kind| kind == "Integer") => text.parse::<i64>().ok().map(Value::from),
                true => None,
                false => serde_json::from_str(text).ok(),
            };
            if let Some(read) = read {
                parameters.insert(field.name.clone(), read);
            }
        }
    }

    /// # Errors
    /// What is unknown, missing or of the wrong type.
    pub fn check_parameters(&self, method: &str, parameters: &Map<String, Value>) -> Result<(), String> {
        let known = self.methods.get(method).ok_or("method not found")?;
        self.check_fields(&known.fields, parameters)
    }

    /// Whether an answer of a method has the documented type.
    ///
    /// # Errors
    /// Where it has not.
    pub fn check_result(&self, method: &str, result: &Value) -> Result<(), String> {
        let known = self.methods.get(method).ok_or("method not found")?;
        self.check_any(&known.returns, result)
    }

    /// Whether a value has the documented type.
    ///
    /// # Errors
    /// Where it has not.
    pub fn check(&self, kind: &str, value: &Value) -> Result<(), String> {
        let fits = match kind {
            "String" | "InputFile" => value.is_string(),
            "Integer" => value.is_i64(),
            "Float" => value.is_number(),
            "Boolean" => value.is_boolean(),
            _ => return self.check_named(kind, value),
        };
        if fits { Ok(()) } else { Err(format!("is no {kind}")) }
    }

    fn check_named(&self, kind: &str, value: &Value) -> Result<(), String> {
        if let Some(inner) = kind.strip_prefix("Array of ") {
            let list = value.as_array().ok_or_else(|| format!("is no {kind}"))?;
            return list
                .iter()
                .enumerate()
                .try_for_each(|(at, one)| self.check(inner, one).map_err(|why| format!("[{at}] {why}")));
        }
        let known = self.types.get(kind).ok_or_else(|| format!("is of the unknown type {kind}"))?;
        if !known.subtypes.is_empty() {
            return self.check_any(&known.subtypes, value);
        }
        let object = value.as_object().ok_or_else(|| format!("is no {kind}"))?;
        self.check_fields(&known.fields, object)
    }

    /// The problem of the type that came nearest, which is the one that was meant.
    fn check_any(&self, kinds: &[String], value: &Value) -> Result<(), String> {
        // A list of this or that may hold both.
        let inner: Vec<String> = kinds.iter().filter_map(|kind| kind.strip_prefix("Array of ").map(str::to_owned)).collect();
        if let (true, Some(list)) = (inner.len() > 1 && inner.len() == kinds.len(), value.as_array()) {
            return list
                .iter()
                .enumerate()
                .try_for_each(|(at, one)| self.check_any(&inner, one).map_err(|why| format!("[{at}] {why}")));
        }
        let mut nearest: Option<String> = None;
        for kind in kinds {
            match self.check(kind, value) {
                Ok(()) => return Ok(()),
                Err(why)
                    if nearest.as_ref().is_none_or(|before| before.starts_with("is no ") || before.contains("is not \"")) =>
                {
                    nearest = Some(why);
                }
                Err(_) => {}
            }
        }
        Err(nearest.unwrap_or_else(|| "has no type".to_owned()))
    }

    fn check_fields(&self, fields: &[Field], object: &Map<String, Value>) -> Result<(), String> {
        for field in fields {
            match (object.get(&field.name), &field.always) {
                (None, _) if field.required => return Err(format!("parameter \"{}\" is required", field.name)),
                (Some(value), Some(always)) if value != always => return Err(format!("\"{}\" is not \"{always}\"", field.name)),
                (Some(value), _) => self.check_any(&field.types, value).map_err(|why| format!("\"{}\" {why}", field.name))?,
                (None, _) => {}
            }
        }
        match object.keys().find(|key| fields.iter().all(|field| field.name != **key)) {
            Some(unknown) => Err(format!("parameter \"{unknown}\" is unknown")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::spec;

    fn check(method: &str, parameters: Value) -> Result<(), String> {
        spec().check_parameters(method, parameters.as_object().unwrap_or(&Map::new()))
    }

    #[test]
    fn parameters_are_held_against_the_documentation() {
        assert_eq!(check("sendMessage", json!({"chat_id": 1, "text": "x"})), Ok(()));
        assert_eq!(check("sendMessage", json!({"chat_id": "@x", "text": "x", "reply_parameters": {"message_id": 1}})), Ok(()));
        for wrong in [
            json!({"chat_id": 1}),
            json!({"chat_id": 1, "text": 2}),
            json!({"chat_id": 1.5, "text": "x"}),
            json!({"chat_id": 1, "text": "x", "reply_to": 1}),
            json!({"chat_id": 1, "text": "x", "reply_parameters": {"message": 1}}),
        ] {
            assert!(check("sendMessage", wrong.clone()).is_err(), "{wrong}");
        }
        let keyboard =
            json!({"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}});
        assert_eq!(check("sendMessage", keyboard), Ok(()));
        let reaction = |kind: &str| json!({"chat_id": 1, "message_id": 1, "reaction": [{"type": kind, "emoji": "👍"}]});
        assert_eq!(check("setMessageReaction", reaction("emoji")), Ok(()));
        assert!(check("setMessageReaction", reaction("smiley")).is_err());
    }

    #[test]
    fn a_form_s_texts_become_what_they_stand_for() {
        let form =
            json!({"chat_id": "-5", "text": "7", "disable_notification": "true", "reply_parameters": "{\"message_id\":3}"});
        let mut form = form.as_object().cloned().unwrap_or_default();
        spec().read_texts("sendMessage", &mut form);
        let read = json!({"chat_id": -5, "text": "7", "disable_notification": true, "reply_parameters": {"message_id": 3}});
        assert_eq!(Value::Object(form), read);
    }

    #[test]
    fn answers_are_held_against_it_too() {
        assert_eq!(spec().check_result("deleteMessage", &json!(true)), Ok(()));
        assert!(spec().check_result("deleteMessage", &json!("true")).is_err());
        assert!(spec().check_result("sendMessage", &json!({"message_id": 1, "date": 1})).is_err());
        assert_eq!(spec().method("SENDMESSAGE"), Some("sendMessage"));
    }
}
