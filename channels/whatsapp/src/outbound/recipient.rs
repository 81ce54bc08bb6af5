//! Whom a message goes to.

use serde_json::{Value, json};
use trunkline_channel::Peer;

use crate::inbound::{GROUP, phone_of};

/// Longest user id or group id that is believed.
const MAX_ID_CHARS: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recipient {
    Number(String),
    /// A user id of the business's own (BSUID), and the number where that is known.
    User {
        id: String,
        number: Option<String>,
    },
    Group(String),
}

impl Recipient {
    pub fn of(peer: &Peer) -> Option<Self> {
        let id = peer.external_id.as_str();
        if let Some(number) = phone_of(id) {
            return Some(Self::Number(number.to_owned()));
        }
        if let Some(group) = id.strip_prefix(GROUP) {
            return is_id(group).then(|| Self::Group(group.to_owned()));
        }
        // `US.1349…`, `US.ENT.1349…`
        let number = peer.aliases.iter().chain(&peer.handle).find_map(|name| phone_of(name)).map(str::to_owned);
        (id.contains('.') && is_id(id)).then(|| Self::User { id: id.to_owned(), number })
    }

    pub fn by_number(&self) -> Option<Self> {
        match self {
            Self::User { number: Some(number), .. } => Some(Self::Number(number.clone())),
            _ => None,
        }
    }

    /// Writes it into a message, in place of any other.
    pub fn address(&self, body: &mut Value) {
        let (kind, key, id) = match self {
            Self::Number(number) => ("individual", "to", number),
            Self::User { id, .. } => ("individual", "recipient", id),
            Self::Group(id) => ("group", "to", id),
        };
        if let Value::Object(fields) = body {
            fields.retain(|name, _| name != "to" && name != "recipient");
            fields.insert("recipient_type".to_owned(), json!(kind));
            fields.insert(key.to_owned(), json!(id));
        }
    }
}

fn is_id(id: &str) -> bool {
    let proper = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '=' | '+' | '/');
    !id.is_empty() && id.len() <= MAX_ID_CHARS && id.chars().all(proper)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trunkline_channel::Peer;

    use super::Recipient;

    fn of(id: &str, handle: Option<&str>) -> Option<Recipient> {
        Recipient::of(&Peer { external_id: id.into(), handle: handle.map(str::to_owned), ..Peer::default() })
    }

    #[test]
    fn numbers_user_ids_and_groups_are_told_apart() {
        assert_eq!(of("15557770001", None), Some(Recipient::Number("15557770001".into())));
        let known = of("US.1349", Some("+15557770001")).unwrap();
        assert_eq!(known.by_number(), Some(Recipient::Number("15557770001".into())));
        assert_eq!(of("US.1349", Some("@ann")).unwrap().by_number(), None);
        let mut body = json!({"to": "1", "type": "text"});
        known.address(&mut body);
        assert_eq!(body, json!({"recipient": "US.1349", "recipient_type": "individual", "type": "text"}));
        of("group:Y2Fw", None).unwrap().address(&mut body);
        assert_eq!(body, json!({"to": "Y2Fw", "recipient_type": "group", "type": "text"}));
        for wrong in ["", "ann@example.com", "group:", "12", "visitor", "US.13 49", "+", "US.\u{e9}"] {
            assert_eq!(of(wrong, None), None, "{wrong:?}");
        }
    }
}
