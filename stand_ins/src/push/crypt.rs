//! A browser's keys, and reading what was encrypted for it (RFC 8291 over RFC 8188).

use hmac::{Hmac, KeyInit, Mac};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{PublicKey, SecretKey};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;

const SALT: usize = 16;
const POINT: usize = 65;
/// Of a record that is the last one (RFC 8188 §2).
const LAST: u8 = 2;

/// What a browser makes for a subscription.
pub struct Keys {
    secret: SecretKey,
    /// The uncompressed point.
    pub public: Vec<u8>,
    pub auth: [u8; 16],
}

impl Keys {
    pub fn random() -> Self {
        // All but about one in 2^32 numbers are keys.
        let secret = loop {
            if let Ok(secret) = SecretKey::from_slice(&rand::random::<[u8; 32]>()) {
                break secret;
            }
        };
        Self::of(secret, rand::random())
    }

    fn of(secret: SecretKey, auth: [u8; 16]) -> Self {
        let public = secret.public_key().to_encoded_point(false).as_bytes().to_vec();
        Self { secret, public, auth }
    }

    /// Reads a body of one record.
    pub fn decrypted(&self, body: &[u8]) -> Result<Vec<u8>, &'static str> {
        let (salt, rest) = body.split_first_chunk::<SALT>().ok_or("no salt")?;
        let (size, rest) = rest.split_first_chunk::<4>().ok_or("no record size")?;
        let ([id_len], rest) = rest.split_first_chunk::<1>().ok_or("no key id")?;
        let (sender, record) =
            rest.split_first_chunk::<POINT>().filter(|_| usize::from(*id_len) == POINT).ok_or("the key id is no point")?;
        let size = u32::from_be_bytes(*size);
        if size < 18 || u32::try_from(record.len()).map_or(true, |length| length > size) {
            return Err("more than one record");
        }

        let their_key = PublicKey::from_sec1_bytes(sender).map_err(|_| "the sender's key is no point of P-256")?;
        let shared = p256::ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), their_key.as_affine());
        let mut info = b"WebPush: info\0".to_vec();
        info.extend_from_slice(&self.public);
        info.extend_from_slice(sender);
        let input = derived(&self.auth, shared.raw_secret_bytes(), &info)?;
        let key = derived(salt, &input, b"Content-Encoding: aes128gcm\0")?;
        let nonce = derived(salt, &input, b"Content-Encoding: nonce\0")?;

        let key = UnboundKey::new(&AES_128_GCM, key.get(..16).unwrap_or_default()).map(LessSafeKey::new).map_err(|_| "no key")?;
        let nonce: [u8; NONCE_LEN] = nonce.first_chunk().copied().ok_or("no nonce")?;
        let mut record = record.to_vec();
        let plain = key
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)
            .map_err(|_| "not for this browser")?;
        let end = plain.iter().rposition(|byte| *byte != 0).ok_or("no delimiter")?;
        if plain.get(end) != Some(&LAST) {
            return Err("the record is not the last one");
        }
        Ok(plain.get(..end).unwrap_or_default().to_vec())
    }
}

/// HKDF (RFC 5869) for at most 32 bytes.
fn derived(salt: &[u8], input: &[u8], info: &[u8]) -> Result<[u8; 32], &'static str> {
    let prk = tag(salt, &[input])?;
    tag(&prk, &[info, &[1]])
}

fn tag(key: &[u8], parts: &[&[u8]]) -> Result<[u8; 32], &'static str> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| "a key of HMAC may have any length")?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use p256::SecretKey;

    use super::Keys;

    /// RFC 8291 §5.
    const SECRET: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

    fn example() -> Keys {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        Keys::of(SecretKey::from_slice(&bytes(SECRET)).unwrap(), bytes(AUTH).try_into().unwrap())
    }

    #[test]
    fn the_example_of_the_standard_is_read() {
        let body = URL_SAFE_NO_PAD.decode(BODY).unwrap();
        assert_eq!(example().decrypted(&body).unwrap(), b"When I grow up, I want to be a watermelon");
    }

    #[test]
    fn what_is_cut_changed_or_for_somebody_else_is_not() {
        let body = URL_SAFE_NO_PAD.decode(BODY).unwrap();
        for length in [0, 15, 20, 40, body.len() - 1] {
            assert!(example().decrypted(&body[..length]).is_err(), "{length}");
        }
        let mut changed = body.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(example().decrypted(&changed).is_err());
        assert!(Keys::random().decrypted(&body).is_err());
    }
}
