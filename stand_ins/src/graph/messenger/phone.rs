//! People's gestures, and the events that Messenger makes of them.

use anyhow::{Context, bail};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::Server;
use super::state::{Kept, State};
use crate::phone::{Phone, Said, SaidKind, Shown};
use crate::samples::{self, Sample};

/// A message can be changed so often.
const MAX_EDITS: u32 = 5;
/// The thumb, in the smallest of its sizes.
const THUMB: u64 = 369_239_263_222_822;

/// Something that can be pressed: its title, and the event with the key it stands under.
struct Choice {
    title: String,
    event: Option<(&'static str, Value)>,
}

impl Server {
    /// Makes sure that the person can write, and opens the window.
    pub(super) fn heard(&self, psid: &str, name: Option<&str>) -> anyhow::Result<()> {
        if psid.is_empty() || !psid.chars().all(|c| c.is_ascii_digit()) {
            bail!("a person of Messenger is a row of digits");
        }
        let (now, mut state) = (self.app.now_ms(), self.lock());
        let person = state.person(psid);
        if person.blocked {
            bail!("the person has blocked the page");
        }
        if let Some(name) = name {
            let (first, last) = name.split_once(' ').unwrap_or((name, ""));
            (person.first_name, person.last_name) = (first.to_owned(), last.to_owned());
        }
        person.last_heard = now;
        Ok(())
    }

    /// A message of a person, with whatever stands in `content` (`text`, `attachments`, `referral`, …).
    pub(super) fn hear(&self, psid: &str, name: Option<&str>, content: Value, reply_to: Option<&str>) -> anyhow::Result<String> {
        self.heard(psid, name)?;
        let (now, mut state) = (self.app.now_ms(), self.lock());
        let mut kept = Kept::new(true, now, content);
        if let Some(target) = reply_to {
            let mine = state.person(psid).message(target).context("no such message")?.by_customer;
            kept.content["reply_to"] = json!({"mid": target, "is_self_reply": mine});
            kept.reply_to = Some(target.to_owned());
        }
        let mid = kept.mid.clone();
        let mut message = kept.content.clone();
        message["mid"] = json!(mid);
        state.person(psid).messages.push(kept);
        drop(state);
        self.tell(psid, "message", message);
        Ok(mid)
    }

    fn change<T>(&self, psid: &str, mid: &str, change: impl FnOnce(&mut Kept) -> anyhow::Result<T>) -> anyhow::Result<T> {
        change(self.lock().person(psid).message(mid).context("no such message")?)
    }

    fn made(&self, state: &mut State, said: &Said) -> Value {
        let mut with_file = |kind: &str, sample: Sample, sticker: Option<u64>| {
            let id = state.add_file(sample.name, sample.content_type, sample.bytes.into());
            let mut payload = json!({"url": self.address(&id, sample.name)});
            if let Some(sticker) = sticker {
                payload["sticker_id"] = json!(sticker);
            }
            let mut message = json!({"attachments": [{"type": kind, "payload": payload}]});
            if !said.text.is_empty() && sticker.is_none() {
                message["text"] = json!(said.text);
            }
            message
        };
        match said.kind {
            SaidKind::Text => json!({"text": said.text}),
            SaidKind::Photo => with_file("image", samples::photo(), None),
            SaidKind::Voice => with_file("audio", samples::voice(), None),
            SaidKind::Video => with_file("video", samples::video(), None),
            SaidKind::Document => with_file("file", samples::document(), None),
            SaidKind::Sticker => with_file("image", samples::sticker(), Some(THUMB)),
            SaidKind::Location => {
                json!({"attachments": [{"type": "location", "title": "Shop", "url": "https://maps.example.com/",
                "payload": {"coordinates": {"lat": 52.52, "long": 13.405}}}]})
            }
            // Messenger has no cards of contacts: people write them down.
            SaidKind::Contact => json!({"text": "Bob +1 555-0100"}),
        }
    }
}

#[async_trait]
impl Phone for Server {
    async fn say(&self, customer: &str, said: Said) -> anyhow::Result<String> {
        let content = self.made(&mut self.lock(), &said);
        self.hear(customer, said.name.as_deref(), content, said.reply_to.as_deref())
    }

    async fn edit(&self, customer: &str, message: &str, text: &str) -> anyhow::Result<()> {
        let edit = self.change(customer, message, |kept| {
            anyhow::ensure!(kept.by_customer, "this is not the person's message");
            anyhow::ensure!(kept.edits < MAX_EDITS, "a message can be changed five times");
            kept.edits += 1;
            kept.content["text"] = json!(text);
            Ok(json!({"mid": message, "text": text, "num_edit": kept.edits}))
        })?;
        self.tell(customer, "message_edit", edit);
        Ok(())
    }

    async fn delete(&self, customer: &str, message: &str) -> anyhow::Result<()> {
        self.change(customer, message, |kept| {
            anyhow::ensure!(kept.by_customer, "this is not the person's message");
            kept.deleted = true;
            Ok(())
        })?;
        self.tell(customer, "message", json!({"mid": message, "is_deleted": true}));
        Ok(())
    }

