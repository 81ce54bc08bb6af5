//! An IMAP connection: commands out, answers in, and IDLE (RFC 3501, 2177).
//!
//! async-imap frames and parses answers; its own `fetch` and `search` are not used because they read a refused command
//! and a cut connection as an empty result, and a mail missed that way would never be asked for again.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use async_imap::Client;
use async_imap::imap_proto::{Capability, MailboxDatum, Outcome, Response, ResponseCode, Status};
use thiserror::Error;
use tokio::io::AsyncWriteExt;

use super::guard::Guard;
use crate::tls::{ConnectError, Wire};

const TEXT_MAX: usize = 300;
/// Alerts kept until somebody looks.
const ALERTS_MAX: usize = 4;

/// A connection to an IMAP server.
#[derive(Debug)]
pub(super) struct Imap {
    client: Client<Guard<Wire>>,
    sent: u64,
    patience: Duration,
    capabilities: BTreeSet<String>,
    /// What the server wants a person to read.
    alerts: Vec<String>,
    /// How many mails the folder holds, as far as we were told.
    exists: u32,
    /// The folder grew since somebody looked. It may be told inside the answer to any command, and only once.
    news: bool,
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
        let mut imap =
            Self { client, sent: 0, patience, capabilities: BTreeSet::new(), alerts: Vec::new(), exists: 0, news: false };
        if !greeted {
            match imap.answer().await? {
                Answer::Untagged { ok: true } => {}
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

    /// To be called before looking for new mail: what is told from now on is news again.
    pub fn forget_news(&mut self) {
        self.news = false;
    }

    /// Best effort: whoever leaves does not wait for long.
    pub async fn logout(&mut self) {
        self.client.get_mut().set_patience(Some(Duration::from_secs(2)));
        let _ = self.command("LOGOUT", "LOGOUT", |_| {}).await;
    }

    /// IDLE (RFC 2177) until new mail is announced or `limit` is over; either way the connection is free again.
    pub async fn idle(&mut self, limit: Duration) -> Result<Woken, ImapError> {
        if self.news {
            return Ok(Woken::NewMail);
        }
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
        while !self.news {
            self.answer().await?;
        }
        Ok(())
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

    pub(super) async fn finish(
        &mut self,
        step: &'static str,
        tag: &str,
        mut on: impl FnMut(&Response<'_>) + Send,
    ) -> Result<(), ImapError> {
        loop {
            match self.answer_with(&mut on).await? {
                Answer::Tagged { tag: answered, said: Said::Ok, .. } if answered == tag => return Ok(()),
                Answer::Tagged { tag: answered, said, text } if answered == tag => return Err(refused(step, said, text)),
                Answer::Tagged { .. } => return Err(ImapError::Nonsense("an answer to a command never given")),
                Answer::Untagged { .. } | Answer::Continue => {}
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

    pub(super) async fn write(&mut self, text: &str) -> Result<(), ImapError> {
        self.write_bytes(text.as_bytes()).await
    }

    pub(super) async fn write_bytes(&mut self, bytes: &[u8]) -> Result<(), ImapError> {
        let patience = self.patience;
        let stream = self.client.get_mut();
        stream.set_patience(Some(patience));
        let writing = async {
            stream.write_all(bytes).await?;
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
        match response {
            Response::MailboxData(MailboxDatum::Exists(count)) => {
                self.news |= *count != self.exists;
                self.exists = *count;
            }
            Response::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            _ => {}
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
            Response::Data { status, .. } => Answer::Untagged { ok: matches!(status, Status::Ok | Status::PreAuth) },
            _ => Answer::Untagged { ok: false },
        })
    }
}

#[derive(Debug)]
pub(super) enum Answer {
    Tagged {
        tag: String,
        said: Said,
        text: String,
    },
    Continue,
    /// Whether it is `* OK` or `* PREAUTH`.
    Untagged {
        ok: bool,
    },
}

/// The word of a tagged answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Ok,
    No,
    Bad,
}

pub(super) fn refused(step: &'static str, said: Said, text: String) -> ImapError {
    if said == Said::No { ImapError::Refused { step, text } } else { ImapError::NotUnderstood { step, text } }
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
