//! The channel doctor: what a person would look at by hand.

use trunkline_channel::{Check, CheckState, Context};
use trunkline_meta::{access, last_event, told};

use crate::errors::RULES;
use crate::number::Number;
use crate::templates;
use crate::watch::{Standing, Watch, elsewhere, unwell};

/// What the token needs.
const SCOPES: &[&str] = &["whatsapp_business_messaging", "whatsapp_business_management"];
/// Above this, calls are soon refused.
const MUCH_USED: u64 = 80;

pub(crate) async fn checks(number: &Number, watch: &Watch, cx: &Context) -> Vec<Check> {
    let mut checks = vec![the_number(number).await];
    checks.extend(access(&number.graph, SCOPES, cx).await);
    checks.push(webhook(number, watch).await);
    checks.push(the_templates(number).await);
    checks.push(limits(number.graph.used_percent()));
    checks.push(last_event(cx, "write to the number to try it"));
    checks
}

async fn the_number(number: &Number) -> Check {
    let facts = match number.facts().await {
        Ok(facts) => facts,
        Err(error) => return check("number", CheckState::Failed, told(&error, RULES)),
    };
    let name = format!("{} ({})", facts.display_phone_number, facts.verified_name);
    match (unwell(&facts), facts.quality_rating.as_str()) {
        (Some(why), _) => check("number", CheckState::Failed, why),
        (None, "RED") => {
            check("number", CheckState::Warning, format!("{name}: customers block or report it, its quality is low"))
        }
        (None, "YELLOW") => check("number", CheckState::Warning, format!("{name}: its quality is falling")),
        (None, _) => check("number", CheckState::Ok, format!("the token may use {name}")),
    }
}

async fn webhook(number: &Number, watch: &Watch) -> Check {
    let apps = match number.subscribed().await {
        Ok(apps) => apps,
        Err(error) => return check("webhook", CheckState::Failed, told(&error, RULES)),
    };
    let (state, detail) = match watch.standing(&apps, number.app().await.as_deref()) {
        Standing::Nowhere => (
            CheckState::Failed,
            "our app is not told of this account's messages; it is subscribed again within minutes".to_owned(),
        ),
        Standing::Usual => (
            CheckState::Ok,
            "the app is subscribed, at its usual address; that it leads here cannot be seen from here".to_owned(),
        ),
        Standing::Here => (CheckState::Ok, "Meta calls this inbox".to_owned()),
        Standing::Beside => (CheckState::Ok, "Meta calls another inbox of this daemon, which hands over what is ours".to_owned()),
        Standing::Elsewhere(url) => (CheckState::Failed, elsewhere(&url)),
    };
    check("webhook", state, detail)
}

async fn the_templates(number: &Number) -> Check {
    match templates::list(number).await {
        Ok(all) => {
            let usable = all.iter().filter(|template| template.status == "APPROVED").count();
            let state = if usable == 0 { CheckState::Warning } else { CheckState::Ok };
            check("templates", state, format!("{usable} of {} templates can be sent", all.len()))
        }
        Err(error) => check("templates", CheckState::Failed, format!("templates cannot be listed: {error}")),
    }
}

fn limits(percent: u64) -> Check {
    let state = if percent >= MUCH_USED { CheckState::Warning } else { CheckState::Ok };
    check("limits", state, format!("{percent} % of Meta's limit of calls is used"))
}

fn check(name: &'static str, state: CheckState, detail: String) -> Check {
    Check { name, state, detail }
}
