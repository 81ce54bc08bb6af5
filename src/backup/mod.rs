//! Backups: one compressed archive of database, attachments and key, written while the daemon runs; and the way back.

mod archive;
mod create;
mod restore;
mod store;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use trunkline_channel::Micros;

use crate::config::Config;
use crate::db::{DbError, OpenError};
use crate::serve::ServeError;

pub use create::create;
pub use restore::{Restored, restore};

/// Raised when an older program could not read the archive any more.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const DATABASE: &str = "trunkline.db";
const KEY: &str = "secret.key";
const ATTACHMENTS: &str = "attachments";

/// What an archive holds; its last entry, so that a cut archive has none.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The program that wrote it.
    pub version: String,
    pub created_at: Micros,
    /// Whether the database is in it; PostgreSQL's is not.
    pub database: bool,
    pub files: Vec<FileEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub path: String,
    pub size: u64,
    /// Hex.
    pub sha256: String,
}

impl Manifest {
    /// Bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

#[derive(Debug, Error)]
pub enum Error {
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    #[error("{} holds no Trunkline data", .0.display())]
    NothingToBackUp(PathBuf),
    #[error(
        "the database is PostgreSQL, which has its own way of being backed up. {0} Then run this again with --without-database for attachments and key"
    )]
    Postgres(String),
    #[error("{} is not empty; restore into a new data directory (store.data_dir)", .0.display())]
    NotEmpty(PathBuf),
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    #[error("the archive was written by a newer Trunkline ({0})")]
    Newer(String),
    #[error("the archive {} the database, but store.database {}", if *.archived { "holds" } else { "does not hold" }, if *.archived { "names a PostgreSQL" } else { "is empty (SQLite)" })]
    OtherStore { archived: bool },
    #[error("cannot read or write {}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    DataDir(#[from] ServeError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// How to save a database that is not in the archive.
#[must_use]
pub fn database_hint(config: &Config) -> Option<String> {
    let hint = "Save it with: pg_dump --format=custom --file=trunkline.dump DATABASE (before the attachments, so that no message lacks its file).";
    (!config.store.database.is_empty()).then(|| hint.to_owned())
}

fn file_error(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path, source }
}
