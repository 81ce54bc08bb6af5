//! Remote files of inbound messages: fetched at once after the message is stored (providers' links live for minutes),
//! tried again for about an hour, then left as failed for a person to repeat. The message stands whatever happens.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trunkline_channel::{FetchError, Fetched, MediaRef};

use super::{Error, store};
use crate::access::Caller;
use crate::app::App;
use crate::conversations;
use crate::db::{DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};

/// Files fetched side by side.
const MAX_RUNNING: usize = 4;
/// One fetch takes no longer; afterwards it counts as failed for now.
const FETCH_TIMEOUT: Duration = Duration::from_secs(120);
/// Nobody else takes a claimed file before this: longer than a fetch can last.
const CLAIM_US: i64 = 180_000_000;
/// Waiting times after each failure, in microseconds; after the last the file has failed.
const RETRIES_US: [i64; 5] = [5_000_000, 30_000_000, 120_000_000, 600_000_000, 3_600_000_000];
/// How long a file waits while its inbox is paused or runs elsewhere.
const NO_LINE_US: i64 = 30_000_000;
/// Due files are looked for at least this often.
const POLL: Duration = Duration::from_secs(1);
/// Rung by whoever stores a message with files to fetch.
pub const FETCH_BELL: &str = "fetch";

/// The connectors, as far as files are concerned; given by the supervisor.
#[async_trait]
pub trait Fetch: Send + Sync + 'static {
    /// Fetches by the inbox's connector. `None` when that inbox does not run in this process.
    async fn fetch(&self, inbox_id: &str, media: &MediaRef) -> Option<Result<Fetched, FetchError>>;
}

