//! The configuration: the embedded `config.toml`, then the user's file, then `TRUNKLINE__SECTION__KEY`.

mod check;
mod load;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use trunkline_channel::Secret;

pub use load::{ConfigError, DEFAULTS, defaults, load};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub store: Store,
    pub intake: Intake,
    pub access: Access,
    pub uploads: Uploads,
    pub console: Console,
    pub push: Push,
    pub log: Log,
    /// Inboxes from the file, by name; more can be made by the API.
    #[serde(default)]
    pub inboxes: std::collections::BTreeMap<String, Inbox>,
    /// Everything is made up: `trunkline demo`, never a file.
    #[serde(skip)]
    pub demo: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: SocketAddr,
    /// How people reach the daemon: links are made of it, never of a request's Host header.
    pub public_url: String,
    /// Where `/metrics` is served; empty for nowhere.
    pub metrics_listen: String,
    /// Proxies whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Seconds a client may take to send its request headers.
    pub header_timeout_s: u64,
    /// Seconds for which a client may send nothing of a body it began, or take nothing of an answer.
    pub body_timeout_s: u64,
    /// Seconds given to running work after SIGTERM.
    pub drain_s: u64,
    /// Open connections taken at once.
    pub max_connections: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// Directory of the SQLite file, attachments and keys.
    pub data_dir: PathBuf,
    /// Empty for SQLite in the data directory, or `postgres://…`.
    pub database: Secret,
    /// A file that holds the address instead; empty for none.
    pub database_file: PathBuf,
    /// Connections to PostgreSQL.
    pub max_connections: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// Events that may wait for the store; more are refused with 503.
    pub queue: usize,
    /// Events gathered into one transaction at most.
    pub batch: usize,
    /// Writers side by side; SQLite always has one.
    pub writers: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Hours until a session ends without use.
    pub session_hours: u64,
    /// Failed sign-ins per minute for one account, and for one address.
    pub login_per_account: u32,
    pub login_per_address: u32,
    /// Requests a minute for one caller of the API.
    pub requests_per_minute: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uploads {
    /// Bytes of one file.
    pub max_bytes: usize,
}

/// What the operators' console shows; the daemon itself does nothing with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Seconds after which a waiting customer is shown as one to hurry for.
    pub warn_after_s: u64,
    /// Seconds after which a customer has waited too long.
    pub breach_after_s: u64,
    /// The business's own, beside the fixed ones.
    pub close_reasons: Vec<String>,
}

/// Notifications through the services of the browsers' makers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// Whom those services may write to (RFC 8292 §2.1); empty for `server.public_url`.
    pub contact: String,
    /// Origins that need be neither public nor HTTPS.
    pub trusted_services: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `json` or `pretty`.
    pub format: LogFormat,
    /// `info`, or a filter such as `info,trunkline::intake=debug`.
    pub level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Json,
    Pretty,
}

/// One inbox of the file: what every inbox has, and the channel's own settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    pub channel: String,
    #[serde(default)]
    pub options: InboxOptions,
    /// Checked by the channel.
    #[serde(default = "no_settings")]
    pub settings: serde_json::Value,
}

fn no_settings() -> serde_json::Value {
    serde_json::Value::Object(serde_json::Map::new())
}

/// What the daemon does with an inbox, whatever its channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InboxOptions {
    /// What a customer's message to a closed conversation does.
    pub on_closed: OnClosed,
    /// After how many days a closed conversation is not reopened any more; a new one is made.
    pub reopen_days: u32,
}

impl Default for InboxOptions {
    fn default() -> Self {
        Self { on_closed: OnClosed::Reopen, reopen_days: 30 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnClosed {
    Reopen,
    New,
}

impl Store {
    /// The address to open: SQLite in the data directory unless another database is named.
    #[must_use]
    pub fn address(&self) -> String {
        if self.database.is_empty() {
            format!("sqlite:{}", self.data_dir.join("trunkline.db").display())
        } else {
            self.database.expose().to_owned()
        }
    }
}
