//! Keeps what lets events come, and tells what Meta thinks of the number.

use std::sync::atomic::{AtomicBool, Ordering};

use trunkline_channel::{Context, Health, RunError, Secret};
use trunkline_meta::{GraphError, Timeouts, watch};
use url::Url;

use crate::errors::RULES;
use crate::number::{Facts, Number, Subscribed};

/// What looking after a number takes.
pub(crate) struct Watch {
    /// Where Meta is to call; `None` where that is set up by hand.
    pub callback: Option<Url>,
    verify_token: Secret,
    timeouts: Timeouts,
}

/// What was seen before, to tell what is new.
#[derive(Default)]
struct Before {
    registered: AtomicBool,
    low_quality: AtomicBool,
}

impl Watch {
    pub fn new(callback: Option<Url>, verify_token: Secret, timeouts: Timeouts) -> Self {
        Self { callback, verify_token, timeouts }
    }

    pub async fn run(&self, number: &Number, cx: &Context) -> Result<(), RunError> {
        let before = Before::default();
        watch(cx, "whatsapp", &self.timeouts, RULES, || self.look(number, &before, cx)).await
    }

    async fn look(&self, number: &Number, before: &Before, cx: &Context) -> Result<Health, GraphError> {
        let facts = number.facts().await?;
        self.registered(number, before, cx).await?;
        let low = facts.quality_rating == "RED";
        if low && !before.low_quality.swap(low, Ordering::Relaxed) {
            cx.health.noticed("Customers block or report this number: its quality is low, and Meta may limit it.".to_owned());
        }
        before.low_quality.store(low, Ordering::Relaxed);
        Ok(unwell(&facts).map_or(Health::Connected, |reason| Health::Misconfigured { reason }))
    }

    /// Subscribes where nobody is, and once after a start has Meta prove our address again.
    async fn registered(&self, number: &Number, before: &Before, cx: &Context) -> Result<(), GraphError> {
        let apps = number.subscribed().await?;
        if apps.is_empty() {
            if before.registered.load(Ordering::Relaxed) {
                tracing::warn!(inbox = %cx.inbox.id, "whatsapp: the account's subscription had ended; it is made again");
                let shown = "Somebody had ended the app's subscription to this account; it is made again. \
                             What customers wrote in between is not told later.";
                cx.health.noticed(shown.to_owned());
            }
            number.subscribe(None).await?;
        }
        if let Some(callback) = &self.callback
            && (apps.is_empty() || !before.registered.load(Ordering::Relaxed) || self.is_elsewhere(&apps))
            && !self.is_beside(&apps)
        {
            number.subscribe(Some((callback, self.verify_token.expose()))).await?;
        }
        before.registered.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Another inbox of this daemon is called, which hands over what is ours.
    fn is_beside(&self, apps: &[Subscribed]) -> bool {
        let ours = self.callback.as_ref().map(Url::as_str);
        let door = ours.and_then(|url| url.rsplit_once('/')).map(|(door, _)| format!("{door}/"));
        let mut told = apps.iter().filter_map(|app| app.override_callback_uri.as_deref());
        door.is_some_and(|door| told.any(|url| url.starts_with(&door) && Some(url) != ours))
    }

    fn is_elsewhere(&self, apps: &[Subscribed]) -> bool {
        let ours = self.callback.as_ref().map(Url::as_str);
        let told: Vec<&str> = apps.iter().filter_map(|app| app.override_callback_uri.as_deref()).collect();
        !told.is_empty() && !told.iter().any(|url| Some(*url) == ours)
    }
}

/// Why a number cannot be used, in plain words.
pub(crate) fn unwell(facts: &Facts) -> Option<String> {
    let status = facts.status.as_deref()?;
    let why = match status {
        "CONNECTED" | "UNKNOWN" => return None,
        // A warning that costs nothing yet.
        "FLAGGED" => return None,
        "BANNED" => "Meta has banned this number. See the account's quality page at Meta.",
        "RESTRICTED" | "RATE_LIMITED" => "Meta has restricted this number for a while. See the account's quality page at Meta.",
        "PENDING" | "UNVERIFIED" => "The number is not verified at Meta yet. Finish its set-up there.",
        "DISCONNECTED" | "OFFLINE" => "The number is not registered for the Cloud API. Register it at Meta.",
        "MIGRATED" | "DELETED" => "The number was moved or removed from this account at Meta.",
        other => return Some(format!("Meta says that the number is {}.", other.replace('_', " ").to_lowercase())),
    };
    Some(why.to_owned())
}
