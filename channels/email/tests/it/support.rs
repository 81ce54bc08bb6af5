//! An intake in memory, a mailbox to connect to, and a bound on every wait.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use trunkline_channel::{
    Connector, Context, Cursor, CursorError, Cursors, HealthReporter, InboxRef, Intake, IntakeError, Kind, Outbound, Outcome,
    Peer, RawEvent, Receipt, RunError, Secret, Setup, SystemClock, ThreadContext,
};
use trunkline_email::Settings;
use trunkline_stand_ins::mail::{Authority, ImapOptions, ImapStandIn, PASSWORD, Security, SmtpOptions, SmtpStandIn, USERNAME};

pub const BOUND: Duration = Duration::from_secs(40);

/// Polls until it holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + BOUND;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

pub type Watch = Box<dyn Fn(&RawEvent) + Send>;

/// What the daemon does behind the contract, as far as this crate can tell the difference.
#[derive(Default)]
pub struct Store {
    state: Mutex<Kept>,
    /// Sees every event before it counts as stored.
    pub watch: Mutex<Option<Watch>>,
    pub refusals: Mutex<Vec<IntakeError>>,
    pub asked: AtomicUsize,
}

#[derive(Default)]
struct Kept {
    keys: HashMap<String, String>,
    /// By Message-ID, in the order they came.
    mails: Vec<(String, Vec<u8>)>,
    cursors: BTreeMap<String, String>,
}

impl Store {
    /// Message-IDs of what was applied, in order.
    pub fn ids(&self) -> Vec<String> {
        self.state.lock().unwrap().mails.iter().map(|(id, _)| id.clone()).collect()
    }

    pub fn mail(&self, id: &str) -> Option<Vec<u8>> {
        self.state.lock().unwrap().mails.iter().find(|(kept, _)| kept == id).map(|(_, mail)| mail.clone())
    }

    pub fn keys(&self) -> Vec<String> {
        self.state.lock().unwrap().keys.keys().cloned().collect()
    }

    pub fn cursor(&self) -> Option<Value> {
        self.state.lock().unwrap().cursors.values().next().map(|text| serde_json::from_str(text).unwrap())
    }
}

#[async_trait]
impl Intake for Store {
    async fn accept(&self, _inbox_id: &str, events: Vec<RawEvent>) -> Result<Vec<Receipt>, IntakeError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(refusal) = self.refusals.lock().unwrap().pop() {
            return Err(refusal);
        }
        let mut receipts = Vec::new();
        for event in events {
            let text = String::from_utf8_lossy(&event.body).into_owned();
            let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or(&event.key).to_owned();
            let mut state = self.state.lock().unwrap();
            let known = state.keys.contains_key(&event.key) || state.mails.iter().any(|(kept, _)| *kept == id);
            if !known && let Some(watch) = &*self.watch.lock().unwrap() {
                watch(&event);
            }
            state.keys.entry(event.key).or_insert_with(|| id.clone());
            let outcome = if known {
                Outcome::Duplicate { messages: Vec::new() }
            } else {
                state.mails.push((id.clone(), event.body.to_vec()));
                Outcome::Applied { messages: Vec::new() }
            };
            if let Some(Cursor { name, value }) = event.cursor {
                state.cursors.insert(name, value);
            }
            receipts.push(Receipt { raw_event_id: id, outcome });
        }
        Ok(receipts)
    }
}

#[async_trait]
impl Cursors for Store {
    async fn load(&self, _inbox_id: &str, name: &str) -> Result<Option<String>, CursorError> {
        Ok(self.state.lock().unwrap().cursors.get(name).cloned())
    }

    async fn store(&self, _inbox_id: &str, cursor: Cursor) -> Result<(), CursorError> {
        self.state.lock().unwrap().cursors.insert(cursor.name, cursor.value);
        Ok(())
    }
}

/// Both servers, the settings for them, and at most one running connector.
pub struct Rig {
    pub imap: Arc<ImapStandIn>,
    pub smtp: SmtpStandIn,
    pub store: Arc<Store>,
    pub settings: Value,
    pub health: HealthReporter,
    /// Holds the authority's file.
    _directory: TempDir,
    running: Option<(CancellationToken, JoinHandle<Result<(), RunError>>)>,
}

