//! How an inbox is doing, as a state with the one thing a person can do about it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::Notify;

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
pub struct HealthReporter(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    known: Mutex<Known>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Known {
    report: HealthReport,
    /// What the connector says of its line.
    line: Health,
    /// Why the provider refuses what is sent, as long as it does.
    refused: Option<String>,
}

impl HealthReporter {
    /// The line enters a state; entering the same state again keeps `since`.
    pub fn set(&self, health: Health, now: Micros) {
        let error = match &health {
            Health::Troubled { reason } | Health::BadCredentials { reason } | Health::Misconfigured { reason } => {
                Some(reason.clone())
            }
            Health::Connecting | Health::Connected | Health::Paused => None,
        };
        self.change(now, error, |known| known.line = health);
    }

    /// A send was refused for its credentials: that stays, though events still come in, until one is taken.
    pub fn refused(&self, reason: &str, now: Micros) {
        self.change(now, Some(reason.to_owned()), |known| known.refused = Some(reason.to_owned()));
    }

    /// A send was taken.
    pub fn taken(&self, now: Micros) {
        if self.lock().refused.is_some() {
            self.change(now, None, |known| known.refused = None);
        }
    }

    pub fn saw_event(&self, now: Micros) {
        self.lock().report.last_event_at = Some(now);
    }

    pub fn noticed(&self, shown: String) {
        self.lock().report.notice = Some(shown);
    }

    pub fn rate_limited(&self, until: Micros) {
        self.lock().report.rate_limited_until = Some(until);
    }

    #[must_use]
    pub fn report(&self) -> HealthReport {
        self.lock().report.clone()
    }

    /// Returns when the health may be another one than this. For one that waits.
    pub async fn changed_from(&self, seen: &Health) {
        loop {
            let changed = self.0.changed.notified();
            if self.lock().report.health != *seen {
                return;
            }
            changed.await;
        }
    }

    fn change(&self, now: Micros, error: Option<String>, change: impl FnOnce(&mut Known)) {
        let mut known = self.lock();
        change(&mut known);
        if error.is_some() {
            known.report.last_error_at = Some(now);
            known.report.last_error = error;
        }
        let health = known.health();
        if std::mem::discriminant(&known.report.health) != std::mem::discriminant(&health) {
            known.report.since = now;
        }
        known.report.health = health;
        drop(known);
        self.0.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Refused credentials need a person, whatever still works; what the line itself wants of one comes first.
    fn health(&self) -> Health {
        match (&self.line, &self.refused) {
            (Health::Connecting | Health::Connected | Health::Troubled { .. }, Some(reason)) => {
                Health::BadCredentials { reason: reason.clone() }
            }
            (line, _) => line.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Health, HealthReporter};

    #[test]
    fn refused_credentials_stay_until_a_send_is_taken() {
        let reporter = HealthReporter::default();
        let state = || (reporter.report().health, reporter.report().since);
        let refused = || Health::BadCredentials { reason: "a new token is needed".into() };
        reporter.set(Health::Connected, 1);
        reporter.refused("a new token is needed", 2);
        assert_eq!(state(), (refused(), 2));
        // Polling still works; a send is refused once more.
        reporter.set(Health::Connected, 3);
        reporter.refused("a new token is needed", 4);
        assert_eq!(state(), (refused(), 2));
        assert_eq!(reporter.report().last_error_at, Some(4));
        let elsewhere = Health::Misconfigured { reason: "the webhook is elsewhere".into() };
        reporter.set(elsewhere.clone(), 5);
        assert_eq!(state(), (elsewhere, 5));
        reporter.set(Health::Connected, 6);
        assert_eq!(state(), (refused(), 6));
        reporter.taken(7);
        assert_eq!(state(), (Health::Connected, 7));
        reporter.taken(8);
        assert_eq!(state(), (Health::Connected, 7));
    }

    #[tokio::test]
    async fn who_waits_for_a_change_misses_none() {
        let reporter = HealthReporter::default();
        reporter.set(Health::Connected, 1);
        reporter.changed_from(&Health::Connecting).await;
        let waiting = tokio::spawn({
            let reporter = reporter.clone();
            async move { reporter.changed_from(&Health::Connected).await }
        });
        reporter.refused("no", 2);
        tokio::time::timeout(std::time::Duration::from_secs(10), waiting).await.unwrap().unwrap();
    }
}
