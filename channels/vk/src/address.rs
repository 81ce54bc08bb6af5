//! How chats and messages of VK are named outside this connector: a peer by its number, a message by
//! `<peer>:<conversation message id>`. VK's own message ids are 0 in group chats, so they do not serve.

use std::fmt;

/// Group chats are numbered from here.
pub const FIRST_CHAT: i64 = 2_000_000_000;

/// One message, by its number inside its peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageId {
    pub peer: i64,
    pub cmid: i64,
}

impl MessageId {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (peer, cmid) = text.split_once(':')?;
        Some(Self { peer: peer.parse().ok()?, cmid: cmid.parse().ok()? })
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.peer, self.cmid)
    }
}

/// A person, neither a community nor a chat.
#[must_use]
pub fn is_person(id: i64) -> bool {
    (1..FIRST_CHAT).contains(&id)
}

#[cfg(test)]
mod tests {
    use super::{MessageId, is_person};

    #[test]
    fn names_are_read_back_as_they_were_written() {
        for name in ["50012345:212", "2000000001:7", "-55:1"] {
            assert_eq!(MessageId::parse(name).map(|id| id.to_string()).as_deref(), Some(name));
        }
        for wrong in ["", "5", ":", "5:", "5:x", "event:5", "99999999999999999999:1"] {
            assert_eq!(MessageId::parse(wrong), None, "{wrong}");
        }
        assert!(is_person(1) && !is_person(0) && !is_person(-5) && !is_person(2_000_000_001));
    }
}
