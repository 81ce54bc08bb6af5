//! The settings of one number, and how they become a connector.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use trunkline_channel::{Connector, Secret, SettingsError, Setup};
use trunkline_meta::webhook::Gate;
use trunkline_meta::{Graph, PUBLIC_API, Timeouts, VERSION, parse_base};
use url::Url;

use crate::connector::{WhatsApp, capabilities};
use crate::inbound::numbers_in;
use crate::number::Number;
use crate::watch::Watch;

/// What is not even guessed at by accident.
const SHORTEST_VERIFY_TOKEN: usize = 16;
/// The API's limit for the words that open a list.
const MAX_LIST_BUTTON_CHARS: usize = 20;

/// One WhatsApp number, as it stands in the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The Phone-Number-ID from the app's dashboard; not the number itself.
    pub phone_number_id: String,
    /// The WhatsApp Business Account ID, beside it: templates and the webhook belong to it.
    pub business_account_id: String,
    /// A token of a system user with `whatsapp_business_messaging` and `whatsapp_business_management`.
    pub access_token: Secret,
    /// The app's secret, from its basic settings: every call of Meta's is signed with it.
    pub app_secret: Secret,
    /// Of our own choice, 16 characters or more: Meta repeats it when the webhook is set up.
    pub verify_token: Secret,
    /// Sends a proof of the app's secret with every call, as apps can demand; only where the token is one of the same app.
    #[serde(default)]
    pub appsecret_proof: bool,
    /// Asks Meta to call this inbox, where the daemon has a public address.
    #[serde(default = "yes")]
    pub register_webhook: bool,
    /// How long the status of a send without an answer is waited for, in seconds, before a person is asked.
    #[serde(default = "status_wait")]
    pub status_wait_s: u64,
    /// What customers press to see a list of more than three choices; at most 20 characters.
    #[serde(default = "list_button")]
    pub list_button: String,
    /// Meta's server; another one for tests.
    #[serde(default = "public_api")]
    pub api_url: String,
    #[serde(default = "api_version")]
    pub api_version: String,
    /// Further addresses that customers' files may come from although they are not public.
    #[serde(default)]
    pub trusted_media_urls: Vec<String>,
    #[serde(default)]
    pub timeouts: Timeouts,
}

impl Settings {
    /// # Errors
    /// [`SettingsError`] naming the key that cannot work.
    pub fn build(self, setup: Setup) -> Result<Arc<dyn Connector>, SettingsError> {
        digits("phone_number_id", &self.phone_number_id)?;
        digits("business_account_id", &self.business_account_id)?;
        for (key, secret) in [("access_token", &self.access_token), ("app_secret", &self.app_secret)] {
            if secret.is_empty() {
                return Err(SettingsError::new(key, "must not be empty; without it anybody could write"));
            }
        }
        if self.verify_token.expose().chars().count() < SHORTEST_VERIFY_TOKEN {
            return Err(SettingsError::new("verify_token", "must have 16 characters or more, of your own choice"));
        }
        if !(1..=MAX_LIST_BUTTON_CHARS).contains(&self.list_button.chars().count()) {
            return Err(SettingsError::new("list_button", "must have 1 to 20 characters"));
        }
        let base = parse_base(&self.api_url)?;
        let media = self.trusted_media_urls.iter().map(|url| Url::parse(url)).collect::<Result<Vec<Url>, _>>();
        let media = media.map_err(|error| SettingsError::new("trusted_media_urls", error.to_string()))?;
        let callback = if self.register_webhook { self.callback(&setup)? } else { None };
        let gate = Gate {
            app_secret: self.app_secret.clone(),
            verify_token: self.verify_token.clone(),
            account: self.phone_number_id.clone(),
            accounts_of: numbers_in,
        };
        let graph = Graph::new(&setup.http, base, &self.api_version, self.access_token, self.timeouts.call(), &media);
        let graph = if self.appsecret_proof { graph.with_proof(&self.app_secret) } else { graph };
        let number =
            Number { graph, id: self.phone_number_id, business: self.business_account_id, list_button: self.list_button };
        let watch = Watch::new(callback, self.verify_token, self.timeouts);
        let capabilities = capabilities(Duration::from_secs(self.status_wait_s));
        Ok(Arc::new(WhatsApp { number, gate, watch, clock: setup.clock, capabilities }))
    }

    /// Where Meta is to call, where this daemon can be called at all. Meta takes https only; a server of one's own takes both.
    fn callback(&self, setup: &Setup) -> Result<Option<Url>, SettingsError> {
        let Some(public) = setup.public_url.as_deref().filter(|url| !url.is_empty()) else { return Ok(None) };
        let url = Url::parse(&format!("{}/in/{}", public.trim_end_matches('/'), setup.inbox.id));
        let url = url.map_err(|error| SettingsError::new("register_webhook", format!("server.public_url: {error}")))?;
        Ok(Some(url).filter(|url| url.scheme() == "https" || self.api_url != PUBLIC_API))
    }
}

fn digits(key: &'static str, id: &str) -> Result<(), SettingsError> {
    let proper = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if proper { Ok(()) } else { Err(SettingsError::new(key, "must be the ID that Meta shows, digits only")) }
}

/// A status comes within seconds; a webhook that waits for us may take minutes.
fn status_wait() -> u64 {
    600
}

fn yes() -> bool {
    true
}

fn list_button() -> String {
    "Options".to_owned()
}

fn public_api() -> String {
    PUBLIC_API.to_owned()
}

fn api_version() -> String {
    VERSION.to_owned()
}
