//! Customers' gestures, and the events that WhatsApp makes of them.

use std::sync::Arc;

use anyhow::{Context, bail};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::Server;
use super::events::message as shown_to_business;
use super::shown::{options, shown};
use super::state::{Kept, State};
use crate::phone::{Phone, Said, SaidKind, Shown};
use crate::samples::{self, Sample};

/// A customer's message opens the window for so long …
const WINDOW_S: i64 = 24 * 3_600;
/// … and one that came from an ad for so long.
const AD_WINDOW_S: i64 = 72 * 3_600;

/// The customers of one number of the business.
pub(super) struct Customers {
    pub server: Arc<Server>,
    pub number: String,
}

impl Customers {
    /// Sends whatever stands in `content` (`type`, its object, `context`, `referral`, …) as the customer's message.
    pub fn send(&self, customer: &str, name: Option<&str>, content: Value, reply_to: Option<&str>) -> anyhow::Result<String> {
        let (now, mut state) = (self.server.app.now(), self.server.lock());
        let person = state.person(&self.number, customer);
        if person.blocked {
            bail!("the customer has blocked the business");
        }
        name.into_iter().for_each(|name| name.clone_into(&mut person.name));
        let mut kept = Kept::new(true, now, content);
        if let Some(target) = reply_to {
            let mine = person.message(target).context("no such message")?.by_customer;
            let from = if mine { person.wa_id.clone().unwrap_or_default() } else { super::display(&self.number).to_owned() };
            kept.content["context"] = json!({"from": from, "id": target});
            kept.reply_to = Some(target.to_owned());
        }
        let written = !matches!(kept.content["type"].as_str(), Some("edit" | "revoke" | "system"));
        let open_s = if kept.content.get("referral").is_some() { AD_WINDOW_S } else { WINDOW_S };
        if written {
            person.window_until = person.window_until.max(now + open_s);
        }
        let id = kept.id.clone();
        if written && kept.content["type"] != "reaction" {
            person.messages.push(kept.clone());
        }
        let person = person.clone();
        drop(state);
        self.server.tell(&self.number, customer, &person, shown_to_business(&person, &kept));
        Ok(id)
    }

    fn change<T>(&self, customer: &str, message: &str, change: impl FnOnce(&mut Kept) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let mut state = self.server.lock();
        change(state.person(&self.number, customer).message(message).context("no such message")?)
    }
}

#[async_trait]
impl Phone for Customers {
    async fn say(&self, customer: &str, said: Said) -> anyhow::Result<String> {
        let content = content(&mut self.server.lock(), self.server.app.now(), &said);
        self.send(customer, said.name.as_deref(), content, said.reply_to.as_deref())
    }

    async fn edit(&self, customer: &str, message: &str, text: &str) -> anyhow::Result<()> {
        let edited = self.change(customer, message, |kept| {
            anyhow::ensure!(kept.by_customer, "this is not the customer's message");
            let kind = kept.content["type"].as_str().unwrap_or("text").to_owned();
            let key = if kind == "text" { "body" } else { "caption" };
            kept.content[&kind][key] = json!(text);
            kept.edited = true;
            Ok(json!({"type": kind, kind.clone(): kept.content[&kind]}))
        })?;
        let edit = json!({"type": "edit", "edit": {"original_message_id": message, "message": edited}});
        self.send(customer, None, edit, None).map(drop)
    }

    async fn delete(&self, customer: &str, message: &str) -> anyhow::Result<()> {
        self.change(customer, message, |kept| {
            anyhow::ensure!(kept.by_customer, "this is not the customer's message");
            kept.deleted = true;
            Ok(())
        })?;
        let revoke = json!({"type": "revoke", "revoke": {"original_message_id": message}});
        self.send(customer, None, revoke, None).map(drop)
    }

