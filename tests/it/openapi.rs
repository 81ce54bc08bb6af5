//! The API document: committed, current, and free of doubles.

use std::collections::HashSet;

use serde_json::Value;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

#[test]
fn the_committed_document_is_current() {
    let mut current = serde_json::to_string_pretty(&trunkline::http::document()).unwrap();
    current.push('\n');
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(FILE, &current).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap_or_default();
    let first = committed.lines().zip(current.lines()).position(|(was, is)| was != is);
    assert!(committed == current, "docs/openapi.json differs from line {first:?} on; write it anew with UPDATE_OPENAPI=1");
}

#[test]
fn every_operation_has_an_id_of_its_own_and_says_whom_it_is_for() {
    let document = trunkline::http::document();
    let mut ids = HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(!id.is_empty() && ids.insert(id.to_owned()), "{method} {path}: {id}");
            assert!(operation["security"].is_array() && operation["x-roles"].is_array(), "{method} {path}");
            assert!(operation["responses"].as_object().is_some_and(|answers| !answers.is_empty()), "{method} {path}");
        }
    }
    assert_eq!(document["openapi"], Value::from("3.1.0"));
}

#[test]
fn every_reference_leads_somewhere_and_every_object_is_described() {
    let document = trunkline::http::document();
    let mut references = 0;
    each_object(&document, &mut |at, parts| {
        if let Some(reference) = parts.get("$ref") {
            references += 1;
            let target = reference.as_str().and_then(|reference| reference.strip_prefix('#'));
            assert!(target.is_some_and(|target| document.pointer(target).is_some()), "{at}: {reference} leads nowhere");
        }
        if parts.get("type") == Some(&"object".into()) {
            let described = ["properties", "additionalProperties", "allOf", "oneOf"].iter().any(|key| parts.contains_key(*key));
            assert!(described, "{at}: an object of which nothing is said");
        }
    });
    assert!(references > 100, "{references}");
}

#[test]
fn what_has_a_known_shape_is_typed() {
    let document = trunkline::http::document();
    let schema = |path: &str| {
        &document["components"]["schemas"][path.split('.').next().unwrap()]["properties"][path.split('.').nth(1).unwrap()]
    };
    for path in [
        "InboxView.capabilities",
        "InboxView.health",
        "Entered.session",
        "LastMessage.kind",
        "MessageView.kind",
        "MessageView.status",
        "MessageView.sender_type",
        "DeliveryView.state",
        "OperatorView.role",
        "OperatorView.availability",
        "InboxView.state",
    ] {
        assert!(schema(path).to_string().contains("#/components/schemas/"), "{path}: {}", schema(path));
    }
    for path in
        ["Diagnosis.checks", "Templates.items", "Page_MessageHit.items", "Page_ContactHit.items", "Page_MessageView.items"]
    {
        assert!(schema(path)["items"]["$ref"].is_string(), "{path}: {}", schema(path));
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(["ConversationState", "ArticleState", "DeliveryState"].iter().all(|name| schemas.contains_key(*name)));
}

fn each_object(value: &Value, work: &mut impl FnMut(&str, &serde_json::Map<String, Value>)) {
    fn go(at: &str, value: &Value, work: &mut impl FnMut(&str, &serde_json::Map<String, Value>)) {
        match value {
            Value::Object(parts) => {
                work(at, parts);
                parts.iter().for_each(|(key, part)| go(&format!("{at}/{key}"), part, work));
            }
            Value::Array(parts) => parts.iter().enumerate().for_each(|(i, part)| go(&format!("{at}/{i}"), part, work)),
            _ => {}
        }
    }
    go("", value, work);
}
