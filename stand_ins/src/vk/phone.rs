//! The customers' side: every customer is a user with a conversation of their own.

use anyhow::{Context, bail};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::state::{FIRST_CHAT, Kept, Permission, State, new_key};
use super::{Community, GROUP_ID, keyboard, reactions, said};
use crate::phone::{Phone, Said, Shown};

#[async_trait]
impl Phone for Community {
    async fn say(&self, customer: &str, said: Said) -> anyhow::Result<String> {
        let id = user_id(customer)?;
        let files = self.media_url().to_owned();
        self.change(|state| {
            open(state, id, said.name.as_deref())?;
            let mut fields = said::content(state, &files, id, &said);
            if let Some(target) = &said.reply_to {
                fields["reply_message"] = super::send::quoted(state, id, cmid(target)?).ok().context("no such message")?;
            }
            Ok(new_message(state, id, id, fields))
        })
    }

    async fn edit(&self, customer: &str, message: &str, text: &str) -> anyhow::Result<()> {
        self.change(|state| {
            let now = state.now();
            let kept = own(state, customer, message)?;
            kept.message["text"] = json!(text);
            kept.message["update_time"] = json!(now);
            kept.edited = true;
            let edited = kept.message.clone();
            state.push("message_edit", edited);
            Ok(())
        })
    }

    /// VK tells a community nothing of it.
    async fn delete(&self, customer: &str, message: &str) -> anyhow::Result<()> {
        own(&mut self.lock(), customer, message)?.deleted = true;
        Ok(())
    }

    async fn react(&self, customer: &str, message: &str, emoji: Option<&str>) -> anyhow::Result<()> {
        let id = user_id(customer)?;
        let number = emoji.map(|emoji| reactions::number(emoji).context("VK has no such reaction")).transpose()?;
        self.change(|state| {
            let cmid = cmid(message)?;
            state.message(id, cmid).context("no such message")?.reaction = number;
            let mut object = json!({"reacted_id": id, "peer_id": id, "cmid": cmid});
            if let Some(number) = number {
                object["reaction_id"] = json!(number);
            }
            state.push("message_reaction_event", object);
            Ok(())
        })
    }

    async fn press(&self, customer: &str, message: &str, index: usize) -> anyhow::Result<()> {
        let id = user_id(customer)?;
        self.change(|state| {
            let shown = state.message(id, cmid(message)?).context("no such message")?.message.clone();
            let button = keyboard::buttons(&shown).into_iter().nth(index).context("no such button")?;
            let payload = keyboard::payload(&button);
            match button["action"]["type"].as_str().unwrap_or_default() {
                "callback" => {
                    let event = new_key();
                    state.spinning.insert(event.clone(), id);
                    let object = json!({"user_id": id, "peer_id": id, "event_id": event, "payload": payload,
                        "conversation_message_id": shown["conversation_message_id"]});
                    state.push("message_event", object);
                }
                "text" => {
                    let mut fields = json!({"text": button["action"]["label"]});
                    if !payload.is_null() {
                        fields["payload"] = json!(payload.to_string());
                    }
                    new_message(state, id, id, fields);
                }
                "location" => {
                    new_message(state, id, id, said::location());
                }
                // The others leave the conversation.
                _ => {}
            }
            Ok(())
        })
    }

    async fn typing(&self, customer: &str) -> anyhow::Result<()> {
        let id = user_id(customer)?;
        self.push("message_typing_state", json!({"state": "typing", "from_id": id, "to_id": -GROUP_ID}));
        Ok(())
    }

    async fn read(&self, customer: &str) -> anyhow::Result<()> {
        let id = user_id(customer)?;
        self.change(|state| {
            let last = state.peers.get(&id).and_then(|peer| peer.messages.iter().rev().find(|kept| !kept.by_customer));
            let last = last.context("there is nothing to read")?.message.clone();
            let object = json!({"from_id": id, "peer_id": id, "read_message_id": last["id"],
                "conversation_message_id": last["conversation_message_id"]});
            state.push("message_read", object);
            Ok(())
        })
    }

    async fn block(&self, customer: &str, blocked: bool) -> anyhow::Result<()> {
        let id = user_id(customer)?;
        self.change(|state| {
            state.peer(id).permission = if blocked { Permission::Taken } else { Permission::Given };
            if blocked {
                state.push("message_deny", json!({ "user_id": id }));
            } else {
                state.push("message_allow", json!({"user_id": id, "key": ""}));
            }
        });
        Ok(())
    }

    fn shown(&self, customer: &str) -> Vec<Shown> {
        // Chats of many are read the same way.
        let Ok(id) = customer.parse::<i64>() else { return Vec::new() };
        let state = self.lock();
        state.peers.get(&id).map(|peer| peer.messages.iter().map(said::shown).collect()).unwrap_or_default()
    }

    fn sees_typing(&self, customer: &str) -> bool {
        let state = self.lock();
        user_id(customer).is_ok_and(|id| state.peers.get(&id).is_some_and(|peer| peer.typing_until > state.now()))
    }

    fn sees_seen(&self, customer: &str) -> bool {
        let state = self.lock();
        let peer = user_id(customer).ok().and_then(|id| state.peers.get(&id));
        let last = peer.and_then(|peer| Some((peer, peer.messages.iter().rev().find(|kept| kept.by_customer)?)));
        last.is_some_and(|(peer, kept)| {
            kept.message["conversation_message_id"].as_i64().is_some_and(|cmid| peer.read_by_us >= cmid)
        })
    }
}

/// A message of a customer, and the event about it; its cmid.
pub(super) fn new_message(state: &mut State, peer: i64, from: i64, fields: Value) -> String {
    let message = state.keep(peer, from, fields);
    let number = message["conversation_message_id"].to_string();
    let client = json!({"button_actions": ["text", "vkpay", "open_app", "location", "open_link", "callback", "intent_subscribe",
        "intent_unsubscribe"], "keyboard": true, "inline_keyboard": true, "carousel": true, "lang_id": 0});
    state.push("message_new", json!({"message": message, "client_info": client}));
    number
}

fn user_id(customer: &str) -> anyhow::Result<i64> {
    customer
        .parse()
        .ok()
        .filter(|id| (1..FIRST_CHAT).contains(id))
        .context("a customer of VK is a positive number below 2000000000")
}

fn cmid(message: &str) -> anyhow::Result<i64> {
    message.parse().context("a message of VK is a number")
}

/// The customer's conversation. Who writes lets the community answer.
fn open(state: &mut State, id: i64, name: Option<&str>) -> anyhow::Result<()> {
    let peer = state.peer(id);
    if peer.permission == Permission::Blacklisted {
        bail!("the community has blocked the customer");
    }
    if peer.permission == Permission::Taken {
        bail!("the customer has blocked the community");
    }
    if let Some(name) = name {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        (peer.first_name, peer.last_name) = (first.to_owned(), last.to_owned());
    }
    Ok(())
}

fn own<'s>(state: &'s mut State, customer: &str, message: &str) -> anyhow::Result<&'s mut Kept> {
    let kept = state.message(user_id(customer)?, cmid(message)?).context("no such message")?;
    if kept.by_customer { Ok(kept) } else { bail!("this is not the customer's message") }
}
