//! What an operator's message carries beside text: its shape, whether the channel takes it, and how it reads in lists.

use std::collections::HashSet;

use serde_json::Value;
use trunkline_channel::rich::{Button, ContactCard, Location, TemplateUse};
use trunkline_channel::text::without_nul;
use trunkline_channel::{ButtonLimits, Capabilities, Kind, Rich};

use super::Error;
use crate::uploads::AttachmentView;

/// Bytes of `extra`, as JSON.
const MAX_EXTRA_BYTES: usize = 16 * 1024;
const MAX_CONTACTS: usize = 10;
/// What operators may put into `extra`.
const KEYS: [&str; 4] = ["buttons", "location", "contacts", "template"];

/// Kinds that people may send, by their names.
pub fn kind_of(name: &str) -> Option<Kind> {
    let kinds = [Kind::Text, Kind::Note, Kind::Article, Kind::Location, Kind::Contact, Kind::Template];
    kinds.into_iter().find(|kind| kind.as_str() == name)
}

/// Whether the message is its rich part, and any text is only how it reads.
pub fn is_rich(kind: Kind) -> bool {
    matches!(kind, Kind::Location | Kind::Contact | Kind::Template)
}

/// Reads `extra` and checks that it fits the kind of message.
pub fn rich_of(kind: Kind, extra: &Value) -> Result<Rich, Error> {
    let unknown = match extra {
        Value::Null => None,
        Value::Object(parts) => parts.keys().find(|key| !KEYS.contains(&key.as_str())),
        _ => return Err(Error::content("/extra", "must be an object")),
    };
    if let Some(key) = unknown {
        return Err(Error::content(format!("/extra/{key}"), format!("only {} can be sent", KEYS.join(", "))));
    }
    if extra.to_string().len() > MAX_EXTRA_BYTES {
        return Err(Error::content("/extra", format!("at most {MAX_EXTRA_BYTES} bytes")));
    }
    let cleaned = serde_json::from_str(&without_nul(&extra.to_string()).replace("\\u0000", "\u{fffd}")).unwrap_or_default();
    let rich = Rich::of_extra(&cleaned).map_err(|problem| Error::content("/extra", problem))?;
    let parts = [
        ("location", rich.location.is_some(), kind == Kind::Location),
        ("contacts", !rich.contacts.is_empty(), kind == Kind::Contact),
        ("template", rich.template.is_some(), kind == Kind::Template),
    ];
    for (key, given, wanted) in parts {
        match (given, wanted) {
            (false, true) => return Err(Error::content(format!("/extra/{key}"), format!("is needed for a {}", kind.as_str()))),
            (true, false) => {
                return Err(Error::content(format!("/extra/{key}"), format!("does not belong to a {}", kind.as_str())));
            }
            _ => {}
        }
    }
    if !rich.buttons.is_empty() && kind != Kind::Text {
        return Err(Error::content("/extra/buttons", format!("do not belong to a {}", kind.as_str())));
    }
    if rich.contacts.len() > MAX_CONTACTS {
        return Err(Error::content("/extra/contacts", format!("at most {MAX_CONTACTS}")));
    }
    if let Some(at) = rich.contacts.iter().position(|card| card.name.trim().is_empty()) {
        return Err(Error::content(format!("/extra/contacts/{at}/name"), "must not be empty"));
    }
    if rich.template.as_ref().is_some_and(|template| template.name.trim().is_empty() || template.language.trim().is_empty()) {
        return Err(Error::content("/extra/template", "needs a name and a language"));
    }
    Ok(rich)
}

/// How a rich message reads where only text is shown.
pub fn readable(rich: &Rich) -> String {
    if let Some(place) = &rich.location {
        return place_text(place);
    }
    if let Some(template) = &rich.template {
        return template_text(template);
    }
    rich.contacts.iter().map(card_text).collect::<Vec<_>>().join("\n")
}

/// Whether this channel takes it; the field that it does not is named. Without a known channel only plain text is taken:
/// it waits.
pub fn fits(capabilities: Option<&Capabilities>, kind: Kind, rich: &Rich, files: &[AttachmentView]) -> Result<(), Error> {
    let Some(capabilities) = capabilities else {
        return if is_rich(kind) || !rich.buttons.is_empty() { Err(Error::NoLine) } else { Ok(()) };
    };
    let carried = match kind {
        Kind::Template => capabilities.templates,
        kind => !is_rich(kind) || capabilities.sends.contains(&kind),
    };
    if !carried {
        return Err(Error::unsupported("/kind", format!("this channel cannot send a {}", kind.as_str())));
    }
    if !rich.buttons.is_empty() {
        let limits = capabilities.buttons.as_ref();
        check_buttons(limits.ok_or_else(|| Error::unsupported("/extra/buttons", "this channel has no buttons"))?, &rich.buttons)?;
    }
    check_files(capabilities, files)
}

