//! Opaque tokens: sessions, API tokens, set-up links. Only their hash is stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use trunkline_channel::Secret;

/// What every API token begins with, so that people and scanners know one when they see it.
pub const API_TOKEN_PREFIX: &str = "tl_";

/// 256 random bits, after a prefix.
#[must_use]
pub fn new_secret(prefix: &str) -> Secret {
    let random: [u8; 32] = rand::random();
    Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random)))
}

/// The form in which a token is stored and looked up. A fast hash is enough: there is nothing to guess in 256 random bits.
#[must_use]
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
