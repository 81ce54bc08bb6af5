//! Customers who write mail: a mailbox of the business and a server that takes its answers.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::bail;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::json;

use super::{Customer, Line};
use crate::faults::Fault;
use crate::mail::{Authority, ImapOptions, ImapStandIn, PASSWORD, SmtpDoes, SmtpOptions, SmtpStandIn, SmtpStep, USERNAME};
use crate::phone::{Phone, Said, SaidKind, Shown};
use crate::samples::{self, Sample};

/// One account of the business, and the mails of its customers.
struct Mailbox {
    imap: ImapStandIn,
    smtp: SmtpStandIn,
    /// What customers wrote, with whose it is.
    written: Mutex<Vec<(String, Shown)>>,
}

pub(super) async fn line() -> anyhow::Result<Line> {
    let authority = Authority::new()?;
    let imap = ImapStandIn::start(ImapOptions::default(), &authority).await?;
    let smtp = SmtpStandIn::start(SmtpOptions::default(), &authority).await?;
    let settings = json!({
        "address": USERNAME,
        "display_name": "Shop",
        "imap": { "host": "127.0.0.1", "port": imap.port(), "tls": "none" },
        "smtp": { "host": "127.0.0.1", "port": smtp.port(), "tls": "none" },
        "auth": { "kind": "password", "password": PASSWORD },
    });
    let mailbox = Arc::new(Mailbox { imap, smtp, written: Mutex::default() });
    let server = mailbox.clone();
    Ok(Line {
        channel: "email",
        settings,
        customers: &[
            Customer { id: "olga@customers.example", name: "Olga" },
            Customer { id: "sam@customers.example", name: "Sam" },
        ],
        phone: mailbox.clone(),
        faults: None,
        send_path: "",
        stranger: |n| format!("person-{n}@customers.example"),
        hook: None,
        account: None,
        cut: Some(Box::new(move |point| server.cut(point))),
        _running: Box::new(mailbox),
    })
}

impl Mailbox {
    /// The same five points in the words of SMTP.
    fn cut(&self, point: &Fault) {
        let (at, does) = match point {
            Fault::CutOnAccept => (SmtpStep::Greeting, SmtpDoes::Cut),
            Fault::CutAfterHead => (SmtpStep::Rcpt, SmtpDoes::Cut),
            Fault::CutAfterAct => (SmtpStep::Dot, SmtpDoes::Cut),
            Fault::CutInAnswer => (SmtpStep::Dot, SmtpDoes::Half),
            _ => (SmtpStep::Body, SmtpDoes::Cut),
        };
        self.smtp.fault(at, does);
    }
}

#[async_trait]
impl Phone for Mailbox {
    async fn say(&self, customer: &str, said: Said) -> anyhow::Result<String> {
        let thread = self.shown(customer);
        // People go on in the thread that is open before them.
        let answered = said.reply_to.clone().or_else(|| thread.last().map(|mail| mail.id.clone()));
        let now = super::now();
        let id = format!("{}.{}@customers.example", now.timestamp().as_nanosecond(), thread.len());
        let file = match said.kind {
            SaidKind::Photo => Some(samples::photo()),
            SaidKind::Document => Some(samples::document()),
            SaidKind::Voice => Some(samples::voice()),
            SaidKind::Video => Some(samples::video()),
            SaidKind::Text => None,
            SaidKind::Sticker | SaidKind::Location | SaidKind::Contact => bail!("a mail cannot carry that"),
        };
        let name = said.name.as_deref().unwrap_or("Customer");
        self.imap.deliver(source(customer, name, &id, answered.as_deref(), &said, file.as_ref()));
        let shown = Shown {
            id: id.clone(),
            mine: true,
            kind: if file.is_some() { "document" } else { "text" }.to_owned(),
            text: said.text,
            file_name: file.map(|file| file.name.to_owned()),
            reply_to: answered,
            at: now.timestamp().as_second(),
            ..Shown::default()
        };
        self.written.lock().unwrap_or_else(PoisonError::into_inner).push((customer.to_owned(), shown));
        Ok(id)
    }

    async fn edit(&self, _customer: &str, _message: &str, _text: &str) -> anyhow::Result<()> {
        bail!("a mail that was sent stays as it is")
    }

