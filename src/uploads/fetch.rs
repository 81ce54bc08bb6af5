//! Remote files of inbound messages: fetched at once after the message is stored (providers' links live for minutes),
//! tried again for about an hour, then left as failed for a person to repeat. The message stands whatever happens.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use trunkline_channel::{FetchError, Fetched, MediaRef, Micros};

use super::{Error, store};
use crate::access::Caller;
use crate::app::App;
use crate::chores::{self, Chores};
use crate::conversations;
use crate::db::{DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};

/// One fetch takes no longer; afterwards it counts as failed for now.
const FETCH_TIMEOUT: Duration = Duration::from_secs(120);
/// Waiting times after each failure, in microseconds; after the last the file has failed.
const RETRIES_US: [i64; 5] = [5_000_000, 30_000_000, 120_000_000, 600_000_000, 3_600_000_000];
/// How long a file waits while its inbox is paused or runs elsewhere.
const NO_LINE_US: i64 = 30_000_000;
/// Rung by whoever stores a message with files to fetch.
pub const FETCH_BELL: &str = "fetch";

/// The connectors, as far as files are concerned; given by the supervisor.
#[async_trait]
pub trait Fetch: Send + Sync + 'static {
    /// Fetches by the inbox's connector. `None` when that inbox does not run in this process.
    async fn fetch(&self, inbox_id: &str, media: &MediaRef) -> Option<Result<Fetched, FetchError>>;
}

/// The files that wait, and who can fetch them.
#[derive(Clone)]
pub struct Fetching {
    pub app: App,
    pub lines: Arc<dyn Fetch>,
}

#[async_trait]
impl Chores for Fetching {
    type Chore = store::Waiting;
    const NAME: &'static str = "files";
    const BELL: &'static str = FETCH_BELL;
    const MAX_RUNNING: usize = 4;
    const CLAIM_US: Micros = 180_000_000;
    const POLL: Duration = Duration::from_secs(1);

    fn app(&self) -> &App {
        &self.app
    }

    async fn due(&self, now: Micros, limit: i64) -> Result<Vec<store::Waiting>, DbError> {
        store::due(&self.app.db, now, limit).await
    }

    async fn claim(&self, tx: &mut Tx, waiting: &store::Waiting, until: Micros) -> Result<bool, DbError> {
        store::claim(tx, waiting, until).await
    }

    async fn attempt(&self, waiting: store::Waiting) -> Result<(), DbError> {
        let outcome = fetch_one(&self.app, &*self.lines, &waiting).await;
        settle(&self.app, &waiting, outcome).await
    }
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
        FetchError::Retry(_) => chores::wait(&RETRIES_US, attempts),
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
