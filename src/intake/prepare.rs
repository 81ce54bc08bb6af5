//! Everything that can be done before the transaction: translating and storing files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use trunkline_channel::{Cursor, Inbound, IntakeError, Media, Micros, RawEvent, Translation, Translator};

use super::{Line, RETRY_AFTER};
use crate::app::App;
use crate::blobs::Stored;

/// Bodies up to this size are translated on the spot; larger ones (mail) on a thread that may take its time.
const TRANSLATE_INLINE_BYTES: usize = 16 * 1024;
/// Longest key kept as it is; a longer one would not fit PostgreSQL's index.
const MAX_KEY_CHARS: usize = 512;
/// A translator that takes longer is given up and its event quarantined.
const TRANSLATE_TIMEOUT: Duration = Duration::from_secs(30);

/// One raw event with what it means.
#[derive(Debug)]
pub struct Prepared {
    pub raw_id: String,
    pub key: String,
    pub body: Bytes,
    pub cursor: Option<Cursor>,
    pub translation: Translation,
    /// Files of the translation that came as bytes, by (event, attachment) position.
    pub files: Vec<((usize, usize), Stored)>,
    pub received_at: Micros,
}

impl Prepared {
    /// The stored file of an attachment.
    #[must_use]
    pub fn file(&self, event: usize, attachment: usize) -> Option<&Stored> {
        self.files.iter().find(|(at, _)| *at == (event, attachment)).map(|(_, stored)| stored)
    }

    /// What happens to the raw row: its state and the reason that is shown.
    #[must_use]
    pub fn verdict(&self) -> (&'static str, Option<String>) {
        if let Some(fault) = self.translation.faults.first() {
            let more = self.translation.faults.len() - 1;
            let place = if fault.at.is_empty() { String::new() } else { format!("{}: ", fault.at) };
            let rest = if more == 0 { String::new() } else { format!(" (and {more} more)") };
            return ("quarantined", Some(format!("{place}{}{rest}", fault.reason)));
        }
        match (&self.translation.ignored, self.translation.events.is_empty()) {
            (Some(reason), true) => ("ignored", Some(reason.clone())),
            (None, true) => ("ignored", Some("nothing in it concerns us".to_owned())),
            (_, false) => ("applied", None),
        }
    }
}

pub async fn all(app: &App, line: &Line, events: Vec<RawEvent>) -> Result<Vec<Prepared>, IntakeError> {
    let mut prepared = Vec::with_capacity(events.len());
    for event in events {
        let translation = translate(line.translator.clone(), event.body.clone()).await;
        let files = store_files(app, &translation).await?;
        prepared.push(Prepared {
            raw_id: app.ids.next(),
            key: event.key.chars().filter(|c| *c != '\0').take(MAX_KEY_CHARS).collect(),
            body: event.body,
            cursor: event.cursor,
            translation,
            files,
            received_at: app.now(),
        });
    }
    Ok(prepared)
}

/// A panic or an endless loop in a translator costs this one event, nothing else.
pub async fn translate(translator: Arc<dyn Translator>, body: Bytes) -> Translation {
    let small = body.len() <= TRANSLATE_INLINE_BYTES;
    let work = move || {
        catch_unwind(AssertUnwindSafe(|| translator.translate(&body)))
            .unwrap_or_else(|_| Translation::unreadable("the translator failed on this event"))
    };
    if small {
        return work();
    }
    match tokio::time::timeout(TRANSLATE_TIMEOUT, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(translation)) => translation,
        Ok(Err(_)) => Translation::unreadable("the translator failed on this event"),
        Err(_) => Translation::unreadable("the translator took too long"),
    }
}

pub async fn store_files(app: &App, translation: &Translation) -> Result<Vec<((usize, usize), Stored)>, IntakeError> {
    let mut files = Vec::new();
    for (e, event) in translation.events.iter().enumerate() {
        let Inbound::Message(message) = event else { continue };
        for (a, attachment) in message.attachments.iter().enumerate() {
            let Media::Bytes(bytes) = &attachment.media else { continue };
            let stored = app.blobs.put(bytes).await.map_err(|error| {
                tracing::error!(kind = ?error.kind(), "cannot store a file");
                IntakeError::Unavailable { retry_after: RETRY_AFTER }
            })?;
            files.push(((e, a), stored));
        }
    }
    Ok(files)
}
