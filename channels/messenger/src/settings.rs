//! The settings of one page, and how they become a connector.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use trunkline_channel::{Connector, Secret, SettingsError, Setup};
use trunkline_meta::webhook::Gate;
use trunkline_meta::{PUBLIC_API, Timeouts, VERSION, parse_base};
use url::Url;

use crate::connector::{Messenger, capabilities};
use crate::inbound::pages_of;
use crate::page::{Line, Page};
use crate::watch::Watch;

/// What is not even guessed at by accident.
const SHORTEST_VERIFY_TOKEN: usize = 16;

/// One Facebook page, as it stands in the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The page's number.
    pub page_id: String,
    /// A page access token with `pages_messaging` and `pages_manage_metadata`; best one of a system user, which does not expire.
    pub access_token: Secret,
    /// The app's number, from the app's dashboard: it tells our own messages and turns from those of other apps.
    pub app_id: String,
    /// The app's secret, beside its number: every call of Facebook's is signed with it.
    pub app_secret: Secret,
    /// Of our own choice, 16 characters or more: Facebook repeats it when the webhook is set up.
    pub verify_token: Secret,
    /// The app has the right to answer by hand for seven days (`HUMAN_AGENT`), which Facebook gives after a review.
    #[serde(default)]
    pub human_agent: bool,
    /// How long the echo of a send without an answer is waited for, in seconds, before a person is asked.
    #[serde(default = "echo_wait")]
    pub echo_wait_s: u64,
    /// Facebook's server; another one for tests.
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
        number("page_id", &self.page_id)?;
        number("app_id", &self.app_id)?;
        for (key, secret) in [("access_token", &self.access_token), ("app_secret", &self.app_secret)] {
            if secret.is_empty() {
                return Err(SettingsError::new(key, "must not be empty"));
            }
        }
        if self.verify_token.expose().len() < SHORTEST_VERIFY_TOKEN {
            return Err(SettingsError::new("verify_token", "must have 16 characters or more, of your own choice"));
        }
        let base = parse_base(&self.api_url)?;
        let media = self.trusted_media_urls.iter().map(|url| Url::parse(url));
        let media = media.collect::<Result<Vec<Url>, _>>();
        let media = media.map_err(|error| SettingsError::new("trusted_media_urls", error.to_string()))?;
        let gate = Gate {
            app_secret: self.app_secret.clone(),
            verify_token: self.verify_token.clone(),
            account: self.page_id.clone(),
            accounts_of: pages_of,
        };
        let watch =
            Watch { callback: callback(&setup, &self.api_url)?, verify_token: self.verify_token, timeouts: self.timeouts };
        let call_timeout = self.timeouts.call();
        let capabilities = capabilities(self.human_agent, Duration::from_secs(self.echo_wait_s));
        let line = Line { http: setup.http, base, version: self.api_version, call_timeout, media };
        let page = Page::new(self.page_id, self.app_id, self.human_agent, self.access_token, &self.app_secret, &line);
        Ok(Arc::new(Messenger { page, gate, watch, clock: setup.clock, capabilities }))
    }
}

/// Where Facebook is to call, where this daemon can be called at all: Facebook takes https only.
fn callback(setup: &Setup, api_url: &str) -> Result<Option<Url>, SettingsError> {
    let Some(public) = setup.public_url.as_deref().filter(|url| !url.is_empty()) else { return Ok(None) };
    let url = Url::parse(&format!("{}/in/{}", public.trim_end_matches('/'), setup.inbox.id))
        .map_err(|error| SettingsError::new("page_id", format!("server.public_url: {error}")))?;
    let reachable = url.scheme() == "https" || api_url != PUBLIC_API;
    Ok(reachable.then_some(url))
}

fn number(key: &'static str, id: &str) -> Result<(), SettingsError> {
    let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(()) } else { Err(SettingsError::new(key, "must be the number that Facebook shows, digits only")) }
}

/// An echo comes within seconds; a webhook that waits for us may take minutes.
fn echo_wait() -> u64 {
    600
}

fn public_api() -> String {
    PUBLIC_API.to_owned()
}

fn api_version() -> String {
    VERSION.to_owned()
}
