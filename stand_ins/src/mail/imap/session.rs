//! One client's session.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::{ImapDoes, ImapStep, Shared};
use crate::mail::line::Lined;
use crate::mail::{PASSWORD, Security, USERNAME};

pub(super) struct Session<'a> {
    pub line: Lined,
    pub shared: &'a Shared,
    secured: bool,
    logged_in: bool,
    /// Knows which changes this client was told of.
    changed: watch::Receiver<u64>,
}

/// What a command line was, without its tag.
struct Command<'a> {
    tag: &'a str,
    rest: &'a str,
    /// Upper case.
    verb: String,
}

pub(super) async fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut session =
        Session { line: Lined::new(stream), shared, secured: false, logged_in: false, changed: shared.changed.subscribe() };
    if shared.options.security == Security::Implicit {
        session = session.secure().await?;
    }
    session.say(ImapStep::Greeting, "", "* OK ready\r\n".into(), "").await?;
    while let Some(line) = session.line.line().await? {
        let Some((tag, rest)) = line.split_once(' ') else { return Ok(()) };
        let verb = rest.split(' ').take(2).collect::<Vec<_>>().join(" ").to_ascii_uppercase();
        let command = Command { tag, rest, verb };
        let secret = command.verb.starts_with("LOGIN") || command.verb.starts_with("AUTHENTICATE");
        session.shared.state().journal.push(if secret {
            command.verb.split(' ').next().unwrap_or_default().to_owned()
        } else {
            rest.to_owned()
        });
        if command.verb.starts_with("STARTTLS") {
            session.say(ImapStep::Starttls, tag, String::new(), "go on").await?;
            session = session.secure().await?;
            continue;
        }
        session.obey(&command).await?;
        if command.verb.starts_with("LOGOUT") {
            return Ok(());
        }
    }
    Ok(())
}

