//! Message-IDs that prove which conversation and message they belong to: `c.<conversation>.<message>.<tag>@<domain>`.
//!
//! The tag is an HMAC, so that a stranger who answers (or bounces) cannot name a conversation he was never written from.
//! The id of a message never changes, so that a repeated send is dropped as a double by the receiver.

use trunkline_channel::{Secret, signature};

/// Bytes of the HMAC kept.
const TAG_BYTES: usize = 16;
/// Ids of conversations and messages are UUIDs; anything longer is not ours.
const MAX_PART_CHARS: usize = 64;

/// What a verified Message-ID tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnId {
    pub conversation_id: String,
    pub message_id: String,
}

/// The Message-ID of a message, without brackets; `None` when an id has characters that could not be told apart again.
#[must_use]
pub fn make(key: &Secret, conversation_id: &str, message_id: &str, domain: &str) -> Option<String> {
    if !is_plain(conversation_id) || !is_plain(message_id) {
        return None;
    }
    let tag = signature::sign(key, &signed_text(conversation_id, message_id));
    let tag = hex::encode(tag.get(..TAG_BYTES).unwrap_or_default());
    Some(format!("c.{conversation_id}.{message_id}.{tag}@{domain}"))
}

/// What an id tells when it is one we made; the domain may have changed since.
#[must_use]
pub fn verify(key: &Secret, id: &str) -> Option<OwnId> {
    let (conversation_id, message_id, tag) = parts(id)?;
    let tag = hex::decode(tag).ok()?;
    signature::verify(key, &signed_text(conversation_id, message_id), &tag)
        .then(|| OwnId { conversation_id: conversation_id.to_owned(), message_id: message_id.to_owned() })
}

/// Whether an id has the form of ours, whoever made it.
#[must_use]
pub fn looks_like_ours(id: &str) -> bool {
    parts(id).is_some()
}

fn parts(id: &str) -> Option<(&str, &str, &str)> {
    let local = id.split_once('@').map_or(id, |(local, _)| local);
    let mut pieces = local.strip_prefix("c.")?.split('.');
    let found = (pieces.next()?, pieces.next()?, pieces.next()?);
    let is_tag = found.2.len() == TAG_BYTES * 2 && found.2.bytes().all(|b| b.is_ascii_hexdigit());
    (pieces.next().is_none() && is_tag && is_plain(found.0) && is_plain(found.1)).then_some(found)
}

fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_PART_CHARS && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Parted by a character that ids cannot have, after a name that keeps this use of the key apart from others.
fn signed_text(conversation_id: &str, message_id: &str) -> Vec<u8> {
    format!("mail message id\n{conversation_id}\n{message_id}").into_bytes()
}

#[cfg(test)]
mod tests {
    use trunkline_channel::Secret;

    use super::{looks_like_ours, make, verify};

    #[test]
    fn an_id_proves_its_conversation_and_message() {
        let key = Secret::new("k");
        let id = make(&key, "conv-1", "msg-1", "example.com").unwrap();
        let own = verify(&key, &id).unwrap();
        assert_eq!((own.conversation_id.as_str(), own.message_id.as_str()), ("conv-1", "msg-1"));
        assert_eq!(make(&key, "conv-1", "msg-1", "example.com").unwrap(), id, "stable over retries");
        assert!(verify(&key, &id.replace("@example.com", "@other.example")).is_some());
        for forged in [
            id.replace("conv-1", "conv-2"),
            id.replace("msg-1", "msg-2"),
            make(&Secret::new("other"), "conv-1", "msg-1", "example.com").unwrap(),
        ] {
            assert!(verify(&key, &forged).is_none() && looks_like_ours(&forged), "{forged}");
        }
        for other in ["", "c.", "x@y", "c.a.b.c@d", "c.a.b.c.d@e"] {
            assert!(!looks_like_ours(other), "{other}");
        }
        assert_eq!(make(&key, "a.b", "c", "d"), None);
        assert_eq!(make(&key, "", "c", "d"), None);
    }
}
