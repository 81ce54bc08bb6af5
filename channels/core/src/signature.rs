//! Signatures over raw bytes, compared in constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::Secret;

/// HMAC-SHA256 of `message` under `key`.
#[must_use]
pub fn sign(key: &Secret, message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so this cannot fail; an empty mac would simply never verify.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Whether `tag` (which may be shortened to no less than 8 bytes) is the signature of `message`.
#[must_use]
pub fn verify(key: &Secret, message: &[u8], tag: &[u8]) -> bool {
    const SHORTEST: usize = 8;
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()) else { return false };
    mac.update(message);
    !key.is_empty() && tag.len() >= SHORTEST && mac.verify_truncated_left(tag).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{sign, verify};
    use crate::secret::Secret;

    #[test]
    fn only_the_right_key_and_bytes_verify() {
        let key = Secret::new("k");
        let tag = sign(&key, b"body");
        assert!(verify(&key, b"body", &tag) && verify(&key, b"body", &tag[..8]));
        assert!(!verify(&key, b"bodY", &tag));
        assert!(!verify(&Secret::new("other"), b"body", &tag));
        assert!(!verify(&key, b"body", &tag[..7]) && !verify(&key, b"body", b""));
        assert!(!verify(&Secret::new(""), b"body", &sign(&Secret::new(""), b"body")));
    }
}
