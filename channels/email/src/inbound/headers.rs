//! A block of header fields, as it stands in the mail: repeated fields, broken folding and raw eight-bit text included.

use mail_parser::parsers::MessageStream;
use mail_parser::{Address, HeaderValue};
use trunkline_channel::Micros;

use super::words;

/// Most fields kept of one block.
const MAX_FIELDS: usize = 2_000;
/// Most bytes of one field that are looked at.
pub(super) const MAX_FIELD_BYTES: usize = 100 * 1024;
/// Most bytes of a Content-Type or Content-Disposition that are looked at.
const MAX_PARAMETER_BYTES: usize = 16 * 1024;
/// Most addresses taken of one field.
const MAX_ADDRESSES: usize = 500;

/// Fields in order, names in lower case, values raw.
#[derive(Debug, Default, Clone)]
pub(super) struct Headers<'a> {
    fields: Vec<(String, &'a [u8])>,
}

/// A media type or disposition with its parameters.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Parameters {
    /// `text/plain`, `attachment`; lower case.
    pub value: String,
    parameters: Vec<(String, String)>,
}

/// One address of a header. At least one of the two is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub name: Option<String>,
    pub address: String,
}

impl<'a> Headers<'a> {
    /// Reads fields up to the first empty line; gives the length of the block too. A line that is no field ends the
    /// block as well: the sender forgot the empty line, or there are no headers at all.
    pub(super) fn parse(raw: &'a [u8]) -> (Self, usize) {
        let mut fields: Vec<(String, &'a [u8])> = Vec::new();
        let mut at = 0;
        while at < raw.len() {
            let end = line_end(raw, at);
            let line = raw.get(at..end).unwrap_or_default();
            if line.trim_ascii().is_empty() {
                return (Self { fields }, end);
            }
            // A mailbox separator that was left in.
            if fields.is_empty() && (line.starts_with(b"From ") || line.starts_with(b">From ")) {
                at = end;
                continue;
            }
            let Some(colon) = line.iter().position(|b| *b == b':').filter(|colon| is_name(line, *colon)) else {
                return (Self { fields }, at);
            };
            let mut value_end = end;
            while raw.get(value_end).is_some_and(|b| matches!(b, b' ' | b'\t')) {
                let next = line_end(raw, value_end);
                // A line of blanks only would be folding to the letter, but is an empty line to every sender.
                if raw.get(value_end..next).unwrap_or_default().trim_ascii().is_empty() {
                    break;
                }
                value_end = next;
            }
            if fields.len() < MAX_FIELDS {
                let name = String::from_utf8_lossy(line.get(..colon).unwrap_or_default()).trim().to_ascii_lowercase();
                fields.push((name, raw.get(at + colon + 1..value_end).unwrap_or_default()));
            }
            at = value_end;
        }
        (Self { fields }, raw.len())
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, value)| *value)
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.all(name).count()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The first field of this name, decoded as text; `None` when missing or empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.all(name).map(text_of).find(|text| !text.is_empty())
    }

    /// All addresses of all fields of this name.
    pub(super) fn mailboxes(&self, name: &str) -> Vec<Mailbox> {
        self.all(name).flat_map(mailboxes_of).take(MAX_ADDRESSES).collect()
    }

    pub(super) fn parameters(&self, name: &str) -> Option<Parameters> {
        self.all(name).find_map(parameters_of)
    }

    /// The moment a date field names, when it names one.
    pub(super) fn date(&self, name: &str) -> Option<Micros> {
        let value = terminated(head(self.all(name).next()?, MAX_PARAMETER_BYTES).to_vec());
        let HeaderValue::DateTime(date) = MessageStream::new(&value).parse_date() else { return None };
        date.is_valid().then(|| date.to_timestamp())?.checked_mul(1_000_000)
    }
}

/// A raw header value as text.
pub(super) fn text_of(raw: &[u8]) -> String {
    words::decode(head(raw, MAX_FIELD_BYTES), None)
}

pub(super) fn mailboxes_of(raw: &[u8]) -> Vec<Mailbox> {
    let value = terminated(words::normalise(head(raw, MAX_FIELD_BYTES), None));
    let HeaderValue::Address(parsed) = MessageStream::new(&value).parse_address() else { return Vec::new() };
    let flat = match parsed {
        Address::List(list) => list,
        Address::Group(groups) => groups.into_iter().flat_map(|g| g.addresses).collect(),
    };
    flat.into_iter()
        .map(|one| {
            let address = one.address.unwrap_or_default().trim_matches(['<', '>', ' ', '\'', '"']).to_owned();
            Mailbox { name: one.name.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()), address }
        })
        // The library takes a quoted local part for a name.
        .map(|one| match &one.name {
            Some(name) if one.address.starts_with('@') => Mailbox { address: format!("{name}{}", one.address), name: None },
            _ => one,
        })
        // A lone word with an @ is an address even where the grammar calls it a name.
        .map(|one| match &one.name {
            Some(name) if one.address.is_empty() && name.contains('@') && !name.contains(char::is_whitespace) => {
                Mailbox { address: name.clone(), name: None }
            }
            _ => one,
        })
        .filter(|one| !one.address.is_empty() || one.name.is_some())
        .take(MAX_ADDRESSES)
        .collect()
}

