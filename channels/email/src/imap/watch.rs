//! The life of one connection: open the folder, read what is new, wait, and again.

use std::time::Duration;

use tokio::time::Instant;
use trunkline_channel::{Context, Health};

use super::collect::Collector;
use super::commands::Folder;
use super::login::{connect, log_in};
use super::position::{Position, cursor_name};
use super::wire::{Imap, ImapError, Woken};
use super::{Memory, ServeError};
use crate::settings::Account;

/// Ends with `Ok` only through the stop token of the caller; every other end is an error worth a new connection.
pub(super) async fn serve(account: &Account, cx: &Context, memory: &mut Memory) -> Result<(), ServeError> {
    let limits = account.timeouts;
    let mut imap = connect(account).await?;
    log_in(&mut imap, account).await?;
    let folder = imap.select(&account.folder, account.mark_seen).await?;
    let position = open_position(account, cx, &mut imap, folder, memory).await?;
    let idles = imap.can("IDLE");
    let mut collector = Collector { account, cx, imap, position, memory };
    collector.mark().await?;
    loop {
        collector.new_mail().await?;
        collector.rescan().await?;
        let sweep = Duration::from_millis(limits.sweep_ms);
        if collector.memory.swept_at.is_none_or(|at| at.elapsed() >= sweep) {
            collector.sweep().await?;
            collector.memory.swept_at = Some(Instant::now());
        }
        collector.memory.caught_up = true;
        for alert in collector.imap.take_alerts() {
            // Through a troubled state, so that it stays as the last error; the line itself works.
            cx.health.set(Health::Troubled { reason: format!("the mail server says: {alert}") }, cx.clock.now());
        }
        cx.health.set(Health::Connected, cx.clock.now());
        wait(&mut collector.imap, idles, account).await?;
    }
}

/// Until it is worth looking again.
async fn wait(imap: &mut Imap, idles: bool, account: &Account) -> Result<(), ImapError> {
    let limits = account.timeouts;
    if idles {
        match imap.idle(Duration::from_millis(limits.idle_ms)).await? {
            Woken::NewMail | Woken::Elapsed => Ok(()),
        }
    } else {
        tokio::time::sleep(Duration::from_millis(limits.poll_ms)).await;
        imap.noop().await
    }
}

async fn open_position(
    account: &Account,
    cx: &Context,
    imap: &mut Imap,
    folder: Folder,
    memory: &mut Memory,
) -> Result<Position, ServeError> {
    let highest = match folder.uidnext {
        Some(uidnext) => uidnext.saturating_sub(1),
        None if folder.exists == 0 => 0,
        None => imap.list("*", 0).await?.0.last().map_or(0, |listed| listed.uid),
    };
    let kept = cx.cursors.load(&cx.inbox.id, &cursor_name(&account.folder)).await?;
    let kept = kept.as_deref().and_then(Position::read);
    let position = match kept.clone() {
        Some(position) => position.carried_to(folder, highest),
        None => {
            let since = account.import_since.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
            Position::first(folder, highest, since.map(|at| at.timestamp().as_second()), cx.clock.now())
        }
    };
    if kept.as_ref() != Some(&position) {
        memory.handed.clear();
        memory.unmarked.clear();
        cx.cursors.store(&cx.inbox.id, position.cursor(&account.folder)).await?;
    }
    Ok(position)
}
