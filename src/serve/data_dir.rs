//! The data directory: made on first start, locked while in use, never on a network file system under SQLite.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::ServeError;
use crate::config::Store;
use crate::db;

/// File systems whose locks or write order SQLite cannot trust (sqlite.org/howtocorrupt.html, 2.1).
const NETWORK_FILE_SYSTEMS: [&str; 8] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs"];

/// Makes the directory where it is missing and holds its lock for as long as the file lives.
pub fn prepare(store: &Store) -> Result<File, ServeError> {
    let dir = &store.data_dir;
    let failed = |source| ServeError::DataDir { path: dir.display().to_string(), source };
    // Customers' words and the installation's key are in there: nobody else on the machine may look.
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
    let whole = dir.canonicalize().map_err(failed)?;
    if store.database.is_empty() {
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        if let Some(kind) = file_system(&mounts, &whole).filter(|kind| NETWORK_FILE_SYSTEMS.contains(kind)) {
            return Err(ServeError::NetworkDisk(kind.to_owned()));
        }
    }
    Ok(db::lock_data_dir(dir)?)
}

/// Where the files of messages are kept.
#[must_use]
pub fn attachments(data_dir: &Path) -> PathBuf {
    data_dir.join("attachments")
}

/// The kind of the mount that holds a path; fields of a line are device, place, kind (proc(5), mounts).
fn file_system<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let mut fields = line.split(' ');
        let (Some(place), Some(kind)) = (fields.nth(1), fields.next()) else { continue };
        let depth = Path::new(place).components().count();
        // The last of several mounts on one place covers the others.
        if path.starts_with(place) && best.is_none_or(|(deepest, _)| depth >= deepest) {
            best = Some((depth, kind));
        }
    }
    best.map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::file_system;

    #[test]
    fn the_deepest_and_latest_mount_tells_the_file_system() {
        let mounts = "/dev/a / ext4 rw 0 0\nhost:/x /srv nfs4 rw 0 0\n/dev/b /srv/local xfs rw 0 0\nt /srv/local tmpfs rw 0 0\n";
        let kind = |path: &str| file_system(mounts, Path::new(path)).unwrap().to_owned();
        assert_eq!([kind("/srv/data"), kind("/srv/local/x"), kind("/var"), kind("/srvx")], ["nfs4", "tmpfs", "ext4", "ext4"]);
    }
}
