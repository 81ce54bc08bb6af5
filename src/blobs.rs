//! Files by the hash of their content: the same bytes are stored once, whoever sent them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use trunkline_channel::Blob;

/// Bytes of a file's beginning from which its type is told.
const SNIFFED_BYTES: usize = 8192;
/// Files this old are written anew when the same bytes come again.
const OLD: Duration = Duration::from_secs(3600);
/// Where files are until they are whole; nothing refers to what a crash leaves there.
const UNFINISHED: &str = "unfinished";

/// The directory of stored files. Paths are made of hashes only, never of names people gave.
#[derive(Debug, Clone)]
pub struct Blobs {
    root: Arc<Path>,
}

/// What is known of a file from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Hex SHA-256.
    pub hash: String,
    pub size: i64,
    /// From the first bytes, never from a label; `application/octet-stream` when they tell nothing.
    pub content_type: &'static str,
}

impl Blobs {
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root: root.into() }
    }

    /// Stores the bytes durably and returns what they are. Storing the same bytes again does nothing.
    pub async fn put(&self, bytes: &Bytes) -> std::io::Result<Stored> {
        let hash = hex::encode(Sha256::digest(bytes));
        // An old file may be on its way out because nothing refers to it yet: then it is written anew.
        if self.age(&hash).await.is_some_and(|age| age < OLD) {
            let head = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
            return Ok(Stored { size: i64::try_from(bytes.len()).unwrap_or(i64::MAX), content_type: sniff(head), hash });
        }
        let mut incoming = self.receive().await?;
        incoming.write(bytes).await?;
        incoming.finish().await
    }

    /// Begins a file whose bytes come one piece after the other.
    pub async fn receive(&self) -> std::io::Result<Incoming> {
        let folder = self.root.join(UNFINISHED);
        tokio::fs::create_dir_all(&folder).await?;
        let path = folder.join(format!("{:032x}", rand::random::<u128>()));
        let file = tokio::fs::File::create_new(&path).await?;
        let guard = RemovedOnDrop(path);
        Ok(Incoming { blobs: self.clone(), file, guard, hash: Sha256::new(), size: 0, head: Vec::new() })
    }

    /// The file for reading piece by piece.
    pub async fn open(&self, hash: &str) -> std::io::Result<tokio::fs::File> {
        tokio::fs::File::open(self.checked(hash)?).await
    }

    pub async fn read(&self, hash: &str) -> std::io::Result<Bytes> {
        tokio::fs::read(self.checked(hash)?).await.map(Bytes::from)
    }

    /// Removes a file that nothing refers to, unless it was written within `age`: whoever has just stored the same bytes
    /// may be about to refer to it. Returns whether it is gone.
    pub async fn remove_if_older(&self, hash: &str, age: Duration) -> std::io::Result<bool> {
        let path = self.checked(hash)?;
        if self.age(hash).await.is_none_or(|found| found < age) {
            return Ok(false);
        }
        // Aside first: a file that was written meanwhile has taken the place of the one looked at, and is put back.
        let aside = self.root.join(UNFINISHED).join(format!("{:032x}", rand::random::<u128>()));
        tokio::fs::create_dir_all(self.root.join(UNFINISHED)).await?;
        tokio::fs::rename(&path, &aside).await?;
        if written_ago(&aside).await.is_none_or(|found| found < age) {
            tokio::fs::rename(&aside, &path).await?;
            return Ok(false);
        }
        tokio::fs::remove_file(&aside).await?;
        Ok(true)
    }

    async fn age(&self, hash: &str) -> Option<Duration> {
        written_ago(&self.path(hash)).await
    }

    /// A handle that reads the file when a connector needs it.
    #[must_use]
    pub fn handle(&self, hash: &str) -> Arc<dyn Blob> {
        Arc::new(Handle { blobs: self.clone(), hash: hash.to_owned() })
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, hash: &str) -> PathBuf {
        let shard: String = hash.chars().take(2).collect();
        self.root.join(shard).join(hash)
    }

    fn checked(&self, hash: &str) -> std::io::Result<PathBuf> {
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if is_hash { Ok(self.path(hash)) } else { Err(ErrorKind::NotFound.into()) }
    }
}

/// A file on its way in. Dropped before [`Incoming::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Incoming {
    blobs: Blobs,
    file: tokio::fs::File,
    guard: RemovedOnDrop,
    hash: Sha256,
    size: i64,
    head: Vec<u8>,
}

