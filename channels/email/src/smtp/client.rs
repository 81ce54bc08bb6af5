//! One SMTP session, command by command.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::reply::{Lines, Reply};
use crate::oauth::{TokenError, xoauth2};
use crate::settings::{Account, Auth, TlsMode};
use crate::tls::{ConnectError, Wire, dial};

/// RFC 5321 §4.5.3.1.5 allows 512; some servers talk more.
const LINE_MAX: usize = 4_096;
const CHUNK: usize = 16 * 1024;

/// Where in the dialogue something happened. The order is the dialogue's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Connect,
    Greeting,
    Tls,
    Login,
    Sender,
    Recipient,
    Data,
    /// The mail itself, up to but without the final dot.
    Body,
    /// From the first byte of the final dot on: the server may take the mail now.
    Dot,
}

#[derive(Debug, Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A complete reply that says no.
    #[error("{} {}", .0.shown_code(), .0.shown())]
    Refused(Reply),
    #[error("the connection broke: {0}")]
    Broken(io::ErrorKind),
    #[error("the mail server was silent for too long")]
    Silent,
    #[error("the mail server sent something unreadable: {0}")]
    Nonsense(&'static str),
    #[error("the mail server does not offer {0}")]
    NotOffered(&'static str),
    #[error("{0}")]
    Consent(String),
    #[error("{0}")]
    TokenService(String),
}

/// What went wrong, and where.
#[derive(Debug, Error)]
#[error("{trouble}")]
pub(super) struct Failure {
    pub stage: Stage,
    pub trouble: Trouble,
}

/// A session after EHLO; bytes read ahead stay inside.
pub(super) struct Session {
    wire: Wire,
    ahead: Vec<u8>,
    limit: Duration,
    stage: Stage,
    greeting: Reply,
    /// Nothing more can be said on this connection.
    broken: bool,
}

impl Session {
    /// Connects, secures and greets. A server that hides STARTTLS is left (a stripped offer looks just like that).
    pub async fn open(account: &Account) -> Result<Self, Failure> {
        let server = &account.smtp;
        let limits = account.timeouts;
        let at = |stage| move |error: ConnectError| Failure { stage, trouble: error.into() };
        let mut wire = dial(server, limits.connect()).await.map_err(at(Stage::Connect))?;
        if server.mode == TlsMode::Implicit {
            wire = account.tls.secure(wire, &server.host, limits.connect()).await.map_err(at(Stage::Tls))?;
        }
        let greeting = Reply { code: 220, lines: Vec::new() };
        let mut session =
            Self { wire, ahead: Vec::new(), limit: limits.answer(), stage: Stage::Greeting, greeting, broken: false };
        session.expect_reply().await?;
        session.greet(&account.hello).await?;
        if server.mode == TlsMode::Starttls {
            session.stage = Stage::Tls;
            if session.greeting.keyword("STARTTLS").is_none() {
                return Err(session.failure(Trouble::NotOffered("STARTTLS")));
            }
            session.command("STARTTLS").await?;
            // What came before the handshake was said by anybody: it is dropped with the old buffer.
            session.ahead.clear();
            session.wire = account.tls.secure(session.wire, &server.host, limits.connect()).await.map_err(at(Stage::Tls))?;
            session.greet(&account.hello).await?;
        }
        Ok(session)
    }

    /// Words after a keyword of EHLO, where it was offered.
    pub fn offers(&self, keyword: &str) -> Option<Vec<String>> {
        self.greeting.keyword(keyword)
    }

    /// AUTH by what the settings have and the server offers.
    pub async fn log_in(&mut self, account: &Account) -> Result<(), Failure> {
        self.stage = Stage::Login;
        let username = &account.smtp.username;
        let offered = self.offers("AUTH").unwrap_or_default();
        let offers = |mechanism: &str| offered.iter().any(|word| word == mechanism);
        match &account.auth {
            Auth::Password(password) if offers("PLAIN") => {
                let response = STANDARD.encode(format!("\0{username}\0{}", password.expose()));
                self.authenticate(&format!("AUTH PLAIN {response}"), &[]).await
            }
            Auth::Password(password) if offers("LOGIN") => {
                let answers = [STANDARD.encode(username), STANDARD.encode(password.expose())];
                self.authenticate("AUTH LOGIN", &answers).await
            }
            Auth::Password(_) => Err(self.failure(Trouble::NotOffered("a login by password"))),
            Auth::Xoauth2(_) if !offers("XOAUTH2") => Err(self.failure(Trouble::NotOffered("XOAUTH2"))),
            Auth::Xoauth2(source) => {
                let token = source.token().await.map_err(|error| match error {
                    TokenError::Refused(_) => self.failure(Trouble::Consent(error.to_string())),
                    TokenError::Unavailable(_) => self.failure(Trouble::TokenService(error.to_string())),
                })?;
                let response = STANDARD.encode(xoauth2(username, &token));
                self.authenticate(&format!("AUTH XOAUTH2 {response}"), &[]).await
            }
        }
    }

    /// A challenge beyond the expected ones explains a refusal and waits for an empty line.
    async fn authenticate(&mut self, first: &str, answers: &[String]) -> Result<(), Failure> {
        let mut reply = self.command(first).await?;
        for answer in answers {
            if reply.code != 334 {
                break;
            }
            reply = self.command(answer).await?;
        }
        if reply.code == 334 {
            reply = self.command("").await?;
        }
        if reply.code == 235 { Ok(()) } else { Err(self.failure(Trouble::Nonsense("a login without an end"))) }
    }

    pub async fn sender(&mut self, address: &str, parameters: &str) -> Result<(), Failure> {
        self.stage = Stage::Sender;
        self.command(&format!("MAIL FROM:<{address}>{parameters}")).await.map(drop)
    }

    /// The reply of this one recipient, also where it is a refusal. 421 ends the session and is an error.
    pub async fn recipient(&mut self, address: &str) -> Result<Reply, Failure> {
        self.stage = Stage::Recipient;
        match self.command(&format!("RCPT TO:<{address}>")).await {
            Err(Failure { trouble: Trouble::Refused(reply), .. }) if reply.code != 421 => Ok(reply),
            other => other,
        }
    }

    /// The mail, already in its form for the wire. `patience` is for the answer to the final dot.
    pub async fn data(&mut self, mail: &[u8], patience: Duration) -> Result<Reply, Failure> {
        self.stage = Stage::Data;
        let go = self.command("DATA").await?;
        if go.code != 354 {
            return Err(self.failure(Trouble::Nonsense("an answer to DATA that is not 354")));
        }
        self.stage = Stage::Body;
        for chunk in mail.chunks(CHUNK) {
            self.write(chunk).await?;
        }
        self.stage = Stage::Dot;
        self.limit = patience;
        self.write(b".\r\n").await?;
        self.expect_reply().await
    }

    /// Polite, brief, and of no consequence.
    pub async fn quit(mut self) {
        if self.broken {
            return;
        }
        self.limit = Duration::from_secs(2);
        let _ = self.command("QUIT").await;
    }

    async fn greet(&mut self, hello: &str) -> Result<(), Failure> {
        self.greeting = self.command(&format!("EHLO {hello}")).await?;
        Ok(())
    }

    async fn command(&mut self, line: &str) -> Result<Reply, Failure> {
        self.write(format!("{line}\r\n").as_bytes()).await?;
        self.expect_reply().await
    }

    async fn expect_reply(&mut self) -> Result<Reply, Failure> {
        let reply = match timeout(self.limit, self.read_reply()).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(trouble)) => return Err(self.failure(trouble)),
            Err(_) => return Err(self.failure(Trouble::Silent)),
        };
        if reply.is_positive() { Ok(reply) } else { Err(self.failure(Trouble::Refused(reply))) }
    }

    async fn read_reply(&mut self) -> Result<Reply, Trouble> {
        let mut lines = Lines::default();
        loop {
            let line = self.read_line().await?;
            if let Some(reply) = lines.push(&line).map_err(Trouble::Nonsense)? {
                return Ok(reply);
            }
        }
    }

    async fn read_line(&mut self) -> Result<String, Trouble> {
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.ahead.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
            }
            if self.ahead.len() > LINE_MAX {
                return Err(Trouble::Nonsense("an endless line"));
            }
            let read = self.wire.read_buf(&mut self.ahead).await.map_err(|error| Trouble::Broken(error.kind()))?;
            if read == 0 {
                return Err(Trouble::Broken(io::ErrorKind::UnexpectedEof));
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let writing = async {
            self.wire.write_all(bytes).await?;
            self.wire.flush().await
        };
        match timeout(self.limit, writing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.failure(Trouble::Broken(error.kind()))),
            Err(_) => Err(self.failure(Trouble::Silent)),
        }
    }

    fn failure(&mut self, trouble: Trouble) -> Failure {
        self.broken |= matches!(trouble, Trouble::Broken(_) | Trouble::Silent | Trouble::Nonsense(_));
        Failure { stage: self.stage, trouble }
    }
}
