//! Reading raw JSON, and VK's way of writing text and people.

use serde_json::Value;
use trunkline_channel::{Hints, Micros, Peer};

use crate::address::{MessageId, is_person};

pub fn string<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

pub fn number(value: &Value, key: &str) -> Option<i64> {
    value.get(key).and_then(Value::as_i64)
}

pub fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// VK's times, which are seconds; a time of 0 stands for none.
pub fn seconds(value: &Value, key: &str) -> Option<Micros> {
    number(value, key).filter(|seconds| *seconds > 0)?.checked_mul(1_000_000)
}

/// A message's name: its number inside its peer, which old versions of the API leave out.
pub fn message_name(message: &Value) -> Option<String> {
    let peer = peer_id(message)?;
    match number(message, "conversation_message_id").filter(|cmid| *cmid > 0) {
        Some(cmid) => Some(MessageId { peer, cmid }.to_string()),
        None => number(message, "id").filter(|id| *id > 0).map(|id| format!("{peer}:id{id}")),
    }
}

/// Where a message belongs; old versions tell only who wrote it.
pub fn peer_id(message: &Value) -> Option<i64> {
    number(message, "peer_id").or_else(|| number(message, "from_id")).filter(|id| *id != 0)
}

/// VK tells no names in its events; the daemon asks for them ([`trunkline_channel::Connector::profile`]).
pub fn peer(id: i64) -> Peer {
    Peer { external_id: id.to_string(), handle: is_person(id).then(|| format!("id{id}")), ..Peer::default() }
}

/// Of a group chat's message, who in it spoke.
pub fn author_hints(chat: i64, author: Option<i64>) -> Hints {
    let author = author.filter(|author| *author != chat && *author > 0);
    Hints { participants: author.map(peer).into_iter().collect(), ..Hints::default() }
}

/// `chat_invite_user` as people would read it.
pub fn readable(field: &str) -> String {
    field.replace('_', " ")
}

/// Text as its reader sees it: of `[id1|Ann]` the right part, of `&amp;` the character it stands for. Every mark is read once.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.find(['[', '&', '<']) {
        let (before, marked) = rest.split_at(next);
        out.push_str(before);
        rest = match mark(marked) {
            Some((seen, after)) => {
                out.push_str(seen);
                after
            }
            None => {
                let mut chars = marked.chars();
                out.extend(chars.next());
                chars.as_str()
            }
        };
    }
    out.push_str(rest);
    out
}

/// The mark that a text begins with: what stands for it, and what follows it.
fn mark(text: &str) -> Option<(&str, &str)> {
    const ENTITIES: &[(&str, &str)] =
        &[("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("<br>", "\n")];
    for (entity, character) in ENTITIES {
        if let Some(after) = text.strip_prefix(entity) {
            return Some((character, after));
        }
    }
    let (inside, after) = text.strip_prefix('[')?.split_once(']')?;
    let (target, label) = inside.split_once('|')?;
    let links = ["id", "club", "public", "event", "app"];
    let numbered = |prefix: &&str| {
        target.strip_prefix(prefix).is_some_and(|id| !id.is_empty() && id.chars().all(|digit| digit.is_ascii_digit()))
    };
    let named = links.iter().any(numbered) || target.starts_with("https://") || target.starts_with("http://");
    (named && !label.is_empty()).then_some((label, after))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn marks_are_shown_as_readers_see_them_and_only_once() {
        let table = [
            ("Hi [club123456|@shop]!", "Hi @shop!"),
            ("[id1|Ann] and [id2|Bob]", "Ann and Bob"),
            ("see [https://example.com/a|our page]", "see our page"),
            ("a &amp;quot; b<br>c &lt;d&gt;", "a &quot; b\nc <d>"),
            ("[x] [id|y] [id1|] [idx|z] [1|2", "[x] [id|y] [id1|] [idx|z] [1|2"),
            ("&unknown; < [", "&unknown; < ["),
            ("ж[id5|Жанна]ж", "жЖаннаж"),
            ("", ""),
        ];
        for (written, read) in table {
            assert_eq!(shown(written), read);
        }
    }
}