impl Incoming {
    pub async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hash.update(bytes);
        self.size = self.size.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        let missing = SNIFFED_BYTES.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(missing));
        self.file.write_all(bytes).await
    }

    /// Bytes written so far.
    #[must_use]
    pub fn size(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }

    /// Makes the file durable under the hash of its content.
    pub async fn finish(mut self) -> std::io::Result<Stored> {
        let hash = hex::encode(self.hash.finalize());
        let stored = Stored { size: self.size, content_type: sniff(&self.head), hash };
        let path = self.blobs.path(&stored.hash);
        let folder = path.parent().unwrap_or(&self.blobs.root).to_owned();
        self.file.flush().await?;
        self.file.sync_all().await?;
        if !tokio::fs::try_exists(&folder).await? {
            tokio::fs::create_dir_all(&folder).await?;
            tokio::fs::File::open(&self.blobs.root).await?.sync_all().await?;
        }
        tokio::fs::rename(&self.guard.0, &path).await?;
        tokio::fs::File::open(&folder).await?.sync_all().await?;
        Ok(stored)
    }
}

/// `None` where there is no such file, or where its time lies ahead.
async fn written_ago(path: &Path) -> Option<Duration> {
    tokio::fs::metadata(path).await.ok()?.modified().ok()?.elapsed().ok()
}

#[derive(Debug)]
struct RemovedOnDrop(PathBuf);

impl Drop for RemovedOnDrop {
    fn drop(&mut self) {
        // Gone already after a rename; what a crash leaves is in a folder of its own.
        drop(std::fs::remove_file(&self.0));
    }
}

#[derive(Debug)]
struct Handle {
    blobs: Blobs,
    hash: String,
}

#[async_trait]
impl Blob for Handle {
    async fn read(&self) -> std::io::Result<Bytes> {
        self.blobs.read(&self.hash).await
    }
}

/// The type that the first bytes prove. Anything a browser could run (HTML, SVG, XML) is only ever text to us.
fn sniff(head: &[u8]) -> &'static str {
    match infer::get(head).map(|kind| kind.mime_type()) {
        Some("text/html" | "text/xml" | "image/svg+xml" | "application/xhtml+xml") => "text/plain",
        // The codec's name; the file is an Ogg (RFC 7845, section 9), which is the type that browsers play.
        Some("audio/opus") => "audio/ogg",
        Some(found) => found,
        None if !head.is_empty() && is_text(head) => "text/plain",
        None => "application/octet-stream",
    }
}

/// UTF-8 without U+0000; the last character may be cut off, because only the head of a file is looked at.
fn is_text(head: &[u8]) -> bool {
    let readable = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && head.len() == SNIFFED_BYTES,
    };
    readable && !head.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::{Blobs, sniff};
    use bytes::Bytes;

    #[tokio::test]
    async fn the_same_bytes_are_one_file_and_names_are_never_paths() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path().to_owned());
        let first = blobs.put(&Bytes::from_static(b"hello")).await.unwrap();
        assert_eq!(first, blobs.put(&Bytes::from_static(b"hello")).await.unwrap());
        assert_eq!(blobs.read(&first.hash).await.unwrap(), "hello");
        for not_a_hash in ["../../etc/passwd", "", "zz", &"g".repeat(64)] {
            assert!(blobs.read(not_a_hash).await.is_err(), "{not_a_hash}");
        }
    }

    #[tokio::test]
    async fn a_file_in_pieces_is_the_same_file_and_one_given_up_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path().to_owned());
        let text = "жёлтый ".repeat(4000);
        let whole = blobs.put(&Bytes::from(text.clone())).await.unwrap();
        let mut incoming = blobs.receive().await.unwrap();
        for piece in text.as_bytes().chunks(777) {
            incoming.write(piece).await.unwrap();
        }
        assert_eq!(incoming.finish().await.unwrap(), whole);
        assert_eq!(whole.content_type, "text/plain");
        let mut given_up = blobs.receive().await.unwrap();
        given_up.write(b"half").await.unwrap();
        drop(given_up);
        assert_eq!(std::fs::read_dir(dir.path().join(super::UNFINISHED)).unwrap().count(), 0);
    }

    #[test]
    fn types_come_from_bytes_and_nothing_runs_in_a_browser() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n____"), "image/png");
        assert_eq!(sniff(b"<!DOCTYPE html><script>1</script>"), "text/plain");
        assert_eq!(sniff(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "text/plain");
        assert_eq!(sniff(&[0, 159, 146, 150]), "application/octet-stream");
        assert_eq!(sniff(b""), "application/octet-stream");
        let voice = [b"OggS\x00\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead".as_slice(), &[1; 11]].concat();
        assert_eq!(sniff(&voice), "audio/ogg");
    }
}
