//! Files by the hash of their content: the same bytes are stored once, whoever sent them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use trunkline_channel::Blob;

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
        let stored = Stored { size: i64::try_from(bytes.len()).unwrap_or(i64::MAX), content_type: sniff(bytes), hash };
        let path = self.path(&stored.hash);
        if tokio::fs::try_exists(&path).await? {
            return Ok(stored);
        }
        let folder = path.parent().unwrap_or(&self.root).to_owned();
        tokio::fs::create_dir_all(&folder).await?;
        let unfinished = folder.join(format!("{}.{:016x}.part", stored.hash, rand::random::<u64>()));
        let mut file = tokio::fs::File::create(&unfinished).await?;
        file.write_all(bytes).await?;
        file.sync_all().await?;
        tokio::fs::rename(&unfinished, &path).await?;
        tokio::fs::File::open(&folder).await?.sync_all().await?;
        Ok(stored)
    }

    pub async fn read(&self, hash: &str) -> std::io::Result<Bytes> {
        tokio::fs::read(self.checked(hash)?).await.map(Bytes::from)
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
fn sniff(bytes: &[u8]) -> &'static str {
    match infer::get(bytes).map(|kind| kind.mime_type()) {
        Some("text/html" | "text/xml" | "image/svg+xml" | "application/xhtml+xml") => "text/plain",
        Some(found) => found,
        None if !bytes.is_empty() && std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')) => "text/plain",
        None => "application/octet-stream",
    }
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

    #[test]
    fn types_come_from_bytes_and_nothing_runs_in_a_browser() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n____"), "image/png");
        assert_eq!(sniff(b"<!DOCTYPE html><script>1</script>"), "text/plain");
        assert_eq!(sniff(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "text/plain");
        assert_eq!(sniff(&[0, 159, 146, 150]), "application/octet-stream");
        assert_eq!(sniff(b""), "application/octet-stream");
    }
}
