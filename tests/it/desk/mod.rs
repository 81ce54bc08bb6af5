//! What helps operators answer: files, contacts, canned responses, articles, search.

mod contacts;
mod fetches;
mod files;
mod helpers;
mod http;
mod merges;
mod profiles;
mod search;

use trunkline::access::{Caller, Role, Visitor};
use trunkline::app::App;
use trunkline::db::sql;

pub fn caller(id: &str, role: Role) -> Caller {
    Caller { operator_id: id.to_owned(), name: format!("{id} the operator"), role }
}

pub fn visitor(external_id: &str) -> Visitor {
    Visitor { inbox_id: "i1".to_owned(), external_id: external_id.to_owned(), name: None, email: None, verified: false }
}

pub async fn operator(app: &App, id: &str) {
    write(
        app,
        "INSERT INTO operators (id, email, name, role, password_hash, created_at, updated_at) \
         VALUES ($1, $1 || '@example.com', $1 || ' the operator', 'operator', '', 1, 1)",
        &[id],
    )
    .await;
}

/// A contact with one identity at inbox `i1` and one conversation, all named after `id`.
pub async fn customer(app: &App, id: &str, name: &str) {
    write(
        app,
        "INSERT INTO inboxes (id, channel, name, source, settings, state, created_at, updated_at) \
         VALUES ('i1', 'web_chat', 'shop', 'api', '{}', 'running', 1, 1) ON CONFLICT DO NOTHING",
        &[],
    )
    .await;
    write(app, "INSERT INTO contacts (id, name, created_at, updated_at) VALUES ($1, $2, 1, 1)", &[id, name]).await;
    write(
        app,
        "INSERT INTO identities (id, contact_id, inbox_id, external_id, handle, name, created_at) \
         VALUES ('id-' || $1, $1, 'i1', $1, $1 || '@example.com', $2, 1)",
        &[id, name],
    )
    .await;
    write(
        app,
        "INSERT INTO conversations (id, inbox_id, channel, contact_id, identity_id, state, metadata, created_at, updated_at) \
         VALUES ('c-' || $1, 'i1', 'web_chat', $1, 'id-' || $1, 'new', '{\"page\":\"https://example.com/shop\"}', 1, 1)",
        &[id],
    )
    .await;
}

/// Message `id` of conversation `c-<contact>`.
pub async fn message(app: &App, id: &str, contact: &str, number: i64, text: &str) {
    let mut tx = app.db.begin().await.unwrap();
    sql("INSERT INTO messages (id, conversation_id, number, inbox_id, sender_type, kind, text, status, created_at) \
         VALUES ($1, $2, $3, 'i1', 'customer', 'text', $4, 'received', $5)")
    .bind(id)
    .bind(format!("c-{contact}"))
    .bind(number)
    .bind(text)
    .bind(app.now() + number)
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

pub async fn write(app: &App, text: &'static str, values: &[&str]) {
    let mut tx = app.db.begin().await.unwrap();
    values.iter().fold(sql(text), |query, value| query.bind(*value)).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}