impl Rig {
    pub async fn new(imap_options: ImapOptions, smtp_options: SmtpOptions) -> Self {
        let authority = Authority::new().unwrap();
        let directory = TempDir::new().unwrap();
        let ca_file = directory.path().join("ca.pem");
        authority.write_pem(&ca_file).unwrap();
        let imap = ImapStandIn::start(imap_options.clone(), &authority).await.unwrap();
        let smtp = SmtpStandIn::start(smtp_options.clone(), &authority).await.unwrap();
        let settings = settings(
            USERNAME,
            json!({ "kind": "password", "password": PASSWORD }),
            (imap.port(), imap_options.security),
            (smtp.port(), smtp_options.security),
            ca_file,
        );
        let (imap, store) = (Arc::new(imap), Arc::new(Store::default()));
        Self { imap, smtp, store, settings, health: HealthReporter::default(), _directory: directory, running: None }
    }

    pub async fn plain() -> Self {
        Self::new(ImapOptions::default(), SmtpOptions::default()).await
    }

    pub fn connector(&self) -> Arc<dyn Connector> {
        connector(&self.settings)
    }

    pub fn context(&self) -> Context {
        context(&self.store, &self.health)
    }

    /// Starts a connector of its own, as the daemon would after a restart.
    pub fn start(&mut self) {
        let (connector, context) = (self.connector(), self.context());
        let stop = context.stop.clone();
        self.running = Some((stop, tokio::spawn(async move { connector.run(context).await })));
    }

    pub async fn stop(&mut self) {
        if let Some((stop, handle)) = self.running.take() {
            stop.cancel();
            tokio::time::timeout(BOUND, handle).await.unwrap().unwrap().unwrap();
        }
    }

    /// Until the first connection has seen the folder's end.
    pub async fn settled(&mut self) {
        self.start();
        until("the folder is open", || self.imap.journal().iter().any(|command| command == "IDLE" || command == "NOOP")).await;
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if let Some((stop, handle)) = self.running.take() {
            stop.cancel();
            handle.abort();
        }
    }
}

pub fn settings(address: &str, auth: Value, imap: (u16, Security), smtp: (u16, Security), ca_file: PathBuf) -> Value {
    let tls = |security| match security {
        Security::Plain => "none",
        Security::Implicit => "implicit",
        Security::Starttls => "starttls",
    };
    json!({
        "address": address,
        "imap": { "host": "127.0.0.1", "port": imap.0, "tls": tls(imap.1) },
        "smtp": { "host": "127.0.0.1", "port": smtp.0, "tls": tls(smtp.1) },
        "auth": auth,
        "extra_ca_file": ca_file,
        "timeouts": {
            "answer_ms": 2_000, "after_data_ms": 6_000, "reconnect_first_ms": 10, "reconnect_longest_ms": 50, "refused_ms": 100,
            "poll_ms": 50, "sweep_ms": 3_600_000,
        },
    })
}

pub fn setup() -> Setup {
    Setup {
        inbox: InboxRef { id: "inbox-1".to_owned(), name: "Support".to_owned() },
        instance_id: "instance-1".to_owned(),
        signing_key: Secret::new("a key for tests"),
        clock: Arc::new(SystemClock),
        http: trunkline_channel::Http::new("test").unwrap(),
        public_url: None,
    }
}

pub fn connector(settings: &Value) -> Arc<dyn Connector> {
    let settings: Settings = serde_json::from_value(settings.clone()).unwrap();
    settings.build(setup()).unwrap()
}

/// A mailbox shares its address with nobody.
struct Alone;

impl trunkline_channel::Siblings for Alone {
    fn inbox_of(&self, _account: &str) -> Option<String> {
        None
    }
}

pub fn context(store: &Arc<Store>, health: &HealthReporter) -> Context {
    Context {
        inbox: setup().inbox,
        intake: store.clone(),
        cursors: store.clone(),
        siblings: Arc::new(Alone),
        clock: Arc::new(SystemClock),
        health: health.clone(),
        stop: CancellationToken::new(),
    }
}

pub fn mail(id: &str, body: &str) -> String {
    format!("From: Ann <ann@customers.test>\r\nTo: support@example.test\r\nSubject: {id}\r\nMessage-ID: {id}\r\n\r\n{body}\r\n")
}

pub fn answer(delivery_id: &str, to: &str, text: &str) -> Outbound {
    Outbound {
        delivery_id: delivery_id.to_owned(),
        message_id: format!("message-{delivery_id}"),
        conversation_id: "conversation-1".to_owned(),
        attempt: 1,
        to: peer(to),
        kind: Kind::Text,
        text: text.to_owned(),
        html: None,
        attachments: Vec::new(),
        reply_to: None,
        thread: ThreadContext::default(),
        last_inbound_at: None,
        rich: trunkline_channel::Rich::default(),
        author: Some("Bob".to_owned()),
        automatic: false,
        extra: Value::Null,
    }
}

pub fn peer(address: &str) -> Peer {
    Peer { external_id: address.to_owned(), handle: Some(address.to_owned()), ..Peer::default() }
}
