//! One page as the daemon sees it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use trunkline_channel::{
    Ambiguity, Amendment, ButtonLimits, Capabilities, Check, Clock, Connector, Context, CountBy, FetchError, Fetched, Kind,
    MediaRef, Outbound, Peer, Profile, Rate, RunError, SendError, Sent, Signal, TextLimit, Threads, Translator, Window,
};
use trunkline_meta::webhook::{self, Gate};

use crate::inbound::EventTranslator;
use crate::outbound::standing::{BY_HAND, FREE, WAY_OUT, WAY_OUT_BY_HAND};
use crate::outbound::{self, MAX_QUICK_REPLIES};
use crate::page::Page;
use crate::watch::Watch;
use crate::{diagnose, profile};

/// "Less than 2000 characters".
pub(crate) const TEXT: TextLimit = TextLimit { max: 1_999, count_by: CountBy::Characters };
/// The platform's limit of an upload.
pub(crate) const MAX_FILE_BYTES: u64 = 25 * 1_024 * 1_024;
/// Files of one message of ours; each becomes a message of its own.
const MAX_FILES: usize = 10;
/// The dots fade after about 20 seconds.
const TYPING: Duration = Duration::from_secs(15);
const RETRIES: &[Duration] = &[
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3_600),
];

/// What Messenger offers below a message.
const REACTIONS: &[&str] = &["❤", "😆", "😮", "😢", "😠", "👍", "👎"];

/// One connected page.
pub(crate) struct Messenger {
    pub page: Page,
    pub gate: Gate,
    pub watch: Watch,
    pub clock: Arc<dyn Clock>,
    pub capabilities: Capabilities,
}

#[async_trait]
impl Connector for Messenger {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn account(&self) -> Option<String> {
        Some(self.page.id.clone())
    }

    fn translator(&self) -> Arc<dyn Translator> {
        Arc::new(EventTranslator { page: Some(self.page.id.clone()), app: Some(self.page.app_id.clone()) })
    }

    fn routes(&self, cx: Context) -> Router {
        webhook::routes(self.gate.clone(), cx)
    }

    async fn run(&self, cx: Context) -> Result<(), RunError> {
        self.watch.run(&self.page, &cx).await
    }

    async fn send(&self, out: &Outbound) -> Result<Sent, SendError> {
        outbound::send(&self.page, out, self.clock.now()).await
    }

    async fn amend(&self, amendment: &Amendment) -> Result<(), SendError> {
        outbound::amend(&self.page, amendment).await
    }

    async fn signal(&self, to: &Peer, signal: Signal, _last_inbound: Option<&str>) -> Result<(), SendError> {
        outbound::signal(&self.page, to, signal).await
    }

    async fn profile(&self, peer: &Peer) -> Result<Option<Profile>, FetchError> {
        profile::ask(&self.page, peer).await
    }

    async fn fetch(&self, media: &MediaRef) -> Result<Fetched, FetchError> {
        self.page.download(&media.0).await
    }

    async fn diagnose(&self, cx: &Context) -> Vec<Check> {
        diagnose::checks(&self.page, &self.watch, cx).await
    }
}

pub(crate) fn capabilities(human_agent: bool, echo_wait: Duration) -> Capabilities {
    Capabilities {
        sends: vec![
            Kind::Text,
            Kind::Image,
            Kind::Audio,
            Kind::Voice,
            Kind::Video,
            Kind::Animation,
            Kind::File,
            Kind::Location,
            Kind::Contact,
            Kind::Interactive,
        ],
        text: TEXT,
        max_attachment_bytes: MAX_FILE_BYTES,
        max_attachments: MAX_FILES,
        threads: Threads::Single,
        // No id makes a repeated send one; its echo carries our own mark.
        ambiguity: Ambiguity::Reconcile { wait: echo_wait },
        realtime: false,
        delivered_receipts: true,
        read_receipts: true,
        typing_interval: Some(TYPING),
        edits: false,
        deletes: false,
        reactions: true,
        reaction_set: REACTIONS,
        window: Some(Window {
            free: FREE,
            human: human_agent.then_some(BY_HAND),
            way_out: if human_agent { WAY_OUT_BY_HAND } else { WAY_OUT },
        }),
        buttons: Some(ButtonLimits { max: MAX_QUICK_REPLIES, max_title_chars: 20, max_id_bytes: 1_000, links: true }),
        templates: false,
        profiles: true,
        // 300 a second for words, 10 for sound and film.
        inbox_rate: Rate { per_second: 100.0, burst: 100 },
        chat_rate: Rate { per_second: 1.0, burst: 10 },
        retry_schedule: RETRIES,
    }
}
