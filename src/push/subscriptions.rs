//! The browsers an operator is told through: what a browser's `PushSubscription` says, checked and kept.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use trunkline_channel::Micros;
use url::Url;
use web_push_native::p256::PublicKey;

use super::store::subscriptions::{self as store, Subscription};
use super::{Error, Push};
use crate::access::Caller;

/// Browsers of one operator.
const MAX_SUBSCRIPTIONS: i64 = 20;
/// Bytes; the longest endpoints known have some hundreds.
const MAX_ENDPOINT: usize = 2048;
/// RFC 8291 §2: an uncompressed point of P-256, and 16 random bytes.
const P256DH_BYTES: usize = 65;
const AUTH_BYTES: usize = 16;
/// Characters of an encoded key: far more than any that fits.
const MAX_KEY_CHARS: usize = 128;
/// Browsers leave the padding out, libraries do not always.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// What a browser's `PushSubscription.toJSON()` gives.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubscription {
    /// Where the browser's push service takes messages for it; HTTPS.
    pub endpoint: String,
    pub keys: SubscriptionKeys,
    /// Not used: services say themselves when a subscription has ended.
    #[serde(default, rename = "expirationTime")]
    #[schema(value_type = Option<f64>)]
    #[expect(dead_code, reason = "browsers give it, and nothing unknown is taken")]
    pub expiration_time: Option<serde_json::Number>,
}

/// Both base64url.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionKeys {
    /// The browser's public key: an uncompressed point of P-256.
    pub p256dh: String,
    /// 16 bytes shared with the browser.
    pub auth: String,
}

/// One browser, shown to its operator only.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SubscriptionView {
    pub id: String,
    pub endpoint: String,
    pub created_at: Micros,
    /// When the push service last took a notification.
    pub last_ok_at: Option<Micros>,
    /// Notifications given up since then.
    pub failures: i64,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Subscriptions {
    /// Oldest first.
    pub items: Vec<SubscriptionView>,
}

impl From<Subscription> for SubscriptionView {
    fn from(row: Subscription) -> Self {
        let Subscription { id, endpoint, created_at, last_ok_at, failures, .. } = row;
        Self { id, endpoint, created_at, last_ok_at, failures }
    }
}

/// Keeps a browser, or what has changed about one; the same browser is there once.
pub async fn put(push: &Push, caller: &Caller, new: NewSubscription) -> Result<SubscriptionView, Error> {
    push.vapid().ok_or(Error::Off)?;
    let endpoint = checked_endpoint(push, &new.endpoint)?;
    let row = Subscription {
        id: push.app().ids.next(),
        operator_id: caller.operator_id.clone(),
        endpoint: endpoint.into(),
        p256dh: checked_p256dh(&new.keys.p256dh)?,
        auth: checked_auth(&new.keys.auth)?,
        created_at: push.app().now(),
        last_ok_at: None,
        failures: 0,
    };
    let mut tx = push.app().db.begin().await?;
    if store::others(&mut tx, &row.operator_id, &row.endpoint).await? >= MAX_SUBSCRIPTIONS {
        return Err(Error::TooMany { most: MAX_SUBSCRIPTIONS });
    }
    let stored = store::put(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(stored.into())
}

pub async fn list(push: &Push, caller: &Caller) -> Result<Subscriptions, Error> {
    let rows = store::of_operator(&push.app().db, &caller.operator_id).await?;
    Ok(Subscriptions { items: rows.into_iter().map(SubscriptionView::from).collect() })
}

/// Ends one of the caller's own.
pub async fn remove(push: &Push, caller: &Caller, id: &str) -> Result<(), Error> {
    own(push, caller, id).await?;
    let mut tx = push.app().db.begin().await?;
    store::remove(&mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

/// One of the caller's own; somebody else's is not there.
pub(super) async fn own(push: &Push, caller: &Caller, id: &str) -> Result<Subscription, Error> {
    store::get(&push.app().db, id, &caller.operator_id).await?.ok_or(Error::NotFound)
}

/// What a stored key says; `None` when the row was damaged.
pub(super) fn decoded(key: &str) -> Option<Vec<u8>> {
    BASE64.decode(key).ok()
}

fn checked_endpoint(push: &Push, endpoint: &str) -> Result<Url, Error> {
    let invalid = |problem: &str| Error::Invalid { pointer: "/endpoint", problem: problem.to_owned() };
    if endpoint.len() > MAX_ENDPOINT {
        return Err(invalid("is too long"));
    }
    let url = Url::parse(endpoint).map_err(|_| invalid("must be an address"))?;
    if url.scheme() != "https" && !push.trusts(&url) {
        return Err(invalid("must begin with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("must not hold a name or a password"));
    }
    // Names are looked up when something is sent, and judged then.
    if push.http().may_ask(&url) { Ok(url) } else { Err(invalid("must be a public address")) }
}

fn checked_p256dh(key: &str) -> Result<String, Error> {
    let bytes = Some(key).filter(|key| key.len() <= MAX_KEY_CHARS).and_then(decoded);
    let point = bytes.filter(|bytes| bytes.len() == P256DH_BYTES && PublicKey::from_sec1_bytes(bytes).is_ok());
    let problem = || "must be an uncompressed point of P-256, base64url".to_owned();
    point.ok_or_else(|| Error::Invalid { pointer: "/keys/p256dh", problem: problem() })?;
    Ok(key.to_owned())
}

fn checked_auth(key: &str) -> Result<String, Error> {
    let bytes = Some(key).filter(|key| key.len() <= MAX_KEY_CHARS).and_then(decoded);
    let fits = bytes.is_some_and(|bytes| bytes.len() == AUTH_BYTES);
    let problem = || "must be 16 bytes, base64url".to_owned();
    if fits { Ok(key.to_owned()) } else { Err(Error::Invalid { pointer: "/keys/auth", problem: problem() }) }
}

#[cfg(test)]
mod tests {
    use super::{checked_auth, checked_p256dh};

    /// RFC 8291 §5.
    const P256DH: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

    #[test]
    fn keys_are_what_a_browser_gives() {
        assert!(checked_p256dh(P256DH).is_ok() && checked_p256dh(&format!("{P256DH}=")).is_ok());
        let off_the_curve = P256DH.replacen("BCVx", "BCVy", 1);
        for wrong in ["", "BCVx", &off_the_curve, &P256DH.replace('_', "/"), &"A".repeat(4096)] {
            assert!(checked_p256dh(wrong).is_err(), "{wrong}");
        }
        assert!(checked_auth("BTBZMqHH6r4Tts7J_aSIgg").is_ok() && checked_auth("BTBZMqHH6r4Tts7J_aSIgg==").is_ok());
        for wrong in ["", "BTBZMqHH6r4Tts7J_aSI", "BTBZMqHH6r4Tts7J/aSIgg", &"A".repeat(4096)] {
            assert!(checked_auth(wrong).is_err(), "{wrong}");
        }
    }
}
