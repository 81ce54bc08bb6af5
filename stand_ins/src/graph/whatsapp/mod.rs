//! WhatsApp Cloud API: an account with two numbers and the customers who write to them.

mod control;
mod events;
mod media;
mod phone;
mod send;
mod shown;
mod spec;
mod state;
mod templates;

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

use phone::Customers;
use state::State;

/// A system user's token.
pub const TOKEN: &str = "EAAJshopWhatsAppTokenOfASystemUser0000000001";
pub const WABA_ID: &str = "102290129340398";
/// The number that customers write to unless another is named.
pub const PHONE_NUMBER_ID: &str = "100200300400500";
pub const SECOND_PHONE_NUMBER_ID: &str = "100200300400501";

const SCOPES: &[&str] = &["whatsapp_business_messaging", "whatsapp_business_management"];
/// Phone-Number-IDs and how their numbers are written.
const NUMBERS: [(&str, &str); 2] = [(PHONE_NUMBER_ID, "15550001111"), (SECOND_PHONE_NUMBER_ID, "15550002222")];

/// The server on a port of its own; it ends when this is dropped.
pub struct WhatsApp {
    running: Running,
    server: Arc<Server>,
}

/// The account and everything its server knows.
pub struct Server {
    app: App,
    state: Mutex<State>,
}

/// Serves the account; webhooks stay until [`WhatsApp::hook`] says where to.
///
/// # Errors
/// When the port cannot be had.
pub async fn start(address: SocketAddr) -> anyhow::Result<WhatsApp> {
    let hook = Hook::new("whatsapp_business_account", Patience::AWeek)?;
    let state = State { templates: templates::approved(), ..State::default() };
    let server = Arc::new(Server { app: App::new(Access::new(TOKEN, SCOPES), hook), state: Mutex::new(state) });
    let running = run(&server, address).await?;
    Ok(WhatsApp { running, server })
}

impl WhatsApp {
    /// Without a slash at the end, and without a version.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.running.served.url
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.running.served.faults
    }

    /// The customers of the first number.
    #[must_use]
    pub fn phone(&self) -> Arc<dyn Phone> {
        self.phone_of(PHONE_NUMBER_ID)
    }

    /// The customers of a number, by its Phone-Number-ID.
    #[must_use]
    pub fn phone_of(&self, number: &str) -> Arc<dyn Phone> {
        Arc::new(Customers { server: self.server.clone(), number: number.to_owned() })
    }

    /// Webhooks go there from now on.
    pub fn hook(&self, url: &str) {
        self.server.app.webhooks().set_url(url);
    }

    /// Any message of a customer, as it stands in a webhook, without `id`, `from` and `timestamp`.
    ///
    /// # Errors
    /// When the customer has blocked the business.
    pub fn say_anything(&self, customer: &str, content: Value) -> anyhow::Result<String> {
        let customers = Customers { server: self.server.clone(), number: PHONE_NUMBER_ID.to_owned() };
        customers.send(customer, None, content, None)
    }
}

impl Deref for WhatsApp {
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

    fn number(&self, id: &str, call: &Call) -> Value {
        let status = json!({"id": id, "verified_name": "Shop", "display_phone_number": display(id), "quality_rating": "GREEN",
            "status": "CONNECTED", "code_verification_status": "VERIFIED", "name_status": "APPROVED", "platform_type": "CLOUD_API",
            "throughput": {"level": "STANDARD"}, "messaging_limit_tier": "TIER_1K"});
        call.fields(status, &["verified_name", "display_phone_number", "quality_rating", "code_verification_status"])
    }

    fn subscribed_apps(&self) -> Value {
        let mut app = json!({"whatsapp_business_api_data": {"id": super::APP_ID, "name": "Shop", "link": "https://example.com"}});
        if let Some(url) = &self.lock().override_url {
            app["override_callback_uri"] = json!(url);
        }
        json!({"data": self.app.hook.subscribed().then_some(app).into_iter().collect::<Vec<_>>()})
    }

    async fn subscribe(&self, call: &Call) -> Result<Value, Refusal> {
        let parameters = call.parameters();
        if let Some(url) = parameters.get("override_callback_uri").and_then(Value::as_str) {
            let shaken = self.app.hook.shake_hands(url, parameters.get("verify_token").and_then(Value::as_str)).await;
            shaken.map_err(|why| Refusal::of(2_200, &format!("Callback verification failed: {why}")))?;
            self.lock().override_url = Some(url.to_owned());
        }
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
        Arc::new(Customers { server: self.clone(), number: PHONE_NUMBER_ID.to_owned() })
    }

    async fn act(&self, call: &Call) -> Result<Value, Refusal> {
        let (method, path) = call.route();
        match (method.as_str(), path.as_slice()) {
            ("POST", [number, "messages"]) if known(number) => self.send(number, call).await,
            ("POST", [number, "media"]) if known(number) => self.upload(call),
            ("POST", [number, "register"]) if known(number) => Ok(json!({"success": true})),
            ("GET", [number]) if known(number) => Ok(self.number(number, call)),
            ("GET", [WABA_ID]) => {
                Ok(call.fields(json!({"id": WABA_ID, "name": "Shop", "currency": "EUR", "timezone_id": "1"}), &["name"]))
            }
            ("GET", [WABA_ID, "phone_numbers"]) => {
                Ok(json!({"data": NUMBERS.iter().map(|(id, _)| self.number(id, call)).collect::<Vec<_>>()}))
            }
            ("GET", [WABA_ID, "message_templates"]) => Ok(self.list_templates(call)),
            ("GET", [WABA_ID, "subscribed_apps"]) => Ok(self.subscribed_apps()),
            ("POST", [WABA_ID, "subscribed_apps"]) => self.subscribe(call).await,
            ("DELETE", [WABA_ID, "subscribed_apps"]) => {
                self.app.hook.set_subscribed(false);
                self.lock().override_url = None;
                Ok(json!({"success": true}))
            }
            ("GET", [media]) if call.text("phone_number_id").is_none_or(known) => self.look_up(media),
            ("DELETE", [media]) => self.forget(media),
            (_, [object, ..]) => Err(Refusal::no_such_object(object)),
            (_, []) => Err(Refusal::of(2_500, "Unknown path components")),
        }
    }

    fn file(&self, call: &Call) -> Result<(String, Bytes), Refusal> {
        // A dead token is told as plainly here as elsewhere.
        self.app.check(call)?;
        self.download(call)
    }

    fn control(self: &Arc<Self>) -> Router {
        control::routes(self)
    }
}

fn known(number: &str) -> bool {
    NUMBERS.iter().any(|(id, _)| *id == number)
}

/// A number as the business's customers see it.
fn display(number: &str) -> &'static str {
    NUMBERS.iter().find(|(id, _)| *id == number).map_or("", |(_, display)| display)
}

fn digits_of(number: &str) -> String {
    display(number).chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests;
