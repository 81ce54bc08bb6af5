//! What hangs on a message: files to fetch, and things that are shown in words.

use serde_json::{Map, Value, json};
use trunkline_channel::rich::Location;
use trunkline_channel::{Attachment, Kind, Media, text};
use url::Url;

use super::value::{id, readable, string};

/// Elements of one template that are put into words.
const MAX_ELEMENTS: usize = 10;

/// All attachments of one message together.
#[derive(Default)]
pub(super) struct Contents {
    /// Of the first attachment.
    pub kind: Option<Kind>,
    /// What is shown in words, below what was said.
    pub lines: Vec<String>,
    pub files: Vec<Attachment>,
    pub extra: Map<String, Value>,
}

pub(super) fn contents(message: &Value, said: Option<&str>) -> Contents {
    let mut contents = Contents::default();
    for attachment in message.get("attachments").and_then(Value::as_array).into_iter().flatten() {
        let kind = contents.add(attachment, said.unwrap_or_default());
        contents.kind.get_or_insert(kind);
    }
    // An old form has the sticker's id beside the attachments only.
    if message.get("sticker_id").is_some() && contents.kind == Some(Kind::Image) {
        contents.kind = Some(Kind::Sticker);
    }
    contents
}

impl Contents {
    fn add(&mut self, attachment: &Value, said: &str) -> Kind {
        let payload = attachment.get("payload").unwrap_or(&Value::Null);
        let kind = string(attachment, "type").unwrap_or("attachment without a type");
        let file = string(payload, "url");
        match (kind, file) {
            ("image", Some(url)) => match id(payload, "sticker_id") {
                Some(sticker) => self.sticker(url, &sticker),
                None => self.file(Kind::Image, url, "image.jpg"),
            },
            ("sticker", Some(url)) => self.sticker(url, &id(payload, "sticker_id").unwrap_or_default()),
            ("audio", Some(url)) => {
                let voice = name_of(url, "").starts_with("audioclip");
                self.file(if voice { Kind::Voice } else { Kind::Audio }, url, "audio.mp4")
            }
            ("video", Some(url)) => self.file(Kind::Video, url, "video.mp4"),
            ("file", Some(url)) => self.file(Kind::File, url, "file"),
            ("location", _) => self.location(attachment, payload),
            ("template", _) => self.template(attachment, payload, said),
            ("fallback" | "reel" | "ig_reel" | "post" | "ig_post" | "share" | "story_mention", _) => {
                self.link(kind, attachment, payload, said)
            }
            _ => {
                self.extra.insert("unsupported".to_owned(), json!(kind));
                self.lines.push(format!("Something that cannot be shown here: {}", readable(kind)));
                self.lines.extend(file.map(str::to_owned));
                Kind::Unsupported
            }
        }
    }

    fn file(&mut self, kind: Kind, url: &str, unnamed: &str) -> Kind {
        self.files.push(Attachment {
            name: name_of(url, unnamed),
            claimed_type: None,
            size: None,
            inline: false,
            content_id: None,
            media: Media::Remote { reference: url.to_owned() },
        });
        kind
    }

    fn sticker(&mut self, url: &str, sticker: &str) -> Kind {
        // The thumb below every conversation, in its three sizes.
        if matches!(sticker, "369239263222822" | "369239343222814" | "369239383222810") {
            self.lines.push("👍".to_owned());
        }
        self.extra.insert("sticker".to_owned(), json!(sticker));
        self.file(Kind::Sticker, url, "sticker.png")
    }

    fn location(&mut self, attachment: &Value, payload: &Value) -> Kind {
        let place = payload.get("coordinates").unwrap_or(&Value::Null);
        let degrees = |keys: [&str; 2]| keys.iter().find_map(|key| place.get(key)).and_then(Value::as_f64);
        let (latitude, longitude) = (degrees(["lat", "latitude"]), degrees(["long", "longitude"]));
        let name = string(attachment, "title").or_else(|| string(payload, "title")).and_then(text::clean_name);
        if let (Some(latitude), Some(longitude)) = (latitude, longitude) {
            self.lines.push(name.clone().unwrap_or_else(|| format!("{latitude}, {longitude}")));
            self.extra.insert("location".to_owned(), json!(Location { latitude, longitude, name, address: None }));
            return Kind::Location;
        }
        self.lines.push(name.unwrap_or_else(|| "A place that Messenger does not name".to_owned()));
        if let Some(url) = string(attachment, "url") {
            self.lines.push(url.to_owned());
        }
        Kind::Location
    }

    /// A preview, a shared post, a short film: known by its address.
    fn link(&mut self, kind: &str, attachment: &Value, payload: &Value, said: &str) -> Kind {
        let either = |key: &str| string(attachment, key).or_else(|| string(payload, key));
        let (title, url) = (either("title"), either("url"));
        if title.is_none() && url.is_none() {
            if kind == "fallback" && !said.is_empty() {
                // A preview that could not be made says nothing beyond the words above it.
                return Kind::Text;
            }
            self.lines.push(format!("Something that was shared and cannot be shown here: {}", readable(kind)));
            self.extra.insert("unsupported".to_owned(), json!(kind));
            return Kind::Unsupported;
        }
        // What stands in the words already is not said again.
        let new = [title, url].into_iter().flatten().filter(|line| !said.contains(line));
        self.lines.extend(new.map(str::to_owned));
        self.extra.insert("link".to_owned(), json!({"type": kind, "title": title, "url": url}));
        Kind::Link
    }

    /// What a program of the business sent with buttons or cards, or a product that the customer asks about.
    fn template(&mut self, attachment: &Value, payload: &Value, said: &str) -> Kind {
        let before = self.lines.len();
        let product = payload.get("product");
        let elements = product.unwrap_or(payload).get("elements").and_then(Value::as_array);
        self.lines.extend(string(payload, "text").filter(|line| !said.contains(line)).map(str::to_owned));
        for element in elements.into_iter().flatten().take(MAX_ELEMENTS) {
            let words: Vec<&str> = ["title", "subtitle"].iter().filter_map(|key| string(element, key)).collect();
            if !words.is_empty() {
                self.lines.push(words.join(", "));
            }
        }
        let buttons = payload.get("buttons").and_then(Value::as_array).into_iter().flatten();
        self.lines.extend(buttons.filter_map(|button| string(button, "title")).map(|title| format!("[{title}]")));
        if self.lines.len() == before {
            self.lines.push(string(attachment, "title").unwrap_or("A card that cannot be shown here").to_owned());
        }
        let kind = if product.is_some() { "product" } else { string(payload, "template_type").unwrap_or("template") };
        self.extra.insert("template_type".to_owned(), json!(kind));
        if product.is_some() { Kind::Link } else { Kind::Text }
    }
}

/// The name is known from the address only.
fn name_of(url: &str, unnamed: &str) -> String {
    let url = Url::parse(url).ok();
    let last = url.as_ref().and_then(|url| url.path_segments()).and_then(|mut segments| segments.next_back());
    let name = last.map(percent_decoded).unwrap_or_default();
    if name.contains('.') { text::clean_file_name(&name) } else { unnamed.to_owned() }
}

fn percent_decoded(text: &str) -> String {
    // A form's decoding would make spaces of plus signs.
    let kept = text.replace('+', "%2B");
    url::form_urlencoded::parse(kept.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
