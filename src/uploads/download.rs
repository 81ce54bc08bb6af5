//! Handing a file out: to whoever may see its conversation, and never so that it could run in our origin.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::{Error, store};
use crate::access::{Caller, Visitor};
use crate::app::App;

/// Types that a browser shows or plays without running anything. PDF is not one of them: it may carry scripts.
const SHOWN_INLINE: [&str; 10] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "audio/mpeg",
    "audio/ogg",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "audio/x-m4a",
];

/// Who wants the file.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    Operator(&'a Caller),
    Visitor(&'a Visitor),
    /// Whoever holds a link that has been checked.
    Link,
}

/// The attachment, when the reader may see it: not theirs is not there.
pub async fn find(app: &App, reader: Reader<'_>, id: &str) -> Result<store::Attachment, Error> {
    let found = match reader {
        Reader::Operator(_) | Reader::Link => store::attachment_for_staff(&app.db, id).await?,
        Reader::Visitor(visitor) => store::attachment_for_visitor(&app.db, id, visitor).await?,
    };
    found.ok_or(Error::NotFound)
}

/// Answers with the file, or the part of it that was asked for (RFC 9110 §14), or 304.
pub(super) async fn serve(app: &App, attachment: &store::Attachment, inline: bool, asked: &HeaderMap) -> Result<Response, Error> {
    let Some(hash) = attachment.hash.as_deref().filter(|_| attachment.state == "stored") else {
        return Err(Error::NotHere { state: attachment.state.clone() });
    };
    let etag = format!("\"{hash}\"");
    let mut headers = HeaderMap::new();
    let mut set = |name, value: &str| {
        // Everything put in here is printable ASCII; what is not is left out rather than refused.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    let inline = inline && SHOWN_INLINE.contains(&attachment.content_type.as_str());
    set(header::ETAG, &etag);
    // Asked again each time, so that a link dies with the session or the message.
    set(header::CACHE_CONTROL, "private, no-cache");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    set(header::ACCEPT_RANGES, "bytes");
    set(header::CONTENT_DISPOSITION, &disposition(inline, &attachment.name));
    set(
        header::CONTENT_TYPE,
        if attachment.content_type == "text/plain" { "text/plain; charset=utf-8" } else { &attachment.content_type },
    );
    let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let mut file = app.blobs.open(hash).await.map_err(Error::Files)?;
    let size = file.metadata().await.map_err(Error::Files)?.len();
    let wanted = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_none_or(|tag| tag == etag));
    let (status, start, length) = match part(wanted, size) {
        Part::Whole => (StatusCode::OK, 0, size),
        Part::Of { start, end } => {
            headers.insert(header::CONTENT_RANGE, ascii(format!("bytes {start}-{end}/{size}")));
            (StatusCode::PARTIAL_CONTENT, start, end - start + 1)
        }
        Part::Outside => {
            headers.insert(header::CONTENT_RANGE, ascii(format!("bytes */{size}")));
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
    };
    file.seek(std::io::SeekFrom::Start(start)).await.map_err(Error::Files)?;
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let body = Body::from_stream(ReaderStream::new(file.take(length)));
    Ok((status, headers, body).into_response())
}

fn ascii(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("digits and punctuation make a header value")
}

/// `Content-Disposition` with the name in both its forms (RFC 6266 §4.3, RFC 8187): ASCII for old readers, UTF-8 for all others.
fn disposition(inline: bool, name: &str) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let plain: String = name
        .chars()
        .map(|c| if (c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%')) || c == ' ' { c } else { '_' })
        .collect();
    let mut exact = String::with_capacity(name.len());
    for byte in name.bytes() {
        // attr-char of RFC 8187 §3.2.1
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            exact.push(char::from(byte));
        } else {
            exact.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// Both ends belong to it.
    Of {
        start: u64,
        end: u64,
    },
    Outside,
}

/// Reads a `Range` header. One that we do not understand, or several ranges at once, mean the whole file.
fn part(header: Option<&str>, size: u64) -> Part {
    let Some((first, last)) = header.and_then(|h| h.strip_prefix("bytes=")).and_then(|range| range.trim().split_once('-')) else {
        return Part::Whole;
    };
    if size == 0 {
        return Part::Whole;
    }
    match (first.trim(), last.trim()) {
        ("", suffix) => match suffix.parse::<u64>() {
            Ok(0) => Part::Outside,
            Ok(length) => Part::Of { start: size.saturating_sub(length), end: size - 1 },
            Err(_) => Part::Whole,
        },
        (first, last) => match (first.parse::<u64>(), if last.is_empty() { Ok(size - 1) } else { last.parse::<u64>() }) {
            (Ok(start), Ok(end)) if start > end && !last.is_empty() => Part::Whole,
            (Ok(start), Ok(_)) if start >= size => Part::Outside,
            (Ok(start), Ok(end)) => Part::Of { start, end: end.min(size - 1) },
            _ => Part::Whole,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, disposition, part};

    #[test]
    fn ranges_are_read_as_browsers_and_players_send_them() {
        for (header, expected) in [
            ("bytes=0-0", Part::Of { start: 0, end: 0 }),
            ("bytes=2-", Part::Of { start: 2, end: 9 }),
            ("bytes=-3", Part::Of { start: 7, end: 9 }),
            ("bytes=-300", Part::Of { start: 0, end: 9 }),
            ("bytes=5-1000", Part::Of { start: 5, end: 9 }),
            ("bytes=10-", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=4-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=x-", Part::Whole),
            ("bytes=18446744073709551616-", Part::Whole),
            ("rows=1-2", Part::Whole),
        ] {
            assert_eq!(part(Some(header), 10), expected, "{header}");
        }
        assert_eq!(part(Some("bytes=0-"), 0), Part::Whole);
        assert_eq!(part(None, 10), Part::Whole);
    }

    #[test]
    fn names_cannot_leave_their_place_in_the_header() {
        assert_eq!(disposition(false, "a b.txt"), "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt");
        assert_eq!(disposition(true, "счёт.png"), "inline; filename=\"____.png\"; filename*=UTF-8''%D1%81%D1%87%D1%91%D1%82.png");
        let hostile = disposition(false, "x\"; filename=evil.exe\r\nSet-Cookie: a=b%41");
        assert_eq!(hostile.matches('"').count(), 2);
        assert!(!hostile.contains(['\r', '\n']));
        assert!(hostile.ends_with("filename*=UTF-8''x%22%3B%20filename%3Devil.exe%0D%0ASet-Cookie%3A%20a%3Db%2541"), "{hostile}");
    }
}
