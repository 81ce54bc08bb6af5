//! The channel doctor: what a person would look at by hand.

use serde::Deserialize;
use trunkline_channel::{Check, CheckState, Context};
use trunkline_meta::{GraphError, access, last_event, told};

use crate::errors::RULES;
use crate::page::Page;
use crate::watch::{Callback, FIELDS, Watch, absent};

/// What the page's token must be good for.
const SCOPES: [&str; 2] = ["pages_messaging", "pages_manage_metadata"];

#[derive(Deserialize)]
struct Me {
    id: String,
    #[serde(default)]
    name: String,
}

pub(crate) async fn checks(page: &Page, watch: &Watch, cx: &Context) -> Vec<Check> {
    let mut checks = vec![owner(page, page.about("me", "id,name").await)];
    checks.extend(access(page.graph(), &SCOPES, cx).await);
    checks.push(subscription(page.subscribed().await));
    checks.push(webhook(watch, watch.standing(page).await));
    checks.push(last_event(cx, "write to the page to try it"));
    checks
}

fn owner(page: &Page, me: Result<Me, GraphError>) -> Check {
    match me {
        Ok(me) if me.id == page.id => ok("token", format!("the token belongs to the page {}", me.name)),
        Ok(me) => {
            let detail = format!("the token belongs to {} ({}): make one for the page {}", me.name, me.id, page.id);
            failed("token", detail)
        }
        Err(error) => failed("token", told(&error, RULES)),
    }
}

fn subscription(asked: Result<Option<Vec<String>>, GraphError>) -> Check {
    const AGAIN: &str = "it is subscribed again within minutes. If it goes on so, Facebook does not reach our webhook";
    let absent = match asked {
        Ok(subscribed) => absent(subscribed.as_deref()),
        Err(error) => return failed("subscription", told(&error, RULES)),
    };
    match absent.len() {
        0 => ok("subscription", "the page tells this app of its messages".to_owned()),
        some if some == FIELDS.len() => {
            failed("subscription", format!("the page does not tell this app of its messages; {AGAIN}"))
        }
        _ => warning("subscription", format!("the page does not tell of {}; {AGAIN}", absent.join(", "))),
    }
}

fn webhook(watch: &Watch, asked: Result<Callback, GraphError>) -> Check {
    match (asked, &watch.callback) {
        (Ok(Callback::Here), _) => ok("webhook", "Facebook calls this inbox".to_owned()),
        (Ok(Callback::Beside), _) => {
            ok("webhook", "Facebook calls another inbox of this daemon, which hands over what is this page's".to_owned())
        }
        (Ok(Callback::Elsewhere(url)), Some(ours)) => warning(
            "webhook",
            format!(
                "Facebook calls {url}, not {ours}. Unless something there passes the calls on, change it in the app's dashboard"
            ),
        ),
        (Ok(Callback::Elsewhere(url)), None) => {
            ok("webhook", format!("Facebook calls {url}; server.public_url is no https address that it could be compared with"))
        }
        (Ok(Callback::Nowhere), Some(ours)) => {
            failed("webhook", format!("the app has no webhook for pages; {ours} is set within minutes, if Facebook reaches it"))
        }
        (Ok(Callback::Nowhere), None) => failed(
            "webhook",
            "the app has no webhook for pages: set server.public_url, and it is made; or set it in the app's dashboard"
                .to_owned(),
        ),
        (Err(error), _) => {
            let detail = format!("the app cannot be asked for its webhook: {}. Check app_id and app_secret", told(&error, RULES));
            failed("webhook", detail)
        }
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
