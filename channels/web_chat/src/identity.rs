//! Proof by the site that a visitor is one of its users.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use thiserror::Error;
use trunkline_channel::{Micros, signature, text};

use crate::settings::Settings;

/// Longest id of a user on the site, in characters.
const MAX_USER_ID_CHARS: usize = 120;
/// How far the site's clock may be ahead or behind, in seconds.
const LEEWAY_S: i64 = 60;

/// What the site's page hands over.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// Lower- or upper-case hex of HMAC-SHA256 of the user id under the inbox's `identity_secret`.
    Hmac(&'a str),
    /// A JWT (HS256) with `sub` and `exp`, and optionally `name` and `email`.
    Jwt(&'a str),
}

/// A user whom the site vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedUser {
    /// External id of the identity; never equal to that of an anonymous visitor.
    pub external_id: String,
    /// From a JWT only: an HMAC proves nothing but the id.
    pub name: Option<String>,
    pub email: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdentityError {
    #[error("this inbox does not verify identities")]
    NotConfigured,
    #[error("the user id is empty, too long or has control characters")]
    BadUserId,
    #[error("the signature does not fit the user id")]
    BadProof,
    #[error("the signed identity has expired")]
    Expired,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    nbf: Option<i64>,
    name: Option<String>,
    email: Option<String>,
}

/// Verifies a site's claim in constant time. `user_id` is what the page says; a JWT must say the same.
pub fn verify_identity(settings: &Settings, user_id: &str, proof: Proof<'_>, now: Micros) -> Result<VerifiedUser, IdentityError> {
    if settings.identity_secret.is_empty() {
        return Err(IdentityError::NotConfigured);
    }
    let id_chars = user_id.chars().count();
    if id_chars == 0 || id_chars > MAX_USER_ID_CHARS || user_id.chars().any(char::is_control) {
        return Err(IdentityError::BadUserId);
    }
    let (name, email) = match proof {
        Proof::Hmac(tag) => {
            let tag = hex::decode(tag).ok().filter(|tag| tag.len() == 32).ok_or(IdentityError::BadProof)?;
            let good = signature::verify(&settings.identity_secret, user_id.as_bytes(), &tag);
            good.then_some((None, None)).ok_or(IdentityError::BadProof)?
        }
        Proof::Jwt(token) => {
            let claims = read_jwt(settings, token)?;
            if claims.sub != user_id {
                return Err(IdentityError::BadProof);
            }
            let now_s = now / 1_000_000;
            if claims.exp.saturating_add(LEEWAY_S) < now_s || claims.nbf.is_some_and(|nbf| nbf.saturating_sub(LEEWAY_S) > now_s) {
                return Err(IdentityError::Expired);
            }
            (claims.name.and_then(|name| text::clean_name(&name)), claims.email)
        }
    };
    Ok(VerifiedUser { external_id: external_id_of_user(user_id), name, email })
}

/// External id of a user of the site.
#[must_use]
pub fn external_id_of_user(user_id: &str) -> String {
    format!("user:{user_id}")
}

/// External id of somebody whom nobody vouches for; `random` must not be guessable.
#[must_use]
pub fn external_id_of_stranger(random: &str) -> String {
    format!("visitor:{random}")
}

/// Checks signature and algorithm; times are checked by our own clock, not the library's.
fn read_jwt(settings: &Settings, token: &str) -> Result<Claims, IdentityError> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims(&["exp", "sub"]);
    let key = DecodingKey::from_secret(settings.identity_secret.expose().as_bytes());
    decode::<Claims>(token, &key, &validation).map(|data| data.claims).map_err(|_| IdentityError::BadProof)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    use serde_json::{Value, json};
    use trunkline_channel::{Secret, signature};

    use super::{IdentityError, Proof, verify_identity};
    use crate::settings::Settings;

    const SECRET: &str = "a secret of the site's server";
    const NOW: i64 = 1_800_000_000_000_000;

    fn settings() -> Settings {
        Settings { identity_secret: Secret::new(SECRET), ..Settings::default() }
    }

    fn jwt(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
        encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    }

    #[test]
    fn only_the_sites_own_hmac_of_this_id_verifies() {
        let tag = hex::encode(signature::sign(&Secret::new(SECRET), b"42"));
        let user = verify_identity(&settings(), "42", Proof::Hmac(&tag), NOW).unwrap();
        assert_eq!(user.external_id, "user:42");
        assert!(verify_identity(&settings(), "42", Proof::Hmac(&tag.to_uppercase()), NOW).is_ok());
        let shortened: String = tag.chars().take(16).collect();
        let other = hex::encode(signature::sign(&Secret::new("another secret altogether"), b"42"));
        for wrong in [shortened.as_str(), other.as_str(), "", "zz", "4242"] {
            assert_eq!(verify_identity(&settings(), "42", Proof::Hmac(wrong), NOW), Err(IdentityError::BadProof), "{wrong}");
        }
        assert_eq!(verify_identity(&settings(), "43", Proof::Hmac(&tag), NOW), Err(IdentityError::BadProof));
        assert_eq!(verify_identity(&Settings::default(), "42", Proof::Hmac(&tag), NOW), Err(IdentityError::NotConfigured));
        assert_eq!(verify_identity(&settings(), "", Proof::Hmac(&tag), NOW), Err(IdentityError::BadUserId));
        assert_eq!(verify_identity(&settings(), "4\n2", Proof::Hmac(&tag), NOW), Err(IdentityError::BadUserId));
    }

    #[test]
    fn a_jwt_must_be_hs256_signed_alive_and_about_this_user() {
        let soon = NOW / 1_000_000 + 600;
        let claims = json!({"sub": "42", "exp": soon, "name": "Ann", "email": "ann@example.com"});
        let good = jwt(Algorithm::HS256, SECRET, &claims);
        let user = verify_identity(&settings(), "42", Proof::Jwt(&good), NOW).unwrap();
        assert_eq!((user.name.as_deref(), user.email.as_deref()), (Some("Ann"), Some("ann@example.com")));

        let cases = [
            (jwt(Algorithm::HS512, SECRET, &claims), IdentityError::BadProof),
            (jwt(Algorithm::HS256, "not the secret of the site", &claims), IdentityError::BadProof),
            (jwt(Algorithm::HS256, SECRET, &json!({"sub": "43", "exp": soon})), IdentityError::BadProof),
            (jwt(Algorithm::HS256, SECRET, &json!({"sub": "42"})), IdentityError::BadProof),
            (jwt(Algorithm::HS256, SECRET, &json!({"sub": "42", "exp": soon - 1000})), IdentityError::Expired),
            (jwt(Algorithm::HS256, SECRET, &json!({"sub": "42", "exp": soon, "nbf": soon})), IdentityError::Expired),
            // {"alg":"none"} with the same claims and no signature.
            (format!("eyJhbGciOiJub25lIn0.{}.", good.split('.').nth(1).unwrap()), IdentityError::BadProof),
            (String::new(), IdentityError::BadProof),
        ];
        for (token, error) in cases {
            assert_eq!(verify_identity(&settings(), "42", Proof::Jwt(&token), NOW), Err(error), "{token}");
        }
    }
}