    async fn delete(&self, _customer: &str, _message: &str) -> anyhow::Result<()> {
        bail!("a mail that was sent stays where it is")
    }

    async fn react(&self, _customer: &str, _message: &str, _emoji: Option<&str>) -> anyhow::Result<()> {
        bail!("mails have no reactions")
    }

    async fn press(&self, _customer: &str, _message: &str, _index: usize) -> anyhow::Result<()> {
        bail!("mails have no buttons")
    }

    /// Nobody sees it.
    async fn typing(&self, _customer: &str) -> anyhow::Result<()> {
        Ok(())
    }

    /// Nobody is told.
    async fn read(&self, _customer: &str) -> anyhow::Result<()> {
        Ok(())
    }

    /// The address is closed: whoever writes to it is told so.
    async fn block(&self, customer: &str, blocked: bool) -> anyhow::Result<()> {
        match blocked {
            true => self.smtp.refuse(customer, "550 5.1.1 no such mailbox here"),
            false => self.smtp.take_again(customer),
        }
        Ok(())
    }

    fn shown(&self, customer: &str) -> Vec<Shown> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mine = written.into_iter().filter(|(whose, _)| whose == customer).map(|(_, shown)| shown);
        let ledger = self.smtp.ledger();
        let to_them = ledger.iter().filter(|taken| taken.recipients.iter().any(|to| to == customer));
        let mut all: Vec<Shown> = mine.chain(to_them.filter_map(|taken| received(&taken.mail))).collect();
        all.sort_by_key(|mail| mail.at);
        all
    }

    fn sees_typing(&self, _customer: &str) -> bool {
        false
    }
}

/// A mail of the business as the customer's program shows it.
fn received(source: &[u8]) -> Option<Shown> {
    let mail = MessageParser::default().parse(source)?;
    let file_name = mail.attachments().find_map(|part| part.attachment_name().map(str::to_owned));
    Some(Shown {
        id: mail.message_id()?.to_owned(),
        mine: false,
        kind: if file_name.is_some() { "document" } else { "text" }.to_owned(),
        text: mail.body_text(0).map(|text| text.trim_end().to_owned()).unwrap_or_default(),
        reply_to: mail.in_reply_to().as_text().map(str::to_owned),
        at: mail.date().map_or(0, mail_parser::DateTime::to_timestamp),
        file_name,
        ..Shown::default()
    })
}

fn source(from: &str, name: &str, id: &str, answers: Option<&str>, said: &Said, file: Option<&Sample>) -> Vec<u8> {
    let references = answers.map(|id| format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n")).unwrap_or_default();
    let subject = if answers.is_some() { "Re: A question about my order" } else { "A question about my order" };
    let date = jiff::fmt::rfc2822::to_string(&super::now()).unwrap_or_default();
    let cc = if said.cc.is_empty() { String::new() } else { format!("Cc: {}\r\n", said.cc.join(", ")) };
    let head = format!(
        "From: {name} <{from}>\r\nTo: {USERNAME}\r\n{cc}Subject: {subject}\r\nDate: {date}\r\nMessage-ID: <{id}>\r\n{references}MIME-Version: 1.0\r\n"
    );
    let text = match &said.html {
        None => content("plain", &said.text),
        Some(html) => format!(
            "Content-Type: multipart/alternative; boundary=\"way\"\r\n\r\n--way\r\n{}--way\r\n{}--way--\r\n",
            content("plain", &said.text),
            content("html", html),
        ),
    };
    let mail = match file {
        None => format!("{head}{text}"),
        Some(file) => {
            let lines: Vec<String> = STANDARD
                .encode(&file.bytes)
                .as_bytes()
                .chunks(76)
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect();
            format!(
                "{head}Content-Type: multipart/mixed; boundary=\"part\"\r\n\r\n--part\r\n{text}--part\r\nContent-Type: {}; name=\"{name}\"\r\n\
                 Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}\r\n--part--\r\n",
                file.content_type,
                lines.join("\r\n"),
                name = file.name,
            )
        }
    };
    mail.into_bytes()
}

fn content(kind: &str, text: &str) -> String {
    format!("Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n")
}
