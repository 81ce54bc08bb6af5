//! The settings of one page, and how they become a connector.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use trunkline_channel::{Connector, Secret, SettingsError, Setup};
use url::Url;

use crate::connector::Messenger;

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
    /// Of our own choice: Facebook repeats it when the webhook is set up in the app's dashboard.
    pub verify_token: Secret,
    /// The app has the right to answer by hand for seven days (`HUMAN_AGENT`), which Facebook gives after a review.
    #[serde(default)]
    pub human_agent: bool,
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

/// Waiting times; the usual ones suit everybody but tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// One call without files, in milliseconds.
    pub call_ms: u64,
    /// Between looks at the subscription and the token, in milliseconds.
    pub check_ms: u64,
    /// The same where something is wrong, in milliseconds.
    pub trouble_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { call_ms: 30_000, check_ms: 300_000, trouble_ms: 30_000 }
    }
}

impl Timeouts {
    pub(crate) fn call(&self) -> Duration {
        Duration::from_millis(self.call_ms)
    }

    pub(crate) fn check(&self) -> Duration {
        Duration::from_millis(self.check_ms)
    }

    pub(crate) fn trouble(&self) -> Duration {
        Duration::from_millis(self.trouble_ms)
    }
}

fn public_api() -> String {
    "https://graph.facebook.com".to_owned()
}

fn api_version() -> String {
    "v25.0".to_owned()
}
