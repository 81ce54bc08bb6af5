//! What a message says.

use serde_json::{Map, Value, json};
use trunkline_channel::rich::{Choice, ContactCard, Location};
use trunkline_channel::{Attachment, Kind, Media, text};

use super::statuses::refusal;
use super::value::{flag, items, readable, shown_number, string};
use crate::media;

/// A message's content, ready for the thread.
pub struct Content {
    pub kind: Kind,
    pub text: Option<String>,
    pub attachments: Vec<Attachment>,
    pub extra: Map<String, Value>,
}

/// The parts of a form's answer that are ours to show are few; the whole is kept beside them up to this size.
const MAX_FORM_CHARS: usize = 20_000;
const MAX_ORDER_LINES: usize = 50;

impl Content {
    pub fn plain(kind: Kind, text: String) -> Self {
        Self { kind, text: Some(text), attachments: Vec::new(), extra: Map::new() }
    }

    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.extra.insert(key.to_owned(), value);
        self
    }
}

pub fn content(message: &Value) -> Content {
    let name = string(message, "type").unwrap_or("message");
    let inner = message.get(name).unwrap_or(&Value::Null);
    let read = match name {
        "text" => words(message).map(|text| Content::plain(Kind::Text, text)),
        "image" => file(message, inner, Kind::Image),
        "video" => file(message, inner, Kind::Video),
        "audio" => file(message, inner, if flag(inner, "voice") { Kind::Voice } else { Kind::Audio }),
        "document" => file(message, inner, Kind::File),
        "sticker" => file(message, inner, Kind::Sticker),
        "location" => location(inner),
        "contacts" => contacts(message),
        "button" => button(inner),
        "interactive" => interactive(inner),
        "order" => order(inner),
        "request_welcome" => Some(Content::plain(Kind::System, "Opened the chat.".to_owned())),
        _ => None,
    };
    read.unwrap_or_else(|| unsupported(name, message))
}

/// The words of a message that has some: its text or its caption.
pub fn words(message: &Value) -> Option<String> {
    let inner = message.get(string(message, "type").unwrap_or("text"))?;
    string(inner, "body").or_else(|| string(inner, "caption")).map(str::to_owned)
}

fn file(message: &Value, inner: &Value, kind: Kind) -> Option<Content> {
    let caption = string(inner, "caption").map(str::to_owned);
    let Some(reference) = media::reference(inner) else {
        // The file did not come through; that it was sent must not be lost.
        let why = items(message, "errors").next().map(|error| refusal(error).shown(crate::errors::RULES));
        let told = why.unwrap_or_else(|| format!("A file that did not come through: {}", kind.as_str()));
        let text = caption.map_or(told.clone(), |caption| format!("{caption}\n{told}"));
        return inner.is_object().then(|| Content::plain(kind, text).with("missing_file", json!(true)));
    };
    // `audio/ogg; codecs=opus`
    let claimed_type = string(inner, "mime_type").and_then(|told| told.split(';').next()).map(|told| told.trim().to_owned());
    let name = string(inner, "filename").map_or_else(|| media::file_name(kind, claimed_type.as_deref()), text::clean_file_name);
    let size = inner.get("file_size").and_then(Value::as_u64);
    let media = Media::Remote { reference };
    let attachment = Attachment { name, claimed_type, size, inline: false, content_id: None, media };
    let content = Content { kind, text: caption, attachments: vec![attachment], extra: Map::new() };
    Some(if flag(inner, "animated") { content.with("animated", json!(true)) } else { content })
}

fn location(inner: &Value) -> Option<Content> {
    let degrees = |key: &str| inner.get(key).and_then(|value| value.as_f64().or_else(|| value.as_str()?.parse().ok()));
    let text = |key: &str| string(inner, key).map(str::to_owned);
    let place = Location {
        latitude: degrees("latitude").filter(|value| value.abs() <= 90.0)?,
        longitude: degrees("longitude").filter(|value| value.abs() <= 180.0)?,
        name: text("name"),
        address: text("address"),
    };
    let named: Vec<&str> = [&place.name, &place.address].into_iter().flatten().map(String::as_str).collect();
    let shown = if named.is_empty() { format!("{}, {}", place.latitude, place.longitude) } else { named.join(", ") };
    let content = Content::plain(Kind::Location, format!("📍 {shown}")).with("location", json!(place));
    Some(match string(inner, "url") {
        Some(url) => content.with("url", json!(url)),
        None => content,
    })
}

fn contacts(message: &Value) -> Option<Content> {
    let cards: Vec<ContactCard> = items(message, "contacts").map(card).collect();
    let lines: Vec<String> =
        cards.iter().map(|card| format!("👤 {} {}", card.name, card.phones.join(", ")).trim_end().to_owned()).collect();
    (!cards.is_empty()).then(|| Content::plain(Kind::Contact, lines.join("\n")).with("contacts", json!(cards)))
}

