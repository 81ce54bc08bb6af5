//! What a channel's settings are given when they become a connector.

use std::sync::Arc;

use thiserror::Error;

use crate::clock::Clock;
use crate::connector::InboxRef;
use crate::http::Http;
use crate::secret::Secret;

/// Handed to a channel's `Settings::build`.
#[derive(Clone)]
pub struct Setup {
    pub inbox: InboxRef,
    /// Names this installation in loop-guard headers.
    pub instance_id: String,
    /// Signs what must come back to us unchanged (thread tokens in Message-IDs).
    pub signing_key: Secret,
    pub clock: Arc<dyn Clock>,
    pub http: Http,
    /// The address customers' providers reach this daemon at, without a slash at the end; `None` where it is not public.
    pub public_url: Option<String>,
}

/// Settings that parse but cannot work.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key}: {problem}")]
pub struct SettingsError {
    /// The key inside the inbox's section.
    pub key: &'static str,
    pub problem: String,
}

impl SettingsError {
    #[must_use]
    pub fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self { key, problem: problem.into() }
    }
}
