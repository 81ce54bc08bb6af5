//! Receiving: one connection to one folder, made again whenever it breaks, from where the store says.
//!
//! A mail is `\Seen` only after intake has answered for it, and the place to go on is committed together with it. A
//! crash anywhere means that a mail is fetched a second time; its key, or its Message-ID, tells that it is the same.

mod collect;
mod commands;
mod guard;
mod login;
mod position;
mod watch;
mod wire;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use rand::RngExt;
use thiserror::Error;
use trunkline_channel::{Context, Health, RunError};

use crate::settings::{Account, Auth};
use collect::Stuck;
use commands::Folder;
use wire::ImapError;

/// The largest mail that is fetched whole, in bytes; of a larger one the header is taken.
pub(crate) const MAIL_MAX: u64 = 30 * 1024 * 1024;

/// Why one connection's life ended early.
#[derive(Debug, Error)]
enum ServeError {
    #[error(transparent)]
    Imap(#[from] ImapError),
    #[error("the store did not answer")]
    Store,
    #[error("the inbox does not exist or is paused")]
    NoInbox,
    #[error("another process holds this inbox now")]
    LostLease,
    /// The parser is known to panic on some answers (async-imap 0.12 with imap-proto 0.17).
    #[error("the mail server sent an answer that cannot be read")]
    Panicked,
}

/// What outlives one connection.
#[derive(Debug, Default)]
struct Memory {
    /// A mail that could not be fetched again and again.
    stuck: Stuck,
    /// UIDs handed to intake since the start, so that the sweep does not fetch them again.
    handed: std::collections::BTreeSet<u32>,
    /// Stored, but the connection broke before they could be marked.
    unmarked: Vec<u32>,
    swept_at: Option<tokio::time::Instant>,
    /// Everything was read to the end since the pause was last doubled.
    caught_up: bool,
}

/// For one copy of a sent mail, of whatever size: the delivery waits for it.
const COPY_PATIENCE: Duration = Duration::from_secs(60);

/// Receives until `cx.stop`.
pub(crate) async fn run(account: &Account, cx: &Context) -> Result<(), RunError> {
    let limits = account.timeouts;
    let mut pause = Pause::new(limits.reconnect_first_ms, limits.reconnect_longest_ms);
    let mut memory = Memory::default();
    let mut token_renewed = false;
    cx.health.set(Health::Connecting, cx.clock.now());
    if let Auth::Xoauth2(source) = &account.auth {
        source.keep_in(cx.cursors.clone(), &cx.inbox.id).await.map_err(|error| RunError::Retry(error.to_string()))?;
    }
    loop {
        memory.caught_up = false;
        let served = tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            served = AssertUnwindSafe(watch::serve(account, cx, &mut memory)).catch_unwind() => served.unwrap_or(Err(ServeError::Panicked)),
        };
        let Err(error) = served else { return Ok(()) };
        if memory.caught_up {
            pause.reset();
            token_renewed = false;
        }
        tracing::warn!(inbox = %cx.inbox.id, error = %kind(&error), "receiving mail was interrupted");
        if matches!(error, ServeError::NoInbox | ServeError::LostLease) {
            return Err(RunError::Retry(error.to_string()));
        }
        let reason = error.to_string();
        let wait = match &error {
            ServeError::Imap(ImapError::Login(_)) => {
                if let (Auth::Xoauth2(source), false) = (&account.auth, token_renewed) {
                    source.forget();
                    token_renewed = true;
                    continue;
                }
                cx.health.set(Health::BadCredentials { reason }, cx.clock.now());
                Duration::from_millis(limits.refused_ms)
            }
            error if is_misconfigured(error) => {
                cx.health.set(Health::Misconfigured { reason }, cx.clock.now());
                pause.next()
            }
            _ => {
                cx.health.set(Health::Troubled { reason }, cx.clock.now());
                pause.next()
            }
        };
        tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// What the channel doctor wants to know of the receiving side, step by step; ends at the first that fails.
pub(crate) async fn probe(account: &Account) -> Vec<(&'static str, Result<String, String>)> {
    let mut steps = Vec::new();
    let mut imap = match login::connect(account).await {
        Ok(imap) => imap,
        Err(error) => return vec![("imap_connect", Err(error.to_string()))],
    };
    steps.push(("imap_connect", Ok(format!("{}:{} answers", account.imap.host, account.imap.port))));
    if let Err(error) = login::log_in(&mut imap, account).await {
        steps.push(("imap_login", Err(error.to_string())));
        return steps;
    }
    steps.push(("imap_login", Ok(format!("logged in as {}", account.imap.username))));
    let idle = imap.can("IDLE");
    match imap.select(&account.folder, false).await {
        Ok(Folder { exists, .. }) => steps.push(("imap_folder", Ok(format!("{} holds {exists} mails", account.folder)))),
        Err(error) => steps.push(("imap_folder", Err(error.to_string()))),
    }
    let told = if idle { "new mail is announced at once" } else { "the server has no IDLE: new mail is looked for every minute" };
    steps.push(("imap_idle", Ok(told.to_owned())));
    imap.logout().await;
    steps
}

/// Puts a copy of what was sent into a folder of the mailbox. The mail is out whatever becomes of its copy, so a failure
/// is only told.
pub(crate) async fn keep_copy(account: &Account, folder: &str, mail: &[u8]) {
    let copying = async {
        let mut imap = login::connect(account).await?;
        login::log_in(&mut imap, account).await?;
        if let Err(ImapError::Refused { .. }) = imap.append(folder, mail).await {
            // Most often the folder is not there yet (RFC 3501 §6.3.11, TRYCREATE).
            imap.create(folder).await?;
            imap.append(folder, mail).await?;
        }
        imap.logout().await;
        Ok(())
    };
    let error = match tokio::time::timeout(COPY_PATIENCE, copying).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => kind(&ServeError::Imap(error)),
        Err(_) => "server silent",
    };
    tracing::warn!(error, "no copy of a sent mail was kept");
}

fn is_misconfigured(error: &ServeError) -> bool {
    match error {
        ServeError::Imap(ImapError::Connect(error)) => error.is_misconfigured(),
        ServeError::Imap(ImapError::NotOffered(_) | ImapError::Refused { step: "SELECT", .. }) => true,
        _ => false,
    }
}

/// For the log: no server text, which may name people.
fn kind(error: &ServeError) -> &'static str {
    match error {
        ServeError::Imap(error) => match error {
            ImapError::Connect(_) => "no connection",
            ImapError::Closed(_) | ImapError::Broken(_) => "connection lost",
            ImapError::Silent => "server silent",
            ImapError::Refused { step, .. } | ImapError::NotUnderstood { step, .. } => step,
            ImapError::Nonsense(what) | ImapError::NotOffered(what) => what,
            ImapError::Login(_) => "login refused",
        },
        ServeError::Store => "store not available",
        ServeError::NoInbox => "no such inbox",
        ServeError::LostLease => "lease lost",
        ServeError::Panicked => "unreadable answer",
    }
}

/// Pauses between attempts: doubling up to a longest, spread by up to half so that many inboxes do not knock together.
struct Pause {
    first: u64,
    longest: u64,
    next: u64,
}

impl Pause {
    fn new(first: u64, longest: u64) -> Self {
        Self { first, longest, next: first }
    }

    fn reset(&mut self) {
        self.next = self.first;
    }

    fn next(&mut self) -> Duration {
        let millis = self.next;
        self.next = self.next.saturating_mul(2).min(self.longest);
        Duration::from_millis(millis - rand::rng().random_range(0..=millis / 2))
    }
}

impl From<trunkline_channel::CursorError> for ServeError {
    fn from(error: trunkline_channel::CursorError) -> Self {
        match error {
            trunkline_channel::CursorError::Unavailable => Self::Store,
            trunkline_channel::CursorError::LostLease => Self::LostLease,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pause;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_again() {
        let mut pause = Pause::new(1_000, 5_000);
        for most in [1_000, 2_000, 4_000, 5_000, 5_000] {
            let millis = pause.next().as_millis();
            assert!((most / 2..=most).contains(&millis), "{millis} of {most}");
        }
        pause.reset();
        assert!(pause.next().as_millis() <= 1_000);
    }
}