impl Session<'_> {
    async fn secure(mut self) -> io::Result<Self> {
        if self.take_fault(ImapStep::Handshake).is_some() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.line = self.line.secure(self.shared.tls.clone()).await?;
        self.secured = true;
        Ok(self)
    }

    async fn obey(&mut self, command: &Command<'_>) -> io::Result<()> {
        let Command { tag, rest, verb } = command;
        let tag = *tag;
        let first = verb.split(' ').next().unwrap_or_default();
        match first {
            "CAPABILITY" => {
                let data = format!("* CAPABILITY {}\r\n", self.capabilities());
                self.say(ImapStep::Capability, tag, data, "done").await
            }
            "LOGIN" => {
                let good = *rest == format!("LOGIN {} {}", quoted(USERNAME), quoted(PASSWORD));
                self.login(tag, good && self.may_log_in()).await
            }
            "AUTHENTICATE" => self.authenticate(tag, rest).await,
            "LOGOUT" => self.line.write(format!("* BYE see you\r\n{tag} OK done\r\n").as_bytes()).await,
            "NOOP" => {
                let data = format!("* {} EXISTS\r\n", self.shared.state().folder.exists());
                self.say(ImapStep::Noop, tag, data, "done").await
            }
            _ if !self.logged_in => self.line.write(format!("{tag} BAD log in first\r\n").as_bytes()).await,
            "SELECT" | "EXAMINE" => {
                let data = {
                    let folder = &self.shared.state().folder;
                    format!(
                        "* FLAGS (\\Seen \\Deleted)\r\n* {} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {}] valid\r\n* OK [UIDNEXT {}] next\r\n",
                        folder.exists(),
                        folder.uidvalidity,
                        folder.uidnext
                    )
                };
                self.say(ImapStep::Select, tag, data, "[READ-WRITE] selected").await
            }
            "IDLE" => self.idle(tag).await,
            "UID" => self.uid(tag, rest, verb).await,
            _ => self.line.write(format!("{tag} BAD unknown command\r\n").as_bytes()).await,
        }
    }

    async fn uid(&mut self, tag: &str, rest: &str, verb: &str) -> io::Result<()> {
        let mut words = rest.splitn(4, ' ').skip(2);
        let (set, items) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match verb {
            "UID SEARCH" => {
                let found = self.shared.state().folder.search(rest);
                let found = found.iter().map(|uid| format!(" {uid}")).collect::<String>();
                self.say(ImapStep::Search, tag, format!("* SEARCH{found}\r\n"), "done").await
            }
            "UID STORE" => {
                if self.take_fault(ImapStep::Store).is_some() {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                self.shared.state().folder.see(set);
                self.line.write(format!("{tag} OK done\r\n").as_bytes()).await
            }
            "UID FETCH" if items.contains("BODY.PEEK") => self.sources(tag, set, items).await,
            "UID FETCH" => {
                self.changed.borrow_and_update();
                let mut data = String::new();
                for (number, mail) in self.shared.state().folder.select(set) {
                    data.push_str(&format!(
                        "* {number} FETCH (UID {} RFC822.SIZE {} INTERNALDATE \"{}\")\r\n",
                        mail.uid,
                        mail.source.len(),
                        mail.internal_date()
                    ));
                }
                self.say(ImapStep::List, tag, data, "done").await
            }
            _ => self.line.write(format!("{tag} BAD unknown command\r\n").as_bytes()).await,
        }
    }

    async fn sources(&mut self, tag: &str, set: &str, items: &str) -> io::Result<()> {
        let header = items.contains("HEADER");
        let fault = self.take_fault(ImapStep::Source);
        let mut answer = Vec::new();
        for (number, mail) in self.shared.state().folder.select(set) {
            let (name, source) = if header { ("BODY[HEADER]<0>", mail.header()) } else { ("BODY[]", mail.source.as_slice()) };
            let size = match &fault {
                Some(ImapDoes::Announces(size)) => (*size).to_owned(),
                _ => source.len().to_string(),
            };
            answer.extend_from_slice(format!("* {number} FETCH (UID {} {name} {{{size}}}\r\n", mail.uid).as_bytes());
            if let Some(ImapDoes::CutInLiteral { percent }) = &fault {
                answer.extend_from_slice(source.get(..source.len() * percent / 100).unwrap_or_default());
                break;
            }
            answer.extend_from_slice(source);
            answer.extend_from_slice(b")\r\n");
        }
        match fault {
            Some(ImapDoes::CutInLiteral { .. }) => {
                self.line.write(&answer).await?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Some(ImapDoes::Announces(_)) | None => self.tagged(tag, &answer, "done").await,
            Some(does) => self.misbehave(does, tag, &answer, "done").await,
        }
    }

    async fn idle(&mut self, tag: &str) -> io::Result<()> {
        match self.take_fault(ImapStep::Idle) {
            Some(does) => return self.misbehave(does, tag, b"", "done").await,
            None => self.line.write(b"+ idling\r\n").await?,
        }
        loop {
            tokio::select! {
                line = self.line.line() => {
                    let done = line?.is_some_and(|line| line.eq_ignore_ascii_case("DONE"));
                    return if done { self.line.write(format!("{tag} OK done\r\n").as_bytes()).await } else { Ok(()) };
                }
                _ = self.changed.changed() => {
                    if let Some(does) = self.take_fault(ImapStep::Announce) {
                        self.misbehave(does, tag, b"", "done").await?;
                        continue;
                    }
                    tokio::time::sleep(self.shared.options.announce_after).await;
                    let data = format!("* 1 EXPUNGE\r\n* {} EXISTS\r\n", self.shared.state().folder.exists());
                    self.line.write(data.as_bytes()).await?;
                }
            }
        }
    }

    async fn authenticate(&mut self, tag: &str, rest: &str) -> io::Result<()> {
        let mut words = rest.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let response = match words.next() {
            Some(response) if self.shared.options.sasl_ir => response.to_owned(),
            Some(_) => return self.line.write(format!("{tag} BAD no initial response\r\n").as_bytes()).await,
            None => {
                self.line.write(b"+ \r\n").await?;
                self.line.line().await?.unwrap_or_default()
            }
        };
        let response = STANDARD.decode(response).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let good = match mechanism.as_str() {
            "PLAIN" => response == format!("\0{USERNAME}\0{PASSWORD}"),
            "XOAUTH2" => {
                let tokens = self.shared.state().tokens.clone();
                tokens.iter().any(|token| response == format!("user={USERNAME}\x01auth=Bearer {token}\x01\x01"))
            }
            _ => false,
        };
        if !good && mechanism == "XOAUTH2" {
            let challenge = STANDARD.encode(r#"{"status":"401","schemes":"bearer","scope":"mail"}"#);
            self.line.write(format!("+ {challenge}\r\n").as_bytes()).await?;
            if self.line.line().await?.as_deref() != Some("") {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        self.login(tag, good && self.may_log_in()).await
    }

    async fn login(&mut self, tag: &str, good: bool) -> io::Result<()> {
        match self.take_fault(ImapStep::Login) {
            Some(does) => self.misbehave(does, tag, b"", "logged in").await?,
            None if good => self.line.write(format!("{tag} OK logged in\r\n").as_bytes()).await?,
            None => return self.line.write(format!("{tag} NO [AUTHENTICATIONFAILED] wrong\r\n").as_bytes()).await,
        }
        self.logged_in = good;
        Ok(())
    }

    /// A password in the clear is never good on a port that could be secured.
    fn may_log_in(&self) -> bool {
        self.secured || self.shared.options.security == Security::Plain
    }

    fn capabilities(&self) -> String {
        let options = &self.shared.options;
        let mut words = vec!["IMAP4rev1"];
        let clear = options.security == Security::Starttls && !self.secured;
        if clear {
            words.extend(["LOGINDISABLED"]);
            words.extend((!options.strip_starttls).then_some("STARTTLS"));
        } else {
            words.extend(options.sasl_ir.then_some("SASL-IR"));
            if options.authenticate {
                words.extend(["AUTH=PLAIN", "AUTH=XOAUTH2"]);
            }
        }
        // What a server can do is told in full only after login.
        words.extend((options.idle && self.logged_in).then_some("IDLE"));
        words.join(" ")
    }

    fn take_fault(&self, at: ImapStep) -> Option<ImapDoes> {
        let mut state = self.shared.state();
        let index = state.faults.iter().position(|fault| fault.at == at)?;
        Some(state.faults.remove(index).does)
    }

    async fn say(&mut self, at: ImapStep, tag: &str, data: String, ok: &str) -> io::Result<()> {
        match self.take_fault(at) {
            Some(does) => self.misbehave(does, tag, data.as_bytes(), ok).await,
            None => self.tagged(tag, data.as_bytes(), ok).await,
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
