//! An SMTP submission server with one account and a ledger of what it took (RFC 5321, 6409, 4954).

mod session;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Security;
use super::authority::{Authority, Issued};

/// What the server is like.
#[derive(Debug, Clone)]
pub struct SmtpOptions {
    pub security: Security,
    /// Words of AUTH.
    pub mechanisms: &'static str,
    pub eight_bit: bool,
    pub utf8: bool,
    pub size: Option<usize>,
    /// The certificate names another host.
    pub stranger: bool,
    /// STARTTLS is not offered although the port wants it: somebody on the way has taken it out.
    pub strip_starttls: bool,
    /// Access tokens that XOAUTH2 takes.
    pub tokens: Vec<String>,
}

impl Default for SmtpOptions {
    fn default() -> Self {
        Self {
            security: Security::Plain,
            mechanisms: "PLAIN LOGIN XOAUTH2",
            eight_bit: true,
            utf8: true,
            size: Some(30_000_000),
            stranger: false,
            strip_starttls: false,
            tokens: Vec::new(),
        }
    }
}

/// A moment of the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpStep {
    Greeting,
    Handshake,
    Ehlo,
    Starttls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// In the middle of the mail.
    Body,
    /// After the final dot.
    Dot,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmtpDoes {
    /// The connection ends without an answer. After the final dot the mail was taken.
    Cut,
    /// The connection ends in the middle of the ordinary reply.
    Half,
    /// This reply instead of the ordinary one; the mail is not taken.
    Reply(&'static str),
    /// The ordinary reply comes this much later.
    Late(Duration),
    /// Nothing more is said; the connection stays.
    Silent,
    /// Like the ordinary reply to STARTTLS, with a command of a stranger's behind it.
    Inject(&'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpFault {
    pub at: SmtpStep,
    pub does: SmtpDoes,
}

/// One mail as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub from: String,
    pub recipients: Vec<String>,
    /// Without dot-stuffing.
    pub mail: Vec<u8>,
    pub secured: bool,
}

impl Accepted {
    /// The mail's Message-ID as it stands between the brackets.
    #[must_use]
    pub fn message_id(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.mail);
        let line =
            text.lines().take_while(|line| !line.is_empty()).find(|line| line.to_ascii_lowercase().starts_with("message-id:"))?;
        let (_, id) = line.split_once('<')?;
        Some(id.split_once('>')?.0.to_owned())
    }
}

/// A running server and the strings it hangs on. Stops when dropped.
pub struct SmtpStandIn {
    port: u16,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

struct Shared {
    pub options: SmtpOptions,
    pub tls: Arc<ServerConfig>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pub ledger: Vec<Accepted>,
    pub faults: Vec<SmtpFault>,
    /// Replies to RCPT by address.
    pub refused: HashMap<String, String>,
    pub journal: Vec<String>,
    pub tokens: Vec<String>,
}

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SmtpStandIn {
    /// # Errors
    /// When no port can be opened.
    pub async fn start(options: SmtpOptions, authority: &Authority) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let Issued { server, .. } = if options.stranger { authority.issue_for_stranger()? } else { authority.issue()? };
        let state = State { tokens: options.tokens.clone(), ..State::default() };
        let shared = Arc::new(Shared { options, tls: server, state: Mutex::new(state) });
        let stop = CancellationToken::new();
        tokio::spawn(accept(listener, shared.clone(), stop.clone()));
        Ok(Self { port, shared, stop })
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next time the step comes, this happens; faults of one step happen in the order they were given.
    pub fn fault(&self, at: SmtpStep, does: SmtpDoes) {
        self.shared.state().faults.push(SmtpFault { at, does });
    }

    /// From now on this address is answered with `reply`.
    pub fn refuse(&self, address: &str, reply: &str) {
        self.shared.state().refused.insert(address.to_owned(), reply.to_owned());
    }

    pub fn take_again(&self, address: &str) {
        self.shared.state().refused.remove(address);
    }

    pub fn set_tokens(&self, tokens: &[&str]) {
        self.shared.state().tokens = tokens.iter().map(|&token| token.to_owned()).collect();
    }

    /// Everything taken, in order.
    #[must_use]
    pub fn ledger(&self) -> Vec<Accepted> {
        self.shared.state().ledger.clone()
    }

    /// Commands in the order they came; without passwords and tokens.
    #[must_use]
    pub fn journal(&self) -> Vec<String> {
        self.shared.state().journal.clone()
    }
}

impl Drop for SmtpStandIn {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (shared, stop) = (shared.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                // A session that breaks is what these servers are for.
                _ = session::serve(stream, &shared) => {}
            }
        });
    }
}
