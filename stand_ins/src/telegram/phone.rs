//! The customers' side: every customer is a person with a private chat.

use anyhow::{Context, bail};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::Bot;
use super::media::described;
use super::state::{Kept, State};
use crate::phone::{Phone, Said, SaidKind, Shown};
use crate::samples::{self, Sample};

const FILES: [&str; 6] = ["animation", "photo", "voice", "video", "sticker", "document"];

#[async_trait]
impl Phone for Bot {
    async fn say(&self, customer: &str, said: Said) -> anyhow::Result<String> {
        let id = user_id(customer)?;
        let mut state = self.lock();
        open(&mut state, id, said.name.as_deref());
        if state.chats.get(&id).is_some_and(|chat| chat.blocked) {
            bail!("the customer has blocked the bot");
        }
        let mut message = content(&mut state, &said);
        message["from"] = person(&state, id);
        if let Some(target) = &said.reply_to {
            let target = state.message(id, message_id(target)?).context("no such message")?.message.clone();
            message["reply_to_message"] = target;
        }
        let kept = state.keep(id, true, message);
        let new = kept["message_id"].to_string();
        state.push("message", kept);
        drop(state);
        self.news.notify_waiters();
        Ok(new)
    }

    async fn edit(&self, customer: &str, message: &str, text: &str) -> anyhow::Result<()> {
        let mut state = self.lock();
        let now = state.now();
        let kept = own(&mut state, customer, message)?;
        let key = if kept.message.get("text").is_some() { "text" } else { "caption" };
        kept.message[key] = json!(text);
        kept.message["edit_date"] = json!(now);
        kept.edited = true;
        let edited = kept.message.clone();
        state.push("edited_message", edited);
        drop(state);
        self.news.notify_waiters();
        Ok(())
    }

    /// Telegram tells a bot nothing of it.
    async fn delete(&self, customer: &str, message: &str) -> anyhow::Result<()> {
        own(&mut self.lock(), customer, message)?.deleted = true;
        Ok(())
    }

    async fn react(&self, customer: &str, message: &str, emoji: Option<&str>) -> anyhow::Result<()> {
        let id = user_id(customer)?;
        let mut state = self.lock();
        let kept = state.message(id, message_id(message)?).context("no such message")?;
        let as_list = |emoji: Option<&str>| emoji.map_or_else(|| json!([]), |emoji| json!([{"type": "emoji", "emoji": emoji}]));
        let old = as_list(kept.reaction.as_deref());
        kept.reaction = emoji.map(str::to_owned);
        let number = kept.message["message_id"].clone();
        let (chat, user, date) = (kept.message["chat"].clone(), person(&state, id), state.now());
        state.push(
            "message_reaction",
            json!({"chat": chat, "message_id": number, "user": user, "date": date,
                "old_reaction": old, "new_reaction": as_list(emoji)}),
        );
        drop(state);
        self.news.notify_waiters();
        Ok(())
    }

    async fn press(&self, customer: &str, message: &str, index: usize) -> anyhow::Result<()> {
        let id = user_id(customer)?;
        let mut state = self.lock();
        let shown = state.message(id, message_id(message)?).context("no such message")?.message.clone();
        let button = buttons(&shown).into_iter().nth(index).context("no such button")?;
        let Some(data) = button["callback_data"].as_str() else { return Ok(()) };
        state.next_query += 1;
        let query = format!("43821{:014}", state.next_query);
        state.spinning.insert(query.clone());
        let pressed = json!({"id": query, "from": person(&state, id), "message": shown,
            "chat_instance": format!("-{id}"), "data": data});
        state.push("callback_query", pressed);
        drop(state);
        self.news.notify_waiters();
        Ok(())
    }

    /// Bots are not told.
    async fn typing(&self, _customer: &str) -> anyhow::Result<()> {
        Ok(())
    }

    /// Bots are not told.
    async fn read(&self, _customer: &str) -> anyhow::Result<()> {
        Ok(())
    }

    async fn block(&self, customer: &str, blocked: bool) -> anyhow::Result<()> {
        let id = user_id(customer)?;
        let mut state = self.lock();
        open(&mut state, id, None);
        let me = self.me();
        let member = json!({"user": me, "status": "member"});
        let kicked = json!({"user": me, "status": "kicked", "until_date": 0});
        let (old, new) = if blocked { (member, kicked) } else { (kicked, member) };
        let chat = state.chats.get_mut(&id).context("no such chat")?;
        chat.blocked = blocked;
        let about = chat.about.clone();
        let (from, date) = (person(&state, id), state.now());
        let change = json!({"chat": about, "from": from, "date": date, "old_chat_member": old, "new_chat_member": new});
        state.push("my_chat_member", change);
        drop(state);
        self.news.notify_waiters();
        Ok(())
    }