    async fn react(&self, customer: &str, message: &str, emoji: Option<&str>) -> anyhow::Result<()> {
        self.change(customer, message, |kept| {
            kept.reaction = emoji.map(str::to_owned);
            Ok(())
        })?;
        let mut reaction = json!({"message_id": message});
        if let Some(emoji) = emoji {
            reaction["emoji"] = json!(emoji);
        }
        self.send(customer, None, json!({"type": "reaction", "reaction": reaction}), None).map(drop)
    }

    async fn press(&self, customer: &str, message: &str, index: usize) -> anyhow::Result<()> {
        let content = self.change(customer, message, |kept| Ok(kept.content.clone()))?;
        let option = options(&content).into_iter().nth(index).context("no such button")?;
        match option.answer {
            Some(answer) => self.send(customer, None, answer, Some(message)).map(drop),
            // A link or a phone call: the business is not told.
            None => Ok(()),
        }
    }

    /// The business is not told.
    async fn typing(&self, _customer: &str) -> anyhow::Result<()> {
        Ok(())
    }

    async fn read(&self, customer: &str) -> anyhow::Result<()> {
        let (person, unread) = {
            let mut state = self.server.lock();
            let person = state.person(&self.number, customer);
            let unread: Vec<Kept> = person.messages.iter().filter(|kept| kept.unread).cloned().collect();
            person.messages.iter_mut().for_each(|kept| kept.unread = false);
            (person.clone(), unread)
        };
        for kept in &unread {
            self.server.tell_status(&self.number, customer, &person, kept, "read");
        }
        Ok(())
    }

    /// WhatsApp does not tell; what is sent then is never delivered.
    async fn block(&self, customer: &str, blocked: bool) -> anyhow::Result<()> {
        self.server.lock().person(&self.number, customer).blocked = blocked;
        Ok(())
    }

    fn shown(&self, customer: &str) -> Vec<Shown> {
        let state = self.server.lock();
        let person = state.people.get(&(self.number.clone(), customer.to_owned()));
        person.map(|person| person.messages.iter().map(shown).collect()).unwrap_or_default()
    }

    fn sees_typing(&self, customer: &str) -> bool {
        let now = self.server.app.now();
        self.server.lock().person(&self.number, customer).typing_until > now
    }

    fn sees_seen(&self, customer: &str) -> bool {
        let mut state = self.server.lock();
        let person = state.person(&self.number, customer);
        let last = person.messages.iter().rev().find(|kept| kept.by_customer);
        last.is_some_and(|last| person.marked_read.as_ref() == Some(&last.id))
    }
}

fn content(state: &mut State, now: i64, said: &Said) -> Value {
    let mut with_file = |kind: &str, sample: Sample, more: Value| {
        let mut file = state.received(now, &sample);
        if let (Some(file), Value::Object(more)) = (file.as_object_mut(), more) {
            file.extend(more);
        }
        if !said.text.is_empty() && !matches!(kind, "sticker" | "audio") {
            file["caption"] = json!(said.text);
        }
        json!({"type": kind, kind: file})
    };
    match said.kind {
        SaidKind::Text => json!({"type": "text", "text": {"body": said.text}}),
        SaidKind::Photo => with_file("image", samples::photo(), json!({})),
        SaidKind::Voice => with_file("audio", samples::voice(), json!({"voice": true})),
        SaidKind::Video => with_file("video", samples::video(), json!({})),
        SaidKind::Document => with_file("document", samples::document(), json!({"filename": samples::document().name})),
        SaidKind::Sticker => with_file("sticker", samples::sticker(), json!({"animated": false})),
        SaidKind::Location => {
            json!({"type": "location", "location": {"latitude": 52.52, "longitude": 13.405, "name": "Shop", "address": "Main street 1"}})
        }
        SaidKind::Contact => json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Bob", "first_name": "Bob"},
            "phones": [{"phone": "+1 555-0100", "wa_id": "15550100", "type": "CELL"}]}]}),
    }
}
