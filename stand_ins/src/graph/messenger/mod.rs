//! Messenger: a page and the people who write to it.

mod control;
mod events;
mod files;
mod phone;
mod send;
mod state;

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use serde_json::{Value, json};

use super::access::Access;
use super::app::{App, Product, Running, run};
use super::call::Call;
use super::hook::{Hook, Patience};
use super::refusal::Refusal;
use crate::faults::Faults;
use crate::phone::Phone;

use state::State;

/// A page access token.
pub const TOKEN: &str = "EAAJshopPageAccessToken00000000000000000001";
pub const PAGE_ID: &str = "104050607080901";

const SCOPES: &[&str] = &["pages_messaging", "pages_manage_metadata", "pages_show_list"];
/// After so long without an answer the subscription is switched off.
const SWITCHES_OFF_AFTER: Duration = Duration::from_secs(3_600);

/// The server on a port of its own; it ends when this is dropped.
pub struct Messenger {
    running: Running,
    server: Arc<Server>,
}

/// The page and everything its server knows.
pub struct Server {
    app: App,
    state: Mutex<State>,
}

/// Serves the page; webhooks stay until [`Messenger::hook`] says where to.
///
/// # Errors
/// When the port cannot be had.
pub async fn start(address: SocketAddr) -> anyhow::Result<Messenger> {
    let hook = Hook::new("page", Patience::SwitchesOff(SWITCHES_OFF_AFTER))?;
    let state = State { fields: events::all_fields(), human_agent: true, ..State::default() };
    let server = Arc::new(Server { app: App::new(Access::new(TOKEN, SCOPES), hook), state: Mutex::new(state) });
    let running = run(&server, address).await?;
    Ok(Messenger { running, server })
}

impl Messenger {
    /// Without a slash at the end, and without a version.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.running.served.url
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.running.served.faults
    }

    /// The people who write to the page.
    #[must_use]
    pub fn phone(&self) -> Arc<dyn Phone> {
        self.server.clone()
    }

    /// Webhooks go there from now on.
    pub fn hook(&self, url: &str) {
        self.server.app.webhooks().set_url(url);
    }
}

impl Deref for Messenger {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Server {
    /// Token, clock and webhooks.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Requests to send that were accepted, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Value> {
        self.lock().calls.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, call: &Call) -> Value {
        let page = json!({"id": PAGE_ID, "name": "Shop", "category": "Shopping & retail", "username": "shop",
            "link": "https://www.example.com/shop"});
        call.fields(page, &["name"])
    }

    fn profile(&self, psid: &str, call: &Call) -> Result<Value, Refusal> {
        let state = self.lock();
        let person = state.people.get(psid).filter(|person| !person.private).ok_or_else(|| Refusal::no_such_object(psid))?;
        let picture = format!("{}/cdn/v/profile/{psid}", self.app.url());
        let name = format!("{} {}", person.first_name, person.last_name);
        let profile = json!({"id": psid, "name": name.trim(), "first_name": person.first_name, "last_name": person.last_name,
            "profile_pic": picture, "locale": "en_US", "timezone": 1});
        Ok(call.fields(profile, &["first_name", "last_name", "profile_pic"]))
    }

    fn subscribed_apps(&self) -> Value {
        let fields = self.lock().fields.clone();
        let app = json!({"id": super::APP_ID, "name": "Shop", "link": "https://example.com", "subscribed_fields": fields});
        json!({"data": self.app.hook.subscribed().then_some(app).into_iter().collect::<Vec<_>>()})
    }

    fn subscribe(&self, call: &Call) -> Result<Value, Refusal> {
        let parameters = call.parameters();
        let asked: Vec<String> = match parameters.get("subscribed_fields") {
            Some(Value::String(names)) => names.split(',').map(|name| name.trim().to_owned()).collect(),
            Some(Value::Array(names)) => names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect(),
            _ => return Err(Refusal::of(100, "The parameter subscribed_fields is required")),
        };
        let known = events::all_fields();
        if let Some(unknown) = asked.iter().find(|name| !known.contains(name)) {
            let message = format!("Param subscribed_fields[0] must be one of {{{}}} - got \"{unknown}\".", known.join(", "));
            return Err(Refusal::of(100, &message));
        }
        self.lock().fields = asked;
        self.app.hook.set_subscribed(true);
        Ok(json!({"success": true}))
    }
}

#[async_trait]
impl Product for Server {
    fn app(&self) -> &App {
        &self.app
    }

    fn phone(self: &Arc<Self>) -> Arc<dyn Phone> {
        self.clone()
    }

    async fn act(&self, call: &Call) -> Result<Value, Refusal> {
        let (method, path) = call.route();
        match (method.as_str(), path.as_slice()) {
            ("POST", ["me" | PAGE_ID, "messages"]) => self.send(call).await,
            ("POST", ["me" | PAGE_ID, "message_attachments"]) => self.upload(call),
            ("GET", ["me" | PAGE_ID]) => Ok(self.page(call)),
            ("GET", ["me" | PAGE_ID, "subscribed_apps"]) => Ok(self.subscribed_apps()),
            ("POST", ["me" | PAGE_ID, "subscribed_apps"]) => self.subscribe(call),
            ("DELETE", ["me" | PAGE_ID, "subscribed_apps"]) => {
                self.app.hook.set_subscribed(false);
                Ok(json!({"success": true}))
            }
            ("GET", [psid]) => self.profile(psid, call),
            (_, [object, ..]) => Err(Refusal::no_such_object(object)),
            (_, []) => Err(Refusal::of(2_500, "Unknown path components")),
        }
    }

    fn file(&self, call: &Call) -> Result<(String, Bytes), Refusal> {
        self.fetch(call)
    }

    fn control(self: &Arc<Self>) -> Router {
        control::routes(self)
    }
}

#[cfg(test)]
mod tests;
