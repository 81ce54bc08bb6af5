//! The settings of one bot, and how they become a connector.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use trunkline_channel::{Connector, Secret, SettingsError, Setup};

use crate::api::BotApi;
use crate::connector::Telegram;

/// Telegram waits this long for news at most; longer silences would look like a dead line to the HTTP client.
const LONGEST_POLL_S: u64 = 25;
/// What is not even guessed at by accident.
const SHORTEST_SECRET: usize = 16;
const LONGEST_SECRET: usize = 256;

/// One bot, as it stands in the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// From @BotFather: `<bot id>:<35 characters>`.
    pub token: Secret,
    #[serde(default)]
    pub mode: Mode,
    /// Of our own choice, for `webhook`: Telegram repeats it in every call. 16 to 256 of `A-Z a-z 0-9 _ -`.
    #[serde(default)]
    pub webhook_secret: Secret,
    /// Telegram's server, or one's own (<https://github.com/tdlib/telegram-bot-api>).
    #[serde(default = "public_api")]
    pub api_url: String,
    #[serde(default)]
    pub timeouts: Timeouts,
}

/// How updates come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// We ask: works behind any firewall.
    #[default]
    Polling,
    /// Telegram calls `<public address>/in/<inbox id>`.
    Webhook,
}

/// Waiting times; the usual ones suit everybody but tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// One call without files, in milliseconds.
    pub call_ms: u64,
    /// One long poll, in seconds; at most 25.
    pub poll_s: u64,
    /// The first pause after a failure, in milliseconds; it doubles.
    pub pause_ms: u64,
    /// The longest pause after failures of the network, in milliseconds.
    pub longest_pause_ms: u64,
    /// Between attempts where only a person can help (dead token, another program with it), in milliseconds.
    pub stubborn_ms: u64,
    /// Between looks at the webhook, in milliseconds.
    pub check_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            call_ms: 30_000,
            poll_s: LONGEST_POLL_S,
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

/// What receiving by webhook needs, checked.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub url: Url,
    pub secret: Secret,
}

impl Settings {
    /// # Errors
    /// [`SettingsError`] naming the key that cannot work.
    pub fn build(self, setup: Setup) -> Result<Arc<dyn Connector>, SettingsError> {
        let bot_id = bot_id(&self.token)?;
        let base = Url::parse(&self.api_url).map_err(|error| SettingsError::new("api_url", error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(SettingsError::new("api_url", "must begin with https:// or http://"));
        }
        let hook = match self.mode {
            Mode::Polling => None,
            Mode::Webhook => Some(self.hook(&setup)?),
        };
        let api = BotApi::new(&setup.http, base, self.token, self.timeouts.call());
        Ok(Arc::new(Telegram::new(api, bot_id, hook, self.timeouts, &setup)))
    }

    fn hook(&self, setup: &Setup) -> Result<Hook, SettingsError> {
        let secret = self.webhook_secret.expose();
        let proper = secret.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !proper || !(SHORTEST_SECRET..=LONGEST_SECRET).contains(&secret.len()) {
            let problem =
                "a webhook needs a secret of 16 to 256 characters out of A-Z a-z 0-9 _ -; without one anybody could write";
            return Err(SettingsError::new("webhook_secret", problem));
        }
        let public = setup.public_url.as_deref().filter(|url| !url.is_empty());
        let public =
            public.ok_or_else(|| SettingsError::new("mode", "a webhook needs server.public_url; \"polling\" does not"))?;
        let url = Url::parse(&format!("{}/in/{}", public.trim_end_matches('/'), setup.inbox.id))
            .map_err(|error| SettingsError::new("mode", format!("server.public_url: {error}")))?;
        // A server of one's own, which may be next door, takes plain HTTP as well.
        if url.scheme() != "https" && self.api_url == public_api() {
            return Err(SettingsError::new("mode", "Telegram calls webhooks over https only; change server.public_url, or poll"));
        }
        Ok(Hook { url, secret: self.webhook_secret.clone() })
    }
}

/// The number before the colon is the bot's user id.
fn bot_id(token: &Secret) -> Result<i64, SettingsError> {
    let shape = || SettingsError::new("token", "must be what @BotFather gave: a number, a colon and 35 characters");
    let (id, tail) = token.expose().split_once(':').ok_or_else(shape)?;
    let proper = tail.len() >= 30 && tail.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if proper { id.parse().map_err(|_| shape()) } else { Err(shape()) }
}

fn public_api() -> String {
    "https://api.telegram.org".to_owned()
}
