//! Who we are to push services: one key pair of the installation (VAPID, RFC 8292), which browsers bind their
//! subscriptions to.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;
use trunkline_channel::Micros;
use url::Url;

use super::store::keys as store;
use crate::app::App;
use crate::db::DbError;
use crate::inboxes::{Unreadable, sealed};

/// Name of the key pair in the store, which its seal is bound to.
const NAME: &str = "push_key";
/// RFC 8292 §2 allows a day; a clock that is off must not matter.
const LIFE_S: i64 = 12 * 3600;
const SECOND: Micros = 1_000_000;

/// The key pair, ready to sign.
pub struct Vapid {
    signing: EncodingKey,
    public: String,
    contact: Option<String>,
}

#[derive(Debug, Error)]
pub enum KeyError {
    #[error(transparent)]
    Db(#[from] DbError),
    /// Another installation's key file lies in the data directory.
    #[error("the key pair of notifications cannot be unsealed: {0}")]
    Sealed(#[from] Unreadable),
    #[error("the key pair of notifications is damaged")]
    Damaged,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: String,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
}

impl Vapid {
    /// The key pair of this database, made when there is none; of daemons that start together, all get the same.
    pub async fn load(app: &App) -> Result<Self, KeyError> {
        let key = &app.keys.sealing;
        let stored = match store::get(&app.db, NAME).await? {
            Some(stored) => stored,
            None => {
                let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
                let made = json!({ "pkcs8": STANDARD.encode(made.map_err(|_| KeyError::Damaged)?) });
                let mut tx = app.db.begin().await?;
                let first = store::put_first(&mut tx, NAME, &sealed::seal(key, NAME, &made)?).await?;
                tx.commit().await?;
                first
            }
        };
        Self::of(&sealed::open(key, NAME, &stored)?, contact(app))
    }

    fn of(stored: &Value, contact: Option<String>) -> Result<Self, KeyError> {
        let pkcs8 = stored["pkcs8"].as_str().and_then(|text| STANDARD.decode(text).ok()).ok_or(KeyError::Damaged)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &SystemRandom::new());
        let public = URL_SAFE_NO_PAD.encode(pair.map_err(|_| KeyError::Damaged)?.public_key());
        Ok(Self { signing: EncodingKey::from_ec_der(&pkcs8), public, contact })
    }

    /// What browsers subscribe with (`applicationServerKey`): the uncompressed point, base64url.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.public
    }

    /// The `Authorization` header for a push service (RFC 8292 §3). `None` only when signing fails.
    pub fn authorization(&self, endpoint: &Url, now: Micros) -> Option<String> {
        let aud = endpoint.origin().ascii_serialization();
        let claims = Claims { aud, exp: now / SECOND + LIFE_S, sub: self.contact.as_deref() };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.signing).ok()?;
        Some(format!("vapid t={token}, k={}", self.public))
    }
}

/// Push services refuse a contact that is neither an address of mail nor a page.
fn contact(app: &App) -> Option<String> {
    let public_url = app.config.server.public_url.as_str();
    let contact = if app.config.push.contact.is_empty() { public_url } else { app.config.push.contact.as_str() };
    (contact.starts_with("mailto:") || contact.starts_with("https://")).then(|| contact.to_owned())
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey};
    use serde_json::{Value, json};

    use super::{KeyError, Vapid};

    #[test]
    fn a_token_is_for_one_service_ends_within_a_day_and_is_signed_by_the_key_beside_it() {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let stored = json!({ "pkcs8": STANDARD.encode(pkcs8) });
        let vapid = Vapid::of(&stored, Some("mailto:ops@example.com".into())).unwrap();
        let now = 1_767_600_000_000_000;
        let header = vapid.authorization(&"https://push.example.com:8443/send/abc?x=1".parse().unwrap(), now).unwrap();
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(key, vapid.public_key());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap()).unwrap();
        let expected = json!({"aud": "https://push.example.com:8443", "exp": 1_767_643_200, "sub": "mailto:ops@example.com"});
        assert_eq!(claims, expected);
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, URL_SAFE_NO_PAD.decode(key).unwrap());
        public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    }

    #[test]
    fn a_damaged_key_is_no_key() {
        for damaged in [json!({}), json!({"pkcs8": "?"}), json!({"pkcs8": "AAAA"})] {
            assert!(matches!(Vapid::of(&damaged, None), Err(KeyError::Damaged)), "{damaged}");
        }
    }
}
