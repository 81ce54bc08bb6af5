//! An intake without a provider: raw events are the JSON this file describes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use trunkline::app::App;
use trunkline::config::InboxOptions;
use trunkline::db::sql;
use trunkline::intake::{Intake, Line, Lines, Notice};
use trunkline::realtime::Hub;
use trunkline_channel::{
    Attachment, Direction, Hints, Inbound, InboundMessage, Intake as _, IntakeError, Kind, Media, Outcome, Peer, RawEvent,
    Receipt, ReceiptStatus, ReceiptTarget, StoredMessage, Threads, Translation, Translator,
};

/// What one raw event of the tests says.
#[derive(Debug, Default, Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Said {
    pub id: String,
    pub peer: String,
    pub text: String,
    pub refs: Vec<String>,
    pub proved: Option<String>,
    pub copies: Vec<String>,
    pub automatic: bool,
    pub reply_to: Option<String>,
    pub file: Option<String>,
    /// Other ids of the peer.
    pub aliases: Vec<String>,
    pub handle: Option<String>,
    /// The provider does not say what the peer is called.
    pub nameless: bool,
    /// Written by the business elsewhere.
    pub outbound: bool,
    pub tag: Option<String>,
    pub kind: Kind,
    /// Instead of a message: `edit`, `delete`, `react`, `end`, `read`, `panic`, `typing`, `blocked`, `allowed`, `moved` (from
    /// the id in `text`), `notice`.
    pub instead: Option<String>,
    /// The provider's time of an edit or a deletion.
    pub at: Option<i64>,
}

/// Understands [`Said`]; a body that is not one is unreadable, unless the translator has been mended.
#[derive(Default)]
pub struct TestTranslator {
    pub mended: AtomicBool,
}

impl Translator for TestTranslator {
    fn translate(&self, raw: &[u8]) -> Translation {
        let said: Said = match serde_json::from_slice(raw) {
            Ok(said) => said,
            Err(_) if self.mended.load(Ordering::SeqCst) => {
                Said { id: format!("mended-{}", raw.len()), peer: "ann".into(), text: "mended".into(), ..Said::default() }
            }
            Err(_) => return Translation::unreadable("not what was expected"),
        };
        let peer = Peer {
            external_id: said.peer.clone(),
            aliases: said.aliases.clone(),
            name: Some(said.peer.clone()).filter(|_| !said.nameless),
            handle: said.handle.clone(),
            ..Peer::default()
        };
        let event = match said.instead.as_deref() {
            Some("panic") => panic!("a translator bug"),
            Some("edit") => Inbound::Edited { external_id: said.id, text: Some(said.text), html: None, at: said.at },
            Some("delete") => Inbound::Deleted { external_id: said.id, at: said.at },
            Some("react") => {
                Inbound::Reaction { external_id: said.id, peer, emoji: Some(said.text).filter(|t| !t.is_empty()), at: None }
            }
            Some("read") => Inbound::Receipt { target: ReceiptTarget::Message(said.id), status: ReceiptStatus::Read, at: None },
            Some("typing") => Inbound::Typing { peer },
            Some("blocked") => Inbound::Reachable { peer, reachable: false, at: None },
            Some("allowed") => Inbound::Reachable { peer, reachable: true, at: None },
            Some("moved") => Inbound::PeerChanged { before: said.text, peer, at: None },
            Some("notice") => Inbound::Notice { code: said.id, shown: said.text, severe: false, at: None },
            Some("end") => Inbound::Ended { peer, at: None },
            Some("nothing") => return Translation::ignored("nothing to see"),
            _ => Inbound::Message(Box::new(message(said, peer))),
        };
        Translation::of(vec![event])
    }
}

