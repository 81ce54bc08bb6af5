//! Taking a file: piece by piece into the folder of files, never more than the limit, typed by its bytes.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use trunkline_channel::text::clean_file_name;

use super::{Error, UploadView, store};
use crate::app::App;

/// What one visitor may send in an hour.
const VISITOR_FILES: i64 = 60;
const VISITOR_BYTES: i64 = 250 * 1024 * 1024;
const QUOTA_WINDOW_US: i64 = 3_600_000_000;

/// Receives one file of at most `max` bytes for `owner`. The name is only shown, never used as a path. An empty file is a file.
pub async fn receive<E>(
    app: &App,
    owner: &str,
    max: usize,
    name: &str,
    body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<UploadView, Failure<E>> {
    let mut body = body;
    let mut incoming = app.blobs.receive().await.map_err(Error::Files)?;
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(Failure::Body)?;
        if incoming.size().saturating_add(piece.len()) > max {
            return Err(Error::TooLarge { max }.into());
        }
        incoming.write(&piece).await.map_err(Error::Files)?;
    }
    let stored = incoming.finish().await.map_err(Error::Files)?;
    let upload = store::Upload {
        id: app.ids.next(),
        owner: owner.to_owned(),
        name: clean_file_name(name),
        content_type: stored.content_type.to_owned(),
        size: stored.size,
        hash: stored.hash,
        created_at: app.now(),
    };
    let mut tx = app.db.begin().await.map_err(Error::Store)?;
    let used = store::used(&mut tx, owner, app.now().saturating_sub(QUOTA_WINDOW_US)).await.map_err(Error::Store)?;
    within_quota(owner, used, upload.size, app.now())?;
    store::insert_upload(&mut tx, &upload).await.map_err(Error::Store)?;
    tx.commit().await.map_err(Error::Store)?;
    Ok(upload.into())
}

/// Refuses an owner whose share of this hour is used up, before any bytes are read.
pub async fn check_quota(app: &App, owner: &str) -> Result<(), Error> {
    let used = store::used(&app.db, owner, app.now().saturating_sub(QUOTA_WINDOW_US)).await?;
    within_quota(owner, used, 0, app.now())
}

/// Why a file was not received: our reasons, or the body's own.
#[derive(Debug)]
pub enum Failure<E> {
    Refused(Error),
    Body(E),
}

impl<E> From<Error> for Failure<E> {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<store::Upload> for UploadView {
    fn from(row: store::Upload) -> Self {
        Self { id: row.id, name: row.name, content_type: row.content_type, size: row.size, created_at: row.created_at }
    }
}

/// Visitors are strangers; operators are not counted. The same file sent twice counts twice.
fn within_quota(owner: &str, used: (i64, i64, Option<i64>), more: i64, now: i64) -> Result<(), Error> {
    let (files, bytes, first) = used;
    if !owner.starts_with("visitor:") || (files < VISITOR_FILES && bytes.saturating_add(more) <= VISITOR_BYTES) {
        return Ok(());
    }
    let free_at = first.unwrap_or(now).saturating_add(QUOTA_WINDOW_US);
    Err(Error::Quota { retry_after_s: u64::try_from((free_at - now) / 1_000_000 + 1).unwrap_or(1) })
}

#[cfg(test)]
mod tests {
    use super::{Error, QUOTA_WINDOW_US, VISITOR_BYTES, VISITOR_FILES, within_quota};

    #[test]
    fn a_visitors_share_is_counted_in_files_and_in_bytes_and_operators_have_none() {
        let start = 1_000_000;
        for (used, more, fits) in [
            ((0, 0, None), VISITOR_BYTES, true),
            ((VISITOR_FILES - 1, 0, Some(start)), 1, true),
            ((VISITOR_FILES, 0, Some(start)), 0, false),
            ((1, VISITOR_BYTES, Some(start)), 1, false),
        ] {
            assert_eq!(within_quota("visitor:i:x", used, more, start).is_ok(), fits, "{used:?}");
            assert!(within_quota("operator:o", used, more, start).is_ok());
        }
        let refused = within_quota("visitor:i:x", (VISITOR_FILES, 0, Some(start)), 0, start + QUOTA_WINDOW_US - 1_000_000);
        assert!(matches!(refused, Err(Error::Quota { retry_after_s: 2 })), "{refused:?}");
    }
}
