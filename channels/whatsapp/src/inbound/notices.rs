//! News about the account from Meta itself: they become the inbox's health.

use serde_json::Value;
use trunkline_channel::Inbound;
use trunkline_meta::moment;

use super::statuses::refusal;
use super::value::{readable, shown_number, string};
use crate::errors::RULES;

/// Words in Meta's news that ask for a person.
const SEVERE: &[&str] = &[
    "DISABLED_UPDATE",
    "ACCOUNT_RESTRICTION",
    "ACCOUNT_VIOLATION",
    "ACCOUNT_DELETED",
    "PARTNER_REMOVED",
    "FLAGGED",
    "DOWNGRADE",
    "REJECTED",
    "DISABLED",
    "PAUSED",
    "RED",
    "CRITICAL",
    "SUSPENDED",
];

/// A notice, where the field is one of those that tell of the account.
pub fn of(field: &str, value: &Value) -> Option<Inbound> {
    let text = |key: &str| string(value, key);
    let word = |key: &str| text(key).map_or_else(|| "changed".to_owned(), readable);
    let (told, shown) = match field {
        "account_update" => {
            let mut shown = format!("Meta about the account: {}.", word("event"));
            let reason = value["violation_info"]["violation_type"].as_str().or(value["ban_info"]["waba_ban_state"].as_str());
            if let Some(reason) = reason {
                shown += &format!(" Reason: {}.", readable(reason));
            }
            (text("event"), shown)
        }
        "account_alerts" => {
            let alert = value.get("alert_info").unwrap_or(value);
            let what = string(alert, "alert_description")
                .map_or_else(|| readable(string(alert, "alert_type").unwrap_or(field)), str::to_owned);
            (string(alert, "alert_severity"), format!("Meta warns: {what}"))
        }
        "account_review_update" => (text("decision"), format!("Meta has reviewed the account: {}.", word("decision"))),
        "phone_number_quality_update" => {
            let number = text("display_phone_number").unwrap_or("the number");
            let limit = text("current_limit").map(|limit| format!(" New customers a day: {}.", readable(limit)));
            (text("event"), format!("Quality of {number}: {}.{}", word("event"), limit.unwrap_or_default()))
        }
        "phone_number_name_update" => {
            let name = text("requested_verified_name").unwrap_or_default();
            (text("decision"), format!("The display name {name}: {}.", word("decision")))
        }
        "business_username_update" => {
            (text("status"), format!("The user name {}: {}.", text("username").unwrap_or_default(), word("status")))
        }
        "business_capability_update" => {
            let most = ["max_daily_conversations_per_business", "max_daily_conversation_per_phone"];
            let most = most.iter().find_map(|key| shown_number(value, key)).unwrap_or_else(|| "another number of".to_owned());
            (None, format!("The account may now write to {most} new customers a day."))
        }
        "security" => (text("event"), format!("Security of the number: {}.", word("event"))),
        "message_template_status_update" => {
            let reason =
                text("reason").filter(|reason| *reason != "NONE").map(|reason| format!(" Reason: {}.", readable(reason)));
            (text("event"), format!("Template {}: {}.{}", template(value), word("event"), reason.unwrap_or_default()))
        }
        "message_template_quality_update" => {
            (text("new_quality_score"), format!("Template {}: quality {}.", template(value), word("new_quality_score")))
        }
        "message_template_components_update" => (None, format!("Template {} was changed.", template(value))),
        "template_category_update" => {
            let category = text("new_category").or(text("correct_category")).map_or_else(|| "changed".to_owned(), readable);
            (None, format!("Template {}: category {category}.", template(value)))
        }
        "flows" => (text("event"), format!("A form: {}.", text("message").map_or_else(|| word("event"), str::to_owned))),
        _ => return None,
    };
    let code = told.map_or_else(|| field.to_owned(), |told| format!("{field}:{told}"));
    let severe = told.is_some_and(|told| SEVERE.contains(&told));
    Some(Inbound::Notice { code, shown, severe, at: value.get("timestamp").and_then(moment) })
}

/// Trouble of the number, told outside any message.
pub fn error(error: &Value) -> Inbound {
    let refusal = refusal(error);
    let shown =
        if refusal.code.is_some() { refusal.shown(RULES) } else { "WhatsApp reports an error without a code.".to_owned() };
    Inbound::Notice { code: refusal.name(), shown, severe: true, at: None }
}

fn template(value: &Value) -> String {
    let name = string(value, "message_template_name").or_else(|| string(value, "template_name"));
    let language = string(value, "message_template_language").map(|language| format!(" ({language})"));
    format!("{}{}", name.unwrap_or("?"), language.unwrap_or_default())
}
