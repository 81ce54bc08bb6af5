//! What hangs on a message: files, and things that are told in words.

use serde_json::{Map, Value, json};
use trunkline_channel::rich::Location;
use trunkline_channel::{Attachment, Kind, Media, text};

use super::value::{list, number, readable, shown, string};

/// One attachment, read.
pub(super) struct Piece {
    pub kind: Kind,
    /// What a person needs to read where there is no file.
    pub line: Option<String>,
    pub file: Option<Attachment>,
    pub extra: Map<String, Value>,
}

impl Piece {
    fn file(kind: Kind, url: &str, name: &str, claimed_type: Option<&str>, size: Option<i64>) -> Self {
        let file = Attachment {
            name: text::clean_file_name(name),
            claimed_type: claimed_type.map(str::to_owned),
            size: size.and_then(|size| u64::try_from(size).ok()),
            inline: false,
            content_id: None,
            media: Media::Remote { reference: url.to_owned() },
        };
        Self { kind, line: None, file: Some(file), extra: Map::new() }
    }

    fn told(kind: Kind, line: String) -> Self {
        Self { kind, line: Some(line), file: None, extra: Map::new() }
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.extra.insert(key.to_owned(), value);
        self
    }

    fn unsupported(kind: &str, line: Option<String>) -> Self {
        let line = line.unwrap_or_else(|| format!("Something that cannot be shown here: {}", readable(kind)));
        Self::told(Kind::Unsupported, line).with("unsupported", json!(kind))
    }
}

/// Everything has a form that can be shown: what is unknown is told by its name.
pub(super) fn piece(attachment: &Value) -> Piece {
    let kind = string(attachment, "type").unwrap_or("attachment");
    let object = attachment.get(kind).unwrap_or(&Value::Null);
    let read = match kind {
        "photo" => photo(object),
        "graffiti" => string(object, "url").map(|url| Piece::file(Kind::Image, url, "graffiti.png", Some("image/png"), None)),
        "sticker" => sticker(object),
        "audio_message" => voice(object),
        "audio" => Some(audio(object)),
        "doc" => document(object),
        "video" => video(object),
        "link" => link(object),
        "wall" | "wall_reply" => post(kind, object),
        "poll" => poll(object),
        "market" => product(object),
        "market_album" => object_link("🛒", "market_album", "market", object),
        "article" => string(object, "url").map(|url| linked("📰", string(object, "title"), url)),
        "story" => object_link("A story", kind, "story", object),
        "podcast" => object_link("🎙", kind, "podcast", object),
        "narrative" => object_link("A narrative", kind, "narrative", object),
        "video_playlist" => object_link("🎬", kind, "video/playlist/", object),
        "gift" => gift(object),
        "call" | "group_call_in_progress" => Some(call(kind, object)),
        _ => None,
    };
    read.unwrap_or_else(|| Piece::unsupported(kind, None))
}

/// A place, which VK keeps beside the attachments.
pub(super) fn geo(value: &Value) -> Option<Piece> {
    let at = value.get("coordinates")?;
    // Old versions write "59.93 30.31".
    let (latitude, longitude) = match at.as_str() {
        Some(text) => {
            let (latitude, longitude) = text.split_once(' ')?;
            (latitude.parse().ok()?, longitude.parse().ok()?)
        }
        None => (at.get("latitude")?.as_f64()?, at.get("longitude")?.as_f64()?),
    };
    if !(f64::abs(latitude) <= 90.0 && f64::abs(longitude) <= 180.0) {
        return None;
    }
    let place = value.get("place");
    let name = place.and_then(|place| string(place, "title")).map(str::to_owned);
    let address = place.and_then(|place| string(place, "address")).map(str::to_owned);
    let line = name.clone().unwrap_or_else(|| format!("{latitude}, {longitude}"));
    let place = Location { latitude, longitude, name, address };
    Some(Piece::told(Kind::Location, format!("📍 {line}")).with("location", json!(place)))
}

fn photo(object: &Value) -> Option<Piece> {
    let original = object.get("orig_photo").and_then(|photo| string(photo, "url"));
    let url = original.or_else(|| largest(list(object, "sizes")))?;
    let mut piece = Piece::file(Kind::Image, url, "photo.jpg", Some("image/jpeg"), None);
    piece.line = string(object, "text").map(shown);
    Some(piece)
}

/// The picture with the most points; where sizes are unknown, the last.
fn largest(images: &[Value]) -> Option<&str> {
    let area =
        |image: &&Value| number(image, "width").unwrap_or_default().saturating_mul(number(image, "height").unwrap_or_default());
    images.iter().filter(|image| string(image, "url").is_some()).max_by_key(area).and_then(|image| string(image, "url"))
}

fn sticker(object: &Value) -> Option<Piece> {
    let url = largest(list(object, "images")).or_else(|| largest(list(object, "images_with_background")))?;
    let piece = Piece::file(Kind::Sticker, url, "sticker.png", Some("image/png"), None);
    Some(piece.with("sticker", json!(number(object, "sticker_id"))))
}

