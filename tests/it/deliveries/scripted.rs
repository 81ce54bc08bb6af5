//! A channel that answers as the test says, and the rows a delivery needs.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trunkline::app::App;
use trunkline::db::sql;
use trunkline::deliveries::{self, Dispatcher, NewDelivery, OutgoingLine, OutgoingLines};
use trunkline_channel::{
    Ambiguity, Capabilities, Check, Connector, Context, CountBy, HealthReporter, Kind, Micros, Outbound, Rate, SendError, Sent,
    TextLimit, Threads, Translation, Translator,
};

use crate::support::eventually;

const SCHEDULE: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30)];
pub const NO_LIMIT: Rate = Rate { per_second: f64::INFINITY, burst: 1 };

pub fn capabilities(ambiguity: Ambiguity) -> Capabilities {
    Capabilities {
        sends: vec![Kind::Text],
        text: TextLimit { max: 4096, count_by: CountBy::Characters },
        max_attachment_bytes: 1 << 20,
        max_attachments: 10,
        threads: Threads::Single,
        ambiguity,
        realtime: false,
        delivered_receipts: true,
        read_receipts: true,
        typing_interval: None,
        edits: false,
        deletes: false,
        reactions: false,
        reaction_set: &[],
        window: None,
        buttons: None,
        templates: false,
        profiles: false,
        inbox_rate: NO_LIMIT,
        chat_rate: NO_LIMIT,
        retry_schedule: &SCHEDULE,
    }
}

/// What the provider does with the next send; when nothing is left it takes everything.
pub enum Answer {
    Now(Result<Sent, SendError>),
    /// Says nothing until [`Scripted::release`].
    Hang,
    Panic,
}

/// One call of `send`.
#[derive(Debug, Clone)]
pub struct Call {
    pub text: String,
    pub out: Outbound,
    pub at: Micros,
}

pub struct Scripted {
    app: App,
    caps: Capabilities,
    answers: Mutex<VecDeque<Answer>>,
    always: Mutex<Option<SendError>>,
    calls: Mutex<Vec<Call>>,
    gate: Semaphore,
}

impl Scripted {
    pub fn new(app: &App, caps: Capabilities) -> Arc<Self> {
        Arc::new(Self {
            app: app.clone(),
            caps,
            answers: Mutex::default(),
            always: Mutex::default(),
            calls: Mutex::default(),
            gate: Semaphore::new(0),
        })
    }

    pub fn then(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    pub fn then_fails(&self, error: SendError) {
        self.then(Answer::Now(Err(error)));
    }

    pub fn always(&self, error: Option<SendError>) {
        *self.always.lock().unwrap() = error;
    }

    pub fn release(&self) {
        self.gate.add_permits(1);
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub fn texts(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.text).collect()
    }
}

#[async_trait]
impl Connector for Scripted {
    fn capabilities(&self) -> &Capabilities {
        &self.caps
    }

    fn translator(&self) -> Arc<dyn Translator> {
        struct Silent;
        impl Translator for Silent {
            fn translate(&self, _raw: &[u8]) -> Translation {
                Translation::ignored("nothing ever arrives here")
            }
        }
        Arc::new(Silent)
    }

    async fn send(&self, out: &Outbound) -> Result<Sent, SendError> {
        let call = Call { text: out.text.clone(), out: out.clone(), at: self.app.now() };
        self.calls.lock().unwrap().push(call);
        let next = self.answers.lock().unwrap().pop_front();
        match next {
            Some(Answer::Now(result)) => result,
            Some(Answer::Hang) => {
                self.gate.acquire().await.unwrap().forget();
                Ok(taken_as(&out.text))
            }
            Some(Answer::Panic) => panic!("the connector has a fault"),
            None => match self.always.lock().unwrap().clone() {
                Some(error) => Err(error),
                None => Ok(taken_as(&out.text)),
            },
        }
    }

    async fn diagnose(&self, _cx: &Context) -> Vec<Check> {
        Vec::new()
    }
}

/// The provider calls a message by its text.
fn taken_as(text: &str) -> Sent {
    Sent { external_ids: vec![format!("p-{text}")], ..Sent::default() }
}

#[derive(Clone)]
pub struct FixedLines {
    lines: HashMap<String, Arc<Scripted>>,
    paused: Arc<Mutex<Vec<String>>>,
    health: HealthReporter,
    changes: watch::Sender<u64>,
}

impl OutgoingLines for FixedLines {
    fn outgoing(&self, inbox_id: &str) -> Option<OutgoingLine> {
        if self.paused.lock().unwrap().iter().any(|paused| paused == inbox_id) {
            return None;
        }
        let connector = self.lines.get(inbox_id)?.clone();
        Some(OutgoingLine { connector, health: self.health.clone() })
    }

