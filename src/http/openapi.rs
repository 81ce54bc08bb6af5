//! The document that describes the API, written from the routes themselves and from the table of roles.

use serde_json::{Map, Value, json};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};

use super::roles::{self, For};

const ABOUT: &str = "Conversations from every channel in one queue. Times are microseconds since 1970 UTC; lists come in \
     pages with `next_cursor`; errors are `application/problem+json` (RFC 9457). POSTs take an `Idempotency-Key`.";

/// What the routes of the capabilities are added to.
#[must_use]
pub(super) fn base() -> OpenApi {
    let info = InfoBuilder::new().title("Trunkline").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT)).build();
    OpenApiBuilder::new().info(info).build()
}

/// The whole document: each operation with an id of its own and with whom it is for.
#[must_use]
pub fn document() -> Value {
    let mut document = serde_json::to_value(super::router::openapi()).unwrap_or_default();
    let mut ids: Vec<String> = Vec::new();
    each_operation(&mut document, |_, _, operation| ids.push(id_of(operation)));
    each_operation(&mut document, |method, path, operation| {
        let id = id_of(operation);
        if ids.iter().filter(|other| **other == id).count() > 1 {
            operation.insert("operationId".to_owned(), format!("{id}_{}", subject(path)).into());
        }
        let Some(rule) = method.to_uppercase().parse().ok().and_then(|method| roles::find(&method, path)) else { return };
        let (staff, visitors) = audience(rule);
        let mut security = Vec::new();
        if !staff.is_empty() {
            security.extend([json!({"session": []}), json!({"token": []})]);
        }
        if visitors {
            security.push(json!({"visitor": []}));
        }
        operation.insert("security".to_owned(), security.into());
        operation.insert("x-roles".to_owned(), staff.into());
    });
    name_items(&mut document["components"]["schemas"]);
    open_free_forms(&mut document);
    document["components"]["securitySchemes"] = json!({
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-trunkline",
            "description": "`trunkline_session` where the daemon is reached without HTTPS"},
        "token": {"type": "http", "scheme": "bearer", "description": "an API token, `tl_…`"},
        "visitor": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "a visitor's token"},
    });
    document
}

/// Pages have their items written out; what has a name is better referred to by it.
fn name_items(schemas: &mut Value) {
    let Some(schemas) = schemas.as_object_mut() else { return };
    let mut named = Map::new();
    for (name, schema) in schemas.iter_mut() {
        let Some(item) = name.strip_prefix("Page_") else { continue };
        if let Some(written) = schema.pointer_mut("/properties/items/items") {
            let reference = json!({ "$ref": format!("#/components/schemas/{item}") });
            named.insert(item.to_owned(), std::mem::replace(written, reference));
        }
    }
    for (name, schema) in named {
        schemas.entry(name).or_insert(schema);
    }
}

/// Objects of which nothing is said may hold anything: generators of types take them for empty ones otherwise.
fn open_free_forms(schema: &mut Value) {
    const SAID: [&str; 6] = ["properties", "additionalProperties", "allOf", "oneOf", "anyOf", "$ref"];
    match schema {
        Value::Object(parts) => {
            let object = match parts.get("type") {
                Some(Value::Array(types)) => types.iter().any(|name| name == "object"),
                name => name.is_some_and(|name| name == "object"),
            };
            if object && !SAID.iter().any(|key| parts.contains_key(*key)) {
                parts.insert("additionalProperties".to_owned(), true.into());
            }
            parts.values_mut().for_each(open_free_forms);
        }
        Value::Array(parts) => parts.iter_mut().for_each(open_free_forms),
        _ => {}
    }
}

/// Roles of operators that may call, and whether visitors may.
fn audience(rule: For) -> (Vec<&'static str>, bool) {
    let names = |roles: &'static [crate::access::Role]| roles.iter().map(|role| role.as_str()).collect();
    match rule {
        For::Anybody | For::AnySite => (Vec::new(), false),
        For::Visitors => (Vec::new(), true),
        For::Operators(roles) => (names(roles), false),
        For::VisitorsAnd(roles) | For::LinksAnd(roles) => (names(roles), true),
    }
}

fn each_operation(document: &mut Value, mut work: impl FnMut(&str, &str, &mut Map<String, Value>)) {
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (path, item) in paths.iter_mut() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                work(method, path, operation);
            }
        }
    }
}

fn id_of(operation: &Map<String, Value>) -> String {
    operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What a path is about: its fixed parts after the version.
fn subject(path: &str) -> String {
    let fixed = path.trim_start_matches("/api/v1/").split('/').filter(|part| !part.starts_with('{'));
    fixed.collect::<Vec<_>>().join("_").replace('-', "_")
}
