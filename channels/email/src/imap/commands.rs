//! The few IMAP commands that receiving takes (RFC 3501 §6).

use std::collections::{BTreeMap, BTreeSet};

use async_imap::imap_proto::{AttributeValue, MailboxDatum, Outcome, Response, ResponseCode};
use bytes::Bytes;

use super::wire::{Answer, Imap, ImapError, refused};

/// How many mails one listing returns; the next listing goes on behind them.
const LIST_MAX: usize = 1_000;

/// Bytes of a mail written at once: each may take as long as an answer.
const PIECE: usize = 64 * 1024;

/// The folder as it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Folder {
    pub uidvalidity: u32,
    pub uidnext: Option<u32>,
    pub exists: u32,
}

/// One mail as the listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub uid: u32,
    pub size: u64,
    /// INTERNALDATE in Unix seconds, where the server gives one that can be read.
    pub received: Option<i64>,
}

/// How much of a mail is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Whole,
    Header { max: usize },
}

impl Imap {
    /// SELECT, or EXAMINE where nothing is to be changed.
    pub async fn select(&mut self, folder: &str, writable: bool) -> Result<Folder, ImapError> {
        let verb = if writable { "SELECT" } else { "EXAMINE" };
        let (mut uidvalidity, mut uidnext, mut exists) = (None, None, 0);
        self.command("SELECT", &format!("{verb} {}", quoted(folder)), |response| match response {
            Response::Data { outcome: Outcome { code: Some(ResponseCode::UidValidity(value)), .. }, .. } => {
                uidvalidity = Some(*value)
            }
            Response::Data { outcome: Outcome { code: Some(ResponseCode::UidNext(value)), .. }, .. } => uidnext = Some(*value),
            Response::MailboxData(MailboxDatum::Exists(value)) => exists = *value,
            _ => {}
        })
        .await?;
        let uidvalidity = uidvalidity.ok_or(ImapError::Nonsense("a folder without UIDVALIDITY"))?;
        Ok(Folder { uidvalidity, uidnext, exists })
    }

    /// Adds a mail that has been read to a folder (RFC 3501 §6.3.11).
    pub async fn append(&mut self, folder: &str, mail: &[u8]) -> Result<(), ImapError> {
        let tag = self.send(&format!("APPEND {} (\\Seen) {{{}}}", quoted(folder), mail.len())).await?;
        loop {
            match self.answer().await? {
                Answer::Continue => break,
                Answer::Tagged { tag: answered, said, text } if answered == tag => return Err(refused("APPEND", said, text)),
                _ => {}
            }
        }
        for piece in mail.chunks(PIECE) {
            self.write_bytes(piece).await?;
        }
        self.write("\r\n").await?;
        self.finish("APPEND", &tag, |_| {}).await
    }

    pub async fn create(&mut self, folder: &str) -> Result<(), ImapError> {
        self.command("CREATE", &format!("CREATE {}", quoted(folder)), |_| {}).await
    }

    /// Sizes and dates of the lowest [`LIST_MAX`] mails in `set` above `above`, lowest first. Says whether there are more.
    ///
    /// `n:*` names the last mail even where `n` lies behind it (RFC 3501 §6.4.8): that is what `above` sorts out.
    pub async fn list(&mut self, set: &str, above: u32) -> Result<(Vec<Listed>, bool), ImapError> {
        let (mut found, mut more) = (BTreeMap::new(), false);
        self.command("FETCH", &format!("UID FETCH {set} (UID RFC822.SIZE INTERNALDATE)"), |response| {
            let Response::Fetch(_, attributes) = response else { return };
            let Some(listed) = listed(attributes).filter(|listed| listed.uid > above) else { return };
            found.insert(listed.uid, listed);
            if found.len() > LIST_MAX {
                found.pop_last();
                more = true;
            }
        })
        .await?;
        Ok((found.into_values().collect(), more))
    }

    /// The source of one mail, or of its header alone; `None` when it is gone.
    pub async fn source(&mut self, uid: u32, part: Part) -> Result<Option<Bytes>, ImapError> {
        let section = match part {
            Part::Whole => "BODY.PEEK[]".to_owned(),
            Part::Header { max } => format!("BODY.PEEK[HEADER]<0.{max}>"),
        };
        let mut source = None;
        self.command("FETCH", &format!("UID FETCH {uid} (UID {section})"), |response| {
            let Response::Fetch(_, attributes) = response else { return };
            let ours = attributes.iter().any(|attribute| matches!(attribute, AttributeValue::Uid(found) if *found == uid));
            let body = attributes.iter().find_map(|attribute| match attribute {
                AttributeValue::BodySection { data: Some(data), .. } => Some(data),
                _ => None,
            });
            if let (true, Some(body)) = (ours, body) {
                source = Some(Bytes::copy_from_slice(body));
            }
        })
        .await?;
        Ok(source)
    }

    /// `criteria` are ours alone, never out of a mail: async-imap and the wire take them as they stand.
    pub async fn search(&mut self, criteria: &str) -> Result<BTreeSet<u32>, ImapError> {
        let mut found = BTreeSet::new();
        self.command("SEARCH", &format!("UID SEARCH {criteria}"), |response| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                found.extend(uids.iter().copied());
            }
        })
        .await?;
        Ok(found)
    }

    pub async fn mark_seen(&mut self, uids: &[u32]) -> Result<(), ImapError> {
        let set = uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        self.command("STORE", &format!("UID STORE {set} +FLAGS.SILENT (\\Seen)"), |_| {}).await
    }

    pub async fn noop(&mut self) -> Result<(), ImapError> {
        self.command("NOOP", "NOOP", |_| {}).await
    }
}

/// A quoted string; the settings have made sure that there are no line breaks in it.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn listed(attributes: &[AttributeValue<'_>]) -> Option<Listed> {
    let (mut uid, mut size, mut received) = (None, 0, None);
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(value) => uid = Some(*value),
            AttributeValue::Rfc822Size(value) => size = u64::from(*value),
            AttributeValue::InternalDate(text) => {
                received = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim())
                    .and_then(|time| time.to_timestamp())
                    .ok()
                    .map(jiff::Timestamp::as_second);
            }
            _ => {}
        }
    }
    uid.map(|uid| Listed { uid, size, received })
}