fn message(said: Said, peer: Peer) -> InboundMessage {
    let file = |name: String| Attachment {
        name,
        claimed_type: Some("text/html".into()),
        size: None,
        inline: false,
        content_id: None,
        media: Media::Bytes(bytes::Bytes::from_static(b"%PDF-1.4 hello")),
    };
    let participant = |name: &String| Peer { external_id: name.clone(), ..Peer::default() };
    InboundMessage {
        external_id: said.id,
        peer,
        direction: if said.outbound { Direction::Outbound } else { Direction::Inbound },
        kind: said.kind,
        echo_tag: said.tag,
        text: Some(said.text),
        automatic: said.automatic,
        reply_to: said.reply_to,
        attachments: said.file.into_iter().map(file).collect(),
        hints: Hints {
            references: said.refs,
            conversation_id: said.proved,
            participants: said.copies.iter().map(participant).collect(),
            ..Hints::default()
        },
        ..InboundMessage::default()
    }
}

/// Two inboxes: `chat` (one line per contact) and `mail` (many threads).
pub struct TestLines {
    pub translator: Arc<TestTranslator>,
    pub options: Mutex<InboxOptions>,
    /// Whether the provider can be asked for names.
    pub profiles: AtomicBool,
    pub notices: Mutex<Vec<Notice>>,
}

impl Lines for TestLines {
    fn line(&self, inbox_id: &str) -> Option<Line> {
        let threads = match inbox_id {
            "chat" => Threads::Single,
            "mail" => Threads::Many,
            _ => return None,
        };
        let options = self.options.lock().unwrap().clone();
        let profiles = self.profiles.load(Ordering::SeqCst);
        Some(Line { channel: inbox_id.to_owned(), translator: self.translator.clone(), threads, profiles, amends: true, options })
    }

    fn notice(&self, _inbox_id: &str, notice: &Notice) {
        self.notices.lock().unwrap().push(notice.clone());
    }
}

pub struct TestIntake {
    pub intake: Intake,
    pub lines: Arc<TestLines>,
    pub hub: Hub,
    stop: CancellationToken,
    _tasks: tokio::task::JoinSet<()>,
}

impl Drop for TestIntake {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl TestIntake {
    pub async fn start(app: &App) -> Self {
        let mut tx = app.db.begin().await.unwrap();
        for id in ["chat", "mail"] {
            sql("INSERT INTO inboxes (id, channel, name, source, settings, state, created_at, updated_at) \
                 VALUES ($1, $1, $1, 'file', '{}', 'running', 0, 0)")
            .bind(id)
            .execute(&mut tx)
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        let lines = Arc::new(TestLines {
            translator: Arc::new(TestTranslator::default()),
            options: Mutex::new(InboxOptions::default()),
            profiles: AtomicBool::new(false),
            notices: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let (hub, _following) = Hub::start(app, stop.clone()).await.unwrap();
        let (intake, tasks) = Intake::start(app.clone(), lines.clone(), hub.clone(), stop.clone());
        Self { intake, lines, hub, stop, _tasks: tasks }
    }

    pub async fn raw(&self, inbox: &str, key: &str, body: impl Into<bytes::Bytes>) -> Result<Receipt, IntakeError> {
        let event = RawEvent { key: key.to_owned(), body: body.into(), cursor: None };
        Ok(self.intake.accept(inbox, vec![event]).await?.remove(0))
    }

    /// Hands in one event whose key is its id, and returns what became of it.
    pub async fn say(&self, inbox: &str, said: Said) -> Outcome {
        let key = format!("{}-{}", said.instead.as_deref().unwrap_or("message"), said.id);
        self.raw(inbox, &key, serde_json::to_vec(&said).unwrap()).await.unwrap().outcome
    }

    /// A text message, and where it was stored.
    pub async fn text(&self, inbox: &str, id: &str, peer: &str, text: &str) -> StoredMessage {
        stored(self.say(inbox, Said { id: id.into(), peer: peer.into(), text: text.into(), ..Said::default() }).await)
    }
}

/// The one message an event made.
#[track_caller]
pub fn stored(outcome: Outcome) -> StoredMessage {
    match outcome {
        Outcome::Applied { mut messages } | Outcome::Duplicate { mut messages } if messages.len() == 1 => messages.remove(0),
        other => panic!("one message expected, not {other:?}"),
    }
}
