//! How long a mailbox waits for what.

use std::time::Duration;

use serde::Deserialize;
use trunkline_channel::SettingsError;

/// RFC 2177 asks for a new IDLE at least every 29 minutes.
const LONGEST_IDLE_MS: u64 = 29 * 60_000;

/// Waiting times, in milliseconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// Name look-up with TCP, and the TLS handshake: each.
    pub connect_ms: u64,
    /// The longest silence of a server that owes us an answer.
    pub answer_ms: u64,
    /// The answer to the final dot of a mail. Giving up early makes doubles; RFC 5321 §4.5.3.2.6 asks for ten minutes.
    pub after_data_ms: u64,
    /// How long one IDLE lasts before it is issued again; middleboxes forget quiet connections after about ten minutes.
    pub idle_ms: u64,
    /// How often a server without IDLE is asked.
    pub poll_ms: u64,
    /// How often unseen mail that became visible out of order is looked for.
    pub sweep_ms: u64,
    /// The first and the longest pause before connecting again; it doubles in between.
    pub reconnect_first_ms: u64,
    pub reconnect_longest_ms: u64,
    /// The pause after refused credentials: providers lock accounts that knock too often.
    pub refused_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect_ms: 20_000,
            answer_ms: 60_000,
            after_data_ms: 600_000,
            idle_ms: 9 * 60_000,
            poll_ms: 60_000,
            sweep_ms: 3_600_000,
            reconnect_first_ms: 1_000,
            reconnect_longest_ms: 120_000,
            refused_ms: 300_000,
        }
    }
}

impl Timeouts {
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        for (key, value) in self.named() {
            if value == 0 {
                return Err(SettingsError::new(key, "must be more than 0"));
            }
        }
        if self.idle_ms > LONGEST_IDLE_MS {
            return Err(SettingsError::new("timeouts.idle_ms", "at most 1740000 (29 minutes)"));
        }
        Ok(())
    }

    pub(crate) fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms)
    }

    pub(crate) fn answer(&self) -> Duration {
        Duration::from_millis(self.answer_ms)
    }

    fn named(&self) -> [(&'static str, u64); 9] {
        [
            ("timeouts.connect_ms", self.connect_ms),
            ("timeouts.answer_ms", self.answer_ms),
            ("timeouts.after_data_ms", self.after_data_ms),
            ("timeouts.idle_ms", self.idle_ms),
            ("timeouts.poll_ms", self.poll_ms),
            ("timeouts.sweep_ms", self.sweep_ms),
            ("timeouts.reconnect_first_ms", self.reconnect_first_ms),
            ("timeouts.reconnect_longest_ms", self.reconnect_longest_ms),
            ("timeouts.refused_ms", self.refused_ms),
        ]
    }
}