fn check_buttons(limits: &ButtonLimits, buttons: &[Button]) -> Result<(), Error> {
    if buttons.len() > limits.max {
        return Err(Error::unsupported("/extra/buttons", format!("at most {} on this channel", limits.max)));
    }
    let mut ids = HashSet::new();
    for (at, button) in buttons.iter().enumerate() {
        let field = |name: &str| format!("/extra/buttons/{at}/{name}");
        if button.title.trim().is_empty() {
            return Err(Error::content(field("title"), "must not be empty"));
        }
        if button.title.chars().count() > limits.max_title_chars {
            let most = format!("at most {} characters on this channel", limits.max_title_chars);
            return Err(Error::unsupported(field("title"), most));
        }
        match &button.url {
            Some(_) if !limits.links => return Err(Error::unsupported(field("url"), "buttons of this channel open no pages")),
            Some(url) if !url.starts_with("https://") && !url.starts_with("http://") => {
                return Err(Error::content(field("url"), "must be the address of a web page"));
            }
            Some(_) => {}
            None if button.id.is_empty() => return Err(Error::content(field("id"), "must not be empty")),
            None if button.id.len() > limits.max_id_bytes => {
                return Err(Error::unsupported(field("id"), format!("at most {} bytes on this channel", limits.max_id_bytes)));
            }
            None if !ids.insert(&button.id) => return Err(Error::content(field("id"), "two buttons have the same")),
            None => {}
        }
    }
    Ok(())
}

fn check_files(capabilities: &Capabilities, files: &[AttachmentView]) -> Result<(), Error> {
    if files.len() > capabilities.max_attachments {
        return Err(Error::unsupported(
            "/attachments",
            format!("this channel takes at most {} files with a message", capabilities.max_attachments),
        ));
    }
    for (at, file) in files.iter().enumerate() {
        let field = format!("/attachments/{at}");
        let kind = kind_of_file(&file.content_type);
        if ![kind, Kind::File].iter().any(|kind| capabilities.sends.contains(kind)) {
            return Err(Error::unsupported(field, format!("this channel cannot send a file of type {}", file.content_type)));
        }
        if file.size.max(0).unsigned_abs() > capabilities.max_attachment_bytes {
            let most = capabilities.max_attachment_bytes;
            return Err(Error::unsupported(field, format!("this channel takes files of at most {most} bytes")));
        }
    }
    Ok(())
}

fn kind_of_file(content_type: &str) -> Kind {
    match content_type.split_once('/').map(|(family, _)| family) {
        Some("image") => Kind::Image,
        Some("audio") => Kind::Audio,
        Some("video") => Kind::Video,
        _ => Kind::File,
    }
}

fn place_text(place: &Location) -> String {
    let at = format!("{}, {}", place.latitude, place.longitude);
    let words: Vec<&str> = [&place.name, &place.address].into_iter().flatten().map(String::as_str).collect();
    if words.is_empty() { at } else { format!("{} ({at})", words.join(", ")) }
}

fn card_text(card: &ContactCard) -> String {
    let parts = [Some(&card.name), card.organization.as_ref()].into_iter().flatten().chain(&card.phones).chain(&card.emails);
    parts.map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn template_text(template: &TemplateUse) -> String {
    let values: Vec<&str> = template.header.iter().chain(&template.parameters).map(|value| value.text.as_str()).collect();
    if values.is_empty() { template.name.clone() } else { format!("{}: {}", template.name, values.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trunkline_channel::Kind;

    use super::{Error, readable, rich_of};

    #[test]
    fn rich_messages_read_well_where_only_text_is_shown() {
        let place = json!({"location": {"latitude": 52.5, "longitude": 13.4, "name": "Shop", "address": "High Street 1"}});
        let cards =
            json!({"contacts": [{"name": "Bob", "phones": ["+49 30 1"], "emails": ["bob@example.com"]}, {"name": "Ann"}]});
        let template = json!({"template": {"name": "shipped", "language": "en", "parameters": [{"text": "Ann"}, {"text": "7"}]}});
        for (kind, extra, text) in [
            (Kind::Location, json!({"location": {"latitude": 1, "longitude": -2.5}}), "1, -2.5"),
            (Kind::Location, place, "Shop, High Street 1 (52.5, 13.4)"),
            (Kind::Contact, cards, "Bob, +49 30 1, bob@example.com\nAnn"),
            (Kind::Template, template, "shipped: Ann, 7"),
        ] {
            assert_eq!(readable(&rich_of(kind, &extra).unwrap()), text);
        }
    }

    #[test]
    fn what_does_not_fit_its_kind_is_named() {
        let place = json!({"latitude": 1, "longitude": 2});
        for (kind, extra, pointer) in [
            (Kind::Location, json!(null), "/extra/location"),
            (Kind::Contact, json!({"location": place}), "/extra/location"),
            (Kind::Text, json!({"location": place}), "/extra/location"),
            (Kind::Location, json!({"location": {"latitude": 91, "longitude": 2}}), "/extra"),
            (Kind::Contact, json!({"contacts": [{"name": " "}]}), "/extra/contacts/0/name"),
            (Kind::Template, json!({"template": {"name": "", "language": "en"}}), "/extra/template"),
            (Kind::Note, json!({"buttons": [{"id": "a", "title": "A"}]}), "/extra/buttons"),
            (Kind::Text, json!({"subject": "x"}), "/extra/subject"),
            (Kind::Text, json!([]), "/extra"),
        ] {
            let refused = rich_of(kind, &extra);
            assert!(matches!(&refused, Err(Error::Content { pointer: found, .. }) if found == pointer), "{extra}: {refused:?}");
        }
    }
}
