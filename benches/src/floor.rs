//! The bare floor: what the machine gives when nothing is done that does not have to be.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::routing::post;
use axum::{Json, Router};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::report::Report;

pub const IN_FLIGHT: usize = 64;
/// Conversations that the messages of a load are spread over.
const CONVERSATIONS: usize = 64;

pub async fn measure(seconds: u64, report: &mut Report) -> anyhow::Result<()> {
    report.add("floor: handler that parses and answers, 64 in flight", handler(seconds).await?, "requests/s");
    for batch in [1, IN_FLIGHT] {
        let rate = tokio::task::spawn_blocking(move || rows(batch, Duration::from_secs(seconds))).await??;
        report.add(format!("floor: rows of a message, {batch} in flight"), rate, "messages/s");
    }
    Ok(())
}

/// An axum handler that parses a message of JSON and answers, asked by as many clients as the load later has.
async fn handler(seconds: u64) -> anyhow::Result<f64> {
    async fn answer(Json(body): Json<Value>) -> Json<Value> {
        Json(json!({ "ok": body.get("text").is_some() }))
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(answer))).await });
    let client = reqwest::Client::builder().pool_max_idle_per_host(IN_FLIGHT).build()?;
    let done = Arc::new(AtomicU64::new(0));
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (client, done) = (client.clone(), done.clone());
        tasks.spawn(async move {
            let body = json!({ "text": "x".repeat(200), "client_id": "c", "session_id": "s" });
            while Instant::now() < until {
                client.post(format!("http://{address}/")).json(&body).send().await?.bytes().await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    for result in tasks.join_all().await {
        result?;
    }
    server.abort();
    Ok(rate(done.load(Ordering::Relaxed), seconds))
}

/// The rows of a message in the daemon's own tables, in batches of one transaction, full sync, with the plain library:
/// raw event, message, the conversation's counter, event.
fn rows(batch: usize, time: Duration) -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let mut db = Connection::open(dir.path().join("floor.db"))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.execute_batch(include_str!("../../migrations/sqlite/0001_first.sql"))?;
    db.execute_batch(
        "INSERT INTO inboxes (id, channel, name, source, settings, state, created_at, updated_at) VALUES ('i','c','n','file','{}','running',0,0);
         INSERT INTO contacts (id, name, created_at, updated_at) VALUES ('ct','Ann',0,0);
         INSERT INTO identities (id, contact_id, inbox_id, external_id, created_at) VALUES ('id','ct','i','ann',0);",
    )?;
    let conversations: Vec<String> = (0..CONVERSATIONS).map(|_| new_id()).collect();
    for id in &conversations {
        db.execute(
            "INSERT INTO conversations (id, inbox_id, channel, contact_id, identity_id, thread_key, state, created_at, updated_at)
             VALUES (?1, 'i', 'c', 'ct', 'id', ?1, 'new', 0, 0)",
            params![id],
        )?;
    }
    let body = json!({ "text": "x".repeat(200), "client_id": "c", "visitor": { "external_id": "ann" } }).to_string();
    let payload =
        json!({ "message": { "text": "x".repeat(200) }, "conversation": { "id": "x".repeat(36) }, "more": "x".repeat(400) })
            .to_string();
    let (start, mut count) = (Instant::now(), 0_u64);
    while start.elapsed() < time {
        let tx = db.transaction()?;
        {
            let mut raw = tx.prepare_cached("INSERT INTO raw_events (id, inbox_id, event_key, body, state, received_at) VALUES (?1, 'i', ?1, ?2, 'applied', 0)")?;
            let mut message = tx.prepare_cached(
                "INSERT INTO messages (id, conversation_id, number, inbox_id, sender_type, kind, text, status, external_id, raw_event_id, created_at)
                 VALUES (?1, ?2, ?3, 'i', 'customer', 'text', ?4, 'received', ?1, ?1, 0)",
            )?;
            let mut counter = tx
                .prepare_cached("UPDATE conversations SET last_number = ?2, updated_at = ?3, waiting_since = ?3 WHERE id = ?1")?;
            let mut event = tx.prepare_cached(
                "INSERT INTO events (id, stream, kind, audience, conversation_id, payload, at) VALUES (?1, ?2, 'message.created', 'everyone', ?2, ?3, 0)",
            )?;
            for _ in 0..batch {
                let id = new_id();
                let turn = usize::try_from(count)? % CONVERSATIONS;
                let number = i64::try_from(count)? / i64::try_from(CONVERSATIONS)? + 1;
                raw.execute(params![id, body.as_bytes()])?;
                message.execute(params![id, conversations[turn], number, "x".repeat(200)])?;
                counter.execute(params![conversations[turn], number, i64::try_from(count)?])?;
                event.execute(params![id, conversations[turn], payload])?;
                count += 1;
            }
        }
        tx.commit()?;
    }
    Ok(rate(count, start.elapsed().as_secs().max(1)))
}

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

pub fn rate(count: u64, seconds: u64) -> f64 {
    count as f64 / seconds as f64
}
