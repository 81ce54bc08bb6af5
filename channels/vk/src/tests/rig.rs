//! A scripted VK, a connector that speaks to it, and a daemon that remembers what it is handed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use trunkline_channel::{
    Amendment, Blob, Change, Clock, Connector, Context, Cursor, CursorError, Cursors, Health, HealthReporter, Http, InboxRef,
    Intake, IntakeError, Kind, Outbound, OutboundAttachment, Outcome, Peer, RawEvent, Receipt, Rich, Secret, SettingsError,
    Setup, Siblings, SystemClock, ThreadContext,
};

use crate::Settings;

pub const GROUP: i64 = 123_456;
pub const TOKEN: &str = "vk1.a.test-test-test";
pub const SECRET: &str = "asecretofourown2026";
pub const ANN: &str = "50012345";
/// Far above what anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// Long polls and whatever else has no answer left are held so long, as VK holds them.
const HELD: Duration = Duration::from_secs(30);

/// One call as it came: the method (or `poll`, `upload`), and its parameters.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub method: String,
    pub parameters: HashMap<String, String>,
}

impl Call {
    pub fn get(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }
}

/// What one call is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    Response(Value),
    Refused(i64),
    /// Something of a server in between.
    Page(u16, &'static str),
    /// As it is, without an envelope.
    Plain(Value),
}

/// VK as far as a test tells what it says: for each method the answers that are left, in order; the last one stays.
#[derive(Clone, Default)]
pub struct Script {
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    replies: Arc<Mutex<HashMap<String, VecDeque<Reply>>>>,
}

impl Script {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let script = Self { url: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let routes = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        script
    }

    pub fn says(&self, method: &str, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().insert(method.to_owned(), replies.into_iter().collect());
    }

    pub fn calls(&self, method: &str) -> Vec<Call> {
        self.calls.lock().unwrap().iter().filter(|call| call.method == method).cloned().collect()
    }

    fn next(&self, method: &str) -> Option<Reply> {
        let mut replies = self.replies.lock().unwrap();
        let left = replies.get_mut(method)?;
        // Polls run dry, as they do when nothing happens.
        if left.len() > 1 || method == "poll" { left.pop_front() } else { left.front().cloned() }
    }
}

async fn answer(State(script): State<Script>, uri: Uri, body: Bytes) -> Response {
    let path = uri.path().trim_start_matches('/');
    let method = path.strip_prefix("method/").unwrap_or(path).to_owned();
    let pairs = |raw: &[u8]| url::form_urlencoded::parse(raw).into_owned().collect::<Vec<_>>();
    let query = pairs(uri.query().unwrap_or_default().as_bytes());
    let form =
        if method == "upload" { vec![("body".to_owned(), String::from_utf8_lossy(&body).into_owned())] } else { pairs(&body) };
    let parameters = query.into_iter().chain(form).collect();
    script.calls.lock().unwrap().push(Call { method: method.clone(), parameters });
    match script.next(&method) {
        Some(Reply::Response(response)) => axum::Json(json!({ "response": response })).into_response(),
        Some(Reply::Refused(code)) => {
            axum::Json(json!({"error": {"error_code": code, "error_msg": "No", "request_params": []}})).into_response()
        }
        Some(Reply::Page(status, page)) => (StatusCode::from_u16(status).unwrap(), page).into_response(),
        Some(Reply::Plain(value)) => axum::Json(value).into_response(),
        None if method == "poll" => {
            tokio::time::sleep(HELD).await;
            StatusCode::NO_CONTENT.into_response()
        }
        None => axum::Json(json!({ "response": 1 })).into_response(),
    }
}

pub struct Rig {
    pub vk: Script,
    pub connector: Arc<dyn Connector>,
    pub desk: Arc<Desk>,
    pub cx: Context,
}

/// What the daemon would keep.
#[derive(Default)]
pub struct Desk {
    pub stored: Mutex<Vec<RawEvent>>,
    pub cursors: Mutex<Vec<Cursor>>,
    /// Calls that are refused before one is taken.
    pub refusals: AtomicUsize,
}

struct NoSiblings;

impl Siblings for NoSiblings {
    fn inbox_of(&self, _account: &str) -> Option<String> {
        None
    }
}

#[async_trait]
impl Intake for Desk {
    async fn accept(&self, _inbox_id: &str, events: Vec<RawEvent>) -> Result<Vec<Receipt>, IntakeError> {
        if self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(IntakeError::Overloaded { retry_after: Duration::from_millis(5) });
        }
        let mut stored = self.stored.lock().unwrap();
        let mut cursors = self.cursors.lock().unwrap();
        let mut known: HashSet<String> = stored.iter().map(|event| event.key.clone()).collect();
        let receipts = events.into_iter().map(|event| {
            cursors.extend(event.cursor.clone());
            let outcome = if known.insert(event.key.clone()) {
                stored.push(event);
                Outcome::Applied { messages: Vec::new() }
            } else {
                Outcome::Duplicate { messages: Vec::new() }
            };
            Receipt { raw_event_id: String::new(), outcome }
        });
        Ok(receipts.collect())
    }
}