    fn inbox_ids(&self) -> Vec<String> {
        self.lines.keys().cloned().collect()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

/// A running dispatcher; dropped, it stops as a process that is killed.
pub struct Running {
    pub dispatcher: Dispatcher,
    pub health: HealthReporter,
    /// Inboxes that have no connector now.
    pub paused: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

pub fn start<const N: usize>(app: &App, lines: [(&str, &Arc<Scripted>); N]) -> Running {
    let health = HealthReporter::default();
    let lines = lines.into_iter().map(|(id, scripted)| (id.to_owned(), scripted.clone())).collect();
    let paused = Arc::<Mutex<Vec<String>>>::default();
    let lines = FixedLines { lines, paused: paused.clone(), health: health.clone(), changes: watch::Sender::new(0) };
    let (dispatcher, tasks) = Dispatcher::start(app.clone(), Arc::new(lines), CancellationToken::new());
    Running { dispatcher, health, paused, _tasks: tasks }
}

/// An inbox with one customer, named by `id`.
pub async fn inbox(app: &App, id: &str) {
    let mut tx = app.db.begin().await.unwrap();
    let statements = [
        "INSERT INTO inboxes (id, channel, name, source, settings, state, created_at, updated_at) \
         VALUES ($1, 'scripted', $1, 'api', '', 'running', 0, 0)",
        "INSERT INTO contacts (id, name, created_at, updated_at) VALUES ($1, 'Ann', 0, 0)",
        "INSERT INTO identities (id, contact_id, inbox_id, external_id, created_at) VALUES ($1, $1, $1, 'ann', 0)",
    ];
    for statement in statements {
        sql(statement).bind(id).execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Puts a reply into a conversation (made when it is new) and into the outbox. Returns the delivery's id, which is the
/// message's too.
pub async fn reply(app: &App, inbox_id: &str, conversation: &str, text: &str) -> String {
    let mut tx = app.db.begin().await.unwrap();
    let now = app.now();
    sql("INSERT INTO conversations (id, inbox_id, channel, contact_id, identity_id, thread_key, state, subject, created_at, updated_at) \
         VALUES ($1, $2, 'scripted', $2, $2, $1, 'active', 'An order', $3, $3) ON CONFLICT (id) DO NOTHING")
    .bind(conversation)
    .bind(inbox_id)
    .bind(now)
    .execute(&mut tx)
    .await
    .unwrap();
    let number: i64 = sql("UPDATE conversations SET last_number = last_number + 1 WHERE id = $1 RETURNING last_number")
        .bind(conversation)
        .scalar(&mut tx)
        .await
        .unwrap();
    let id = app.ids.next();
    sql(
        "INSERT INTO messages (id, conversation_id, number, inbox_id, sender_type, sender_name, kind, text, status, created_at) \
         VALUES ($1, $2, $3, $4, 'operator', 'Bob', 'text', $5, 'queued', $6)",
    )
    .bind(&id)
    .bind(conversation)
    .bind(number)
    .bind(inbox_id)
    .bind(text)
    .bind(now)
    .execute(&mut tx)
    .await
    .unwrap();
    let delivery = NewDelivery {
        id: id.clone(),
        message_id: id.clone(),
        conversation_id: conversation.to_owned(),
        inbox_id: inbox_id.to_owned(),
        number,
        now,
    };
    deliveries::enqueue(&mut tx, delivery, now).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// State of a delivery, what its message shows, and how many attempts it had.
pub async fn stands(app: &App, id: &str) -> (String, String, i64) {
    sql("SELECT d.state, m.status, d.attempts FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.id = $1")
        .bind(id)
        .one(&app.db)
        .await
        .unwrap()
}

pub async fn until_state(app: &App, id: &str, state: &str) {
    eventually(&format!("{id} is {state}"), || async { (stands(app, id).await.0 == state).then_some(()) }).await;
}

pub async fn until_calls(scripted: &Scripted, count: usize) {
    eventually(&format!("{count} sends"), || async { (scripted.calls().len() >= count).then_some(()) }).await;
}

pub fn retry() -> SendError {
    SendError::Retry { after: None, reason: "connection refused".into() }
}

pub fn maybe() -> SendError {
    SendError::MaybeDelivered { evidence: "the answer was cut off".into() }
}
