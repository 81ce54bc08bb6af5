//! The community as the daemon sees it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use serde_json::Value;
use trunkline_channel::{
    Ambiguity, Amendment, ButtonLimits, Capabilities, Check, Connector, Context, CountBy, FetchError, Fetched, Kind, MediaRef,
    Outbound, Peer, Profile, Rate, RunError, SendError, Sent, Setup, Signal, TextLimit, Threads, Translator, text,
};

use crate::address::{MessageId, is_person};
use crate::api::{Api, MAX_FILE_BYTES};
use crate::inbound::EventTranslator;
use crate::settings::{Hook, Timeouts};
use crate::{diagnose, outbound, reactions, receive};

pub(crate) const MAX_FILES: usize = 10;
/// The documentation says 9000; longer than this is refused (error 914).
pub(crate) const TEXT: TextLimit = TextLimit { max: 4_096, count_by: CountBy::Utf16Units };
/// VK shows it for five to ten.
const TYPING: Duration = Duration::from_secs(5);
/// The payload around it takes the rest of VK's 255.
const MAX_BUTTON_ID_BYTES: usize = 200;

const RETRIES: &[Duration] = &[
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3_600),
];

/// One connected community.
pub(crate) struct Vk {
    api: Api,
    group_id: i64,
    /// Where events come by the Callback API.
    hook: Option<Hook>,
    timeouts: Timeouts,
    capabilities: Capabilities,
}

impl Vk {
    pub fn new(api: Api, group_id: i64, hook: Option<Hook>, timeouts: Timeouts, _setup: &Setup) -> Self {
        Self { api, group_id, hook, timeouts, capabilities: capabilities() }
    }
}

#[async_trait]
impl Connector for Vk {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn polls(&self) -> bool {
        self.hook.is_none()
    }

    fn account(&self) -> Option<String> {
        Some(self.group_id.to_string())
    }

    fn translator(&self) -> Arc<dyn Translator> {
        Arc::new(EventTranslator { group_id: Some(self.group_id) })
    }

    fn routes(&self, cx: Context) -> Router {
        match &self.hook {
            Some(hook) => receive::callback::routes(self.api.clone(), self.group_id, hook.secret.clone(), cx),
            None => Router::new(),
        }
    }

    async fn run(&self, cx: Context) -> Result<(), RunError> {
        match &self.hook {
            Some(hook) => receive::registration::run(&self.api, self.group_id, hook, &self.timeouts, &cx).await,
            None => receive::poll::run(&self.api, self.group_id, &self.timeouts, &cx).await,
        }
    }

    async fn send(&self, out: &Outbound) -> Result<Sent, SendError> {
        outbound::send(&self.api, out).await
    }

    async fn amend(&self, amendment: &Amendment) -> Result<(), SendError> {
        outbound::amend(&self.api, amendment).await
    }

    async fn signal(&self, to: &Peer, signal: Signal, last_inbound: Option<&str>) -> Result<(), SendError> {
        let peer = ("peer_id", to.external_id.clone());
        match signal {
            Signal::Typing => self.api.call("messages.setActivity", &[peer, ("type", "typing".to_owned())]).await?,
            Signal::Seen => {
                let mut parameters = vec![peer, ("mark_conversation_as_read", "1".to_owned())];
                let last = last_inbound.and_then(MessageId::parse).filter(|last| last.peer.to_string() == to.external_id);
                parameters.extend(last.map(|last| ("up_to_cmid", last.cmid.to_string())));
                self.api.call("messages.markAsRead", &parameters).await?
            }
        };
        Ok(())
    }

    async fn profile(&self, peer: &Peer) -> Result<Option<Profile>, FetchError> {
        let Some(user) = peer.external_id.parse().ok().filter(|id: &i64| is_person(*id)) else { return Ok(None) };
        let parameters = [("user_ids", user.to_string()), ("fields", "screen_name".to_owned())];
        let found = self.api.call("users.get", &parameters).await.map_err(|error| FetchError::Retry(error.to_string()))?;
        Ok(found.get(0).map(profile))
    }

    async fn fetch(&self, media: &MediaRef) -> Result<Fetched, FetchError> {
        self.api.download(&media.0).await
    }

    async fn diagnose(&self, cx: &Context) -> Vec<Check> {
        diagnose::checks(&self.api, self.group_id, self.hook.as_ref(), cx).await
    }
}

fn profile(person: &Value) -> Profile {
    let field = |key: &str| person.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let names: Vec<&str> = [field("first_name"), field("last_name")].into_iter().flatten().collect();
    Profile { name: text::clean_name(&names.join(" ")), handle: field("screen_name").map(str::to_owned), language: None }
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
        // A send with the same number is answered with the first one's message.
        ambiguity: Ambiguity::Repeat,
        realtime: false,
        delivered_receipts: false,
        read_receipts: true,
        typing_interval: Some(TYPING),
        edits: true,
        deletes: true,
        reactions: true,
        reaction_set: reactions::SET,
        // Whoever has written once can be written to until they forbid it.
        window: None,
        buttons: Some(ButtonLimits { max: 10, max_title_chars: 40, max_id_bytes: MAX_BUTTON_ID_BYTES, links: true }),
        templates: false,
        profiles: true,
        inbox_rate: Rate { per_second: 20.0, burst: 20 },
        chat_rate: Rate { per_second: 1.0, burst: 5 },
        retry_schedule: RETRIES,
    }
}
