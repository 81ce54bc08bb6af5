//! The mailbox as the daemon sees it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use trunkline_channel::{
    Ambiguity, Capabilities, Check, CheckState, Clock, Connector, Context, CountBy, Kind, Outbound, OutboundAttachment, Rate,
    RecipientResult, RunError, Secret, SendError, Sent, Setup, TextLimit, Threads, Translator,
};

use crate::inbound::MailTranslator;
use crate::outbound::{Composed, Identity, compose};
use crate::settings::Account;
use crate::smtp::{Letter, deliver};
use crate::{imap, smtp};

/// Providers take about 25 MB; base64 makes a third more of every file.
const ATTACHMENTS_MAX_BYTES: u64 = 18 * 1024 * 1024;
const ATTACHMENTS_MAX: usize = 20;
const TEXT_MAX: usize = 100_000;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// About three days in all, as mail servers do; greylisting lets the third attempt through at the latest.
const RETRIES: &[Duration] = &[
    MINUTE,
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    HOUR,
    Duration::from_secs(4 * 3_600),
    Duration::from_secs(4 * 3_600),
    Duration::from_secs(8 * 3_600),
    Duration::from_secs(8 * 3_600),
    Duration::from_secs(24 * 3_600),
    Duration::from_secs(24 * 3_600),
];

/// One connected mailbox.
pub(crate) struct Email {
    account: Account,
    address: String,
    identity: Identity,
    translator: Arc<MailTranslator>,
    signing_key: Secret,
    clock: Arc<dyn Clock>,
    capabilities: Capabilities,
}

impl Email {
    pub fn new(
        account: Account,
        address: String,
        display_name: Option<String>,
        own_addresses: Vec<String>,
        setup: Setup,
    ) -> Self {
        let Setup { instance_id, signing_key, clock, .. } = setup;
        let identity =
            Identity { address: address.clone(), name: display_name, instance_id: instance_id.clone(), ..Identity::default() };
        let translator = Arc::new(MailTranslator { own_addresses, instance_id, signing_key: signing_key.clone() });
        Self { account, address, identity, translator, signing_key, clock, capabilities: capabilities() }
    }

    /// The bytes of all files, which must fit into one mail together.
    async fn files(&self, out: &Outbound) -> Result<Vec<(OutboundAttachment, Bytes)>, SendError> {
        let whole: u64 = out.attachments.iter().map(|attachment| attachment.size).sum();
        if whole > ATTACHMENTS_MAX_BYTES || out.attachments.len() > ATTACHMENTS_MAX {
            return Err(rejected("attachments", "The files are too large or too many for one mail. Send a link instead."));
        }
        let mut files = Vec::with_capacity(out.attachments.len());
        for attachment in &out.attachments {
            let file = attachment
                .blob
                .read()
                .await
                .map_err(|error| SendError::Retry { after: None, reason: format!("a file cannot be read: {}", error.kind()) })?;
            files.push((attachment.clone(), file));
        }
        Ok(files)
    }

    async fn compose(&self, out: &Outbound) -> Result<Composed, SendError> {
        let files = self.files(out).await?;
        // lettre is known to panic on some names; one such mail must not end the dispatcher.
        let composed =
            catch_unwind(AssertUnwindSafe(|| compose(out, &self.identity, &files, self.clock.now(), &self.signing_key)));
        match composed {
            Ok(Ok(composed)) => Ok(composed),
            Ok(Err(error)) => Err(rejected("compose", &error.to_string())),
            Err(_) => Err(rejected("compose", "The mail could not be written.")),
        }
    }
}

#[async_trait]
impl Connector for Email {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn polls(&self) -> bool {
        true
    }

    fn translator(&self) -> Arc<dyn Translator> {
        self.translator.clone()
    }

    async fn run(&self, cx: Context) -> Result<(), RunError> {
        imap::run(&self.account, &cx).await
    }

    async fn send(&self, out: &Outbound) -> Result<Sent, SendError> {
        let composed = self.compose(out).await?;
        let from = composed.envelope_from.to_string();
        let recipients: Vec<String> = composed.recipients.iter().map(ToString::to_string).collect();
        let letter = Letter { from: &from, recipients: &recipients, mail: &composed.bytes, attempt: out.attempt };
        let mut results = deliver(&self.account, &letter).await?;
        if let Some(folder) = &self.account.sent_folder {
            imap::keep_copy(&self.account, folder, &composed.bytes).await;
        }
        results.extend(
            composed
                .refused_copies
                .into_iter()
                .map(|(handle, problem)| RecipientResult { handle, refused: Some(problem.to_string()) }),
        );
        if results.iter().all(|result| result.refused.is_none()) {
            results.clear();
        }
        Ok(Sent { external_ids: vec![composed.message_id], delivered: false, recipients: results })
    }

    async fn diagnose(&self, cx: &Context) -> Vec<Check> {
        let (receiving, sending) = tokio::join!(imap::probe(&self.account), smtp::probe(&self.account, &self.address));
        let mut checks: Vec<Check> = receiving.into_iter().chain(sending).map(|(name, found)| check(name, found)).collect();
        if !self.account.imap.username.contains('@') || self.account.imap.username.eq_ignore_ascii_case(&self.address) {
            checks.push(check("address", Ok(format!("customers write to {}", self.address))));
        } else {
            let detail =
                format!("the mailbox logs in as {}: make sure that it receives {}", self.account.imap.username, self.address);
            checks.push(Check { name: "address", state: CheckState::Warning, detail });
        }
        checks.push(match cx.health.report().last_event_at {
            Some(at) => {
                let minutes = cx.clock.now().saturating_sub(at) / 60_000_000;
                check("last_event", Ok(format!("the last mail came {minutes} minutes ago")))
            }
            None => Check { name: "last_event", state: CheckState::Warning, detail: "no mail since the start".to_owned() },
        });
        checks
    }
}

fn rejected(code: &str, shown: &str) -> SendError {
    SendError::Rejected { code: code.to_owned(), shown: shown.to_owned() }
}

fn check(name: &'static str, found: Result<String, String>) -> Check {
    match found {
        Ok(detail) => Check { name, state: CheckState::Ok, detail },
        Err(detail) => Check { name, state: CheckState::Failed, detail },
    }
}

fn capabilities() -> Capabilities {
    Capabilities {
        sends: vec![Kind::Text, Kind::Image, Kind::Audio, Kind::Voice, Kind::Video, Kind::File],
        text: TextLimit { max: TEXT_MAX, count_by: CountBy::Characters },
        max_attachment_bytes: ATTACHMENTS_MAX_BYTES,
        max_attachments: ATTACHMENTS_MAX,
        threads: Threads::Many,
        // The same Message-ID again: whoever got the first drops the second.
        ambiguity: Ambiguity::Repeat,
        realtime: false,
        delivered_receipts: false,
        read_receipts: false,
        typing_interval: None,
        edits: false,
        deletes: false,
        reactions: false,
        reaction_set: &[],
        window: None,
        buttons: None,
        templates: false,
        profiles: false,
        inbox_rate: Rate { per_second: 1.0, burst: 10 },
        chat_rate: Rate { per_second: 1.0, burst: 10 },
        retry_schedule: RETRIES,
    }
}
