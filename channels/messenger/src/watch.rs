//! Keeps what lets events come: the app's webhook, and the page's subscription, which Facebook ends after an hour in which our
//! webhook did not answer and does not begin again by itself.

use std::sync::atomic::{AtomicBool, Ordering};

use trunkline_channel::{Context, Health, RunError, Secret};
use trunkline_meta::{GraphError, Timeouts, watch};
use url::Url;

use crate::errors::RULES;
use crate::page::Page;

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

/// What looking after a page takes.
pub(crate) struct Watch {
    /// Where Facebook is to call; `None` where this daemon has no public address.
    pub callback: Option<Url>,
    pub verify_token: Secret,
    pub timeouts: Timeouts,
}

/// Where the app is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Callback {
    Here,
    /// At another inbox of this daemon, which hands over what is ours.
    Beside,
    /// At somebody else's.
    Elsewhere(String),
    Nowhere,
}

impl Watch {
    pub async fn run(&self, page: &Page, cx: &Context) -> Result<(), RunError> {
        // Whether all was well before: then Facebook, or somebody, has ended it.
        let was_whole = AtomicBool::new(false);
        watch(cx, "messenger", &self.timeouts, RULES, || self.look(page, &was_whole, cx)).await
    }

    async fn look(&self, page: &Page, was_whole: &AtomicBool, cx: &Context) -> Result<Health, GraphError> {
        if !absent(page.subscribed().await?.as_deref()).is_empty() {
            if was_whole.load(Ordering::Relaxed) {
                tracing::warn!(inbox = %cx.inbox.id, "messenger: the page's subscription had ended; it is made again");
                let shown = "Facebook had stopped telling us of this page's messages; it is asked to go on. \
                             What was written in between can be seen in the page's inbox at Facebook only.";
                cx.health.noticed(shown.to_owned());
            }
            if !page.subscribe(&FIELDS).await? {
                return Ok(Health::Troubled { reason: "Facebook did not take the page's subscription".to_owned() });
            }
        }
        was_whole.store(true, Ordering::Relaxed);
        Ok(self.called(page, cx).await.unwrap_or_else(|error| {
            // Facebook's own words may repeat the address that it asked, and in it the verify token.
            let meaning = error
                .refusal()
                .and_then(|refusal| refusal.rule(RULES))
                .map_or_else(|| error.to_string(), |rule| rule.shown.to_owned());
            Health::Misconfigured { reason: format!("The app's webhook cannot be looked at or set: {meaning}") }
        }))
    }

    /// Sets the app's webhook where it has none; one of others is left to a person.
    async fn called(&self, page: &Page, cx: &Context) -> Result<Health, GraphError> {
        let Some(callback) = &self.callback else { return Ok(Health::Connected) };
        if self.standing(page).await? == Callback::Nowhere {
            tracing::info!(inbox = %cx.inbox.id, "messenger: the app's webhook is set");
            if !page.set_webhook(callback, &self.verify_token, &FIELDS).await? {
                return Ok(Health::Troubled { reason: "Facebook did not take the app's webhook".to_owned() });
            }
        }
        Ok(Health::Connected)
    }

    /// Where the app is called now.
    pub async fn standing(&self, page: &Page) -> Result<Callback, GraphError> {
        let Some(webhook) = page.webhook().await?.filter(|webhook| webhook.active) else { return Ok(Callback::Nowhere) };
        let ours = self.callback.as_ref().map(Url::as_str).and_then(|url| url.rsplit_once('/'));
        let Some((door, inbox)) = ours else { return Ok(Callback::Elsewhere(webhook.callback_url)) };
        // The inbox's id is nobody else's: at another host it is another way to us.
        Ok(match webhook.callback_url.rsplit_once('/') {
            Some((_, called)) if called == inbox => Callback::Here,
            Some((called, _)) if called == door => Callback::Beside,
            _ => Callback::Elsewhere(webhook.callback_url),
        })
    }
}

/// What the page does not tell us of.
pub(crate) fn absent(subscribed: Option<&[String]>) -> Vec<&'static str> {
    let told = |field: &str| subscribed.is_some_and(|fields| fields.iter().any(|subscribed| subscribed == field));
    FIELDS.into_iter().filter(|field| !told(field)).collect()
}
