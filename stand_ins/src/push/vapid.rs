//! Whether a sender is who its key says (RFC 8292).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;

/// The longest a token may live (§2).
const LONGEST_LIFE_S: i64 = 24 * 3600;

/// A sender who has proved it.
pub struct Sender {
    /// Its public key, base64url.
    pub key: String,
    /// `mailto:` or `https:`.
    pub contact: Option<String>,
}

/// Checks an `Authorization` header (§3) against this service's own origin.
pub fn verified(authorization: &str, origin: &str) -> Result<Sender, &'static str> {
    let parameters = authorization.strip_prefix("vapid ").ok_or("the scheme is not vapid")?;
    let parameter = |name: &str| parameters.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let (token, key) = (parameter("t").ok_or("no token")?, parameter("k").ok_or("no key")?);

    let (signed, signature) = token.rsplit_once('.').ok_or("the token has no signature")?;
    let (head, claims) = signed.split_once('.').ok_or("the token has no claims")?;
    if json(head)?["alg"] != "ES256" {
        return Err("the token is not signed by ES256");
    }
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes(key)?);
    public.verify(signed.as_bytes(), &bytes(signature)?).map_err(|_| "the signature is another key's")?;

    let claims = json(claims)?;
    if claims["aud"] != origin {
        return Err("the token is for another service");
    }
    let left = claims["exp"].as_i64().ok_or("the token never ends")? - now();
    if !(0..=LONGEST_LIFE_S).contains(&left) {
        return Err("the token has ended, or lives too long");
    }
    let contact = claims["sub"].as_str().map(str::to_owned);
    if contact.as_ref().is_some_and(|contact| !contact.starts_with("mailto:") && !contact.starts_with("https://")) {
        return Err("the contact is neither mail nor page");
    }
    Ok(Sender { key: key.to_owned(), contact })
}

#[expect(clippy::disallowed_methods, reason = "a server elsewhere has a clock of its own")]
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn json(part: &str) -> Result<Value, &'static str> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| "a part of the token is no JSON")
}

fn bytes(part: &str) -> Result<Vec<u8>, &'static str> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| "a part is no base64url without padding")
}