fn voice(object: &Value) -> Option<Piece> {
    let (url, name, claimed) = match (string(object, "link_ogg"), string(object, "link_mp3")) {
        (Some(url), _) => (url, "voice.ogg", "audio/ogg"),
        (None, Some(url)) => (url, "voice.mp3", "audio/mpeg"),
        (None, None) => return None,
    };
    let mut piece = Piece::file(Kind::Voice, url, name, Some(claimed), None);
    piece.line = string(object, "transcript").map(str::to_owned);
    Some(match number(object, "duration") {
        Some(duration) => piece.with("seconds", json!(duration)),
        None => piece,
    })
}

fn audio(object: &Value) -> Piece {
    let title = [string(object, "artist"), string(object, "title")].into_iter().flatten().collect::<Vec<_>>().join(" – ");
    let title = if title.is_empty() { "Audio".to_owned() } else { title };
    match string(object, "url") {
        Some(url) => Piece::file(Kind::Audio, url, &format!("{title}.mp3"), Some("audio/mpeg"), None),
        None => Piece::told(Kind::Audio, format!("🎵 {title}")),
    }
}

fn document(object: &Value) -> Option<Piece> {
    const GIF: i64 = 3;
    let url = string(object, "url")?;
    let kind = if number(object, "type") == Some(GIF) { Kind::Animation } else { Kind::File };
    let extension = string(object, "ext");
    let title = string(object, "title").unwrap_or("document");
    let complete = extension.is_none_or(|extension| title.to_lowercase().ends_with(&format!(".{}", extension.to_lowercase())));
    let name = if complete { title.to_owned() } else { format!("{title}.{}", extension.unwrap_or_default()) };
    Some(Piece::file(kind, url, &name, None, number(object, "size")))
}

/// VK gives no file of a video, only the page that shows it.
fn video(object: &Value) -> Option<Piece> {
    let (owner, id) = (number(object, "owner_id")?, number(object, "id")?);
    let url = format!("https://vk.com/video{owner}_{id}");
    Some(Piece { kind: Kind::Video, ..linked("🎬", string(object, "title"), &url) })
}

fn linked(sign: &str, title: Option<&str>, url: &str) -> Piece {
    let words = [Some(sign.to_owned()), title.map(shown), Some(url.to_owned())];
    let line = words.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    Piece::told(Kind::Link, line).with("link", json!({"url": url, "title": title}))
}

fn link(object: &Value) -> Option<Piece> {
    string(object, "url").map(|url| linked("🔗", string(object, "title"), url))
}

fn post(kind: &str, object: &Value) -> Option<Piece> {
    let owner = ["owner_id", "to_id", "from_id"].into_iter().find_map(|key| number(object, key))?;
    let id = number(object, "id")?;
    let url = match number(object, "post_id").filter(|_| kind == "wall_reply") {
        Some(post) => format!("https://vk.com/wall{owner}_{post}?reply={id}"),
        None => format!("https://vk.com/wall{owner}_{id}"),
    };
    Some(linked("📝", string(object, "text"), &url))
}

/// A thing that has a page at VK.
fn object_link(sign: &str, kind: &str, path: &str, object: &Value) -> Option<Piece> {
    let (owner, id) = (number(object, "owner_id")?, number(object, "id")?);
    let url = match kind {
        "market_album" => format!("https://vk.com/market{owner}?section=album_{id}"),
        _ => format!("https://vk.com/{path}{owner}_{id}"),
    };
    Some(linked(sign, string(object, "title"), &url))
}

fn poll(object: &Value) -> Option<Piece> {
    let question = string(object, "question")?;
    let options: Vec<&str> = list(object, "answers").iter().filter_map(|answer| string(answer, "text")).collect();
    let lines: String = options.iter().map(|option| format!("\n• {option}")).collect();
    let poll = json!({"question": question, "options": options});
    Some(Piece::told(Kind::Poll, format!("📊 {question}{lines}")).with("poll", poll))
}

fn product(object: &Value) -> Option<Piece> {
    let title = string(object, "title")?;
    let price = object.get("price").and_then(|price| string(price, "text"));
    let page = number(object, "owner_id").zip(number(object, "id"));
    let page = page.map(|(owner, id)| format!("https://vk.com/market{owner}?w=product{owner}_{id}"));
    let line = ["🛒 ", title].concat();
    let line = [Some(line), price.map(str::to_owned), page.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let product = json!({"title": title, "price": price, "url": page});
    Some(Piece::told(Kind::Link, line).with("product", product))
}

fn gift(object: &Value) -> Option<Piece> {
    let url = ["thumb_256", "thumb_96", "thumb_48"].into_iter().find_map(|key| string(object, key))?;
    let mut piece = Piece::file(Kind::Image, url, "gift.jpg", Some("image/jpeg"), None);
    piece.line = Some("🎁 A gift".to_owned());
    Some(piece)
}

fn call(kind: &str, object: &Value) -> Piece {
    let state = string(object, "state").map(readable);
    Piece::unsupported(kind, Some(state.map_or_else(|| "📞 A call".to_owned(), |state| format!("📞 A call: {state}"))))
}
