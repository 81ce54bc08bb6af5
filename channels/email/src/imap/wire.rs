//! IMAP commands, each strict about its answer (RFC 3501, 2177).
//!
//! async-imap frames and parses answers; its own `fetch` and `search` are not used because they read a refused command
//! and a cut connection as an empty result, and a mail missed that way would never be asked for again.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use async_imap::Client;
use async_imap::imap_proto::{AttributeValue, Capability, MailboxDatum, Outcome, Response, ResponseCode, Status};
use bytes::Bytes;
use thiserror::Error;
use tokio::io::AsyncWriteExt;

use super::guard::Guard;
use crate::tls::{ConnectError, Wire};

const TEXT_MAX: usize = 300;
/// Alerts kept until somebody looks.
const ALERTS_MAX: usize = 4;
/// How many mails one listing returns; the next listing goes on behind them.
pub(super) const LIST_MAX: usize = 1_000;

/// A connection to an IMAP server.
#[derive(Debug)]
pub(super) struct Imap {
    client: Client<Guard<Wire>>,
    sent: u64,
    patience: Duration,
    capabilities: BTreeSet<String>,
    /// What the server wants a person to read.
    alerts: Vec<String>,
}

#[derive(Debug, Error)]
pub(super) enum ImapError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the mail server closed the connection{}", said(.0))]
    Closed(String),
    #[error("the mail server was silent for too long")]
    Silent,
    #[error("the connection to the mail server broke: {0}")]
    Broken(io::ErrorKind),
    /// NO to a command.
    #[error("the mail server refused {step}{}", said(.text))]
    Refused { step: &'static str, text: String },
    #[error("the mail server did not understand {step}{}", said(.text))]
    NotUnderstood { step: &'static str, text: String },
    #[error("the mail server sent something unreadable: {0}")]
    Nonsense(&'static str),
    #[error("the mail server does not offer {0}")]
    NotOffered(&'static str),
    #[error("the login was refused{}", said(.0))]
    Login(String),
}

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

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Woken {
    NewMail,
    Elapsed,
}

impl Imap {
    /// Takes over a connection whose greeting is still to come (`greeted` false) or has been read before STARTTLS.
    pub async fn open(wire: Wire, patience: Duration, greeted: bool) -> Result<Self, ImapError> {
        let client = Client::new(Guard::new(wire, patience));
        let mut imap = Self { client, sent: 0, patience, capabilities: BTreeSet::new(), alerts: Vec::new() };
        if !greeted {
            match imap.answer().await? {
                Answer::Untagged(Untagged::Ok) => {}
                _ => return Err(ImapError::Nonsense("its greeting")),
            }
        }
        Ok(imap)
    }

    /// Drops everything that was read but not asked for: nothing said in the clear counts after the handshake.
    pub fn into_wire(self) -> Wire {
        self.client.into_inner().into_inner()
    }

    pub async fn ask_capabilities(&mut self) -> Result<(), ImapError> {
        self.capabilities.clear();
        self.command("CAPABILITY", "CAPABILITY", |_| {}).await
    }

    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    pub fn take_alerts(&mut self) -> Vec<String> {
        std::mem::take(&mut self.alerts)
    }

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

    /// Sizes and dates of the lowest [`LIST_MAX`] mails in `set` above `above`, lowest first. Says whether there are more.
    ///
    /// `n:*` names the last mail even where `n` lies behind it (RFC 3501 §6.4.8): that is what `above` sorts out.
    pub async fn list(&mut self, set: &str, above: u32) -> Result<(Vec<Listed>, bool), ImapError> {
        let (mut found, mut more) = (std::collections::BTreeMap::new(), false);
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

    /// Best effort: whoever leaves does not wait for long.
    pub async fn logout(&mut self) {
        self.client.get_mut().set_patience(Some(Duration::from_secs(2)));
        let _ = self.command("LOGOUT", "LOGOUT", |_| {}).await;
    }

    /// IDLE (RFC 2177) until new mail is announced or `limit` is over; either way the connection is free again.
    pub async fn idle(&mut self, limit: Duration) -> Result<Woken, ImapError> {
        let tag = self.send("IDLE").await?;
        loop {
            match self.answer().await? {
                Answer::Continue => break,
                Answer::Tagged { tag: answered, said, text } if answered == tag => return Err(refused("IDLE", said, text)),
                _ => {}
            }
        }
        self.client.get_mut().set_patience(None);
        let woken = match tokio::time::timeout(limit, self.announcement()).await {
            Ok(woken) => woken.map(|()| Woken::NewMail),
            Err(_) => Ok(Woken::Elapsed),
        };
        self.client.get_mut().set_patience(Some(self.patience));
        let woken = woken?;
        self.write("DONE\r\n").await?;
        self.finish("IDLE", &tag, |_| {}).await?;
        Ok(woken)
    }

    async fn announcement(&mut self) -> Result<(), ImapError> {
        loop {
            if let Answer::Untagged(Untagged::Exists) = self.answer().await? {
                return Ok(());
            }
        }
    }

    pub(super) async fn command(
        &mut self,
        step: &'static str,
        line: &str,
        on: impl FnMut(&Response<'_>) + Send,
    ) -> Result<(), ImapError> {
        let tag = self.send(line).await?;
        self.finish(step, &tag, on).await
    }

    async fn finish(&mut self, step: &'static str, tag: &str, mut on: impl FnMut(&Response<'_>) + Send) -> Result<(), ImapError> {
        loop {
            match self.answer_with(&mut on).await? {
                Answer::Tagged { tag: answered, said: Said::Ok, .. } if answered == tag => return Ok(()),
                Answer::Tagged { tag: answered, said, text } if answered == tag => return Err(refused(step, said, text)),
                Answer::Tagged { .. } => return Err(ImapError::Nonsense("an answer to a command never given")),
                Answer::Untagged(_) | Answer::Continue => {}
            }
        }
    }

    /// Sends a command and gives its tag.
    pub(super) async fn send(&mut self, line: &str) -> Result<String, ImapError> {
        self.sent += 1;
        let tag = format!("t{}", self.sent);
        self.write(&format!("{tag} {line}\r\n")).await?;
        Ok(tag)
    }

    pub(super) async fn write(&mut self, bytes: &str) -> Result<(), ImapError> {
        let patience = self.patience;
        let stream = self.client.get_mut();
        stream.set_patience(Some(patience));
        let writing = async {
            stream.write_all(bytes.as_bytes()).await?;
            stream.flush().await
        };
        tokio::time::timeout(patience, writing).await.map_err(|_| ImapError::Silent)?.map_err(broken)
    }

    pub(super) async fn answer(&mut self) -> Result<Answer, ImapError> {
        self.answer_with(&mut |_| {}).await
    }

    async fn answer_with(&mut self, on: &mut (impl FnMut(&Response<'_>) + Send)) -> Result<Answer, ImapError> {
        let data = self.client.read_response().await.map_err(broken)?.ok_or_else(|| ImapError::Closed(String::new()))?;
        let response = data.parsed();
        let outcome = match response {
            Response::Data { outcome, .. } | Response::Done { outcome, .. } => Some(outcome),
            _ => None,
        };
        if let Some(Outcome { code: Some(ResponseCode::Alert), information }) = outcome
            && self.alerts.len() < ALERTS_MAX
        {
            self.alerts.push(clean(information.as_deref().unwrap_or_default()));
        }
        let offered = match response {
            Response::Capabilities(offered) => Some(offered),
            Response::Data { outcome: Outcome { code: Some(ResponseCode::Capabilities(offered)), .. }, .. } => Some(offered),
            _ => None,
        };
        if let Some(offered) = offered {
            self.capabilities = offered.iter().map(name).collect();
        }
        on(response);
        Ok(match response {
            Response::Done { tag, status, outcome } => {
                let said = match status {
                    Status::Ok => Said::Ok,
                    Status::No => Said::No,
                    Status::Bad | Status::PreAuth | Status::Bye => Said::Bad,
                };
                Answer::Tagged { tag: tag.0.clone(), said, text: clean(outcome.information.as_deref().unwrap_or_default()) }
            }
            Response::Continue(_) => Answer::Continue,
            Response::Data { status: Status::Bye, outcome } => {
                return Err(ImapError::Closed(clean(outcome.information.as_deref().unwrap_or_default())));
            }
            Response::Data { status: Status::Ok | Status::PreAuth, .. } => Answer::Untagged(Untagged::Ok),
            Response::MailboxData(MailboxDatum::Exists(_) | MailboxDatum::Recent(_)) => Answer::Untagged(Untagged::Exists),
            _ => Answer::Untagged(Untagged::Other),
        })
    }
}

/// How much of a mail is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Whole,
    Header { max: usize },
}

#[derive(Debug)]
pub(super) enum Answer {
    Tagged { tag: String, said: Said, text: String },
    Continue,
    Untagged(Untagged),
}

/// The word of a tagged answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Ok,
    No,
    Bad,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Untagged {
    Ok,
    Exists,
    Other,
}

pub(super) fn refused(step: &'static str, said: Said, text: String) -> ImapError {
    if said == Said::No { ImapError::Refused { step, text } } else { ImapError::NotUnderstood { step, text } }
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

fn name(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_ascii_uppercase()),
        Capability::Atom(atom) => atom.to_ascii_uppercase(),
    }
}

/// The parser's own text may quote a mail, so only the kind of an error goes on.
fn broken(error: io::Error) -> ImapError {
    match error.kind() {
        io::ErrorKind::TimedOut => ImapError::Silent,
        io::ErrorKind::InvalidData => ImapError::Nonsense("an answer beyond every measure"),
        io::ErrorKind::Other => ImapError::Nonsense("an answer outside the grammar"),
        io::ErrorKind::UnexpectedEof => ImapError::Closed(String::new()),
        kind => ImapError::Broken(kind),
    }
}

/// Fit for a line on the console.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect()
}

fn said(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
