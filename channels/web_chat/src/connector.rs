//! The connector itself: nothing to poll and nothing to send.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use trunkline_channel::{
    Ambiguity, ButtonLimits, Capabilities, Check, CheckState, Connector, Context, CountBy, Health, Kind, Outbound, Rate,
    RunError, SendError, Sent, TextLimit, Threads, Translator,
};

use crate::settings::Settings;
use crate::translate::WebChatTranslator;
use crate::wire::{MAX_ATTACHMENTS, MAX_CHOICE_BYTES, MAX_TEXT_CHARS};

pub(crate) const MAX_FILE_BYTES: u64 = 25 * 1024 * 1024;
const TYPING_INTERVAL: Duration = Duration::from_secs(3);
const NO_LIMIT: Rate = Rate { per_second: f64::INFINITY, burst: u32::MAX };
/// As many as fit under a message in a narrow panel.
const BUTTONS: ButtonLimits = ButtonLimits { max: 10, max_title_chars: 80, max_id_bytes: MAX_CHOICE_BYTES, links: true };
/// Sending cannot fail here. Only a process that dies in the middle leaves an attempt without an answer; however often that
/// happens, repeating is safe and nobody should be asked.
const RETRY_SCHEDULE: [Duration; 50] = [Duration::from_secs(1); 50];

pub struct WebChat {
    settings: Arc<Settings>,
    capabilities: Capabilities,
}

impl WebChat {
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        Self { settings, capabilities: capabilities() }
    }

    /// What the widget's entrance needs: origins, identity verification, quotas.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        self.settings.clone()
    }
}

#[async_trait]
impl Connector for WebChat {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn translator(&self) -> Arc<dyn Translator> {
        Arc::new(WebChatTranslator)
    }

    async fn run(&self, cx: Context) -> Result<(), RunError> {
        cx.health.set(Health::Connected, cx.clock.now());
        cx.stop.cancelled().await;
        Ok(())
    }

    /// The message is in the event log already, from which the visitor's socket is fed: it cannot be lost or doubled.
    async fn send(&self, _out: &Outbound) -> Result<Sent, SendError> {
        Ok(Sent::default())
    }

    async fn diagnose(&self, _cx: &Context) -> Vec<Check> {
        let check = |name, state, detail: &str| Check { name, state, detail: detail.to_owned() };
        let origins = match self.settings.allowed_origins.as_slice() {
            [] => check(
                "origins",
                CheckState::Warning,
                "Only the daemon's own pages may embed the widget. Add your site to allowed_origins.",
            ),
            origins => check("origins", CheckState::Ok, &format!("{} origins may embed the widget.", origins.len())),
        };
        let identity = match (self.settings.identity_secret.is_empty(), self.settings.require_identity) {
            (true, _) => check("identity", CheckState::Ok, "Visitors are not identified by the site."),
            (false, true) => check("identity", CheckState::Ok, "Only visitors whose identity the site has signed are let in."),
            (false, false) => {
                check("identity", CheckState::Ok, "Identities signed by the site are verified; strangers are let in too.")
            }
        };
        vec![origins, identity]
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
            Kind::File,
            Kind::Location,
            Kind::Article,
            Kind::Action,
        ],
        text: TextLimit { max: MAX_TEXT_CHARS, count_by: CountBy::Characters },
        max_attachment_bytes: MAX_FILE_BYTES,
        max_attachments: MAX_ATTACHMENTS,
        threads: Threads::Single,
        ambiguity: Ambiguity::Repeat,
        realtime: true,
        delivered_receipts: true,
        read_receipts: true,
        typing_interval: Some(TYPING_INTERVAL),
        edits: true,
        deletes: true,
        reactions: true,
        reaction_set: &[],
        window: None,
        buttons: Some(BUTTONS),
        templates: false,
        profiles: false,
        inbox_rate: NO_LIMIT,
        chat_rate: NO_LIMIT,
        retry_schedule: &RETRY_SCHEDULE,
    }
}
