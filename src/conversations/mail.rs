//! What an answer by mail has of its own: its subject, and who gets a copy.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trunkline_channel::{Capabilities, Micros, Threads};

use super::start::subject_of;
use super::{Error, store};
use crate::connectors::ChannelKind;
use crate::db::Tx;

/// People copied on one mail.
pub const MAX_COPIES: usize = 50;

/// The head of an answer. It is kept in the message's `extra` under the same names as that of a mail that came in.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailReply {
    /// Left out, the conversation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Mail addresses that get a copy, at most 50; empty, the answer goes to the customer alone. Everybody else in the
    /// customer's mail is in its `extra.copies`.
    #[serde(default)]
    pub cc: Vec<String>,
}

impl MailReply {
    /// As it can be sent: the subject on one line, each address once and in lower case.
    pub(super) fn checked(&self) -> Result<Self, Error> {
        if self.cc.len() > MAX_COPIES {
            return Err(Error::content("/mail/cc", format!("at most {MAX_COPIES} addresses")));
        }
        let mut cc: Vec<String> = Vec::with_capacity(self.cc.len());
        for (at, typed) in self.cc.iter().enumerate() {
            let address = ChannelKind::mail_address(typed)
                .map_err(|problem| Error::content(format!("/mail/cc/{at}"), format!("no mail can be sent to it: {problem}")))?;
            if !cc.contains(&address) {
                cc.push(address);
            }
        }
        let subject = subject_of("/mail/subject", self.subject.as_deref())?;
        Ok(Self { subject, cc })
    }
}

/// What a message's `extra` says of its mail.
#[must_use]
pub fn of_extra(extra: &Value) -> MailReply {
    let subject = extra.get("subject").and_then(Value::as_str).map(str::to_owned);
    let cc = extra.get("cc").and_then(Value::as_array).into_iter().flatten();
    MailReply { subject, cc: cc.filter_map(Value::as_str).take(MAX_COPIES).map(str::to_owned).collect() }
}

/// Puts it into the message, and lets those who get a copy answer in this conversation.
pub(super) async fn put(
    tx: &mut Tx,
    capabilities: Option<&Capabilities>,
    conversation_id: &str,
    head: &MailReply,
    extra: &mut Value,
    now: Micros,
) -> Result<(), Error> {
    if capabilities.ok_or(Error::NoLine)?.threads != Threads::Many {
        return Err(Error::unsupported("/mail", "messages of this channel have no subject and no copies"));
    }
    for address in &head.cc {
        store::add_participant(tx, conversation_id, "copy", address, "copy", now).await?;
    }
    if let (Some(extra), Value::Object(head)) = (extra.as_object_mut(), json!(head)) {
        extra.extend(head);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Error, MailReply, of_extra};

    fn head(value: serde_json::Value) -> Result<MailReply, Error> {
        serde_json::from_value::<MailReply>(value).unwrap().checked()
    }

    #[test]
    fn a_head_is_taken_as_it_can_be_sent() {
        let given =
            json!({"subject": " Your\r\nBcc: x@example.com ", "cc": [" Carl@Example.com", "carl@example.com", "d@example.com"]});
        let taken = head(given).unwrap();
        assert_eq!(taken.subject.as_deref(), Some("Your Bcc: x@example.com"));
        assert_eq!(taken.cc, ["carl@example.com", "d@example.com"]);
        assert_eq!(of_extra(&json!(taken)), taken);
        assert_eq!(head(json!({"subject": " "})).unwrap(), MailReply::default());
        assert_eq!(of_extra(&json!({"subject": 5, "cc": "x"})), MailReply::default());
    }

    #[test]
    fn an_address_that_cannot_be_used_is_named_by_its_place() {
        for (given, at) in [
            (json!({"cc": ["a@example.com", "b"]}), "/mail/cc/1"),
            (json!({"cc": ["a@example.com\r\nBcc: b@example.com"]}), "/mail/cc/0"),
            (json!({"cc": ["Ann <a@example.com>"]}), "/mail/cc/0"),
            (json!({"cc": vec!["a@example.com"; 51]}), "/mail/cc"),
        ] {
            let refused = head(given.clone());
            assert!(matches!(&refused, Err(Error::Content { pointer, .. }) if pointer == at), "{given}: {refused:?}");
        }
        let long = head(json!({"subject": "x".repeat(501)}));
        assert!(matches!(&long, Err(Error::Invalid { pointer: "/mail/subject", .. })), "{long:?}");
    }
}
