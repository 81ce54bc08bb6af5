//! Long poll and callback settings of the community.

use serde_json::{Map, Value, json};

use super::callback::Server;
use super::long_poll::own_group;
use super::state::Switches;
use super::{Call, Community, LATEST, Refusal, SECRET};

/// The kinds of events that can be switched.
#[rustfmt::skip]
pub const EVENTS: [&str; 56] = [
    "message_new", "message_reply", "message_allow", "message_edit", "message_deny", "message_typing_state", "message_read",
    "photo_new", "audio_new", "video_new", "wall_reply_new", "wall_reply_edit", "wall_reply_delete", "wall_reply_restore",
    "wall_post_new", "wall_repost", "wall_schedule_post_new", "wall_schedule_post_delete", "board_post_new", "board_post_edit",
    "board_post_restore", "board_post_delete", "photo_comment_new", "photo_comment_edit", "photo_comment_delete",
    "photo_comment_restore", "video_comment_new", "video_comment_edit", "video_comment_delete", "video_comment_restore",
    "market_comment_new", "market_comment_edit", "market_comment_delete", "market_comment_restore", "market_order_new",
    "market_order_edit", "poll_vote_new", "group_join", "group_leave", "group_change_settings", "group_change_photo",
    "group_officers_edit", "user_block", "user_unblock", "lead_forms_new", "like_add", "like_remove", "message_event",
    "message_reaction_event", "donut_subscription_create", "donut_subscription_prolonged", "donut_subscription_cancelled",
    "donut_subscription_price_changed", "donut_subscription_expired", "donut_money_withdraw", "donut_money_withdraw_error",
];
const MAX_SERVERS: usize = 10;
const MAX_SECRET: usize = 50;
const MAX_TITLE: usize = 14;

impl Community {
    /// Callbacks go here from now on, all kinds, with [`SECRET`], once the other side has confirmed the address.
    pub fn hook(&self, url: &str) {
        self.change(|state| {
            state.servers.retain(|server| server.url != url);
            let id = state.next_server;
            state.next_server += 1;
            state.servers.push(Server::new(id, url, "stand-in", SECRET, everything()));
        });
    }

