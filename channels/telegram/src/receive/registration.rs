//! Keeps the webhook where it should be, and tells what Telegram says of it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use trunkline_channel::{Context, Health, Micros, RunError};

use super::health_after;
use crate::api::{ApiError, BotApi};
use crate::inbound::WANTED;
use crate::settings::{Hook, Timeouts};

/// A failed delivery is news for so long.
const FRESH: Micros = 10 * 60 * 1_000_000;

/// What Telegram knows of the webhook.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct WebhookInfo {
    pub url: String,
    #[serde(default)]
    pub pending_update_count: u64,
    pub last_error_date: Option<i64>,
    pub last_error_message: Option<String>,
    #[serde(default)]
    pub allowed_updates: Vec<String>,
}

impl WebhookInfo {
    pub async fn ask(api: &BotApi) -> Result<Self, ApiError> {
        api.call("getWebhookInfo", &json!({})).await
    }

    /// The last failed delivery, where it is not long ago.
    pub fn fresh_error(&self, now: Micros) -> Option<&str> {
        let at = self.last_error_date?.saturating_mul(1_000_000);
        self.last_error_message.as_deref().filter(|_| now.saturating_sub(at) < FRESH)
    }
}

pub(crate) async fn run(api: &BotApi, hook: &Hook, timeouts: &Timeouts, cx: &Context) -> Result<(), RunError> {
    // Always once: Telegram does not tell whether it knows our present secret.
    let mut registered = false;
    let mut failures = 0;
    loop {
        let looked = tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            looked = look(api, hook, &mut registered, cx) => looked,
        };
        let pause = match looked {
            Ok(health) => {
                failures = 0;
                cx.health.set(health, cx.clock.now());
                timeouts.check()
            }
            Err(error) => {
                failures += 1;
                tracing::warn!(inbox = %cx.inbox.id, %error, failures, "telegram: the webhook could not be looked after");
                cx.health.set(health_after(&error), cx.clock.now());
                pause_after(&error, failures, timeouts)
            }
        };
        tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn look(api: &BotApi, hook: &Hook, registered: &mut bool, cx: &Context) -> Result<Health, ApiError> {
    let info = WebhookInfo::ask(api).await?;
    let ours = info.url == hook.url.as_str();
    if *registered && !ours {
        cx.health.noticed(if info.url.is_empty() {
            "Another program had removed this bot's webhook; it is set again.".to_owned()
        } else {
            "Another program had set a webhook of its own for this bot; ours is set again. Only one can have it.".to_owned()
        });
    }
    if !*registered || !ours || WANTED.iter().any(|kind| !info.allowed_updates.iter().any(|asked| asked == kind)) {
        let parameters = json!({"url": hook.url.as_str(), "secret_token": hook.secret.expose(), "allowed_updates": WANTED});
        let _: bool = api.call("setWebhook", &parameters).await?;
        *registered = true;
        return Ok(Health::Connected);
    }
    Ok(match info.fresh_error(cx.clock.now()) {
        Some(error) => Health::Troubled { reason: format!("Telegram cannot reach the webhook: {error}") },
        None => Health::Connected,
    })
}

fn pause_after(error: &ApiError, failures: u32, timeouts: &Timeouts) -> Duration {
    match (health_after(error), error) {
        (Health::BadCredentials { .. } | Health::Misconfigured { .. }, _) => timeouts.stubborn(),
        (_, ApiError::Refused(refusal)) if refusal.retry_after.is_some() => refusal.wait(),
        _ => timeouts.pause(failures),
    }
}
