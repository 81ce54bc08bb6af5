//! The channel doctor: what a person would look at by hand.

use serde::Deserialize;
use trunkline_channel::{Check, CheckState, Context, Micros};

use crate::page::{ApiError, Page};
use crate::watch::Subscription;

/// What the page's token must be good for.
const SCOPES: [&str; 2] = ["pages_messaging", "pages_manage_metadata"];
const DAY_S: i64 = 86_400;
/// A token that ends within these days is told of.
const SOON_DAYS: i64 = 14;

#[derive(Deserialize)]
struct Me {
    id: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Debugged {
    data: Token,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    is_valid: bool,
    app_id: Option<String>,
    /// Seconds since 1970; 0 for never.
    #[serde(default)]
    expires_at: i64,
    scopes: Option<Vec<String>>,
}

pub(crate) async fn checks(page: &Page, cx: &Context) -> Vec<Check> {
    let me: Result<Me, ApiError> = page.get("me", &[("fields", "id,name")]).await;
    let mut checks = vec![match me {
        Ok(me) if me.id == page.id => ok("page", format!("the token belongs to the page {}", me.name)),
        Ok(me) => {
            failed("page", format!("the token is not of this page but of {}: make one for the page {}", me.name, page.id))
        }
        Err(error) => failed("page", error.to_string()),
    }];
    let debugged: Result<Debugged, ApiError> = page.debug_token().await;
    checks.extend(match debugged {
        Ok(Debugged { data }) => token(page, &data, cx.clock.now()),
        Err(error) => vec![warning("token", format!("Facebook does not tell about the token: {error}. Check app_id and app_secret"))],
    });
    checks.push(subscription(Subscription::ask(page).await));
    checks.push(match cx.health.report().last_event_at {
        Some(at) => {
            ok("last_event", format!("the last event came {} minutes ago", cx.clock.now().saturating_sub(at) / 60_000_000))
        }
        None => warning(
            "last_event",
            "no event since the start; write to the page to try it. If nothing comes, look at the app's webhook in its dashboard"
                .to_owned(),
        ),
    });
    checks
}

fn token(page: &Page, token: &Token, now: Micros) -> Vec<Check> {
    if !token.is_valid {
        return vec![failed("token", "the token has ended: make a new page access token and put it into the inbox".to_owned())];
    }
    let mut checks = vec![match (&token.app_id, (token.expires_at - now / 1_000_000) / DAY_S) {
        (Some(app), _) if *app != page.app_id => {
            failed("token", format!("the token was made by another app ({app}); this inbox's app_id is {}", page.app_id))
        }
        (_, _) if token.expires_at == 0 => ok("token", "the token does not expire".to_owned()),
        (_, days) if days < SOON_DAYS => {
            warning("token", format!("the token ends in {days} days: make one of a system user, which does not expire"))
        }
        (_, days) => ok("token", format!("the token ends in {days} days")),
    }];
    if let Some(scopes) = &token.scopes {
        let absent: Vec<&str> = SCOPES.into_iter().filter(|wanted| !scopes.iter().any(|scope| scope == wanted)).collect();
        checks.push(if absent.is_empty() {
            ok("permissions", "the token may send messages and keep the subscription".to_owned())
        } else {
            failed("permissions", format!("the token lacks {}: give the app these rights and make a new token", absent.join(", ")))
        });
    }
    checks
}

fn subscription(asked: Result<Subscription, ApiError>) -> Check {
    match asked {
        Ok(Subscription::Whole) => ok("subscription", "the page tells this app of its messages".to_owned()),
        Ok(Subscription::None) => failed(
            "subscription",
            "the page does not tell this app of its messages; it is subscribed again within minutes. \
             If it goes on so, Facebook does not reach our webhook"
                .to_owned(),
        ),
        Ok(Subscription::Without(fields)) => {
            warning("subscription", format!("the page does not tell of {}; it is subscribed again within minutes", fields.join(", ")))
        }
        Err(error) => failed("subscription", error.to_string()),
    }
}

fn ok(name: &'static str, detail: String) -> Check {
    Check { name, state: CheckState::Ok, detail }
}

fn warning(name: &'static str, detail: String) -> Check {
    Check { name, state: CheckState::Warning, detail }
}

fn failed(name: &'static str, detail: String) -> Check {
    Check { name, state: CheckState::Failed, detail }
}
