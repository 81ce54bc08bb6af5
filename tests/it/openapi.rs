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
