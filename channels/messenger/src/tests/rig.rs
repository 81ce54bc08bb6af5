//! A stand-in, a connector that speaks to it, and a daemon that remembers what it is handed.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use trunkline_channel::{
    Amendment, Blob, Change, Clock, Connector, Context, Cursor, CursorError, Cursors, Health, HealthReporter, Http, InboxRef,
    Intake, IntakeError, Kind, Outbound, OutboundAttachment, Outcome, Peer, RawEvent, Receipt, Rich, Secret, SettingsError,
    Setup, Siblings, SystemClock, ThreadContext,
};

use trunkline_stand_ins::graph::messenger::{self, Messenger as StandIn};
use trunkline_stand_ins::phone::{Phone, Said, Shown};

use crate::Settings;
use crate::page::{Line, Page};

pub use trunkline_stand_ins::graph::messenger::{PAGE_ID as PAGE, TOKEN};
pub use trunkline_stand_ins::graph::{APP_ID as APP, APP_SECRET, VERIFY_TOKEN as VERIFY};
pub const ANN: &str = "7300000000000001";
/// Far above what anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Rig {
    pub server: StandIn,
    pub phone: Arc<dyn Phone>,
    pub connector: Arc<dyn Connector>,
    pub desk: Arc<Desk>,
    pub cx: Context,
}

/// What the daemon would keep.
#[derive(Default)]
pub struct Desk {
    pub stored: Mutex<Vec<(String, RawEvent)>>,
    /// Calls that are refused before one is taken.
    pub refusals: AtomicUsize,
}

/// Another page of the same app has an inbox of its own.
struct OneSibling;

impl Siblings for OneSibling {
    fn inbox_of(&self, account: &str) -> Option<String> {
        (account == "999").then(|| "beside".to_owned())
    }
}

#[async_trait]
impl Intake for Desk {
    async fn accept(&self, inbox_id: &str, events: Vec<RawEvent>) -> Result<Vec<Receipt>, IntakeError> {
        if self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(IntakeError::Overloaded { retry_after: Duration::from_millis(5) });
        }
        let mut stored = self.stored.lock().unwrap();
        let mut known: HashSet<(String, String)> =
            stored.iter().map(|(inbox, event)| (inbox.clone(), event.key.clone())).collect();
        let receipts = events.into_iter().map(|event| {
            let outcome = if known.insert((inbox_id.to_owned(), event.key.clone())) {
                stored.push((inbox_id.to_owned(), event));
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
    async fn load(&self, _inbox_id: &str, _name: &str) -> Result<Option<String>, CursorError> {
        Ok(None)
    }

    async fn store(&self, _inbox_id: &str, _cursor: Cursor) -> Result<(), CursorError> {
        Ok(())
    }
}

impl Desk {
    /// The bodies that an inbox was handed.
    pub fn bodies(&self, inbox: &str) -> Vec<Bytes> {
        let stored = self.stored.lock().unwrap();
        stored.iter().filter(|(to, _)| to == inbox).map(|(_, event)| event.body.clone()).collect()
    }
}

/// Short waits everywhere: what is tested is what happens after them.
pub fn raw_settings(url: &str, more: &Value) -> Value {
    let mut settings = json!({
        "page_id": PAGE, "app_id": APP, "access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY, "api_url": url,
        "timeouts": {"call_ms": 2_000, "pause_ms": 5, "longest_pause_ms": 20, "stubborn_ms": 10, "check_ms": 20},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        settings[key] = value.clone();
    }
    settings
}

pub fn settings(url: &str, more: &Value) -> Settings {
    serde_json::from_value(raw_settings(url, more)).unwrap()
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

impl Rig {
    pub async fn start() -> Self {
        Self::start_with(&json!({}), None).await
    }

    pub async fn start_with(more: &Value, public_url: Option<&str>) -> Self {
        let server = messenger::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let connector = settings(server.url(), more).build(setup(public_url)).unwrap();
        let desk = Arc::new(Desk::default());
        let cx = context(&desk);
        Self { phone: server.phone(), server, connector, desk, cx }
    }

    /// With a customer who has written once.
    pub async fn with_ann() -> Self {
        let rig = Self::start().await;
        rig.says("Hello").await;
        rig
    }

    pub async fn says(&self, text: &str) -> String {
        self.phone.say(ANN, Said { text: text.to_owned(), ..Said::default() }).await.unwrap()
    }

    /// What the page has said to the customer.
    pub fn seen(&self) -> Vec<Shown> {
        self.phone.shown(ANN).into_iter().filter(|shown| !shown.mine).collect()
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

pub fn refused(more: &Value) -> SettingsError {
    settings("https://graph.facebook.com", more).build(setup(None)).err().expect("these settings cannot work")
}

pub fn page_for(url: &str, human_agent: bool) -> Page {
    let line = Line {
        http: Http::new("trunkline-test").unwrap(),
        base: url.parse().unwrap(),
        version: "v25.0".into(),
        call_timeout: Duration::from_secs(2),
        media: Vec::new(),
    };
    Page::new(PAGE.into(), APP.into(), human_agent, Secret::new(TOKEN), &Secret::new(APP_SECRET), &line)
}

pub fn context(desk: &Arc<Desk>) -> Context {
    Context {
        inbox: InboxRef { id: "box".into(), name: "shop".into() },
        intake: desk.clone(),
        cursors: desk.clone(),
        siblings: Arc::new(OneSibling),
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
        delivery_id: "dlv-1".into(),
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

pub fn amendment(message: &str, change: Change) -> Amendment {
    let to = Peer { external_id: ANN.into(), ..Peer::default() };
    Amendment { id: "a".into(), to, external_ids: vec![message.to_owned()], kind: Kind::Text, sent_at: None, change }
}
