//! How an inbox is doing, as a state with the one thing a person can do about it.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::clock::Micros;

/// The state of an inbox's line to its provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Health {
    #[default]
    Connecting,
    Connected,
    /// Broken for the moment; the connector is trying again by itself.
    Troubled {
        reason: String,
    },
    /// A person must give new credentials.
    BadCredentials {
        reason: String,
    },
    /// A person must change something at the provider or in the configuration.
    Misconfigured {
        reason: String,
    },
    Paused,
}

/// Health together with what was seen last.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct HealthReport {
    #[serde(flatten)]
    pub health: Health,
    pub since: Micros,
    pub last_event_at: Option<Micros>,
    pub last_error_at: Option<Micros>,
    pub last_error: Option<String>,
    /// Until when the provider has slowed us down.
    pub rate_limited_until: Option<Micros>,
    /// The last news about the account from the provider itself ([`crate::Inbound::Notice`]).
    pub notice: Option<String>,
}

/// The connector's end of its health: cheap to clone, never blocks for long.
#[derive(Debug, Clone, Default)]
pub struct HealthReporter(Arc<Mutex<HealthReport>>);

impl HealthReporter {
    /// Enters a state; entering the same state again keeps `since`.
    pub fn set(&self, health: Health, now: Micros) {
        let mut report = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Health::Troubled { reason } | Health::BadCredentials { reason } | Health::Misconfigured { reason } = &health {
            report.last_error_at = Some(now);
            report.last_error = Some(reason.clone());
        }
        if std::mem::discriminant(&report.health) != std::mem::discriminant(&health) {
            report.since = now;
        }
        report.health = health;
    }

    pub fn saw_event(&self, now: Micros) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last_event_at = Some(now);
    }

    pub fn noticed(&self, shown: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).notice = Some(shown);
    }

    pub fn rate_limited(&self, until: Micros) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).rate_limited_until = Some(until);
    }

    #[must_use]
    pub fn report(&self) -> HealthReport {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
