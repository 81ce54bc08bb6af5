//! Filling an empty data directory from an archive.

use std::path::{Path, PathBuf};

use trunkline_channel::{Clock, SystemClock};

use super::{DATABASE, Error, KEY, archive, file_error, store};
use crate::config::Config;
use crate::{db, serve};

/// Everything is unpacked and proved here first; only what holds is moved into place.
const STAGING: &str = "restoring";

#[derive(Debug)]
pub struct Restored {
    pub files: usize,
    /// Replies whose fate nobody knows.
    pub held: u64,
}

/// Restores into `store.data_dir`, which must be empty. An archive without database expects its PostgreSQL to be restored
/// (`pg_restore`) already.
pub async fn restore(config: &Config, archive: &Path) -> Result<Restored, Error> {
    let data_dir = config.store.data_dir.clone();
    let _lock = serve::prepare(&config.store)?;
    let staging = data_dir.join(STAGING);
    refuse_what_is_there(&data_dir)?;
    std::fs::create_dir(&staging).map_err(file_error(&staging))?;
    let outcome = fill(config, archive.to_owned(), &data_dir, &staging).await;
    // Also after a failure: the directory is as empty as it was, and the next attempt can begin.
    std::fs::remove_dir_all(&staging).map_err(file_error(&staging))?;
    outcome
}

async fn fill(config: &Config, archive: PathBuf, data_dir: &Path, staging: &Path) -> Result<Restored, Error> {
    let into = staging.to_owned();
    let unpacking = tokio::task::spawn_blocking(move || archive::read(&archive, &into));
    let manifest = unpacking.await.unwrap_or_else(|_| Err(Error::Damaged("reading it was broken off".to_owned())))?;
    let has = |name: &str| manifest.files.iter().any(|file| file.path == name);
    if !has(KEY) || manifest.database != has(DATABASE) {
        return Err(Error::Damaged("it lacks the key or the database".to_owned()));
    }
    if manifest.database != config.store.database.is_empty() {
        return Err(Error::OtherStore { archived: manifest.database });
    }
    let address = match manifest.database {
        true => format!("sqlite:{}", staging.join(DATABASE).display()),
        false => config.store.address(),
    };
    let db = db::open(&address, 2).await?;
    let held = async {
        if manifest.database && !store::is_whole(&db).await? {
            return Err(Error::Damaged("its database is not consistent".to_owned()));
        }
        db::migrate(&db).await?;
        let mut tx = db.begin().await?;
        let held = store::hold_deliveries(&mut tx, SystemClock.now()).await?;
        tx.commit().await?;
        Ok(held)
    };
    let held = held.await;
    db.close().await;
    let held = held?;
    for name in [super::ATTACHMENTS, KEY, DATABASE] {
        let (from, to) = (staging.join(name), data_dir.join(name));
        if from.exists() {
            std::fs::rename(&from, &to).map_err(file_error(&to))?;
        }
    }
    std::fs::File::open(data_dir).and_then(|dir| dir.sync_all()).map_err(file_error(data_dir))?;
    Ok(Restored { files: manifest.files.len(), held })
}

fn refuse_what_is_there(data_dir: &Path) -> Result<(), Error> {
    let entries = std::fs::read_dir(data_dir).map_err(file_error(data_dir))?;
    let others = entries.filter_map(Result::ok).filter(|entry| entry.file_name() != "trunkline.lock").count();
    if others == 0 { Ok(()) } else { Err(Error::NotEmpty(data_dir.to_owned())) }
}