    /// VK's word for how the callbacks to an address work out.
    #[must_use]
    pub fn hook_status(&self, url: &str) -> Option<&'static str> {
        self.lock().servers.iter().find(|server| server.url == url).map(|server| server.status)
    }

    /// The callbacks that went out, oldest first, with the status of each answer.
    #[must_use]
    pub fn called_back(&self) -> Vec<(Value, Option<u16>)> {
        self.lock().servers.iter().flat_map(|server| server.sent.iter().cloned()).collect()
    }

    /// Another confirmation code, as after a change of settings.
    pub fn set_confirmation(&self, code: &str) {
        self.change(|state| code.clone_into(&mut state.confirmation));
    }

    /// Long poll on for all kinds, as an administrator does by hand.
    pub fn enable_long_poll(&self) {
        self.change(|state| state.long_poll = everything());
    }

    pub(super) fn long_poll_settings(&self, call: &Call) -> Result<Value, Refusal> {
        own_group(call)?;
        let switches = self.lock().long_poll.clone();
        Ok(json!({"is_enabled": switches.enabled, "api_version": switches.api_version, "events": shown(&switches)}))
    }

    pub(super) fn set_long_poll_settings(&self, call: &Call) -> Result<Value, Refusal> {
        own_group(call)?;
        self.change(|state| {
            if call.text("enabled").is_some() {
                state.long_poll.enabled = call.flag("enabled");
            }
            switch(&mut state.long_poll, call);
        });
        Ok(json!(1))
    }

    pub(super) fn confirmation_code(&self, call: &Call) -> Result<Value, Refusal> {
        own_group(call)?;
        Ok(json!({"code": self.lock().confirmation}))
    }

    pub(super) fn callback_servers(&self, call: &Call) -> Result<Value, Refusal> {
        own_group(call)?;
        let asked = call.numbers("server_ids")?;
        let state = self.lock();
        let servers = state.servers.iter().filter(|server| asked.is_empty() || asked.contains(&server.id));
        let items: Vec<Value> = servers
            .map(|server| {
                json!({"id": server.id, "title": server.title, "creator_id": 1, "url": server.url, "secret_key": server.secret,
                    "status": server.status})
            })
            .collect();
        Ok(json!({"count": items.len(), "items": items}))
    }

    pub(super) fn add_callback_server(&self, call: &Call) -> Result<Value, Refusal> {
        own_group(call)?;
        let (url, title, secret) = server_of(call)?;
        let id = self.change(|state| {
            if state.servers.len() >= MAX_SERVERS {
                return Err(Refusal::code(2_000));
            }
            let id = state.next_server;
            state.next_server += 1;
            let switches = Switches { enabled: true, api_version: LATEST.to_owned(), ..Switches::default() };
            state.servers.push(Server::new(id, &url, &title, &secret, switches));
            Ok(id)
        })?;
        Ok(json!({ "server_id": id }))
    }

    pub(super) fn edit_callback_server(&self, call: &Call) -> Result<Value, Refusal> {
        own_group(call)?;
        let (url, title, secret) = server_of(call)?;
        self.server(call, |server| {
            if server.url != url {
                server.status = "wait";
            }
            (server.url, server.title, server.secret) = (url, title, secret);
        })
    }

    pub(super) fn delete_callback_server(&self, call: &Call) -> Result<Value, Refusal> {
        own_group(call)?;
        let id = call.required("server_id")?;
        self.server(call, |_| ())?;
        self.change(|state| state.servers.retain(|server| server.id != id));
        Ok(json!(1))
    }

    pub(super) fn callback_settings(&self, call: &Call) -> Result<Value, Refusal> {
        own_group(call)?;
        let id = call.required("server_id")?;
        let state = self.lock();
        let server = state.servers.iter().find(|server| server.id == id).ok_or_else(|| Refusal::parameter("server_id"))?;
        Ok(json!({"api_version": server.switches.api_version, "events": shown(&server.switches)}))
    }

    pub(super) fn set_callback_settings(&self, call: &Call) -> Result<Value, Refusal> {
        own_group(call)?;
        self.server(call, |server| switch(&mut server.switches, call))
    }

    fn server(&self, call: &Call, change: impl FnOnce(&mut Server)) -> Result<Value, Refusal> {
        let id = call.required("server_id")?;
        self.change(|state| {
            let server = state.servers.iter_mut().find(|server| server.id == id);
            change(server.ok_or_else(|| Refusal::parameter("server_id is invalid"))?);
            Ok(json!(1))
        })
    }
}

/// The rights of the community's token.
pub(super) fn permissions() -> Value {
    let rights = [("manage", 262_144), ("messages", 4_096), ("docs", 131_072), ("photos", 4)];
    let mask: i64 = rights.iter().map(|(_, bit)| bit).sum();
    let permissions: Vec<_> = rights.iter().map(|(name, bit)| json!({"name": name, "setting": bit})).collect();
    json!({"mask": mask, "permissions": permissions})
}

fn everything() -> Switches {
    Switches { enabled: true, events: EVENTS.iter().map(|&kind| kind.to_owned()).collect(), api_version: LATEST.to_owned() }
}

fn shown(switches: &Switches) -> Value {
    let pair = |kind: &&str| ((*kind).to_owned(), json!(i64::from(switches.events.contains(*kind))));
    Value::Object(EVENTS.iter().map(pair).collect::<Map<_, _>>())
}

fn switch(switches: &mut Switches, call: &Call) {
    if let Some(version) = call.text("api_version") {
        version.clone_into(&mut switches.api_version);
    }
    for kind in EVENTS.iter().filter(|kind| call.text(kind).is_some()) {
        if call.flag(kind) {
            switches.events.insert((*kind).to_owned());
        } else {
            switches.events.remove(*kind);
        }
    }
}

fn server_of(call: &Call) -> Result<(String, String, String), Refusal> {
    let url = call.text("url").filter(|url| url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")));
    let url = url.ok_or_else(|| Refusal::parameter("url is invalid"))?;
    let title = call.text("title").filter(|title| title.chars().count() <= MAX_TITLE);
    let title = title.ok_or_else(|| Refusal::parameter("title should be 1 to 14 characters long"))?;
    let secret = call.text("secret_key").unwrap_or_default();
    if secret.len() > MAX_SECRET || !secret.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Refusal::parameter("secret_key is invalid"));
    }
    Ok((url.to_owned(), title.to_owned(), secret.to_owned()))
}
