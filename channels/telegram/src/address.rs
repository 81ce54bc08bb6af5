//! How chats and messages of Telegram are named outside this connector.
//!
//! A message's number is unique inside its chat only, and a chat that a bot sees through a business account is another one
//! than the bot's own chat with the same person. So ids carry all of it: `50012345`, `-100200/7` (a forum's topic),
//! `business:<connection>:50012345`, and the same with `:<message>` behind.

use std::fmt;

/// Where messages go: a chat, perhaps one topic of it, perhaps in the name of a business account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    pub business: Option<String>,
    pub chat: i64,
    pub topic: Option<i64>,
}

/// One message. Topics do not matter: numbers are unique in the whole chat.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId {
    pub business: Option<String>,
    pub chat: i64,
    pub message: i64,
}

const BUSINESS: &str = "business:";

impl Address {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (business, rest) = split_business(text)?;
        let (chat, topic) = match rest.split_once('/') {
            Some((chat, topic)) => (chat, Some(topic.parse().ok()?)),
            None => (rest, None),
        };
        Some(Self { business, chat: chat.parse().ok()?, topic })
    }

    /// The message with this number in this chat.
    #[must_use]
    pub fn message(&self, message: i64) -> MessageId {
        MessageId { business: self.business.clone(), chat: self.chat, message }
    }
}

impl MessageId {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (business, rest) = split_business(text)?;
        let (chat, message) = rest.split_once(':')?;
        Some(Self { business, chat: chat.parse().ok()?, message: message.parse().ok()? })
    }
}

/// The connection, which never holds a colon, and what follows it.
fn split_business(text: &str) -> Option<(Option<String>, &str)> {
    match text.strip_prefix(BUSINESS) {
        Some(rest) => {
            let (connection, rest) = rest.split_once(':')?;
            Some((Some(connection.to_owned()), rest))
        }
        None => Some((None, text)),
    }
}

fn write_business(f: &mut fmt::Formatter<'_>, business: Option<&str>) -> fmt::Result {
    business.map_or(Ok(()), |connection| write!(f, "{BUSINESS}{connection}:"))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_business(f, self.business.as_deref())?;
        write!(f, "{}", self.chat)?;
        self.topic.map_or(Ok(()), |topic| write!(f, "/{topic}"))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_business(f, self.business.as_deref())?;
        write!(f, "{}:{}", self.chat, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, MessageId};

    #[test]
    fn names_are_read_back_as_they_were_written() {
        for name in ["50012345", "-1001234567890", "-100200/7", "business:bc-1_x:50012345", "business:b:5/6"] {
            assert_eq!(Address::parse(name).map(|address| address.to_string()).as_deref(), Some(name));
        }
        for name in ["50012345:77", "-100:1", "business:bc-1_x:50012345:9"] {
            assert_eq!(MessageId::parse(name).map(|id| id.to_string()).as_deref(), Some(name));
        }
        for wrong in ["", "x", "business:b", "1/", "1/x", "5:6", "99999999999999999999"] {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
        for wrong in ["", "1", ":", "1:x", "business:b:5", "callback:123"] {
            assert_eq!(MessageId::parse(wrong), None, "{wrong}");
        }
    }
}
