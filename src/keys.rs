//! The installation's own secret, made on first start, and the keys derived from it for each use.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use trunkline_channel::{Secret, signature};

const KEY_FILE: &str = "secret.key";
const KEY_BYTES: usize = 32;

/// One key for each use, so that a signature made for one is worth nothing for another.
#[derive(Debug, Clone)]
pub struct Keys {
    /// JWTs of operators' sockets and of visitors.
    pub tokens: Secret,
    /// Thread tokens in Message-IDs.
    pub threads: Secret,
    /// Links to files.
    pub links: Secret,
    /// Settings of inboxes at rest.
    pub sealing: Secret,
    /// Names this installation in loop guards; not secret.
    pub instance_id: String,
}

impl Keys {
    /// Reads the key file of a data directory, making it first where there is none.
    pub fn load(data_dir: &Path) -> std::io::Result<Self> {
        let path = data_dir.join(KEY_FILE);
        match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                let random: [u8; KEY_BYTES] = rand::random();
                file.write_all(hex::encode(random).as_bytes())?;
                file.sync_all()?;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        let master = std::fs::read_to_string(&path)?;
        if master.trim().len() < KEY_BYTES * 2 {
            return Err(std::io::Error::new(ErrorKind::InvalidData, "the key file is damaged"));
        }
        Ok(Self::derive(&Secret::new(master.trim())))
    }

    #[must_use]
    pub fn derive(master: &Secret) -> Self {
        let key = |purpose: &str| Secret::new(hex::encode(signature::sign(master, purpose.as_bytes())));
        let instance = hex::encode(&signature::sign(master, b"instance")[..8]);
        Self {
            tokens: key("tokens"),
            threads: key("threads"),
            links: key("links"),
            sealing: key("sealing"),
            instance_id: instance,
        }
    }
}