/// Fetches what waits until `stop`. What is running then is given up and taken again after a restart.
pub async fn run(app: App, lines: Arc<dyn Fetch>, stop: CancellationToken) {
    let bell = app.db.bell(FETCH_BELL);
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        if let Err(error) = start_due(&app, &lines, &mut running).await {
            tracing::warn!(error = %error, "cannot look for files to fetch");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = bell.notified() => {}
            Some(_) = running.join_next() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    running.shutdown().await;
}

/// Claims due files for the free places and starts them.
async fn start_due(app: &App, lines: &Arc<dyn Fetch>, running: &mut JoinSet<()>) -> Result<(), DbError> {
    while running.try_join_next().is_some() {}
    let free = MAX_RUNNING.saturating_sub(running.len());
    if free == 0 {
        return Ok(());
    }
    let now = app.now();
    let due = store::due(&app.db, now, i64::try_from(free).unwrap_or(1)).await?;
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    let mut claimed = Vec::with_capacity(due.len());
    for waiting in due {
        if store::claim(&mut tx, &waiting, now + CLAIM_US).await? {
            claimed.push(waiting);
        }
    }
    tx.commit().await?;
    for waiting in claimed {
        let (app, lines) = (app.clone(), lines.clone());
        running.spawn(async move {
            let outcome = fetch_one(&app, &*lines, &waiting).await;
            if let Err(error) = settle(&app, &waiting, outcome).await {
                // The claim runs out and the file is taken again.
                tracing::warn!(attachment_id = waiting.id, error = %error, "cannot settle a fetched file");
            }
        });
    }
    Ok(())
}

enum Outcome {
    Stored(crate::blobs::Stored),
    NoLine,
    Failed(FetchError),
}

async fn fetch_one(app: &App, lines: &dyn Fetch, waiting: &store::Waiting) -> Outcome {
    if waiting.deleted {
        return Outcome::Failed(FetchError::Gone);
    }
    let media = MediaRef(waiting.reference.clone());
    let fetched = match tokio::time::timeout(FETCH_TIMEOUT, lines.fetch(&waiting.inbox_id, &media)).await {
        Ok(None) => return Outcome::NoLine,
        Ok(Some(Ok(fetched))) => fetched,
        Ok(Some(Err(error))) => return Outcome::Failed(error),
        Err(_) => return Outcome::Failed(FetchError::Retry("it took too long".to_owned())),
    };
    let size = fetched.bytes.len();
    if size > app.config.uploads.max_bytes {
        return Outcome::Failed(FetchError::TooLarge(u64::try_from(size).unwrap_or(u64::MAX)));
    }
    match app.blobs.put(&fetched.bytes).await {
        Ok(stored) => Outcome::Stored(stored),
        Err(error) => {
            tracing::error!(error = %error, "the folder of files refuses work");
            Outcome::Failed(FetchError::Retry("the file could not be stored".to_owned()))
        }
    }
}

async fn settle(app: &App, waiting: &store::Waiting, outcome: Outcome) -> Result<(), DbError> {
    let now = app.now();
    let attempts = waiting.attempts + 1;
    let mut tx = app.db.begin().await?;
    let shown = match outcome {
        Outcome::Stored(stored) => store::mark_stored(&mut tx, &waiting.id, &stored).await?,
        Outcome::NoLine => {
            store::mark_unfetched(&mut tx, &waiting.id, waiting.attempts, None, Some(now + NO_LINE_US)).await?;
            false
        }
        Outcome::Failed(error) => {
            let next_at = next_try(&error, attempts).map(|wait| now + wait);
            let changed = store::mark_unfetched(&mut tx, &waiting.id, attempts, Some(&error.to_string()), next_at).await?;
            if next_at.is_none() {
                tracing::warn!(attachment_id = waiting.id, inbox_id = waiting.inbox_id, attempts, "a file cannot be fetched");
            }
            changed && next_at.is_none()
        }
    };
    if shown {
        tell(app, &mut tx, &waiting.conversation_id, &waiting.message_id).await?;
    }
    tx.commit().await.map(|_| ())
}

/// How long to wait after this many attempts; `None` when another one makes no sense.
fn next_try(error: &FetchError, attempts: i64) -> Option<i64> {
    match error {
        FetchError::Retry(_) => usize::try_from(attempts - 1).ok().and_then(|i| RETRIES_US.get(i).copied()),
        FetchError::TooLarge(_) | FetchError::Gone | FetchError::Refused => None,
    }
}

/// Puts a failed file back into line.
pub async fn fetch_again(app: &App, _caller: &Caller, id: &str) -> Result<super::AttachmentView, Error> {
    let attachment = store::attachment_for_staff(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut tx = app.db.begin().await?;
    if !store::mark_waiting_again(&mut tx, id, app.now()).await? {
        return Err(Error::NotFailed { state: attachment.state });
    }
    let conversation_id = store::conversation_of(&mut tx, &attachment.message_id).await?;
    tell(app, &mut tx, &conversation_id, &attachment.message_id).await?;
    tx.ring(FETCH_BELL.to_owned());
    tx.commit().await?;
    Ok(super::AttachmentView::from(store::Attachment { state: "waiting".to_owned(), ..attachment }))
}

/// The message as it looks now, to everybody who has it on the screen.
async fn tell(app: &App, tx: &mut Tx, conversation_id: &str, message_id: &str) -> Result<(), DbError> {
    let Some(message) = conversations::store::message_view(&mut *tx, message_id).await? else { return Ok(()) };
    let audience = if message.kind == "note" { Audience::Staff } else { Audience::Everyone };
    let event = NewEvent::of_conversation(
        app.ids.next(),
        conversation_id,
        EventKind::MessageEdited,
        audience,
        json!({ "message": message }),
        app.now(),
    );
    tx.emit(event);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{RETRIES_US, next_try};
    use trunkline_channel::FetchError;

    #[test]
    fn a_file_is_tried_again_until_the_schedule_ends_and_never_when_it_is_gone() {
        let later = FetchError::Retry(String::new());
        let waits: Vec<_> = (1..=6).map(|attempts| next_try(&later, attempts)).collect();
        assert_eq!(waits.iter().flatten().copied().collect::<Vec<_>>(), RETRIES_US);
        assert_eq!(waits[5], None);
        assert_eq!(next_try(&FetchError::Gone, 1), None);
        assert_eq!(next_try(&FetchError::TooLarge(9), 1), None);
    }
}
