//! The archive itself: tar in zstd, every file hashed on its way in and out.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{ATTACHMENTS, DATABASE, Error, FORMAT, FileEntry, KEY, MANIFEST, Manifest, file_error};

/// zstd's default: attachments are mostly compressed already.
const LEVEL: i32 = 3;
/// Enough for some millions of attachments.
const MAX_MANIFEST_BYTES: u64 = 1 << 30;

/// Writes the files (path in the archive, path on disk) and a manifest of them.
pub fn write(out: &Path, files: Vec<(String, PathBuf)>, mut manifest: Manifest) -> Result<Manifest, Error> {
    let file = private_file(out).map_err(file_error(out))?;
    let failed = || file_error(out);
    let encoder = zstd::Encoder::new(BufWriter::new(file), LEVEL).map_err(failed())?;
    let mut tar = tar::Builder::new(encoder);
    for (name, path) in files {
        let source = match File::open(&path) {
            Ok(source) => source,
            // Deleted since the folder was listed: then no message in the copy of the database needs it.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && name.starts_with(ATTACHMENTS) => continue,
            Err(error) => return Err(file_error(&path)(error)),
        };
        let size = source.metadata().map_err(file_error(&path))?.len();
        let mut reader = Hashing::new(BufReader::new(source).take(size));
        tar.append_data(&mut header(size), &name, &mut reader).map_err(file_error(&path))?;
        let sha256 = reader.hash();
        if name.starts_with(ATTACHMENTS) && !name.ends_with(&sha256) {
            return Err(Error::Damaged(format!("{} does not hold what its name says", path.display())));
        }
        manifest.files.push(FileEntry { path: name, size, sha256 });
    }
    let listed = serde_json::to_vec(&manifest).unwrap_or_default();
    let size = u64::try_from(listed.len()).unwrap_or(u64::MAX);
    tar.append_data(&mut header(size), MANIFEST, listed.as_slice()).map_err(failed())?;
    let encoder = tar.into_inner().map_err(failed())?;
    let buffered = encoder.finish().map_err(failed())?;
    let file = buffered.into_inner().map_err(|error| failed()(error.into_error()))?;
    file.sync_all().map_err(failed())?;
    Ok(manifest)
}

/// Unpacks into an empty folder and proves every byte against the manifest.
pub fn read(archive: &Path, into: &Path) -> Result<Manifest, Error> {
    let failed = || file_error(archive);
    let damaged = |error: std::io::Error| Error::Damaged(error.to_string());
    let file = File::open(archive).map_err(failed())?;
    let mut tar = tar::Archive::new(zstd::Decoder::new(file).map_err(damaged)?);
    let mut found = Vec::new();
    let mut manifest = None;
    for entry in tar.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let name =
            String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| Error::Damaged("a name is not text".to_owned()))?;
        if name == MANIFEST {
            let listed = serde_json::from_reader::<_, Manifest>((&mut entry).take(MAX_MANIFEST_BYTES));
            manifest = Some(listed.map_err(|error| Error::Damaged(format!("its manifest: {error}")))?);
            continue;
        }
        if !is_expected(&name) || entry.header().entry_type() != tar::EntryType::Regular {
            return Err(Error::Damaged(format!("it holds {name:?}")));
        }
        let path = into.join(&name);
        std::fs::create_dir_all(path.parent().unwrap_or(into)).map_err(file_error(&path))?;
        let mut target = private_file(&path).map_err(file_error(&path))?;
        let mut reader = Hashing::new(&mut entry);
        let size = std::io::copy(&mut reader, &mut target).map_err(damaged)?;
        target.sync_all().map_err(file_error(&path))?;
        found.push(FileEntry { path: name, size, sha256: reader.hash() });
    }
    let mut manifest = manifest.ok_or_else(|| Error::Damaged("it ends too early: its manifest is missing".to_owned()))?;
    if manifest.format > FORMAT {
        return Err(Error::Newer(manifest.version));
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
    if let Some(wrong) = manifest.files.iter().find(|file| !found.contains(file)) {
        return Err(Error::Damaged(format!("{} is missing or changed", wrong.path)));
    }
    if found.len() != manifest.files.len() {
        return Err(Error::Damaged("it holds files that its manifest does not name".to_owned()));
    }
    Ok(manifest)
}

/// Nothing but what a backup writes is ever unpacked, whatever an archive names.
fn is_expected(name: &str) -> bool {
    if name == DATABASE || name == KEY {
        return true;
    }
    let mut parts = name.split('/');
    let (Some(ATTACHMENTS), Some(shard), Some(hash), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    shard.len() == 2 && hash.len() == 64 && hash.starts_with(shard) && hash.bytes().all(|b| b.is_ascii_hexdigit())
}

fn private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn header(size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    header
}

/// Hashes what is read through it.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R> Hashing<R> {
    fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new() }
    }

    fn hash(self) -> String {
        hex::encode(self.hash.finalize())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::is_expected;

    #[test]
    fn only_what_a_backup_writes_is_unpacked() {
        let hash = "ab".repeat(32);
        assert!(is_expected("trunkline.db") && is_expected("secret.key") && is_expected(&format!("attachments/ab/{hash}")));
        for other in
            ["../secret.key", "/etc/passwd", "attachments/../../x", "attachments/cd/x", "trunkline.db/x", "attachments/ab/..", ""]
        {
            assert!(!is_expected(other), "{other}");
        }
        assert!(!is_expected(&format!("attachments/cd/{hash}")) && !is_expected(&format!("x/attachments/ab/{hash}")));
    }
}
