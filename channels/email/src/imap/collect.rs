//! Fetching mail and handing it to intake, in batches of bounded size.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use trunkline_channel::{Context, IntakeError, RawEvent};

use super::commands::{Listed, Part};
use super::position::{Position, day_before};
use super::wire::{Imap, ImapError};
use super::{MAIL_MAX, Memory, ServeError};
use crate::inbound::received::{Missing, Received};
use crate::settings::Account;

const BATCH_MAILS: usize = 20;
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Of a mail over [`MAIL_MAX`].
const HEADER_MAX: usize = 256 * 1024;
/// UIDs in one command, so that its line stays short.
const SET_MAX: usize = 200;
const HANDED_MAX: usize = 20_000;
const INTAKE_PAUSE_MAX: Duration = Duration::from_secs(60);

/// One connection at work on one folder.
pub(super) struct Collector<'a> {
    pub account: &'a Account,
    pub cx: &'a Context,
    pub imap: Imap,
    pub position: Position,
    pub memory: &'a mut Memory,
}

impl Collector<'_> {
    /// Everything above the last known UID.
    pub async fn new_mail(&mut self) -> Result<(), ServeError> {
        loop {
            let last = self.position.last_uid;
            self.imap.forget_news();
            let (listed, more) = self.imap.list(&format!("{}:*", last.saturating_add(1)), last).await?;
            self.take(&listed, true).await?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Recent mail found by date: after UIDVALIDITY changed, or for an import. What is there twice is told by its Message-ID.
    pub async fn rescan(&mut self) -> Result<(), ServeError> {
        let Some(since) = self.position.rescan_since else { return Ok(()) };
        let found = self.imap.search(&format!("SINCE {}", day_before(since))).await?;
        self.take_older(found.range(..=self.position.floor_uid).copied().collect()).await?;
        self.position.rescan_since = None;
        self.keep_position().await
    }

    /// Mail that became visible behind our back: some servers show a lower UID after a higher one. It also marks what
    /// an earlier run of ours has stored but not marked.
    pub async fn sweep(&mut self) -> Result<(), ServeError> {
        let now = self.cx.clock.now() / 1_000_000;
        let found = self.imap.search(&format!("UNSEEN SINCE {}", day_before(now))).await?;
        let unknown = found.range(self.position.floor_uid.saturating_add(1)..).copied();
        let unknown: BTreeSet<u32> = unknown.filter(|uid| !self.memory.handed.contains(uid)).collect();
        self.take_older(unknown).await?;
        self.position.at = self.cx.clock.now();
        self.keep_position().await
    }

    async fn take_older(&mut self, uids: BTreeSet<u32>) -> Result<(), ServeError> {
        let uids: Vec<u32> = uids.into_iter().collect();
        for part in uids.chunks(SET_MAX) {
            let (listed, _) = self.imap.list(&set(part), 0).await?;
            let asked: Vec<Listed> = listed.into_iter().filter(|listed| part.contains(&listed.uid)).collect();
            self.take(&asked, false).await?;
        }
        Ok(())
    }

    /// Fetches and hands over; `advance` where the mails follow the last known UID.
    async fn take(&mut self, listed: &[Listed], advance: bool) -> Result<(), ServeError> {
        let (mut batch, mut uids, mut bytes) = (Vec::new(), Vec::new(), 0);
        for mail in listed {
            let body = match self.body(mail).await {
                Ok(body) => body,
                Err(error) => {
                    // What was fetched before the failure need not wait for its repair.
                    self.store(batch, uids).await?;
                    return Err(error);
                }
            };
            if advance {
                self.position.last_uid = mail.uid;
                self.position.at = self.cx.clock.now();
            }
            let Some(body) = body else { continue };
            bytes += body.len();
            let cursor = advance.then(|| self.position.cursor(&self.account.folder));
            batch.push(RawEvent { key: self.position.key(&self.account.folder, mail.uid), body, cursor });
            uids.push(mail.uid);
            if batch.len() >= BATCH_MAILS || bytes >= BATCH_BYTES {
                self.store(std::mem::take(&mut batch), std::mem::take(&mut uids)).await?;
                self.mark().await?;
                bytes = 0;
            }
        }
        self.store(batch, uids).await?;
        self.mark().await
    }

    /// An intake that is full is asked again; nothing is confirmed meanwhile.
    async fn store(&mut self, batch: Vec<RawEvent>, uids: Vec<u32>) -> Result<(), ServeError> {
        if batch.is_empty() {
            return Ok(());
        }
        loop {
            match self.cx.intake.accept(&self.cx.inbox.id, batch.clone()).await {
                Ok(_) => break,
                Err(IntakeError::Overloaded { retry_after } | IntakeError::Unavailable { retry_after }) => {
                    tokio::time::sleep(retry_after.clamp(Duration::from_millis(50), INTAKE_PAUSE_MAX)).await;
                }
                Err(IntakeError::NoInbox) => return Err(ServeError::NoInbox),
                Err(IntakeError::LostLease) => return Err(ServeError::LostLease),
            }
        }
        self.cx.health.saw_event(self.cx.clock.now());
        if self.account.mark_seen {
            self.memory.unmarked.extend(&uids);
        }
        self.memory.handed.extend(&uids);
        while self.memory.handed.len() > HANDED_MAX {
            self.memory.handed.pop_first();
        }
        Ok(())
    }

    /// Sets `\Seen` on what intake has answered for, on this connection or on one that broke before it could.
    pub async fn mark(&mut self) -> Result<(), ServeError> {
        for part in self.memory.unmarked.chunks(SET_MAX) {
            self.imap.mark_seen(part).await?;
        }
        self.memory.unmarked.clear();
        Ok(())
    }

    /// The raw event's bytes: one line of ours, then exactly the mail. `None` when the mail is gone.
    async fn body(&mut self, mail: &Listed) -> Result<Option<Bytes>, ServeError> {
        let header = Part::Header { max: HEADER_MAX };
        let (part, missing) = match self.memory.stuck.advice(mail.uid) {
            Advice::GiveUp => return Ok(Some(self.raw(mail, Some(Missing::Unfetchable), b"\r\n"))),
            Advice::HeaderOnly => (header, Some(Missing::Unfetchable)),
            Advice::Whole if mail.size > MAIL_MAX => (header, Some(Missing::Oversize { bytes: mail.size })),
            Advice::Whole => (Part::Whole, None),
        };
        match self.imap.source(mail.uid, part).await {
            Ok(source) => Ok(source.map(|source| self.raw(mail, missing, &source))),
            Err(error) => {
                self.memory.stuck.failed(mail.uid, &error);
                Err(error.into())
            }
        }
    }

    fn raw(&self, mail: &Listed, missing: Option<Missing>, source: &[u8]) -> Bytes {
        let at = mail.received.unwrap_or_else(|| self.cx.clock.now() / 1_000_000);
        let line = Received { at: Some(at), missing }.to_string();
        let mut raw = BytesMut::with_capacity(line.len() + source.len());
        raw.put(line.as_bytes());
        raw.put(source);
        raw.freeze()
    }

    async fn keep_position(&self) -> Result<(), ServeError> {
        Ok(self.cx.cursors.store(&self.cx.inbox.id, self.position.cursor(&self.account.folder)).await?)
    }
}

/// Counts failures at one mail, so that a mail which breaks every fetch does not hold back all that follow.
#[derive(Debug, Default)]
pub(super) struct Stuck {
    uid: u32,
    points: u32,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Advice {
    Whole,
    HeaderOnly,
    /// Stored as a note that a mail could not be read.
    GiveUp,
}

/// A line that keeps breaking is usually the network's fault and a refusal the server's; an answer outside the grammar
/// is the mail's.
const POINTS_FOR_A_CUT: u32 = 1;
const POINTS_FOR_NONSENSE: u32 = 16;
const POINTS_TO_HEADER: u32 = 48;
const POINTS_TO_GIVE_UP: u32 = 96;

impl Stuck {
    fn failed(&mut self, uid: u32, error: &ImapError) {
        let points = match error {
            ImapError::Nonsense(_) | ImapError::NotUnderstood { .. } => POINTS_FOR_NONSENSE,
            _ => POINTS_FOR_A_CUT,
        };
        self.points = if self.uid == uid { self.points.saturating_add(points) } else { points };
        self.uid = uid;
    }

    fn advice(&self, uid: u32) -> Advice {
        match self.points {
            points if self.uid == uid && points >= POINTS_TO_GIVE_UP => Advice::GiveUp,
            points if self.uid == uid && points >= POINTS_TO_HEADER => Advice::HeaderOnly,
            _ => Advice::Whole,
        }
    }
}

/// UIDs as a set, runs joined.
fn set(uids: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &uid in uids {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => runs.push((uid, uid)),
        }
    }
    let one = |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}:{last}") };
    runs.iter().map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{Advice, ImapError, Stuck, set};

    #[test]
    fn runs_of_uids_are_joined() {
        assert_eq!(set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
        assert_eq!(set(&[u32::MAX]), "4294967295");
    }

    #[test]
    fn a_mail_that_breaks_every_fetch_is_given_up_in_steps() {
        let mut stuck = Stuck::default();
        for _ in 0..3 {
            assert_eq!(stuck.advice(5), Advice::Whole);
            stuck.failed(5, &ImapError::Nonsense("x"));
        }
        assert_eq!(stuck.advice(5), Advice::HeaderOnly);
        assert_eq!(stuck.advice(6), Advice::Whole);
        (0..48).for_each(|_| stuck.failed(5, &ImapError::Silent));
        assert_eq!(stuck.advice(5), Advice::GiveUp);
        stuck.failed(6, &ImapError::Silent);
        assert_eq!(stuck.advice(5), Advice::Whole);
    }
}