fn card(contact: &Value) -> ContactCard {
    let all = |list: &str, key: &str| items(contact, list).filter_map(|item| string(item, key)).map(str::to_owned).collect();
    let name = contact.get("name").and_then(|name| string(name, "formatted_name").or_else(|| string(name, "first_name")));
    let organization = contact.get("org").and_then(|org| string(org, "company")).map(str::to_owned);
    let name = name.and_then(text::clean_name).unwrap_or_else(|| "Somebody".to_owned());
    ContactCard { name, phones: all("phones", "phone"), emails: all("emails", "email"), organization }
}

/// The answer to a template's button.
fn button(inner: &Value) -> Option<Content> {
    let title = string(inner, "text").or_else(|| string(inner, "payload"))?;
    let choice = Choice { id: string(inner, "payload").unwrap_or(title).to_owned(), title: title.to_owned(), data: Value::Null };
    Some(Content::plain(Kind::Interactive, title.to_owned()).with("choice", json!(choice)))
}

fn interactive(inner: &Value) -> Option<Content> {
    let name = string(inner, "type")?;
    let reply = inner.get(name).unwrap_or(&Value::Null);
    let (id, title, data) = match name {
        "button_reply" | "list_reply" => {
            let title = string(reply, "title").or_else(|| string(reply, "id"))?;
            let data = string(reply, "description").map_or(Value::Null, |told| json!({ "description": told }));
            (string(reply, "id").unwrap_or(title).to_owned(), title.to_owned(), data)
        }
        "nfm_reply" => {
            let form = string(reply, "name").unwrap_or("form");
            (form.to_owned(), string(reply, "body").unwrap_or(form).to_owned(), form_data(reply))
        }
        "call_permission_reply" => {
            let answer = string(reply, "response").unwrap_or("answered");
            let title = if answer == "accept" { "Allows calls." } else { "Does not allow calls." };
            ("call_permission".to_owned(), title.to_owned(), reply.clone())
        }
        // Whatever comes next will have a title, as all before.
        _ => (name.to_owned(), string(reply, "title").or_else(|| string(reply, "body"))?.to_owned(), reply.clone()),
    };
    let choice = Choice { id, title: title.clone(), data };
    Some(Content::plain(Kind::Interactive, title).with("choice", json!(choice)))
}

/// A form's answers come as JSON inside a text.
fn form_data(reply: &Value) -> Value {
    let Some(answers) = string(reply, "response_json").filter(|answers| answers.len() <= MAX_FORM_CHARS) else {
        return Value::Null;
    };
    serde_json::from_str(answers).unwrap_or_else(|_| json!(answers))
}

fn order(inner: &Value) -> Option<Content> {
    let lines: Vec<String> = items(inner, "product_items").take(MAX_ORDER_LINES).map(order_line).collect();
    if !inner.is_object() {
        return None;
    }
    let heading = string(inner, "text").map_or_else(|| "🛒 Order".to_owned(), |text| format!("🛒 {text}"));
    let shown = [heading].into_iter().chain(lines).collect::<Vec<_>>().join("\n");
    let kept = json!({"catalog": string(inner, "catalog_id"), "items": inner.get("product_items")});
    Some(Content::plain(Kind::Order, shown).with("order", kept))
}

fn order_line(item: &Value) -> String {
    let told = |key: &str| shown_number(item, key);
    let product = string(item, "product_retailer_id").unwrap_or("?");
    let price = told("item_price").map(|price| format!(" at {price} {}", string(item, "currency").unwrap_or_default()));
    format!("{} × {product}{}", told("quantity").unwrap_or_else(|| "?".to_owned()), price.unwrap_or_default())
        .trim_end()
        .to_owned()
}

/// Also what WhatsApp adds tomorrow.
fn unsupported(name: &str, message: &Value) -> Content {
    let inner = message.get("unsupported").and_then(|told| string(told, "type")).filter(|told| *told != "unknown");
    let what = inner.unwrap_or(name);
    let error = items(message, "errors").next().map(refusal);
    let missing = error.as_ref().is_some_and(|error| error.code == Some(131_052));
    let shown = match (what, words(message)) {
        (_, Some(words)) => words,
        _ if missing => "A file that WhatsApp could not get from the customer's phone.".to_owned(),
        ("unsupported" | "unknown" | "message", None) => "Something that WhatsApp does not hand over.".to_owned(),
        (named, None) => format!("Something that cannot be shown here: {}", readable(named)),
    };
    let content = Content::plain(Kind::Unsupported, shown).with("unsupported", json!(what));
    match error.and_then(|error| error.code) {
        Some(code) => content.with("error", json!(code)),
        None => content,
    }
}
