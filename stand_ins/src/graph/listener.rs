//! The other side of a webhook, for tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::Notify;

use super::access::signature;
use super::{APP_SECRET, VERIFY_TOKEN};
use crate::faults::{Faults, Served, serve};

/// What came, and whether it was signed rightly.
#[derive(Debug, Clone)]
pub struct Came {
    pub raw: Bytes,
    pub body: Value,
    pub signed: bool,
}

/// Takes webhooks; faults of its path make it fail.
pub struct Listener {
    pub served: Served,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    came: Mutex<Vec<Came>>,
    news: Notify,
}

impl Listener {
    pub async fn start() -> Self {
        let inner = Arc::new(Inner::default());
        let router = Router::new().route("/hook", post(take).get(shake)).with_state(inner.clone());
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { served: serve(address, router, Faults::default()).await.unwrap(), inner }
    }

    pub fn url(&self) -> String {
        format!("{}/hook", self.served.url)
    }

    pub fn came(&self) -> Vec<Came> {
        self.inner.came.lock().unwrap().clone()
    }

    /// The first `count` deliveries, as soon as they are there.
    pub async fn wait(&self, count: usize) -> Vec<Came> {
        let there = async {
            loop {
                let news = self.inner.news.notified();
                tokio::pin!(news);
                news.as_mut().enable();
                if self.came().len() >= count {
                    return self.came();
                }
                news.await;
            }
        };
        let got = tokio::time::timeout(Duration::from_secs(10), there).await;
        got.unwrap_or_else(|_| panic!("only {} of {count} webhooks came: {:?}", self.came().len(), self.came()))
    }
}

async fn take(State(inner): State<Arc<Inner>>, headers: HeaderMap, raw: Bytes) -> &'static str {
    let expected = format!("sha256={}", signature(APP_SECRET, &raw));
    let signed = headers.get("x-hub-signature-256").is_some_and(|given| given.as_bytes() == expected.as_bytes());
    let body = serde_json::from_slice(&raw).unwrap();
    inner.came.lock().unwrap().push(Came { raw, body, signed });
    inner.news.notify_waiters();
    "EVENT_RECEIVED"
}

async fn shake(Query(query): Query<std::collections::HashMap<String, String>>) -> Result<String, StatusCode> {
    match query.get("hub.verify_token").is_some_and(|token| token == VERIFY_TOKEN) {
        true => Ok(query["hub.challenge"].clone()),
        false => Err(StatusCode::FORBIDDEN),
    }
}
