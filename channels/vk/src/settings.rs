//! The settings of one community, and how they become a connector.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use trunkline_channel::{Connector, Secret, SettingsError, Setup};

use crate::api::Api;
use crate::connector::Vk;

/// VK waits at most 90 seconds for news; longer silences would look like a dead line to the HTTP client.
const LONGEST_POLL_S: u64 = 25;
/// What is not even guessed at by accident.
const SHORTEST_SECRET: usize = 16;
/// VK's own limit.
const LONGEST_SECRET: usize = 50;

/// One community, as it stands in the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The community's number, without a minus.
    pub group_id: i64,
    /// The community's access key, with the rights to messages, photos, documents and management.
    pub token: Secret,
    #[serde(default)]
    pub mode: Mode,
    /// Of our own choice, for `callback`: VK repeats it in every call. 16 to 50 Latin letters and digits.
    #[serde(default)]
    pub secret: Secret,
    /// VK's server. `https://api.vk.ru` is another name of it.
    #[serde(default = "public_api")]
    pub api_url: String,
    /// Origins inside our own network that files and Long Poll may be asked of; for test servers.
    #[serde(default)]
    pub trusted_media_urls: Vec<String>,
    #[serde(default)]
    pub timeouts: Timeouts,
}

/// How events come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// We ask: works behind any firewall.
    #[default]
    LongPoll,
    /// VK calls `<public address>/in/<inbox id>`.
    Callback,
}

/// Waiting times; the usual ones suit everybody but tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// One call without files, in milliseconds.
    pub call_ms: u64,
    /// One long poll, in seconds; at most 25.
    pub poll_s: u64,
    /// How much later than `poll_s` an answer may come before the line counts as dead, in milliseconds.
    pub grace_ms: u64,
    /// The first pause after a failure, in milliseconds; it doubles.
    pub pause_ms: u64,
    /// The longest pause after failures of the network, in milliseconds.
    pub longest_pause_ms: u64,
    /// Between attempts where only a person can help (dead token, missing right), in milliseconds.
    pub stubborn_ms: u64,
    /// Between looks at the Callback server, in milliseconds.
    pub check_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            call_ms: 30_000,
            poll_s: LONGEST_POLL_S,
            grace_ms: 10_000,
            pause_ms: 1_000,
            longest_pause_ms: 60_000,
            stubborn_ms: 30_000,
            check_ms: 300_000,
        }
    }
}

impl Timeouts {
    pub(crate) fn call(&self) -> Duration {
        Duration::from_millis(self.call_ms)
    }

    pub(crate) fn poll(&self) -> Duration {
        Duration::from_secs(self.poll_s.min(LONGEST_POLL_S))
    }

    pub(crate) fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_ms)
    }

    pub(crate) fn stubborn(&self) -> Duration {
        Duration::from_millis(self.stubborn_ms)
    }

    pub(crate) fn check(&self) -> Duration {
        Duration::from_millis(self.check_ms)
    }

    /// The pause after this many failures in a row, before jitter.
    pub(crate) fn pause(&self, failures: u32) -> Duration {
        let doubled = self.pause_ms.saturating_mul(2_u64.saturating_pow(failures.saturating_sub(1)));
        Duration::from_millis(doubled.min(self.longest_pause_ms))
    }
}

/// What receiving by Callback API needs, checked.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub url: Url,
    pub secret: Secret,
}

impl Settings {
    /// # Errors
    /// [`SettingsError`] naming the key that cannot work.
    pub fn build(self, setup: Setup) -> Result<Arc<dyn Connector>, SettingsError> {
        if !crate::address::is_person(self.group_id) {
            return Err(SettingsError::new("group_id", "must be the community's number, without a minus"));
        }
        let proper = self.token.expose().chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if self.token.expose().is_empty() || !proper {
            return Err(SettingsError::new("token", "must be the community's access key, as VK shows it"));
        }
        let base = address(&self.api_url, "api_url")?;
        let trusted = self.trusted_media_urls.iter().map(|url| address(url, "trusted_media_urls"));
        let mut trusted = trusted.collect::<Result<Vec<Url>, SettingsError>>()?;
        let hook = match self.mode {
            Mode::LongPoll => None,
            Mode::Callback => Some(self.hook(&setup)?),
        };
        // VK's own servers need no trust: they stand on the public internet.
        if self.api_url != public_api() {
            trusted.push(base.clone());
        }
        let http = setup.http.trusting(&trusted);
        let api = Api::new(http, base, self.token, self.timeouts.call());
        Ok(Arc::new(Vk::new(api, self.group_id, hook, self.timeouts, &setup)))
    }

    fn hook(&self, setup: &Setup) -> Result<Hook, SettingsError> {
        let secret = self.secret.expose();
        let proper = secret.chars().all(|c| c.is_ascii_alphanumeric());
        if !proper || !(SHORTEST_SECRET..=LONGEST_SECRET).contains(&secret.len()) {
            let problem = "the Callback API needs a secret of 16 to 50 Latin letters and digits; without one anybody could write";
            return Err(SettingsError::new("secret", problem));
        }
        let public = setup.public_url.as_deref().filter(|url| !url.is_empty());
        let public =
            public.ok_or_else(|| SettingsError::new("mode", "\"callback\" needs server.public_url; \"long_poll\" does not"))?;
        let url = Url::parse(&format!("{}/in/{}", public.trim_end_matches('/'), setup.inbox.id))
            .map_err(|error| SettingsError::new("mode", format!("server.public_url: {error}")))?;
        Ok(Hook { url, secret: self.secret.clone() })
    }
}

fn address(text: &str, key: &'static str) -> Result<Url, SettingsError> {
    let url = Url::parse(text).map_err(|error| SettingsError::new(key, error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(SettingsError::new(key, "must begin with https:// or http://"));
    }
    Ok(url)
}

fn public_api() -> String {
    "https://api.vk.com".to_owned()
}