fn parameters_of(raw: &[u8]) -> Option<Parameters> {
    let value = terminated(words::normalise(head(raw, MAX_PARAMETER_BYTES), None));
    let parsed = MessageStream::new(&value).parse_content_type();
    let HeaderValue::ContentType(parsed) = parsed else { return None };
    let mut name = parsed.c_type.trim().to_ascii_lowercase();
    if let Some(sub) = &parsed.c_subtype {
        name = format!("{name}/{}", sub.trim().to_ascii_lowercase());
    }
    let parameters = parsed.attributes.unwrap_or_default();
    let parameters = parameters.into_iter().map(|a| (a.name.to_ascii_lowercase(), a.value.into_owned())).collect();
    Some(Parameters { value: name, parameters })
}

impl Parameters {
    pub(super) fn new(value: &str) -> Self {
        Self { value: value.to_owned(), parameters: Vec::new() }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

fn line_end(raw: &[u8], from: usize) -> usize {
    raw.get(from..).and_then(|rest| rest.iter().position(|b| *b == b'\n')).map_or(raw.len(), |at| from + at + 1)
}

fn is_name(line: &[u8], colon: usize) -> bool {
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    !name.is_empty() && name.len() <= 200 && name.iter().all(|b| (33..=126).contains(b))
}

fn head(raw: &[u8], max: usize) -> &[u8] {
    raw.get(..max).unwrap_or(raw)
}

/// The library's field parsers want a line end.
fn terminated(mut value: Vec<u8>) -> Vec<u8> {
    value.retain(|b| *b != b'\r' && *b != 0);
    while value.last().is_some_and(u8::is_ascii_whitespace) {
        value.pop();
    }
    value.push(b'\n');
    value
}

#[cfg(test)]
mod tests {
    use super::{Headers, Mailbox, mailboxes_of};

    #[test]
    fn a_block_ends_at_an_empty_line_or_where_fields_end() {
        let (headers, end) = Headers::parse(b"From x@y\r\nSubject: a\r\n b\r\nX-A : 1\r\n\r\nbody");
        assert_eq!(headers.text("subject").as_deref(), Some("a b"));
        assert_eq!(headers.text("x-a").as_deref(), Some("1"));
        assert_eq!(end, 37);
        let raw = b"Subject: a\nno field here\n";
        assert_eq!(Headers::parse(raw).1, 11);
        assert_eq!(Headers::parse(b"only text").1, 0);
        assert_eq!(Headers::parse(b"").1, 0);
    }

    #[test]
    fn addresses_in_all_their_forms() {
        let one =
            |name: Option<&str>, address: &str| vec![Mailbox { name: name.map(str::to_owned), address: address.to_owned() }];
        for (raw, expected) in [
            ("Ann <ann@example.com>", one(Some("Ann"), "ann@example.com")),
            ("ann@example.com (Ann)", one(Some("Ann"), "ann@example.com")),
            ("\"bob@example.org\" <ann@example.com>", one(Some("bob@example.org"), "ann@example.com")),
            ("=?koi8-r?B?4c7OwQ==?= <ann@example.com>", one(Some("Анна"), "ann@example.com")),
            ("MAILER-DAEMON <>", one(Some("MAILER-DAEMON"), "")),
            ("почта@пример.рф", one(None, "почта@пример.рф")),
            ("undisclosed-recipients:;", vec![]),
        ] {
            assert_eq!(mailboxes_of(raw.as_bytes()), expected, "{raw}");
        }
        assert_eq!(mailboxes_of(b"friends: ann@example.com, Bob <bob@example.com>;").len(), 2);
    }

    #[test]
    fn parameters_are_joined_and_decoded() {
        let raw = b"Content-Type: Text/HTML; Charset=\"koi8-r\";\r\n name*0*=utf-8''%D0%9F; name*1*=%D1%80\r\n\r\n";
        let headers = Headers::parse(raw).0;
        let parsed = headers.parameters("content-type").unwrap();
        assert_eq!(parsed.value, "text/html");
        assert_eq!((parsed.get("charset"), parsed.get("name")), (Some("koi8-r"), Some("Пр")));
    }
}