    async fn react(&self, customer: &str, message: &str, emoji: Option<&str>) -> anyhow::Result<()> {
        let before =
            self.change(customer, message, |kept| Ok(std::mem::replace(&mut kept.reaction, emoji.map(str::to_owned))))?;
        self.heard(customer, None)?;
        let reaction = match emoji {
            Some(emoji) => json!({"mid": message, "action": "react", "emoji": emoji, "reaction": name_of(emoji)}),
            None if before.is_none() => return Ok(()),
            None => json!({"mid": message, "action": "unreact"}),
        };
        self.tell(customer, "reaction", reaction);
        Ok(())
    }

    async fn press(&self, customer: &str, message: &str, index: usize) -> anyhow::Result<()> {
        let kept = self.change(customer, message, |kept| Ok(kept.clone()))?;
        let choice = choices(&kept).into_iter().nth(index).context("no such button")?;
        match choice.event {
            Some(("message", content)) => self.hear(customer, None, content, None).map(drop),
            Some((key, mut content)) => {
                self.heard(customer, None)?;
                let pressed = Kept::new(true, self.app.now_ms(), json!({"text": choice.title}));
                content["mid"] = json!(pressed.mid);
                self.lock().person(customer).messages.push(pressed);
                self.tell(customer, key, content);
                Ok(())
            }
            // A link or a phone call: the page is not told.
            None => Ok(()),
        }
    }

    /// The page is not told.
    async fn typing(&self, _customer: &str) -> anyhow::Result<()> {
        Ok(())
    }

    async fn read(&self, customer: &str) -> anyhow::Result<()> {
        let last = self.lock().person(customer).messages.iter().filter(|kept| !kept.by_customer).map(|kept| kept.at).max();
        if let Some(watermark) = last {
            self.tell(customer, "read", json!({"watermark": watermark}));
        }
        Ok(())
    }

    /// The page is not told; sends are refused from now on.
    async fn block(&self, customer: &str, blocked: bool) -> anyhow::Result<()> {
        self.lock().person(customer).blocked = blocked;
        Ok(())
    }

    fn shown(&self, customer: &str) -> Vec<Shown> {
        let state = self.lock();
        state.people.get(customer).map(|person| person.messages.iter().map(shown).collect()).unwrap_or_default()
    }

    fn sees_typing(&self, customer: &str) -> bool {
        let now = self.app.now();
        self.lock().people.get(customer).is_some_and(|person| person.typing_until > now)
    }

    fn sees_seen(&self, customer: &str) -> bool {
        self.has_seen(customer)
    }
}

/// What Messenger calls a reaction.
pub(super) fn name_of(emoji: &str) -> &'static str {
    const NAMES: [(&str, &str); 8] = [
        ("❤", "love"),
        ("❤️", "love"),
        ("😆", "smile"),
        ("😮", "wow"),
        ("😢", "sad"),
        ("😠", "angry"),
        ("👍", "like"),
        ("👎", "dislike"),
    ];
    NAMES.iter().find(|(known, _)| *known == emoji).map_or("other", |(_, name)| name)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn choices(kept: &Kept) -> Vec<Choice> {
    let titled = |value: &Value| value["title"].as_str().unwrap_or_default().to_owned();
    let payload = &kept.content["attachments"][0]["payload"];
    let of_elements = list(&payload["elements"]).iter().flat_map(|element| list(&element["buttons"]));
    let buttons = list(&payload["buttons"]).iter().chain(of_elements).map(|button| {
        let postback = json!({"title": button["title"], "payload": button["payload"]});
        Choice { title: titled(button), event: (button["type"] == "postback").then_some(("postback", postback)) }
    });
    let replies = kept.quick_replies.iter().map(|reply| {
        let (title, payload) = match reply["content_type"].as_str() {
            Some("user_phone_number") => ("+15550100".to_owned(), json!("+15550100")),
            Some("user_email") => ("ann@example.com".to_owned(), json!("ann@example.com")),
            _ => (titled(reply), reply["payload"].clone()),
        };
        let message = json!({"text": title, "quick_reply": {"payload": payload}});
        Choice { title, event: Some(("message", message)) }
    });
    buttons.chain(replies).collect()
}

fn shown(kept: &Kept) -> Shown {
    let attachment = &kept.content["attachments"][0];
    let payload = &attachment["payload"];
    let kind = match attachment["type"].as_str() {
        None => "text",
        Some("image") if payload.get("sticker_id").is_some() => "sticker",
        Some("image") => "photo",
        Some("audio") => "voice",
        Some("file") => "document",
        Some(kind) => kind,
    };
    let in_template = payload["text"].as_str().or_else(|| payload["elements"][0]["title"].as_str());
    let path = payload["url"].as_str().and_then(|url| url::Url::parse(url).ok());
    let name = path.and_then(|url| Some(url.path_segments()?.next_back()?.to_owned()));
    Shown {
        id: kept.mid.clone(),
        mine: kept.by_customer,
        kind: kind.to_owned(),
        text: kept.content["text"].as_str().or(in_template).unwrap_or_default().to_owned(),
        file_name: name,
        reply_to: kept.reply_to.clone(),
        buttons: choices(kept).into_iter().map(|choice| choice.title).collect(),
        reaction: kept.reaction.clone(),
        edited: kept.edits > 0,
        deleted: kept.deleted,
        at: kept.at / 1_000,
    }
}
