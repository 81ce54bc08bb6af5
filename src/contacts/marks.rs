//! What two identities of one person have in common, in one spelling: the stuff of merge suggestions.

use super::store::marks as store;
use crate::db::{DbError, Tx};

/// Digits of a phone number, country code included (ITU-T E.164, §6.2.1; the shortest in use have eight).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// A number that does not say that it is international must be longer than any provider's own numbering.
const BARE_PHONE_DIGITS: std::ops::RangeInclusive<usize> = 11..=15;
/// Longest address of mail (RFC 5321, 4.5.3.1).
const MAX_EMAIL_CHARS: usize = 320;

pub use store::Mark;

/// The marks of an identity. `said`: its handle, and the telephone number that the customer gave.
pub fn of(
    identity_id: &str,
    channel: &str,
    external_id: &str,
    aliases: &[String],
    said: [Option<&str>; 2],
    verified: bool,
) -> Vec<Mark> {
    let mut marks = Vec::new();
    let names = said.into_iter().flatten().chain([external_id]).chain(aliases.iter().map(String::as_str));
    for name in names {
        marks.extend(email(name).map(|value| (identity_id.to_owned(), "email", value)));
        marks.extend(phone(name).map(|value| (identity_id.to_owned(), "phone", value)));
    }
    // The same account at the same provider, seen by two inboxes. Only a proved one: anybody can claim an id.
    if verified {
        marks.push((identity_id.to_owned(), "account", format!("{channel}:{external_id}")));
    }
    marks.sort();
    marks.dedup();
    marks
}

/// Brings an identity's marks in line with what it is now.
pub async fn refresh(tx: &mut Tx, identity_id: &str) -> Result<(), DbError> {
    let Some(facts) = store::facts(tx, identity_id).await? else { return Ok(()) };
    let aliases = store::aliases(tx, identity_id).await?;
    store::clear(tx, identity_id).await?;
    let said = [facts.handle.as_deref(), facts.phone.as_deref()];
    store::insert(tx, &of(identity_id, &facts.channel, &facts.external_id, &aliases, said, facts.verified)).await
}

/// The digits of a phone number that can be told to be one, whatever it is written like. National spellings are not
/// guessed at: which country they are of, nobody has said.
#[must_use]
pub fn phone(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}')) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (international, digits) = match (text.strip_prefix('+'), digits.strip_prefix("00")) {
        (Some(_), _) => (true, digits.as_str()),
        (None, Some(rest)) => (true, rest),
        (None, None) => (false, digits.as_str()),
    };
    let range = if international { PHONE_DIGITS } else { BARE_PHONE_DIGITS };
    // No country code begins with 0.
    (range.contains(&digits.len()) && !digits.starts_with('0')).then(|| digits.to_owned())
}

/// A mail address in lower case. (The part before the @ may know case by RFC 5321; no provider of size does.)
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let plain = !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    let one = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
    (plain && one && text.chars().count() <= MAX_EMAIL_CHARS).then(|| text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{email, of, phone};

    #[test]
    fn one_number_in_many_spellings_is_one_number() {
        for text in ["+49 170 1234567", "0049-170-1234567", "+49 (170) 123 45 67", "491701234567", "+49\u{a0}170.1234567"] {
            assert_eq!(phone(text).as_deref(), Some("491701234567"), "{text}");
        }
        for text in
            ["0170 1234567", "12345", "1234567890", "@ann", "user:42", "+49 170 x", "+1234567890123456", "", "+0123456789"]
        {
            assert_eq!(phone(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_are_compared_without_case_and_user_names_are_none() {
        assert_eq!(email(" Ann@Example.COM ").as_deref(), Some("ann@example.com"));
        for text in ["@ann", "ann@", "ann@host", "ann smith@example.com", "ann@.com"] {
            assert_eq!(email(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_proved_account_is_a_mark() {
        let kinds =
            |verified| of("i", "vk", "42", &[], [None, Some("+49 170 1234567")], verified).into_iter().map(|(_, kind, _)| kind);
        assert_eq!(kinds(false).collect::<Vec<_>>(), ["phone"]);
        assert_eq!(kinds(true).collect::<Vec<_>>(), ["account", "phone"]);
    }
}
