//! The number as the daemon sees it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use serde_json::json;
use trunkline_channel::rich::Template;
use trunkline_channel::{
    Ambiguity, Amendment, ButtonLimits, Capabilities, Check, Clock, Connector, Context, CountBy, FetchError, Fetched, Kind,
    MediaRef, Outbound, Peer, Rate, RunError, SendError, Sent, Signal, TextLimit, Threads, Translator, Window,
};
use trunkline_meta::webhook::{self, Gate};

use crate::errors::{WAY_OUT, of_send};
use crate::inbound::{WebhookTranslator, is_message_id};
use crate::number::Number;
use crate::outbound::{MAX_CHOICES, MAX_FILE_BYTES, MAX_ID_BYTES, MAX_TITLE_CHARS};
use crate::watch::Watch;
use crate::{diagnose, media, outbound, templates};

pub(crate) const TEXT: TextLimit = TextLimit { max: 4_096, count_by: CountBy::Characters };
/// Each file is a message of its own.
const MAX_FILES: usize = 10;
/// WhatsApp shows it for 25 seconds.
const TYPING: Duration = Duration::from_secs(20);
pub(crate) const WINDOW: Window = Window { free: Duration::from_secs(24 * 3_600), human: None, way_out: WAY_OUT };

const RETRIES: &[Duration] = &[
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3_600),
];

/// One connected number.
pub(crate) struct WhatsApp {
    pub number: Number,
    pub gate: Gate,
    pub watch: Watch,
    pub clock: Arc<dyn Clock>,
    pub capabilities: Capabilities,
}

#[async_trait]
impl Connector for WhatsApp {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn account(&self) -> Option<String> {
        Some(self.number.id.clone())
    }

    fn translator(&self) -> Arc<dyn Translator> {
        let (number, business) = (Some(self.number.id.clone()), Some(self.number.business.clone()));
        Arc::new(WebhookTranslator { number, business })
    }

    fn routes(&self, cx: Context) -> Router {
        webhook::routes(self.gate.clone(), cx)
    }

    async fn run(&self, cx: Context) -> Result<(), RunError> {
        self.watch.run(&self.number, &cx).await
    }

    async fn send(&self, out: &Outbound) -> Result<Sent, SendError> {
        outbound::send(&self.number, out, self.clock.now()).await
    }

    async fn amend(&self, amendment: &Amendment) -> Result<(), SendError> {
        outbound::react(&self.number, amendment).await
    }

    /// Both go with the customer's last message; typing shows it as read, too.
    async fn signal(&self, _to: &Peer, signal: Signal, last_inbound: Option<&str>) -> Result<(), SendError> {
        let Some(message) = last_inbound.filter(|id| is_message_id(id)) else { return Ok(()) };
        let mut body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": message});
        if signal == Signal::Typing {
            body["typing_indicator"] = json!({ "type": "text" });
        }
        self.number.message(&body).await.map(|_| ()).map_err(of_send)
    }

    async fn templates(&self) -> Result<Vec<Template>, SendError> {
        templates::list(&self.number).await
    }

    async fn fetch(&self, media: &MediaRef) -> Result<Fetched, FetchError> {
        media::fetch(&self.number.graph, &self.number.id, media).await
    }

    async fn diagnose(&self, cx: &Context) -> Vec<Check> {
        diagnose::checks(&self.number, &self.watch, cx).await
    }
}

pub(crate) fn capabilities(status_wait: Duration) -> Capabilities {
    Capabilities {
        sends: vec![
            Kind::Text,
            Kind::Image,
            Kind::Audio,
            Kind::Voice,
            Kind::Video,
            Kind::File,
            Kind::Sticker,
            Kind::Location,
            Kind::Contact,
            Kind::Interactive,
            Kind::Template,
        ],
        text: TEXT,
        max_attachment_bytes: MAX_FILE_BYTES,
        max_attachments: MAX_FILES,
        threads: Threads::Single,
        // Statuses carry our delivery's id back.
        ambiguity: Ambiguity::Reconcile { wait: status_wait },
        realtime: false,
        delivered_receipts: true,
        read_receipts: true,
        typing_interval: Some(TYPING),
        edits: false,
        deletes: false,
        reactions: true,
        reaction_set: &[],
        window: Some(WINDOW),
        buttons: Some(ButtonLimits {
            max: MAX_CHOICES,
            max_title_chars: MAX_TITLE_CHARS,
            max_id_bytes: MAX_ID_BYTES,
            links: true,
        }),
        templates: true,
        profiles: false,
        inbox_rate: Rate { per_second: 80.0, burst: 80 },
        chat_rate: Rate { per_second: 1.0 / 6.0, burst: 45 },
        retry_schedule: RETRIES,
    }
}
