//! What a client needs to know once: the daemon's own limits, and what the business has decided.

use serde::Serialize;

use super::MAX_PREFERENCES_BYTES;
use crate::app::App;
use crate::conversations::{CLOSE_REASONS, MAX_ATTACHMENTS, MAX_TEXT_CHARS};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Settings {
    pub version: &'static str,
    /// Nothing here is real: the daemon runs as `trunkline demo`.
    pub demo: bool,
    /// How people reach the daemon; without a slash at its end.
    pub public_url: String,
    pub waiting: WaitingSettings,
    /// Why a conversation may be closed: the fixed reasons, then the business's own. Others are taken as well.
    pub close_reasons: Vec<String>,
    /// Bytes of one file.
    pub max_upload_bytes: usize,
    /// Files of one message.
    pub max_attachments: usize,
    /// Characters of one message.
    pub max_text_chars: usize,
    /// Bytes of what an operator may keep at `/api/v1/me/preferences`.
    pub max_preferences_bytes: usize,
}

/// From when on a waiting customer is shown as one who has waited too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WaitingSettings {
    pub warn_after_s: u64,
    pub breach_after_s: u64,
}

#[must_use]
pub fn settings(app: &App) -> Settings {
    let config = &app.config;
    let own = config.console.close_reasons.iter().cloned();
    Settings {
        version: env!("CARGO_PKG_VERSION"),
        demo: config.demo,
        public_url: config.server.public_url.trim_end_matches('/').to_owned(),
        waiting: WaitingSettings { warn_after_s: config.console.warn_after_s, breach_after_s: config.console.breach_after_s },
        close_reasons: CLOSE_REASONS.into_iter().map(str::to_owned).chain(own).collect(),
        max_upload_bytes: config.uploads.max_bytes,
        max_attachments: MAX_ATTACHMENTS,
        max_text_chars: MAX_TEXT_CHARS,
        max_preferences_bytes: MAX_PREFERENCES_BYTES,
    }
}
