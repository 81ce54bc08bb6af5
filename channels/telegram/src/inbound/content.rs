//! What a message shows: the first field that fits, in the order that the documentation asks for (an animation also sets
//! `document`, a venue also `location`).

use serde_json::{Map, Value, json};
use trunkline_channel::rich::{Choice, ContactCard, Location};
use trunkline_channel::{Attachment, Kind, Media, text};

use super::service;
use super::value::{number, person_name, string};

pub(super) struct Content {
    pub kind: Kind,
    pub text: Option<String>,
    pub attachments: Vec<Attachment>,
    pub extra: Map<String, Value>,
}

/// A field that holds a file, what it is shown as, and the name and type that Telegram leaves out.
struct FileField {
    field: &'static str,
    kind: Kind,
    name: &'static str,
    claimed_type: Option<&'static str>,
}

const fn file(field: &'static str, kind: Kind, name: &'static str, claimed_type: Option<&'static str>) -> FileField {
    FileField { field, kind, name, claimed_type }
}

const FILES: &[FileField] = &[
    file("animation", Kind::Animation, "animation.mp4", Some("video/mp4")),
    file("live_photo", Kind::Video, "live_photo.mp4", Some("video/mp4")),
    file("photo", Kind::Image, "photo.jpg", Some("image/jpeg")),
    file("video", Kind::Video, "video.mp4", Some("video/mp4")),
    file("video_note", Kind::Video, "video_note.mp4", Some("video/mp4")),
    file("voice", Kind::Voice, "voice.ogg", Some("audio/ogg")),
    file("audio", Kind::Audio, "audio.mp3", Some("audio/mpeg")),
    file("document", Kind::File, "file", None),
    file("sticker", Kind::Sticker, "sticker.webp", Some("image/webp")),
];

pub(super) fn content(message: &Value) -> Content {
    let caption = string(message, "caption").map(str::to_owned);
    if let Some((found, value)) = FILES.iter().find_map(|field| Some((field, message.get(field.field)?))) {
        return with_file(found, value, caption);
    }
    for (field, read) in STRUCTURED {
        if let Some(content) = message.get(field).and_then(read) {
            return content;
        }
    }
    if let Some(said) = string(message, "text") {
        return plain(Kind::Text, said.to_owned());
    }
    service::content(message).unwrap_or_else(|| nothing_known(message, caption))
}

type Read = fn(&Value) -> Option<Content>;

const STRUCTURED: &[(&str, Read)] = &[
    ("venue", venue),
    ("location", location),
    ("contact", contact),
    ("poll", poll),
    ("dice", dice),
    ("checklist", checklist),
    ("web_app_data", web_app),
    ("paid_media", |paid| Some(noted("paid_media", format!("⭐ Paid media for {} stars", number(paid, "star_count")?)))),
    ("game", |game| Some(noted("game", format!("🎮 {}", string(game, "title")?)))),
    ("invoice", |invoice| Some(noted("invoice", format!("🧾 {}", string(invoice, "title")?)))),
    ("story", |_| Some(noted("story", "A story".to_owned()))),
];

fn plain(kind: Kind, text: String) -> Content {
    Content { kind, text: Some(text), attachments: Vec::new(), extra: Map::new() }
}

fn with(kind: Kind, text: String, key: &str, value: Value) -> Content {
    let mut extra = Map::new();
    extra.insert(key.to_owned(), value);
    Content { kind, text: Some(text), attachments: Vec::new(), extra }
}

/// Not shown as what it is, but told in words.
fn noted(field: &str, shown: String) -> Content {
    Content::unsupported(field, shown)
}

fn with_file(field: &FileField, value: &Value, caption: Option<String>) -> Content {
    // Of a photo's sizes the last is the largest.
    let object = value.as_array().and_then(|sizes| sizes.last()).unwrap_or(value);
    let mut extra = Map::new();
    if field.kind == Kind::Sticker
        && let Some(emoji) = string(object, "emoji")
    {
        extra.insert("emoji".to_owned(), json!(emoji));
    }
    if let Some(seconds) = number(object, "duration") {
        extra.insert("seconds".to_owned(), json!(seconds));
    }
    let caption = caption.or_else(|| string(object, "emoji").map(str::to_owned));
    let Some(file_id) = string(object, "file_id") else {
        return Content::unsupported(field.field, caption.unwrap_or_else(|| "A file that cannot be shown here".to_owned()));
    };
    let (name, claimed_type) = named(field, object);
    let attachment = Attachment {
        name,
        claimed_type,
        size: number(object, "file_size").and_then(|size| u64::try_from(size).ok()),
        inline: false,
        content_id: None,
        media: Media::Remote { reference: file_id.to_owned() },
    };
    Content { kind: field.kind, text: caption, attachments: vec![attachment], extra }
}

