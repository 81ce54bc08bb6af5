//! One client's session.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpStream;

use super::{Accepted, Shared, SmtpDoes, SmtpStep};
use crate::mail::line::Lined;
use crate::mail::{PASSWORD, Security, USERNAME};

struct Session<'a> {
    line: Lined,
    shared: &'a Shared,
    secured: bool,
    logged_in: bool,
    from: Option<String>,
    recipients: Vec<String>,
}

pub(super) async fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let line = Lined::new(stream);
    let mut session = Session { line, shared, secured: false, logged_in: false, from: None, recipients: Vec::new() };
    if shared.options.security == Security::Implicit {
        session = session.secure().await?;
    }
    session.reply(SmtpStep::Greeting, "220 stand-in ESMTP").await?;
    while let Some(line) = session.line.line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let noted = if verb == "AUTH" { "AUTH".to_owned() } else { line.clone() };
        session.shared.state().journal.push(noted);
        if verb == "STARTTLS" {
            session.reply(SmtpStep::Starttls, "220 go on").await?;
            session = session.secure().await?;
            continue;
        }
        session.obey(&verb, &line).await?;
        if verb == "QUIT" {
            return Ok(());
        }
    }
    Ok(())
}

impl Session<'_> {
    async fn secure(mut self) -> io::Result<Self> {
        if self.take_fault(SmtpStep::Handshake).is_some() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.line = self.line.secure(self.shared.tls.clone()).await?;
        self.secured = true;
        Ok(self)
    }

    async fn obey(&mut self, verb: &str, line: &str) -> io::Result<()> {
        match verb {
            "EHLO" => {
                let reply = self.offers();
                self.reply(SmtpStep::Ehlo, &reply).await.map(drop)
            }
            "AUTH" => self.auth(line).await,
            "QUIT" => self.line.write(b"221 bye\r\n").await,
            "RSET" => {
                (self.from, self.recipients) = (None, Vec::new());
                self.line.write(b"250 forgotten\r\n").await
            }
            _ if !self.logged_in => self.line.write(b"530 5.7.0 log in first\r\n").await,
            "MAIL" => {
                if self.reply(SmtpStep::Mail, "250 2.1.0 sender taken").await? {
                    self.from = Some(address(line));
                }
                Ok(())
            }
            "RCPT" if self.from.is_none() => self.line.write(b"503 5.5.1 MAIL first\r\n").await,
            "RCPT" => {
                let address = address(line);
                let refused = self.shared.state().refused.get(&address).cloned();
                if let Some(refused) = refused {
                    return self.line.write(format!("{refused}\r\n").as_bytes()).await;
                }
                if self.reply(SmtpStep::Rcpt, "250 2.1.5 recipient taken").await? {
                    self.recipients.push(address);
                }
                Ok(())
            }
            "DATA" if self.recipients.is_empty() => self.line.write(b"503 5.5.1 RCPT first\r\n").await,
            "DATA" => {
                if self.reply(SmtpStep::Data, "354 go on").await? {
                    self.mail().await
                } else {
                    Ok(())
                }
            }
            _ => self.line.write(b"502 5.5.1 unknown\r\n").await,
        }
    }

    async fn mail(&mut self) -> io::Result<()> {
        if let Some(does) = self.take_fault(SmtpStep::Body) {
            self.line.until_dot(Some(1)).await?;
            return self.misbehave(does, "").await.map(drop);
        }
        let Some(wire) = self.line.until_dot(None).await? else { return Ok(()) };
        let mail = unstuffed(wire.strip_suffix(b".\r\n").unwrap_or(&wire));
        let accepted = Accepted {
            from: self.from.take().unwrap_or_default(),
            recipients: std::mem::take(&mut self.recipients),
            mail,
            secured: self.secured,
        };
        let fault = self.take_fault(SmtpStep::Dot);
        if !matches!(fault, Some(SmtpDoes::Reply(_))) {
            self.shared.state().ledger.push(accepted);
        }
        match fault {
            Some(does) => self.misbehave(does, "250 2.0.0 taken").await.map(drop),
            None => self.line.write(b"250 2.0.0 taken\r\n").await,
        }
    }

    async fn auth(&mut self, line: &str) -> io::Result<()> {
        if let Some(does) = self.take_fault(SmtpStep::Auth) {
            self.logged_in = self.misbehave(does, "235 2.7.0 welcome").await?;
            return Ok(());
        }
        let mut words = line.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let response = words.next().map(decoded).unwrap_or_default();
        let offered = self.shared.options.mechanisms.split(' ').any(|word| word == mechanism);
        let good = match mechanism.as_str() {
            "PLAIN" => response == format!("\0{USERNAME}\0{PASSWORD}"),
            "LOGIN" => self.ask("334 VXNlcm5hbWU6\r\n").await? == USERNAME && self.ask("334 UGFzc3dvcmQ6\r\n").await? == PASSWORD,
            "XOAUTH2" => {
                let tokens = self.shared.state().tokens.clone();
                let good = tokens.iter().any(|token| response == format!("user={USERNAME}\x01auth=Bearer {token}\x01\x01"));
                let challenge = STANDARD.encode(r#"{"status":"401","schemes":"bearer"}"#);
                if !good && !self.ask(&format!("334 {challenge}\r\n")).await?.is_empty() {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                good
            }
            _ => false,
        };
        let clear = self.shared.options.security != Security::Plain && !self.secured;
        self.logged_in = good && offered && !clear;
        let reply = if self.logged_in { "235 2.7.0 welcome\r\n" } else { "535 5.7.8 wrong\r\n" };
        self.line.write(reply.as_bytes()).await
    }

    async fn ask(&mut self, question: &str) -> io::Result<String> {
        self.line.write(question.as_bytes()).await?;
        Ok(decoded(&self.line.line().await?.unwrap_or_default()))
    }

    fn offers(&self) -> String {
        let options = &self.shared.options;
        let mut lines = vec!["stand-in".to_owned()];
        if options.security == Security::Starttls && !self.secured {
            lines.extend((!options.strip_starttls).then(|| "STARTTLS".to_owned()));
        } else {
            lines.push(format!("AUTH {}", options.mechanisms));
        }
        lines.extend(options.size.map(|size| format!("SIZE {size}")));
        lines.extend(options.eight_bit.then(|| "8BITMIME".to_owned()));
        lines.extend(options.utf8.then(|| "SMTPUTF8".to_owned()));
        lines.push("PIPELINING".to_owned());
        let last = lines.len() - 1;
        let numbered = |(at, line): (usize, &String)| format!("250{}{line}", if at == last { ' ' } else { '-' });
        lines.iter().enumerate().map(numbered).collect::<Vec<_>>().join("\r\n")
    }

    fn take_fault(&self, at: SmtpStep) -> Option<SmtpDoes> {
        let mut state = self.shared.state();
        let index = state.faults.iter().position(|fault| fault.at == at)?;
        Some(state.faults.remove(index).does)
    }

    /// Says whether the ordinary reply was given.
    async fn reply(&mut self, at: SmtpStep, ordinary: &str) -> io::Result<bool> {
        match self.take_fault(at) {
            Some(does) => self.misbehave(does, ordinary).await,
            None => self.line.write(format!("{ordinary}\r\n").as_bytes()).await.map(|()| true),
        }
    }

    async fn misbehave(&mut self, does: SmtpDoes, ordinary: &str) -> io::Result<bool> {
        match does {
            SmtpDoes::Cut => Err(io::ErrorKind::ConnectionAborted.into()),
            SmtpDoes::Half => {
                self.line.write(ordinary.as_bytes().get(..2).unwrap_or_default()).await?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            SmtpDoes::Reply(reply) => {
                self.line.write(format!("{reply}\r\n").as_bytes()).await?;
                if reply.starts_with("421") { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(false) }
            }
            SmtpDoes::Late(by) => {
                tokio::time::sleep(by).await;
                self.line.write(format!("{ordinary}\r\n").as_bytes()).await.map(|()| true)
            }
            SmtpDoes::Silent => std::future::pending().await,
            SmtpDoes::Inject(words) => self.line.write(format!("{ordinary}\r\n{words}\r\n").as_bytes()).await.map(|()| true),
        }
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

fn decoded(word: &str) -> String {
    STANDARD.decode(word.trim()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn unstuffed(wire: &[u8]) -> Vec<u8> {
    let mut mail = Vec::with_capacity(wire.len());
    for line in wire.split_inclusive(|byte| *byte == b'\n') {
        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
    }
    mail
}
