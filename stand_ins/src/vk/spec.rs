//! VK's own list of parameters, which calls are held against.
//!
//! Stricter than the provider in one point: VK ignores parameters that it does not know, and a misspelt one would then go
//! unnoticed in a test.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Call, Refusal};

const JSON: &str = include_str!("../../specs/vk/methods.json");
static METHODS: LazyLock<HashMap<String, HashMap<String, Parameter>>> =
    LazyLock::new(|| serde_json::from_str(JSON).expect("the file is part of this crate and parses"));
/// What every method takes.
const COMMON: [&str; 6] = ["v", "access_token", "lang", "test_mode", "captcha_sid", "captcha_key"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameter {
    #[serde(rename = "type")]
    kind: Kinds,
    /// Of each item of a list.
    of: Option<Kinds>,
    #[serde(default)]
    required: bool,
    minimum: Option<f64>,
    maximum: Option<f64>,
    /// In characters.
    max_length: Option<usize>,
    max_items: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Kinds {
    One(Kind),
    Any(Vec<Kind>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    Array,
}

/// Error 100 for what the published description does not allow. A method that is not described is not ours to judge.
pub(super) fn check(call: &Call) -> Result<(), Refusal> {
    let Some(described) = METHODS.get(&call.method) else { return Ok(()) };
    for (name, value) in &call.parameters {
        if COMMON.contains(&name.as_str()) {
            continue;
        }
        let parameter = described.get(name).ok_or_else(|| Refusal::parameter(&format!("{name} is not a parameter")))?;
        if !value.is_empty() {
            parameter.check(value).map_err(|why| Refusal::parameter(&format!("{name} {why}")))?;
        }
    }
    match described.iter().find(|(name, parameter)| parameter.required && call.text(name).is_none()) {
        Some((name, _)) => Err(Refusal::parameter(&format!("{name} is undefined"))),
        None => Ok(()),
    }
}

impl Parameter {
    fn check(&self, value: &str) -> Result<(), String> {
        if self.kind.has(Kind::Array) {
            let items: Vec<&str> = value.split(',').collect();
            if self.max_items.is_some_and(|most| items.len() > most) {
                return Err("has too many items".to_owned());
            }
            let fits = |item: &&str| self.of.as_ref().is_none_or(|of| of.take(item.trim()));
            return if items.iter().all(fits) { Ok(()) } else { Err("has an item of another type".to_owned()) };
        }
        if !self.kind.take(value) {
            return Err("has another type".to_owned());
        }
        if self.max_length.is_some_and(|most| value.chars().count() > most) {
            return Err("is too long".to_owned());
        }
        let Ok(number) = value.trim().parse::<f64>() else { return Ok(()) };
        match self.minimum.is_some_and(|least| number < least) || self.maximum.is_some_and(|most| number > most) {
            true => Err("is out of range".to_owned()),
            false => Ok(()),
        }
    }
}

impl Kinds {
    fn all(&self) -> &[Kind] {
        match self {
            Self::One(kind) => std::slice::from_ref(kind),
            Self::Any(kinds) => kinds,
        }
    }

    fn has(&self, kind: Kind) -> bool {
        self.all().contains(&kind)
    }

    /// Whether a value as it travels is of one of these types.
    fn take(&self, value: &str) -> bool {
        self.all().iter().any(|kind| match kind {
            Kind::String | Kind::Array => true,
            Kind::Integer => value.trim().parse::<i64>().is_ok(),
            Kind::Number => value.trim().parse::<f64>().is_ok(),
            Kind::Boolean => matches!(value, "0" | "1" | "true" | "false"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{METHODS, check};
    use crate::vk::Call;

    #[test]
    fn calls_are_held_against_the_description() {
        assert!(METHODS.len() > 25 && METHODS["messages.send"].contains_key("random_id"));
        let sent = |more: &[(&str, &str)]| {
            let usual = [("v", "5.199"), ("access_token", "t"), ("peer_id", "7"), ("random_id", "1")];
            check(&Call::of("messages.send", &[&usual, more].concat()))
        };
        assert!(sent(&[("message", "hello"), ("dont_parse_links", "1"), ("lat", "55.7")]).is_ok());
        for (wrong, why) in [
            (("mesage", "hello"), "mesage is not a parameter"),
            (("lat", "north"), "lat has another type"),
            (("sticker_id", "-1"), "sticker_id is out of range"),
            (("peer_ids", "1,two"), "peer_ids has an item of another type"),
            (("payload", &*"x".repeat(1_001)), "payload is too long"),
        ] {
            let refusal = sent(&[wrong]).unwrap_err();
            assert!(refusal.code == 100 && refusal.message.ends_with(why), "{refusal:?}");
        }
        let missing = check(&Call::of("docs.save", &[])).unwrap_err();
        assert!(missing.message.ends_with("file is undefined"), "{missing:?}");
        assert!(check(&Call::of("photos.unknown", &[("anything", "1")])).is_ok());
    }
}
