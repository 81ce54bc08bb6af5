//! The Bot API: a bot's server with its chats, updates by polling or webhook, and the customers' phones.
//!
//! Beside the provider's addresses it serves the phones ([`crate::phone`]), faults ([`crate::faults`]) and
//! `POST /_control/updates`, which queues any update as it stands.

mod answer;
mod edits;
mod hook;
mod media;
mod phone;
mod request;
mod send;
mod spec;
mod state;
mod updates;

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Request, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::faults::{Faults, Served, serve};
use crate::phone::Phone;

pub use answer::Refusal;
pub use request::{Call, Upload};
pub use spec::{Spec, spec};

use answer::success;
use state::State;

/// What a token looks like: `<bot id>:<35 characters>`.
const TOKEN_TAIL: usize = 35;

/// A bot's server on a port of its own; it ends when this is dropped. Reads like [`Bot`].
pub struct TelegramStandIn {
    served: Served,
    bot: Arc<Bot>,
    _stop: DropGuard,
}

/// The bot and everything its server knows.
pub struct Bot {
    id: i64,
    state: Mutex<State>,
    /// Something happened that polls or the webhook wait for.
    news: Notify,
    client: reqwest::Client,
}

impl TelegramStandIn {
    /// Serves one bot under a token of the usual form.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(address: SocketAddr, token: &str) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(hook::TIMEOUT).build()?;
        let id = bot_id(token).ok_or_else(|| anyhow::anyhow!("this is no token of a bot"))?;
        let state = State { next_update_id: 865_421_001, token: token.to_owned(), ..State::default() };
        let bot = Arc::new(Bot { id, state: Mutex::new(state), news: Notify::new(), client });
        let served = serve(address, routes(&bot), Faults::default()).await?;
        let stop = CancellationToken::new();
        tokio::spawn(hook::deliver(bot.clone(), stop.clone()));
        Ok(Self { served, bot, _stop: stop.drop_guard() })
    }

    /// Without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// The customers' side, to be held on its own.
    #[must_use]
    pub fn phone(&self) -> Arc<dyn Phone> {
        self.bot.clone()
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.served.faults
    }
}

impl Deref for TelegramStandIn {
    type Target = Bot;

    fn deref(&self) -> &Bot {
        &self.bot
    }
}

impl Bot {
    #[must_use]
    pub fn token(&self) -> String {
        self.lock().token.clone()
    }

    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Queues an update (without its `update_id`) whatever was asked for; the id it got.
    pub fn push(&self, update: &Value) -> i64 {
        let mut state = self.lock();
        let id = state.next_update_id;
        state.next_update_id += 1;
        state.push_numbered(id, update);
        drop(state);
        self.news.notify_waiters();
        id
    }

    /// Queues an update under an id of our choice: duplicates and gaps.
    pub fn push_numbered(&self, update_id: i64, update: &Value) {
        self.lock().push_numbered(update_id, update);
        self.news.notify_waiters();
    }

    /// The ids of later updates start here, as they do after a quiet week.
    pub fn jump(&self, next_update_id: i64) {
        self.lock().next_update_id = next_update_id;
    }

    /// Moves the server's clock.
    pub fn advance(&self, by: Duration) {
        self.lock().ahead_s += i64::try_from(by.as_secs()).unwrap_or(i64::MAX / 2);
        self.news.notify_waiters();
    }

    /// Makes a group known, as if the bot had been added to it.
    pub fn add_group(&self, id: i64, title: &str) {
        let about = json!({"id": id, "type": "group", "title": title});
        self.lock().chats.entry(id).or_default().about = about;
    }

    /// A group becomes a supergroup; sends to the old id are refused with the new one.
    pub fn migrate(&self, from: i64, to: i64) {
        let mut state = self.lock();
        let title = state.chats.get(&from).map_or(Value::Null, |chat| chat.about["title"].clone());
        state.chats.entry(to).or_default().about = json!({"id": to, "type": "supergroup", "title": title});
        state.chats.entry(from).or_default().migrated_to = Some(to);
        let sender = json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group"});
        let left = state.keep(from, true, json!({"from": sender, "migrate_to_chat_id": to}));
        state.push("message", left);
        let entered = state.keep(to, true, json!({"from": sender, "migrate_from_chat_id": from}));
        state.push("message", entered);
        drop(state);
        self.news.notify_waiters();
    }

