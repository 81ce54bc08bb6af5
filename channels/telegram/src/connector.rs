//! The bot as the daemon sees it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use serde_json::json;
use trunkline_channel::{
    Ambiguity, Amendment, ButtonLimits, Capabilities, Check, Connector, Context, CountBy, FetchError, Fetched, Kind, MediaRef,
    Outbound, Peer, Rate, RunError, SendError, Sent, Setup, Signal, TextLimit, Threads, Translator,
};

use crate::address::Address;
use crate::api::BotApi;
use crate::inbound::UpdateTranslator;
use crate::settings::{Hook, Timeouts};
use crate::{diagnose, outbound, receive};

/// "50 MB" in the documentation, in the smaller of its two meanings.
pub(crate) const MAX_FILE_BYTES: u64 = 50_000_000;
pub(crate) const MAX_FILES: usize = 10;
pub(crate) const TEXT: TextLimit = TextLimit { max: 4_096, count_by: CountBy::Utf16Units };
/// Telegram shows it for five.
const TYPING: Duration = Duration::from_secs(4);

const RETRIES: &[Duration] = &[
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3_600),
];

/// What a bot may react with (`ReactionTypeEmoji` of the Bot API).
pub(crate) const REACTIONS: &[&str] = &[
    "👍",
    "👎",
    "❤",
    "🔥",
    "🥰",
    "👏",
    "😁",
    "🤔",
    "🤯",
    "😱",
    "🤬",
    "😢",
    "🎉",
    "🤩",
    "🤮",
    "💩",
    "🙏",
    "👌",
    "🕊",
    "🤡",
    "🥱",
    "🥴",
    "😍",
    "🐳",
    "❤\u{200d}🔥",
    "🌚",
    "🌭",
    "💯",
    "🤣",
    "⚡",
    "🍌",
    "🏆",
    "💔",
    "🤨",
    "😐",
    "🍓",
    "🍾",
    "💋",
    "🖕",
    "😈",
    "😴",
    "😭",
    "🤓",
    "👻",
    "👨\u{200d}💻",
    "👀",
    "🎃",
    "🙈",
    "😇",
    "😨",
    "🤝",
    "✍",
    "🤗",
    "🫡",
    "🎅",
    "🎄",
    "☃",
    "💅",
    "🤪",
    "🗿",
    "🆒",
    "💘",
    "🙉",
    "🦄",
    "😘",
    "💊",
    "🙊",
    "😎",
    "👾",
    "🤷\u{200d}♂",
    "🤷",
    "🤷\u{200d}♀",
    "😡",
];

/// One connected bot.
pub(crate) struct Telegram {
    api: BotApi,
    bot_id: i64,
    /// Where updates come by webhook.
    hook: Option<Hook>,
    timeouts: Timeouts,
    /// The address that webhooks of this inbox would have, to know an old one of our own.
    own_path: String,
    capabilities: Capabilities,
}

impl Telegram {
    pub fn new(api: BotApi, bot_id: i64, hook: Option<Hook>, timeouts: Timeouts, setup: &Setup) -> Self {
        let own_path = format!("/in/{}", setup.inbox.id);
        Self { api, bot_id, hook, timeouts, own_path, capabilities: capabilities() }
    }
}

#[async_trait]
impl Connector for Telegram {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn polls(&self) -> bool {
        self.hook.is_none()
    }

    fn account(&self) -> Option<String> {
        Some(self.bot_id.to_string())
    }

    fn translator(&self) -> Arc<dyn Translator> {
        Arc::new(UpdateTranslator { bot_id: Some(self.bot_id) })
    }

    fn routes(&self, cx: Context) -> Router {
        match &self.hook {
            Some(hook) => receive::webhook::routes(hook.secret.clone(), cx),
            None => Router::new(),
        }
    }

    async fn run(&self, cx: Context) -> Result<(), RunError> {
        match &self.hook {
            Some(hook) => receive::registration::run(&self.api, hook, &self.timeouts, &cx).await,
            None => receive::poll::run(&self.api, &self.own_path, &self.timeouts, &cx).await,
        }
    }

    async fn send(&self, out: &Outbound) -> Result<Sent, SendError> {
        outbound::send(&self.api, out).await
    }

    async fn amend(&self, amendment: &Amendment) -> Result<(), SendError> {
        outbound::amend(&self.api, amendment).await
    }

    async fn signal(&self, to: &Peer, signal: Signal, _last_inbound: Option<&str>) -> Result<(), SendError> {
        let Some(address) = Address::parse(&to.external_id).filter(|_| signal == Signal::Typing) else { return Ok(()) };
        let mut parameters = outbound::destination(&address);
        parameters.insert("action".to_owned(), json!("typing"));
        let _: bool = self.api.call("sendChatAction", &parameters.into()).await?;
        Ok(())
    }

    async fn fetch(&self, media: &MediaRef) -> Result<Fetched, FetchError> {
        self.api.download(&media.0).await
    }

    async fn diagnose(&self, cx: &Context) -> Vec<Check> {
        diagnose::checks(&self.api, self.bot_id, self.hook.as_ref(), cx).await
    }
}

fn capabilities() -> Capabilities {
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
        // No id is taken with a send and no echo comes back.
        ambiguity: Ambiguity::AskOperator,
        realtime: false,
        delivered_receipts: false,
        read_receipts: false,
        typing_interval: Some(TYPING),
        edits: true,
        deletes: true,
        reactions: true,
        reaction_set: REACTIONS,
        window: None,
        buttons: Some(ButtonLimits { max: 20, max_title_chars: 64, max_id_bytes: 64, links: true }),
        templates: false,
        profiles: false,
        inbox_rate: Rate { per_second: 30.0, burst: 30 },
        chat_rate: Rate { per_second: 1.0, burst: 5 },
        retry_schedule: RETRIES,
    }
}