/// Name and type as the sender gave them, else the usual ones. Moving stickers come in forms of their own.
fn named(field: &FileField, object: &Value) -> (String, Option<String>) {
    let is = |key: &str| object.get(key).and_then(Value::as_bool).unwrap_or_default();
    let (name, claimed) = match field.kind {
        Kind::Sticker if is("is_animated") => ("sticker.tgs", Some("application/x-tgsticker")),
        Kind::Sticker if is("is_video") => ("sticker.webm", Some("video/webm")),
        _ => (field.name, field.claimed_type),
    };
    let title = string(object, "title").filter(|_| field.kind == Kind::Audio).map(|title| format!("{title}.mp3"));
    let given = string(object, "file_name").map(str::to_owned).or(title);
    (text::clean_file_name(&given.unwrap_or_else(|| name.to_owned())), string(object, "mime_type").or(claimed).map(str::to_owned))
}

fn place(value: &Value) -> Option<Location> {
    let (latitude, longitude) = (value.get("latitude")?.as_f64()?, value.get("longitude")?.as_f64()?);
    Some(Location { latitude, longitude, name: None, address: None })
}

fn location(value: &Value) -> Option<Content> {
    let place = place(value)?;
    let mut content = with(Kind::Location, format!("📍 {}, {}", place.latitude, place.longitude), "location", json!(place));
    if let Some(seconds) = number(value, "live_period") {
        content.extra.insert("live_seconds".to_owned(), json!(seconds));
    }
    Some(content)
}

fn venue(value: &Value) -> Option<Content> {
    let (name, address) = (string(value, "title").map(str::to_owned), string(value, "address").map(str::to_owned));
    let shown = [name.as_deref(), address.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let place = Location { name, address, ..place(value.get("location")?)? };
    Some(with(Kind::Location, format!("📍 {shown}"), "location", json!(place)))
}

fn contact(value: &Value) -> Option<Content> {
    let name = person_name(value).unwrap_or_default();
    let phone = string(value, "phone_number")?.to_owned();
    let shown = format!("👤 {name} {phone}");
    let card = ContactCard { name, phones: vec![phone], ..ContactCard::default() };
    Some(with(Kind::Contact, shown, "contacts", json!([card])))
}

fn poll(value: &Value) -> Option<Content> {
    let question = string(value, "question")?;
    let options: Vec<&str> = value.get("options")?.as_array()?.iter().filter_map(|option| string(option, "text")).collect();
    let lines: String = options.iter().map(|option| format!("\n• {option}")).collect();
    Some(with(Kind::Poll, format!("📊 {question}{lines}"), "poll", json!({"question": question, "options": options})))
}

fn dice(value: &Value) -> Option<Content> {
    let shown = format!("{} {}", string(value, "emoji")?, number(value, "value")?);
    Some(with(Kind::Text, shown, "dice", value.clone()))
}

fn checklist(value: &Value) -> Option<Content> {
    let tasks = value.get("tasks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let lines: String = tasks.iter().filter_map(|task| Some(format!("\n☐ {}", string(task, "text")?))).collect();
    Some(noted("checklist", format!("{}{lines}", string(value, "title")?)))
}

/// What a web page inside Telegram handed over.
fn web_app(value: &Value) -> Option<Content> {
    let title = string(value, "button_text")?.to_owned();
    let data = string(value, "data").unwrap_or_default();
    let choice = Choice { id: data.to_owned(), title: title.clone(), data: serde_json::from_str(data).unwrap_or(Value::Null) };
    Some(with(Kind::Interactive, title, "choice", json!(choice)))
}

/// Fields that say nothing about what a message shows.
const AROUND: &[&str] = &[
    "message_id",
    "message_thread_id",
    "direct_messages_topic",
    "from",
    "sender_chat",
    "sender_boost_count",
    "sender_business_bot",
    "sender_tag",
    "date",
    "guest_query_id",
    "business_connection_id",
    "chat",
    "forward_origin",
    "is_topic_message",
    "is_automatic_forward",
    "reply_to_message",
    "external_reply",
    "quote",
    "reply_to_story",
    "reply_to_checklist_task_id",
    "reply_to_poll_option_id",
    "via_bot",
    "guest_bot_caller_user",
    "guest_bot_caller_chat",
    "edit_date",
    "has_protected_content",
    "is_from_offline",
    "is_paid_post",
    "media_group_id",
    "author_signature",
    "paid_star_count",
    "entities",
    "link_preview_options",
    "suggested_post_info",
    "effect_id",
    "caption",
    "caption_entities",
    "show_caption_above_media",
    "has_media_spoiler",
    "reply_markup",
];

fn nothing_known(message: &Value, caption: Option<String>) -> Content {
    let mut fields = message.as_object().into_iter().flat_map(Map::keys);
    let field = fields.find(|key| !AROUND.contains(&key.as_str())).map_or("message", String::as_str);
    let shown = caption.unwrap_or_else(|| format!("Something that cannot be shown here: {}", super::value::readable(field)));
    Content::unsupported(field, shown)
}
