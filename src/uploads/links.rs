//! Links that open one file for a while without a session: for a mail program, a viewer, another service.

use trunkline_channel::{Micros, Secret, signature};

use super::Error;

/// How long a link is good: long enough to open it, too short to pass it around.
const LIFE_S: i64 = 600;
/// A shortened signature would pass the check; here none is shortened.
const SIGNATURE_BYTES: usize = 32;
const SECOND: Micros = 1_000_000;

/// A link's end and its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Unix seconds.
    pub expires: i64,
    /// Hex HMAC-SHA256 over the attachment's id and `expires`.
    pub signature: String,
}

impl Link {
    /// A link that is good from now on.
    #[must_use]
    pub fn make(key: &Secret, attachment_id: &str, now: Micros) -> Self {
        let expires = (now / SECOND).saturating_add(LIFE_S);
        let signature = hex::encode(signature::sign(key, signed_text(attachment_id, expires).as_bytes()));
        Self { expires, signature }
    }

    /// Whether it opens this attachment now. A wrong one and an expired one are told apart by nobody.
    pub fn check(&self, key: &Secret, attachment_id: &str, now: Micros) -> Result<(), Error> {
        let mut proof = [0; SIGNATURE_BYTES];
        hex::decode_to_slice(&self.signature, &mut proof).map_err(|_| Error::BadLink)?;
        let is_ours = signature::verify(key, signed_text(attachment_id, self.expires).as_bytes(), &proof);
        if is_ours && now / SECOND < self.expires { Ok(()) } else { Err(Error::BadLink) }
    }
}

fn signed_text(attachment_id: &str, expires: i64) -> String {
    format!("attachment\n{attachment_id}\n{expires}")
}

#[cfg(test)]
mod tests {
    use trunkline_channel::Secret;

    use super::{LIFE_S, Link, SECOND};

    #[test]
    fn a_link_opens_its_own_file_until_it_expires() {
        let key = Secret::new("key");
        let now = 1_767_600_000 * SECOND;
        let link = Link::make(&key, "a", now);
        let opens = |link: &Link, key: &Secret, id: &str, now| link.check(key, id, now).is_ok();
        assert!(opens(&link, &key, "a", now) && opens(&link, &key, "a", now + LIFE_S * SECOND - 1));
        assert!(!opens(&link, &key, "a", now + LIFE_S * SECOND), "expired");
        assert!(!opens(&link, &key, "b", now), "another file");
        assert!(!opens(&link, &Secret::new("other"), "a", now), "another installation");
        let longer = Link { expires: link.expires + 1, ..link.clone() };
        assert!(!opens(&longer, &key, "a", now), "prolonged");
        for signature in ["", "zz", &"0".repeat(64), link.signature.get(..62).unwrap()] {
            assert!(!opens(&Link { signature: signature.to_owned(), ..link.clone() }, &key, "a", now), "{signature}");
        }
    }
}