#[async_trait]
impl Cursors for Desk {
    async fn load(&self, _inbox_id: &str, name: &str) -> Result<Option<String>, CursorError> {
        let cursors = self.cursors.lock().unwrap();
        Ok(cursors.iter().rev().find(|cursor| cursor.name == name).map(|cursor| cursor.value.clone()))
    }

    async fn store(&self, _inbox_id: &str, cursor: Cursor) -> Result<(), CursorError> {
        self.cursors.lock().unwrap().push(cursor);
        Ok(())
    }
}

impl Desk {
    pub fn keys(&self) -> Vec<String> {
        self.stored.lock().unwrap().iter().map(|event| event.key.clone()).collect()
    }

    pub fn cursor(&self, name: &str) -> Option<String> {
        self.cursors.lock().unwrap().iter().rev().find(|cursor| cursor.name == name).map(|cursor| cursor.value.clone())
    }
}

/// Short waits everywhere: what is tested is what happens after them.
pub fn settings(url: &str, more: &Value) -> Settings {
    let mut settings = json!({
        "group_id": GROUP, "token": TOKEN, "api_url": url,
        "timeouts": {"call_ms": 2_000, "poll_s": 1, "grace_ms": 1_000, "pause_ms": 5, "longest_pause_ms": 20, "stubborn_ms": 10,
            "check_ms": 20},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        settings[key] = value.clone();
    }
    serde_json::from_value(settings).unwrap()
}

pub fn setup(public_url: Option<&str>) -> Setup {
    Setup {
        inbox: InboxRef { id: "box".into(), name: "shop".into() },
        instance_id: "x".into(),
        signing_key: Secret::new("k"),
        clock: Arc::new(SystemClock),
        http: Http::new("trunkline-test").unwrap(),
        public_url: public_url.map(str::to_owned),
    }
}

pub fn refused(settings: &Value, public_url: Option<&str>) -> SettingsError {
    let settings: Settings = serde_json::from_value(settings.clone()).unwrap();
    settings.build(setup(public_url)).err().expect("these settings cannot work")
}

impl Rig {
    pub async fn start() -> Self {
        Self::start_with(&json!({}), None).await
    }

    pub async fn start_with(more: &Value, public_url: Option<&str>) -> Self {
        let vk = Script::start().await;
        let server = json!({"server": format!("{}/poll", vk.url), "key": "k1", "ts": "10"});
        vk.says("groups.getLongPollServer", [Reply::Response(server)]);
        let sent = json!([{"peer_id": 50_012_345, "message_id": 4712, "conversation_message_id": 213}]);
        vk.says("messages.send", [Reply::Response(sent)]);
        let connector = settings(&vk.url, more).build(setup(public_url)).unwrap();
        let desk = Arc::new(Desk::default());
        let cx = context(&desk);
        Self { vk, connector, desk, cx }
    }

    /// Runs the connector until the rig's stop token.
    pub fn run(&self) -> tokio::task::JoinHandle<Result<(), trunkline_channel::RunError>> {
        let (connector, cx) = (self.connector.clone(), self.cx.clone());
        tokio::spawn(async move { connector.run(cx).await })
    }

    pub fn health(&self) -> Health {
        self.cx.health.report().health
    }
}

pub fn context(desk: &Arc<Desk>) -> Context {
    Context {
        inbox: InboxRef { id: "box".into(), name: "shop".into() },
        intake: desk.clone(),
        cursors: desk.clone(),
        siblings: Arc::new(NoSiblings),
        clock: Arc::new(SystemClock) as Arc<dyn Clock>,
        health: HealthReporter::default(),
        stop: CancellationToken::new(),
    }
}

/// Waits for something that happens elsewhere.
pub async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(found) => found,
        Err(_) => panic!("{what} did not happen"),
    }
}

pub fn text(text: &str) -> Outbound {
    Outbound {
        delivery_id: "d".into(),
        message_id: "m".into(),
        conversation_id: "c".into(),
        attempt: 1,
        to: Peer { external_id: ANN.into(), ..Peer::default() },
        kind: Kind::Text,
        text: text.into(),
        html: None,
        attachments: Vec::new(),
        reply_to: None,
        thread: ThreadContext::default(),
        last_inbound_at: None,
        rich: Rich::default(),
        author: None,
        automatic: false,
        extra: Value::Null,
    }
}

#[derive(Debug)]
struct Here(Bytes);

#[async_trait]
impl Blob for Here {
    async fn read(&self) -> std::io::Result<Bytes> {
        Ok(self.0.clone())
    }
}

pub fn file(name: &str, content_type: &str, bytes: impl Into<Bytes>) -> OutboundAttachment {
    let bytes = bytes.into();
    let size = bytes.len() as u64;
    OutboundAttachment { name: name.into(), content_type: content_type.into(), size, blob: Arc::new(Here(bytes)) }
}

pub fn amendment(ids: &[String], kind: Kind, change: Change) -> Amendment {
    let to = Peer { external_id: ANN.into(), ..Peer::default() };
    Amendment { id: "a".into(), to, external_ids: ids.to_vec(), kind, sent_at: None, change }
}