    fn shown(&self, customer: &str) -> Vec<Shown> {
        let Ok(id) = user_id(customer) else { return Vec::new() };
        let state = self.lock();
        state.chats.get(&id).map(|chat| chat.messages.iter().map(shown).collect()).unwrap_or_default()
    }

    fn sees_typing(&self, customer: &str) -> bool {
        let state = self.lock();
        user_id(customer).is_ok_and(|id| state.chats.get(&id).is_some_and(|chat| chat.typing_until > state.now()))
    }
}

fn user_id(customer: &str) -> anyhow::Result<i64> {
    customer.parse().ok().filter(|id| *id > 0).context("a customer of Telegram is a positive number")
}

fn message_id(message: &str) -> anyhow::Result<i64> {
    message.parse().context("a message of Telegram is a number")
}

/// The customer's chat, which is there as soon as they have started the bot.
fn open(state: &mut State, id: i64, name: Option<&str>) {
    let chat = state.chats.entry(id).or_default();
    if chat.about.is_null() || name.is_some() {
        chat.about = json!({"id": id, "type": "private", "first_name": name.unwrap_or("Ann")});
    }
}

fn person(state: &State, id: i64) -> Value {
    let name = state.chats.get(&id).map_or_else(|| json!("Ann"), |chat| chat.about["first_name"].clone());
    json!({"id": id, "is_bot": false, "first_name": name, "language_code": "en"})
}

fn own<'s>(state: &'s mut State, customer: &str, message: &str) -> anyhow::Result<&'s mut Kept> {
    let kept = state.message(user_id(customer)?, message_id(message)?).context("no such message")?;
    if kept.by_customer { Ok(kept) } else { bail!("this is not the customer's message") }
}

fn content(state: &mut State, said: &Said) -> Value {
    let mut with_file = |kind: &str, sample: Sample| {
        let file = state.add_file(sample.name, sample.content_type, sample.bytes.into());
        let mut message = json!({ kind: described(kind, file, sample.name, sample.content_type) });
        if !said.text.is_empty() && kind != "sticker" {
            message["caption"] = json!(said.text);
        }
        message
    };
    match said.kind {
        SaidKind::Text => match said.text.starts_with('/') {
            true => {
                let length = said.text.split(' ').next().map_or(0, |command| command.encode_utf16().count());
                json!({"text": said.text, "entities": [{"type": "bot_command", "offset": 0, "length": length}]})
            }
            false => json!({"text": said.text}),
        },
        SaidKind::Photo => with_file("photo", samples::photo()),
        SaidKind::Voice => with_file("voice", samples::voice()),
        SaidKind::Video => with_file("video", samples::video()),
        SaidKind::Document => with_file("document", samples::document()),
        SaidKind::Sticker => with_file("sticker", samples::sticker()),
        SaidKind::Location => json!({"location": {"latitude": 52.52, "longitude": 13.405}}),
        SaidKind::Contact => json!({"contact": {"phone_number": "+15550100", "first_name": "Bob"}}),
    }
}

fn buttons(message: &Value) -> Vec<Value> {
    let rows = message["reply_markup"]["inline_keyboard"].as_array().cloned().unwrap_or_default();
    rows.into_iter().flat_map(|row| row.as_array().cloned().unwrap_or_default()).collect()
}

fn shown(kept: &Kept) -> Shown {
    let message = &kept.message;
    let mut kinds = FILES.into_iter().chain(["venue", "location", "contact"]);
    let kind = kinds.find(|kind| message.get(kind).is_some()).unwrap_or("text");
    let venue = (kind == "venue").then(|| message["venue"]["title"].as_str()).flatten();
    let text = message["text"].as_str().or_else(|| message["caption"].as_str()).or(venue);
    Shown {
        id: message["message_id"].to_string(),
        mine: kept.by_customer,
        kind: if kind == "venue" { "location" } else { kind }.to_owned(),
        text: text.unwrap_or_default().to_owned(),
        file_name: message[kind]["file_name"].as_str().map(str::to_owned),
        reply_to: message["reply_to_message"]["message_id"].as_i64().map(|id| id.to_string()),
        buttons: buttons(message).iter().filter_map(|button| Some(button["text"].as_str()?.to_owned())).collect(),
        reaction: kept.reaction.clone(),
        edited: kept.edited,
        deleted: kept.deleted,
        at: message["date"].as_i64().unwrap_or_default(),
    }
}
