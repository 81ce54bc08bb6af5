//! An IMAP server with one account and one folder (RFC 3501, 2177, 4959).

mod fault;
mod folder;
mod misbehave;
mod session;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Security;
use super::authority::{Authority, Issued};
pub use fault::{ImapDoes, ImapFault, ImapStep};
use folder::Folder;

/// What the server is like.
#[derive(Debug, Clone)]
pub struct ImapOptions {
    pub security: Security,
    pub idle: bool,
    pub sasl_ir: bool,
    /// AUTH=PLAIN and AUTH=XOAUTH2 beside LOGIN.
    pub authenticate: bool,
    /// New mail is announced to idling clients this much later.
    pub announce_after: Duration,
    /// The certificate names another host.
    pub stranger: bool,
    /// Access tokens that XOAUTH2 takes.
    pub tokens: Vec<String>,
    /// EHLO-like secrecy: STARTTLS is not offered although the port wants it.
    pub strip_starttls: bool,
}

impl Default for ImapOptions {
    fn default() -> Self {
        Self {
            security: Security::Plain,
            idle: true,
            sasl_ir: true,
            authenticate: true,
            announce_after: Duration::ZERO,
            stranger: false,
            tokens: Vec::new(),
            strip_starttls: false,
        }
    }
}

/// A running server and the strings it hangs on. Stops when dropped.
pub struct ImapStandIn {
    port: u16,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

struct Shared {
    pub options: ImapOptions,
    pub tls: Arc<ServerConfig>,
    state: Mutex<State>,
    /// Counts changes of the folder.
    pub changed: watch::Sender<u64>,
}

struct State {
    pub folder: Folder,
    pub faults: Vec<ImapFault>,
    pub journal: Vec<String>,
    pub connections: usize,
    /// Cuts every session that was opened before.
    pub sessions: CancellationToken,
    pub tokens: Vec<String>,
}

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ImapStandIn {
    /// # Errors
    /// When no port can be opened.
    pub async fn start(options: ImapOptions, authority: &Authority) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let Issued { server, .. } = if options.stranger { authority.issue_for_stranger()? } else { authority.issue()? };
        let state = State {
            folder: Folder::new(),
            faults: Vec::new(),
            journal: Vec::new(),
            connections: 0,
            sessions: CancellationToken::new(),
            tokens: options.tokens.clone(),
        };
        let shared = Arc::new(Shared { options, tls: server, state: Mutex::new(state), changed: watch::Sender::new(0) });
        let stop = CancellationToken::new();
        tokio::spawn(accept(listener, shared.clone(), stop.clone()));
        Ok(Self { port, shared, stop })
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A mail arrives; idling clients are told. Gives its UID.
    pub fn deliver(&self, mail: impl Into<Vec<u8>>) -> u32 {
        let uid = self.shared.state().folder.add(mail.into(), now(), false);
        self.announce();
        uid
    }

    /// A mail that got its UID but is not shown before [`Self::show`].
    pub fn deliver_hidden(&self, mail: impl Into<Vec<u8>>) -> u32 {
        self.shared.state().folder.add(mail.into(), now(), true)
    }

    /// A mail that came earlier, in Unix seconds.
    pub fn deliver_at(&self, mail: impl Into<Vec<u8>>, received: i64) -> u32 {
        self.shared.state().folder.add(mail.into(), received, false)
    }

    pub fn show(&self, uid: u32) {
        self.shared.state().folder.show(uid);
        self.announce();
    }

    pub fn expunge(&self, uid: u32) {
        self.shared.state().folder.remove(uid);
        self.announce();
    }

    /// Leaves a hole in the UIDs.
    pub fn skip_uids(&self, count: u32) {
        self.shared.state().folder.skip(count);
    }

    /// All mails keep their order and get new UIDs from 1 under a new UIDVALIDITY.
    pub fn renew_uidvalidity(&self) {
        self.shared.state().folder.renew();
        self.cut_all();
    }

    /// Does what no server may: empties the folder and gives the same UIDs again under the same UIDVALIDITY.
    pub fn reuse_uids(&self) {
        self.shared.state().folder.reuse();
        self.cut_all();
    }

    /// The next time the step comes, this happens instead; faults of one step happen in the order they were given.
    pub fn fault(&self, at: ImapStep, does: ImapDoes) {
        self.shared.state().faults.push(ImapFault { at, does });
    }

    #[must_use]
    pub fn faults_left(&self) -> usize {
        self.shared.state().faults.len()
    }

    pub fn cut_all(&self) {
        let mut state = self.shared.state();
        std::mem::replace(&mut state.sessions, CancellationToken::new()).cancel();
    }

    pub fn set_tokens(&self, tokens: &[&str]) {
        self.shared.state().tokens = tokens.iter().map(|&token| token.to_owned()).collect();
    }

    #[must_use]
    pub fn is_seen(&self, uid: u32) -> bool {
        self.shared.state().folder.is_seen(uid)
    }

    /// Commands in the order they came; without passwords and tokens.
    #[must_use]
    pub fn journal(&self) -> Vec<String> {
        self.shared.state().journal.clone()
    }

    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    fn announce(&self) {
        self.shared.changed.send_modify(|version| *version += 1);
    }
}

impl Drop for ImapStandIn {
    fn drop(&mut self) {
        self.stop.cancel();
        self.cut_all();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let end = {
            let mut state = shared.state();
            state.connections += 1;
            state.sessions.clone()
        };
        let shared = shared.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                // A session that breaks is what these servers are for.
                _ = session::serve(stream, &shared) => {}
            }
        });
    }
}

#[expect(clippy::disallowed_methods, reason = "a server elsewhere has a clock of its own")]
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
