//! What is worth keeping beside a message.

use serde_json::{Map, Value, json};

use super::attachments::Files;
use super::automatic::Verdict;
use super::bounce::News;
use super::content::Content;
use super::headers::Headers;
use super::threading::Thread;
use super::{people, subject, threading};

/// `Thread-Index` of Outlook: the first 22 bytes, as base64, are the same in a thread.
const THREAD_INDEX_CHARS: usize = 30;

/// Facts that are not empty, false or zero.
pub(super) fn read(
    headers: &Headers<'_>,
    content: &Content<'_>,
    verdict: &Verdict,
    news: &News,
    files: &Files,
    thread: &Thread,
) -> Map<String, Value> {
    let mut extra = Map::new();
    let mut put = |name: &str, value: Value| {
        let is_empty = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(list) => list.is_empty(),
            Value::String(text) => text.is_empty(),
            Value::Number(number) => number.as_u64() == Some(0),
            Value::Bool(true) | Value::Object(_) => false,
        };
        if !is_empty {
            extra.insert(name.to_owned(), value);
        }
    };
    put("subject", json!(headers.text("subject").and_then(|s| subject::clean(&s))));
    put("message_id", json!(threading::own_id(headers)));
    put("in_reply_to", json!(thread.in_reply_to));
    put("references", json!(thread.references));
    put("from", json!(people::shown(headers, "from")));
    put("to", json!(people::shown(headers, "to")));
    put("cc", json!(people::shown(headers, "cc")));
    put("reply_to", json!(people::shown(headers, "reply-to")));
    put("auto_reason", json!(verdict.reason));
    put("is_auto_reply", json!(verdict.is_auto_reply));
    put("is_list", json!(verdict.is_list));
    put("subject_hint", json!(verdict.subject_hint));
    put("is_bounce", json!(news.is_bounce));
    put("is_delay_notice", json!(news.is_delay_notice));
    put("is_complaint", json!(news.is_complaint));
    put("blocked_images", json!(content.blocked_images));
    put("notes", json!(content.notes));
    put("invitation", json!(content.invitation));
    put("charset_trouble", json!(content.charset_trouble));
    put("dropped_attachments", json!(files.dropped_names));
    put("dropped_attachments_count", json!(files.dropped));
    put("thread_index", json!(headers.text("thread-index").map(|t| t.chars().take(THREAD_INDEX_CHARS).collect::<String>())));
    extra
}