    /// From now on the token is dead, or alive again.
    pub fn set_revoked(&self, revoked: bool) {
        self.lock().revoked = revoked;
    }

    /// @BotFather gives another token of the usual form; the one before is dead.
    pub fn set_token(&self, token: &str) {
        let mut state = self.lock();
        token.clone_into(&mut state.token);
        state.revoked = false;
    }

    /// The parameters of every call of a method that was carried out, oldest first.
    #[must_use]
    pub fn calls(&self, method: &str) -> Vec<Map<String, Value>> {
        self.lock().calls.iter().filter(|(name, _)| name == method).map(|(_, parameters)| parameters.clone()).collect()
    }

    /// Updates that nobody has confirmed.
    #[must_use]
    pub fn unconfirmed(&self) -> usize {
        self.lock().queue.len()
    }

    /// Buttons that were pressed and still spin.
    #[must_use]
    pub fn spinning(&self) -> usize {
        self.lock().spinning.len()
    }

    /// A file that a customer could send.
    pub fn add_file(&self, name: &str, content_type: &str, bytes: impl Into<bytes::Bytes>) -> Value {
        self.lock().add_file(name, content_type, bytes.into())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn me(&self) -> Value {
        json!({"id": self.id, "is_bot": true, "first_name": "Shop", "username": "shop_bot"})
    }

    async fn act(self: &Arc<Self>, call: &Call) -> Result<Value, Refusal> {
        match call.method.as_str() {
            "getMe" => Ok(json!({"id": self.id, "is_bot": true, "first_name": "Shop", "username": "shop_bot",
                "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
                "can_connect_to_business": true, "has_main_web_app": false})),
            "getUpdates" => self.get_updates(call).await,
            "setWebhook" | "deleteWebhook" | "getWebhookInfo" => self.webhook(call),
            _ => {
                let result = self.change(call)?;
                self.lock().calls.push((call.method.clone(), call.parameters.clone()));
                Ok(result)
            }
        }
    }

    fn change(&self, call: &Call) -> Result<Value, Refusal> {
        match call.method.as_str() {
            "getFile" => self.get_file(call),
            "getChat" => self.get_chat(call),
            "answerCallbackQuery" => self.answer_callback(call),
            "sendMediaGroup" => self.send_album(call),
            "sendChatAction" => self.chat_action(call),
            "setMessageReaction" => self.set_reaction(call),
            "deleteMessage" | "deleteMessages" | "deleteBusinessMessages" => self.delete_messages(call),
            "editMessageText" | "editMessageCaption" => self.edit_message(call),
            _ => self.send(call),
        }
    }
}

/// The number before the colon of a token of the usual form.
fn bot_id(token: &str) -> Option<i64> {
    let (id, tail) = token.split_once(':')?;
    let proper = tail.len() == TOKEN_TAIL && tail.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if proper { id.parse().ok() } else { None }
}

fn routes(bot: &Arc<Bot>) -> Router {
    let phones: Arc<dyn crate::phone::Phone> = bot.clone();
    Router::new()
        .route("/{bot}/{method}", any(method))
        .route("/file/{bot}/{*path}", get(file))
        .route("/_control/updates", post(queue))
        .layer(DefaultBodyLimit::disable())
        .with_state(bot.clone())
        .merge(crate::phone::control(phones))
}

/// Whether the token in an address is ours.
fn check_token(bot: &Bot, segment: &str) -> Result<(), Refusal> {
    let token = segment.strip_prefix("bot").unwrap_or_default();
    if bot_id(token).is_none() {
        return Err(Refusal::of(404, "Not Found"));
    }
    let state = bot.lock();
    if token != state.token || state.revoked { Err(Refusal::of(401, "Unauthorized")) } else { Ok(()) }
}

async fn method(Shared(bot): Shared<Arc<Bot>>, Path((token, name)): Path<(String, String)>, request: Request<Body>) -> Response {
    let answered = async {
        check_token(&bot, &token)?;
        let call = Call::read(&name, request).await?;
        let result = bot.act(&call).await?;
        // Updates may be odd on purpose; whatever else we say must be as documented.
        match spec().check_result(&call.method, &result) {
            Err(why) if call.method != "getUpdates" => Err(Refusal::of(500, &format!("the stand-in's own answer: {why}"))),
            _ => Ok(result),
        }
    };
    answered.await.map_or_else(IntoResponse::into_response, |result| success(&result))
}

async fn file(Shared(bot): Shared<Arc<Bot>>, Path((token, path)): Path<(String, String)>) -> Response {
    if let Err(refusal) = check_token(&bot, &token) {
        return refusal.into_response();
    }
    let found = bot.lock().files.values().find(|file| file.path == path).cloned();
    match found {
        // The public server says no more of the type either.
        Some(file) => ([("content-type", "application/octet-stream")], file.bytes).into_response(),
        None => Refusal::of(404, "Not Found").into_response(),
    }
}

async fn queue(Shared(bot): Shared<Arc<Bot>>, Json(update): Json<Value>) -> Response {
    Json(json!({"update_id": bot.push(&update)})).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{TelegramStandIn, spec};
    use crate::phone::{Phone, Said, SaidKind};

    const TOKEN: &str = "7100001:AAHtest-test-test-test-test-test-te";
    const ANN: &str = "50012345";

    async fn ask(server: &TelegramStandIn, method: &str, parameters: Value) -> Value {
        let client = reqwest::Client::builder().build().unwrap();
        let url = format!("{}/bot{}/{method}", server.url(), server.token());
        client.post(url).json(&parameters).send().await.unwrap().json().await.unwrap()
    }

    #[tokio::test]
    async fn what_phones_do_becomes_updates_as_they_are_documented() {
        let server = TelegramStandIn::start(([127, 0, 0, 1], 0).into(), TOKEN).await.unwrap();
        let everything = json!({"timeout": 0, "allowed_updates": ["message", "edited_message", "message_reaction", "callback_query", "my_chat_member"]});
        ask(&server, "getUpdates", everything.clone()).await;
        let kinds = [
            SaidKind::Text,
            SaidKind::Photo,
            SaidKind::Voice,
            SaidKind::Video,
            SaidKind::Document,
            SaidKind::Sticker,
            SaidKind::Location,
            SaidKind::Contact,
        ];
        for kind in kinds {
            let said = Said { kind, text: "/see this".into(), ..Said::default() };
            server.say(ANN, said).await.unwrap();
        }
        server.say(ANN, Said { reply_to: Some("1".into()), text: "and".into(), ..Said::default() }).await.unwrap();
        server.edit(ANN, "1", "edited").await.unwrap();
        server.react(ANN, "1", Some("🔥")).await.unwrap();
        let keyboard = json!({"inline_keyboard": [[{"text": "M", "callback_data": "m"}]]});
        let sent = ask(&server, "sendMessage", json!({"chat_id": 50_012_345, "text": "Which?", "reply_markup": keyboard})).await;
        server.press(ANN, &sent["result"]["message_id"].to_string(), 0).await.unwrap();
        server.block(ANN, true).await.unwrap();
        server.add_group(-5, "Buyers");
        server.migrate(-5, -1_005);
        let answer = ask(&server, "getUpdates", everything).await;
        let updates = answer["result"].as_array().unwrap();
        assert_eq!(updates.len(), 15);
        for update in updates {
            assert_eq!(spec().check("Update", update), Ok(()), "{update}");
        }
    }

    #[tokio::test]
    async fn old_updates_are_lost_and_offsets_confirm() {
        let server = TelegramStandIn::start(([127, 0, 0, 1], 0).into(), TOKEN).await.unwrap();
        for text in ["one", "two", "three"] {
            server.say(ANN, Said { text: text.into(), ..Said::default() }).await.unwrap();
        }
        let first = ask(&server, "getUpdates", json!({"limit": 1})).await["result"][0]["update_id"].as_i64().unwrap();
        assert_eq!(ask(&server, "getUpdates", json!({"offset": first + 1})).await["result"].as_array().map(Vec::len), Some(2));
        assert_eq!(ask(&server, "getUpdates", json!({"offset": -1})).await["result"][0]["message"]["text"], "three");
        assert_eq!(server.unconfirmed(), 1);
        server.advance(std::time::Duration::from_secs(25 * 3_600));
        assert_eq!(ask(&server, "getUpdates", json!({})).await["result"], json!([]));
        for (token, code) in [("7100001:short", 404), ("7100001:AAHtest-test-test-test-test-test-xx", 401)] {
            let url = format!("{}/bot{token}/getMe", server.url());
            assert_eq!(reqwest::Client::builder().build().unwrap().get(url).send().await.unwrap().status().as_u16(), code);
        }
    }
}
