//! The body of a message: text, its HTML twin, files.

use bytes::Bytes;
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, MessageBuilder, MultiPart, MultiPartBuilder, SinglePart};
use trunkline_channel::{Outbound, OutboundAttachment, Secret, signature, text};

use super::ComposeError;

const OCTET_STREAM: &str = "application/octet-stream";

/// text, or alternative(text, html), inside mixed(…, files) when there are files.
pub(super) fn build(
    builder: MessageBuilder,
    out: &Outbound,
    attachments: &[(OutboundAttachment, Bytes)],
    message_id: &str,
    key: &Secret,
) -> Result<Message, ComposeError> {
    let plain = SinglePart::plain(normal_lines(&out.text));
    let body = match &out.html {
        Some(html) => Body::Both(
            with_boundary(MultiPart::alternative(), message_id, "alternative", key)
                .singlepart(plain)
                .singlepart(SinglePart::html(normal_lines(html))),
        ),
        None => Body::Plain(plain),
    };
    let built = if attachments.is_empty() {
        match body {
            Body::Plain(plain) => builder.singlepart(plain),
            Body::Both(both) => builder.multipart(both),
        }
    } else {
        let mixed = with_boundary(MultiPart::mixed(), message_id, "mixed", key);
        let mut mixed = match body {
            Body::Plain(plain) => mixed.singlepart(plain),
            Body::Both(both) => mixed.multipart(both),
        };
        for (file, bytes) in attachments {
            let part = Attachment::new(text::clean_file_name(&file.name).replace(['"', '\\'], "_"));
            // Left to choose, lettre sends text unencoded and changes its line ends: a file must arrive as it is.
            let content = lettre::message::Body::new_with_encoding(bytes.to_vec(), ContentTransferEncoding::Base64)
                .map_err(|_| ComposeError::Build("a file cannot be encoded".to_owned()))?;
            mixed = mixed.singlepart(part.body(content, content_type(&file.content_type)));
        }
        builder.multipart(mixed)
    };
    built.map_err(|error| ComposeError::Build(error.to_string()))
}

enum Body {
    Plain(SinglePart),
    Both(MultiPart),
}

/// The same on every attempt, and not to be guessed by who writes the text.
fn with_boundary(builder: MultiPartBuilder, message_id: &str, kind: &str, key: &Secret) -> MultiPartBuilder {
    let tag = signature::sign(key, format!("mime boundary\n{kind}\n{message_id}").as_bytes());
    builder.boundary(hex::encode(tag.get(..16).unwrap_or_default()))
}

/// One kind of line end and no NUL: a lone CR or LF could end a message early at a careless server.
fn normal_lines(text: &str) -> String {
    text::without_nul(text).replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

/// Compound types would have to be sent unencoded, so they go as plain bytes, like what is no type at all.
fn content_type(given: &str) -> ContentType {
    let bare = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let compound = bare.starts_with("multipart/") || bare.starts_with("message/");
    let plain =
        bare.len() <= 100 && bare.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'+' | b'.' | b'_'));
    let given = if plain && !compound { bare.as_str() } else { OCTET_STREAM };
    ContentType::parse(given).or_else(|_| ContentType::parse(OCTET_STREAM)).unwrap_or(ContentType::TEXT_PLAIN)
}
