//! Uploads that nobody has put into a message for a day, and their files.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use trunkline_channel::Micros;

use super::store;
use crate::app::App;
use crate::db::DbError;

/// An upload can be used, also several times, for this long.
pub const KEPT: Duration = Duration::from_secs(24 * 3600);
/// Between looks.
const PAUSE: Duration = Duration::from_secs(600);
/// Uploads forgotten in one transaction.
const BATCH: i64 = 500;

/// Tidies until `stop`.
pub async fn run(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match tidy(&app).await {
            Ok(0) => {}
            Ok(uploads) => tracing::info!(uploads, "uploads of yesterday were forgotten"),
            Err(error) => tracing::warn!(%error, "uploads cannot be tidied now"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Forgets every upload that is older than [`KEPT`], and removes the files that nothing else refers to. Returns how many
/// uploads there were.
pub async fn tidy(app: &App) -> Result<usize, DbError> {
    let before = app.now().saturating_sub(Micros::try_from(KEPT.as_micros()).unwrap_or(Micros::MAX));
    let mut forgotten = 0;
    loop {
        let mut tx = app.db.begin().await?;
        let hashes = store::forget_uploads(&mut tx, before, BATCH).await?;
        tx.commit().await?;
        let count = hashes.len();
        forgotten += count;
        for hash in store::unused(&app.db, &hashes).await? {
            if let Err(error) = app.blobs.remove_if_older(&hash, KEPT).await {
                tracing::warn!(error = %error, "the file of a forgotten upload stays");
            }
        }
        if i64::try_from(count).is_ok_and(|count| count < BATCH) {
            return Ok(forgotten);
        }
    }
}
