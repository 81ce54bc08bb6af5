//! Settings at rest: sealed with ChaCha20-Poly1305 (RFC 8439) under the installation's sealing key, bound to their inbox.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde_json::Value;
use thiserror::Error;
use trunkline_channel::Secret;

/// Names the way of sealing, so that it can be changed one day.
const MARK: &str = "sealed:1:";

/// The key is another one, the row was copied from another inbox, or somebody changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the settings cannot be unsealed with this installation's key")]
pub struct Unreadable;

/// Seals settings for one inbox.
pub fn seal(key: &Secret, inbox_id: &str, settings: &Value) -> Result<String, Unreadable> {
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut bytes = settings.to_string().into_bytes();
    cipher(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(inbox_id.as_bytes()), &mut bytes)
        .map_err(|_| Unreadable)?;
    let sealed: Vec<u8> = nonce.into_iter().chain(bytes).collect();
    Ok(format!("{MARK}{}", STANDARD.encode(sealed)))
}

/// Opens what [`seal`] made.
pub fn open(key: &Secret, inbox_id: &str, sealed: &str) -> Result<Value, Unreadable> {
    let bytes = sealed.strip_prefix(MARK).and_then(|text| STANDARD.decode(text).ok()).ok_or(Unreadable)?;
    let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(Unreadable)?;
    let mut rest = rest.to_vec();
    let plain = cipher(key)?
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(inbox_id.as_bytes()), &mut rest)
        .map_err(|_| Unreadable)?;
    serde_json::from_slice(plain).map_err(|_| Unreadable)
}

fn cipher(key: &Secret) -> Result<LessSafeKey, Unreadable> {
    let bytes = hex::decode(key.expose()).map_err(|_| Unreadable)?;
    UnboundKey::new(&CHACHA20_POLY1305, &bytes).map(LessSafeKey::new).map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trunkline_channel::Secret;

    use super::{Unreadable, open, seal};
    use crate::keys::Keys;

    #[test]
    fn only_this_installation_opens_it_and_only_for_this_inbox() {
        let key = Keys::derive(&Secret::new("one")).sealing;
        let settings = json!({"auth": {"password": "hunter2"}});
        let sealed = seal(&key, "a", &settings).unwrap();
        assert!(!sealed.contains("hunter2"));
        assert_ne!(sealed, seal(&key, "a", &settings).unwrap(), "a nonce is never used twice");
        assert_eq!(open(&key, "a", &sealed), Ok(settings));
        assert_eq!(open(&key, "b", &sealed), Err(Unreadable));
        assert_eq!(open(&Keys::derive(&Secret::new("two")).sealing, "a", &sealed), Err(Unreadable));
        for damaged in ["", "sealed:1:", "sealed:1:AAAA", "{}", &sealed.replace("sealed:1:", "sealed:1:AAAA")] {
            assert_eq!(open(&key, "a", damaged), Err(Unreadable), "{damaged}");
        }
    }
}
