//! Keeps the page's subscription. Facebook ends it after an hour in which our webhook did not answer, and does not begin again
//! by itself.

use serde::Deserialize;
use trunkline_channel::{Context, Health, RunError};

use crate::page::{ApiError, Page, health_after};
use crate::settings::Timeouts;

/// What we want to be told.
pub(crate) const FIELDS: [&str; 14] = [
    "messages",
    "message_echoes",
    "message_edits",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "messaging_postbacks",
    "messaging_optins",
    "messaging_referrals",
    "messaging_handovers",
    "standby",
    "messaging_policy_enforcement",
    "messaging_account_linking",
    "response_feedback",
];

#[derive(Deserialize)]
struct Apps {
    #[serde(default)]
    data: Vec<App>,
}

#[derive(Deserialize)]
struct App {
    id: String,
    #[serde(default)]
    subscribed_fields: Vec<String>,
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    success: bool,
}

/// What the page tells our app of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subscription {
    None,
    /// … but not of these.
    Without(Vec<&'static str>),
    Whole,
}

impl Subscription {
    pub async fn ask(page: &Page) -> Result<Self, ApiError> {
        let apps: Apps = page.get(&format!("{}/subscribed_apps", page.id), &[]).await?;
        let Some(ours) = apps.data.into_iter().find(|app| app.id == page.app_id) else { return Ok(Self::None) };
        let absent = |field: &&str| !ours.subscribed_fields.iter().any(|subscribed| subscribed == field);
        let absent: Vec<&str> = FIELDS.into_iter().filter(absent).collect();
        Ok(if absent.is_empty() { Self::Whole } else { Self::Without(absent) })
    }
}

pub(crate) async fn run(page: &Page, timeouts: &Timeouts, cx: &Context) -> Result<(), RunError> {
    // Whether this page was whole before: then somebody, or Facebook, has ended it.
    let mut was_whole = false;
    loop {
        let looked = tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            looked = look(page, &mut was_whole, cx) => looked,
        };
        let health = looked.unwrap_or_else(|error| {
            tracing::warn!(inbox = %cx.inbox.id, %error, "messenger: the page's subscription could not be looked after");
            health_after(&error)
        });
        let pause = if health == Health::Connected { timeouts.check() } else { timeouts.trouble() };
        cx.health.set(health, cx.clock.now());
        tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn look(page: &Page, was_whole: &mut bool, cx: &Context) -> Result<Health, ApiError> {
    if Subscription::ask(page).await? != Subscription::Whole {
        if *was_whole {
            tracing::warn!(inbox = %cx.inbox.id, "messenger: the page's subscription had ended; it is made again");
            let shown = "Facebook had stopped telling us of this page's messages; it is asked to go on. \
                         What was written in between may be missing here and can be seen in the page's inbox.";
            cx.health.noticed(shown.to_owned());
        }
        let done: Done = page.subscribe(&FIELDS.join(",")).await?;
        if !done.success {
            return Ok(Health::Troubled { reason: "Facebook did not take the page's subscription".to_owned() });
        }
    }
    *was_whole = true;
    Ok(Health::Connected)
}
