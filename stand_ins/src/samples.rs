//! Small real files for customers to send: each is what its type says, to the last byte.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A file as a provider would hold it.
#[derive(Debug, Clone)]
pub struct Sample {
    pub name: &'static str,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

/// One red pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

#[must_use]
pub fn photo() -> Sample {
    Sample { name: "photo.png", content_type: "image/png", bytes: STANDARD.decode(PNG).unwrap_or_default() }
}

#[must_use]
pub fn document() -> Sample {
    let bytes = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
    Sample { name: "order.pdf", content_type: "application/pdf", bytes: bytes.to_vec() }
}

/// An Ogg page with an Opus head (RFC 7845): recognised as a voice note, silent.
#[must_use]
pub fn voice() -> Sample {
    let mut bytes = b"OggS\x00\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01\x38\x01".to_vec();
    bytes.extend(48_000_u32.to_le_bytes());
    bytes.extend([0, 0, 0]);
    Sample { name: "voice.ogg", content_type: "audio/ogg", bytes }
}

/// The head of an MP4 file.
#[must_use]
pub fn video() -> Sample {
    let mut bytes = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    bytes.extend(b"\0\0\0\x08mdat");
    Sample { name: "video.mp4", content_type: "video/mp4", bytes }
}

/// One white pixel as lossless WebP.
#[must_use]
pub fn sticker() -> Sample {
    let bytes = STANDARD.decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==").unwrap_or_default();
    Sample { name: "sticker.webp", content_type: "image/webp", bytes }
}
