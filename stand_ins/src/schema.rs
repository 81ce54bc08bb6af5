//! A small reader of JSON Schema, for holding requests and answers against what a provider documents.
//!
//! Stricter than the providers in one point: an object that declares its properties has no others, unless its file says so.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// Schemas by their names; `$ref` means one of them.
#[derive(Debug, Deserialize)]
pub(crate) struct Schemas {
    schemas: HashMap<String, Value>,
    /// Objects may have more than they declare: the description is older than the provider.
    #[serde(default)]
    open: bool,
}

/// What is wrong with a value, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    Missing(String),
    Unknown { key: String, of: String },
    Value { at: String, why: String },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(at) => write!(f, "{at} is missing"),
            Self::Unknown { key, of } => write!(f, "{of} has an unknown {key}"),
            Self::Value { at, why } => write!(f, "{at} {why}"),
        }
    }
}

/// The names that a schema gives to properties; none for one that says nothing of them.
type Names = BTreeSet<String>;

impl Schemas {
    /// Holds a value against the schema of a name.
    pub fn check(&self, name: &str, value: &Value) -> Result<(), Problem> {
        self.closed(self.named(name), value, "")
    }

    /// The schema of a name; anything goes where there is none.
    pub fn named(&self, name: &str) -> &Value {
        self.schemas.get(name).unwrap_or(&Value::Null)
    }

    /// Checks a value and that it has no properties but the named ones.
    fn closed(&self, schema: &Value, value: &Value, at: &str) -> Result<(), Problem> {
        let names = self.held(schema, value, at)?;
        if self.open {
            return Ok(());
        }
        let unknown = value.as_object().and_then(|object| object.keys().find(|key| !names.is_empty() && !names.contains(*key)));
        match unknown {
            Some(key) => Err(Problem::Unknown { key: key.clone(), of: at.to_owned() }),
            None => Ok(()),
        }
    }

    /// Checks a value against a schema and all that it is made of; the properties they name.
    fn held(&self, schema: &Value, value: &Value, at: &str) -> Result<Names, Problem> {
        if let Some(name) = schema["$ref"].as_str() {
            return self.held(self.named(name), value, at);
        }
        check_type(schema, value, at)?;
        let mut names = Names::new();
        for part in list(&schema["allOf"]) {
            names.extend(self.held(part, value, at)?);
        }
        for required in list(&schema["required"]).iter().filter_map(Value::as_str) {
            if value[required].is_null() {
                return Err(Problem::Missing(inside(at, required)));
            }
        }
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            names.insert(name.clone());
            // The Graph API takes null for nothing.
            if let Some(value) = value.get(name).filter(|value| !value.is_null()) {
                self.closed(inner, value, &inside(at, name))?;
            }
        }
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            values.iter().enumerate().try_for_each(|(index, value)| self.closed(items, value, &format!("{at}[{index}]")))?;
        }
        if !list(&schema["oneOf"]).is_empty() {
            names.extend(self.one_of(list(&schema["oneOf"]), value, at)?);
        }
        Ok(names)
    }

    fn one_of(&self, choices: &[Value], value: &Value, at: &str) -> Result<Names, Problem> {
        let mut fitting = Vec::new();
        let mut nearest: Option<Problem> = None;
        for choice in choices {
            match self.held(choice, value, at) {
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
    let same = |allowed: &Value| match (schema["anyCase"] == true, allowed.as_str(), value.as_str()) {
        (true, Some(allowed), Some(value)) => allowed.eq_ignore_ascii_case(value),
        _ => allowed == value,
    };
    if schema.get("enum").is_some_and(|allowed| !list(allowed).iter().any(same)) {
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
    let edge = |name: &str| schema[name].as_f64().zip(value.as_f64());
    if edge("minimum").is_some_and(|(least, value)| value < least) || edge("maximum").is_some_and(|(most, value)| value > most) {
        return wrong("is out of range".to_owned());
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn inside(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}
