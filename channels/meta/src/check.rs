//! Lines of the channel doctor that both products share.

use trunkline_channel::{Check, CheckState, Context};

use crate::errors::{GraphError, Rule};
use crate::graph::Graph;

const DAY_S: i64 = 24 * 3_600;
/// A token that ends so soon is worth a word.
const SOON_DAYS: i64 = 14;

/// Whether the token lives, how long, and may do what is needed. Empty where Meta does not tell (another app's token).
pub async fn access(graph: &Graph, scopes: &[&str], cx: &Context) -> Vec<Check> {
    let Ok(facts) = graph.token_facts().await else { return Vec::new() };
    let now = cx.clock.now() / 1_000_000;
    let left = (facts.expires_at > 0).then(|| (facts.expires_at - now) / DAY_S);
    let expiry = match left {
        _ if !facts.is_valid => (CheckState::Failed, "Meta says that the token is not valid: make a new one".to_owned()),
        None => (CheckState::Ok, "the token does not expire".to_owned()),
        Some(days) if days < 0 => (CheckState::Failed, "the token has expired: make a new one".to_owned()),
        Some(days) if days < SOON_DAYS => {
            (CheckState::Warning, format!("the token expires in {days} days: replace it by a system user's, which does not"))
        }
        Some(days) => (CheckState::Ok, format!("the token expires in {days} days")),
    };
    let missing: Vec<&str> = scopes.iter().copied().filter(|scope| !facts.scopes.iter().any(|given| given == scope)).collect();
    let rights = if missing.is_empty() {
        (CheckState::Ok, "the token has the permissions it needs".to_owned())
    } else {
        (CheckState::Failed, format!("the token lacks {}: make one with these permissions", missing.join(", ")))
    };
    vec![
        Check { name: "token_expiry", state: expiry.0, detail: expiry.1 },
        Check { name: "permissions", state: rights.0, detail: rights.1 },
    ]
}

/// When something last came in. `hint` tells how to try it.
#[must_use]
pub fn last_event(cx: &Context, hint: &str) -> Check {
    let (state, detail) = match cx.health.report().last_event_at {
        Some(at) => {
            let minutes = cx.clock.now().saturating_sub(at) / 60_000_000;
            (CheckState::Ok, format!("Meta last called {minutes} minutes ago"))
        }
        None => (CheckState::Warning, format!("Meta has not called since the start; {hint}")),
    };
    Check { name: "last_event", state, detail }
}

/// A failed question in plain words.
#[must_use]
pub fn told(error: &GraphError, rules: &[Rule]) -> String {
    error.refusal().map_or_else(|| error.to_string(), |refusal| format!("{} ({})", refusal.shown(rules), refusal.name()))
}
