//! From rows to what a connector is asked to send.

use std::collections::HashMap;

use serde_json::Value;
use trunkline_channel::{Capabilities, Kind, Outbound, OutboundAttachment, Peer, Rich, ThreadContext, Threads};

use super::store::batch::{self, AttachmentRow, ClaimRow, DueRow};
use crate::app::App;
use crate::conversations::mail;
use crate::db::DbError;

/// Provider ids given to a connector for threading.
const MAX_REFERENCES: i64 = 20;
/// Parts a mail from what stands under each (RFC 3676, 4.3): programs fold it away, and answers leave it out.
const SIGNATURE: &str = "\n\n-- \n";

/// A delivery with everything its sending and settling needs.
#[derive(Debug, Clone)]
pub struct Job {
    pub out: Outbound,
    pub contact_id: String,
    pub identity_id: String,
    /// Through another inbox than the customer wrote in: news of their address there say nothing of them here.
    pub handed_over: bool,
    pub number: i64,
    pub created_at: i64,
    /// Attempts that count against the retry schedule, this one included.
    pub counted: i64,
}

impl Job {
    /// The job as this attempt.
    #[must_use]
    pub fn claimed(mut self, claim: &ClaimRow) -> Self {
        self.out.attempt = u32::try_from(claim.attempts).unwrap_or(u32::MAX);
        self.counted = claim.attempts.saturating_sub(claim.round_started);
        self
    }
}

/// Makes jobs of what is due; which attempt each is, only its claim tells.
pub async fn prepare(app: &App, caps: &Capabilities, due: Vec<DueRow>) -> Result<Vec<Job>, DbError> {
    let message_ids: Vec<&str> = due.iter().map(|row| row.message_id.as_str()).collect();
    // The log carries files to visitors; their connector has no use for bytes.
    let mut files = match caps.realtime {
        true => HashMap::new(),
        false => by_message(batch::attachments(&app.db, &message_ids).await?),
    };
    let mut aliases: HashMap<String, Vec<String>> = HashMap::new();
    if !caps.realtime && !due.is_empty() {
        let identity_ids: Vec<&str> = due.iter().map(|row| row.identity_id.as_str()).collect();
        for (identity_id, alias) in batch::aliases(&app.db, &identity_ids).await? {
            aliases.entry(identity_id).or_default().push(alias);
        }
    }
    let mut jobs = Vec::with_capacity(due.len());
    for row in due {
        let thread = match caps.threads {
            Threads::Single => ThreadContext { last_inbound: row.last_inbound.clone(), ..ThreadContext::default() },
            Threads::Many => thread(app, &row).await?,
        };
        let attachments = files.remove(&row.message_id).unwrap_or_default();
        let mut job = job(app, row, thread, attachments);
        // Several of a batch may go to one person.
        job.out.to.aliases = aliases.get(&job.identity_id).cloned().unwrap_or_default();
        jobs.push(job);
    }
    Ok(jobs)
}

fn job(app: &App, row: DueRow, thread: ThreadContext, files: Vec<AttachmentRow>) -> Job {
    let attachments = files
        .into_iter()
        .map(|file| OutboundAttachment {
            blob: app.blobs.handle(&file.hash),
            name: file.name,
            content_type: file.content_type,
            size: file.size.max(0).unsigned_abs(),
        })
        .collect();
    let handed_over = row.footer.is_some();
    let text = match row.footer {
        Some(footer) => format!("{}{SIGNATURE}{footer}", row.text),
        None => row.text,
    };
    let extra: Value = serde_json::from_str(&row.extra).unwrap_or_default();
    let out = Outbound {
        delivery_id: row.id,
        message_id: row.message_id,
        conversation_id: row.conversation_id,
        attempt: 0,
        to: Peer {
            external_id: row.peer,
            aliases: Vec::new(),
            name: row.peer_name,
            handle: row.peer_handle,
            language: row.peer_language,
            verified: row.peer_verified,
        },
        kind: serde_json::from_value(Value::String(row.kind)).unwrap_or(Kind::Text),
        text,
        html: row.html,
        attachments,
        reply_to: row.reply_to,
        thread,
        last_inbound_at: row.last_inbound_at,
        rich: Rich::of_extra(&extra).unwrap_or_default(),
        author: row.author,
        automatic: row.automatic,
        extra,
    };
    Job {
        out,
        contact_id: row.contact_id,
        identity_id: row.identity_id,
        handed_over,
        number: row.number,
        created_at: row.created_at,
        counted: 0,
    }
}

async fn thread(app: &App, row: &DueRow) -> Result<ThreadContext, DbError> {
    let mut known = batch::references(&app.db, row, MAX_REFERENCES).await?;
    known.reverse();
    let own = mail::of_extra(&serde_json::from_str(&row.extra).unwrap_or_default());
    let references: Vec<String> = known.into_iter().map(|reference| reference.external_id).collect();
    // Before the customer's first mail, each of ours follows the one before it.
    let ours = || references.last().filter(|_| row.footer.is_some()).cloned();
    Ok(ThreadContext {
        subject: own.subject.or_else(|| row.subject.clone()),
        last_inbound: row.last_inbound.clone().or_else(ours),
        references,
        copies: own.cc.into_iter().map(|external_id| Peer { external_id, ..Peer::default() }).collect(),
    })
}

fn by_message(rows: Vec<AttachmentRow>) -> HashMap<String, Vec<AttachmentRow>> {
    let mut files: HashMap<String, Vec<AttachmentRow>> = HashMap::new();
    for row in rows {
        files.entry(row.message_id.clone()).or_default().push(row);
    }
    files
}
