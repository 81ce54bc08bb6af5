//! Writing a backup, beside a running daemon.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use trunkline_channel::{Clock, SystemClock};

use super::{ATTACHMENTS, DATABASE, Error, FORMAT, KEY, Manifest, archive, database_hint, file_error};
use crate::config::Config;
use crate::{db, serve};

/// Writes the archive `out`, which appears only when it is whole.
pub async fn create(config: &Config, out: &Path, without_database: bool) -> Result<Manifest, Error> {
    if let Some(hint) = database_hint(config).filter(|_| !without_database) {
        return Err(Error::Postgres(hint));
    }
    if out.exists() {
        return Err(Error::Exists(out.to_owned()));
    }
    let data_dir = config.store.data_dir.clone();
    let holds_database = config.store.database.is_empty();
    if !data_dir.join(KEY).exists() || (holds_database && !data_dir.join(DATABASE).exists()) {
        return Err(Error::NothingToBackUp(data_dir));
    }
    let work = Unfinished::beside(out)?;
    let mut files = Vec::new();
    // The database first: files are stored before the rows that name them, so none of its files can be missing later.
    if holds_database {
        let copy = work.0.join(DATABASE);
        let db = db::open(&config.store.address(), 1).await?;
        let copied = db.copy_to(&copy).await;
        db.close().await;
        copied?;
        files.push((DATABASE.to_owned(), copy));
    }
    files.push((KEY.to_owned(), data_dir.join(KEY)));
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: SystemClock.now(),
        database: holds_database,
        files: Vec::new(),
    };
    let out = out.to_owned();
    let writing = tokio::task::spawn_blocking(move || {
        list_attachments(&serve::attachments(&data_dir), &mut files)?;
        let part = work.0.join("archive");
        let manifest = archive::write(&part, files, manifest)?;
        // A hard link, unlike a rename, never replaces a file that came to be meanwhile.
        std::fs::hard_link(&part, &out).map_err(file_error(&out))?;
        sync_folder(out.parent()).map_err(file_error(&out))?;
        Ok(manifest)
    });
    writing.await.unwrap_or_else(|_| Err(Error::Damaged("writing it was broken off".to_owned())))
}

fn list_attachments(root: &Path, files: &mut Vec<(String, PathBuf)>) -> Result<(), Error> {
    for shard in list(root)? {
        let shard_name = name(&shard);
        for file in list(&shard)? {
            let file_name = name(&file);
            // Unfinished uploads have an ending.
            if file_name.len() == 64 {
                files.push((format!("{ATTACHMENTS}/{shard_name}/{file_name}"), file));
            }
        }
    }
    Ok(())
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(file_error(folder)(error)),
    };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>().map_err(file_error(folder))?;
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn sync_folder(folder: Option<&Path>) -> std::io::Result<()> {
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

/// A folder only we can read, beside the archive because it holds as much; gone with the value.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(out: &Path) -> Result<Self, Error> {
        let folder = out.with_file_name(format!(".{}.{:08x}.unfinished", name(out), rand::random::<u32>()));
        DirBuilder::new().mode(0o700).create(&folder).map_err(file_error(&folder))?;
        Ok(Self(folder))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "cannot remove the folder of an unfinished backup");
        }
    }
}
