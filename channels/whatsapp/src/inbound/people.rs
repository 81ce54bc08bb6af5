//! Who wrote. A customer has a number, a user id of the business's own (BSUID), or both; the user id names them, because the
//! number may be hidden, and the number is a second name.

use serde_json::Value;
use trunkline_channel::{Inbound, Peer, text};
use trunkline_meta::moment;

use super::value::{items, string};

/// Before the id of a group.
pub(crate) const GROUP: &str = "group:";
/// E.164 allows 15 digits; shorter than 5 is no subscriber.
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 5..=20;

/// The people that a value introduces.
pub struct People<'v>(Vec<&'v Value>);

impl<'v> People<'v> {
    pub fn of(value: &'v Value) -> Self {
        Self(items(value, "contacts").collect())
    }

    /// The customer with this number or user id, as far as they are known. The lists of contacts and messages need not go in step.
    pub fn peer(&self, number: Option<&str>, user_id: Option<&str>) -> Option<Peer> {
        let introduced = self.0.iter().find(|contact| {
            let same = |key, id: Option<&str>| id.is_some() && string(contact, key) == id;
            same("user_id", user_id) || same("wa_id", number)
        });
        let told = |key| introduced.and_then(|contact| string(contact, key));
        let (number, user_id) = (number.or_else(|| told("wa_id")), user_id.or_else(|| told("user_id")));
        let profile = introduced.and_then(|contact| contact.get("profile"));
        let username = profile.and_then(|profile| string(profile, "username"));
        Some(Peer {
            external_id: user_id.or(number)?.to_owned(),
            aliases: number.filter(|_| user_id.is_some()).map(str::to_owned).into_iter().collect(),
            name: profile.and_then(|profile| string(profile, "name")).and_then(text::clean_name),
            handle: number.map(shown).or_else(|| username.map(|name| format!("@{}", name.trim_start_matches('@')))),
            ..Peer::default()
        })
    }
}

/// Two ids of one person, before and after (`user_id_update`).
pub fn changed(item: &Value) -> Option<Vec<Inbound>> {
    let ids = item.get("user_id");
    let id = |name: &str| {
        let inner = ids.and_then(|ids| string(ids, name));
        inner.or_else(|| string(item, &format!("{name}_user_id")))
    };
    let (before, now) = (id("previous")?, id("current").or_else(|| ids?.as_str())?);
    let peer = People(Vec::new()).peer(string(item, "wa_id"), Some(now))?;
    Some(vec![Inbound::PeerChanged { before: before.to_owned(), peer, at: item.get("timestamp").and_then(moment) }])
}

/// The group as a whole: whoever answers, answers all of it.
pub fn group(id: &str) -> Peer {
    Peer { external_id: format!("{GROUP}{id}"), name: Some("WhatsApp group".to_owned()), ..Peer::default() }
}

/// The number in a handle or an id, as the API wants it.
pub(crate) fn phone_of(handle: &str) -> Option<&str> {
    let digits = handle.strip_prefix('+').unwrap_or(handle);
    (NUMBER_DIGITS.contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())).then_some(digits)
}

fn shown(number: &str) -> String {
    if phone_of(number).is_some() && !number.starts_with('+') { format!("+{number}") } else { number.to_owned() }
}
