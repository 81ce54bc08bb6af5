//! What Messenger tells the page: events of people, echoes, deliveries.

use std::time::Duration;

use serde_json::{Value, json};

use super::state::Kept;
use super::{PAGE_ID, Server};
use crate::graph::APP_ID;

/// So long after a send its echo leaves; usually the answer is there by then.
const ECHO_DELAY: Duration = Duration::from_millis(40);

/// The fields of the subscription, by the key of the event.
const FIELDS: [(&str, &str); 15] = [
    ("message", "messages"),
    ("message_edit", "message_edits"),
    ("reaction", "message_reactions"),
    ("postback", "messaging_postbacks"),
    ("referral", "messaging_referrals"),
    ("optin", "messaging_optins"),
    ("delivery", "message_deliveries"),
    ("read", "message_reads"),
    ("account_linking", "messaging_account_linking"),
    ("pass_thread_control", "messaging_handovers"),
    ("take_thread_control", "messaging_handovers"),
    ("request_thread_control", "messaging_handovers"),
    ("app_roles", "messaging_handovers"),
    ("policy-enforcement", "messaging_policy_enforcement"),
    ("response_feedback", "response_feedback"),
];

/// Everything that can be subscribed to.
pub(super) fn all_fields() -> Vec<String> {
    let mut fields: Vec<String> = FIELDS.iter().map(|(_, field)| (*field).to_owned()).collect();
    fields.extend(["message_echoes".to_owned(), "standby".to_owned()]);
    fields.dedup();
    fields
}

impl Server {
    /// An event of a person; it goes to `standby` while another app has the thread.
    pub(super) fn tell(&self, psid: &str, key: &str, content: Value) -> u64 {
        let item = json!({"sender": {"id": psid}, "recipient": {"id": PAGE_ID}, "timestamp": self.app.now_ms(), key: content});
        self.emit(psid, key, item, Duration::ZERO)
    }

    /// The copy of what the page sent; `by_us` when an app of the API did.
    pub(super) fn tell_echo(&self, psid: &str, kept: &Kept, by_us: bool, metadata: Option<&str>) -> u64 {
        let mut message = kept.content.clone();
        message["mid"] = json!(kept.mid);
        message["is_echo"] = json!(true);
        if by_us {
            message["app_id"] = json!(APP_ID.parse::<u64>().unwrap_or_default());
        }
        if let Some(metadata) = metadata {
            message["metadata"] = json!(metadata);
        }
        if let Some(target) = &kept.reply_to {
            message["reply_to"] = json!({"mid": target});
        }
        let item = json!({"sender": {"id": PAGE_ID}, "recipient": {"id": psid}, "timestamp": kept.at, "message": message});
        self.emit(psid, "echo", item, if by_us { ECHO_DELAY } else { Duration::ZERO })
    }

    /// The person has it.
    pub(super) fn tell_delivery(&self, psid: &str, kept: &Kept) {
        let mut delivery = json!({"watermark": kept.at});
        if self.lock().delivery_mids {
            delivery["mids"] = json!([kept.mid]);
        }
        let item =
            json!({"sender": {"id": psid}, "recipient": {"id": PAGE_ID}, "timestamp": self.app.now_ms(), "delivery": delivery});
        self.emit(psid, "delivery", item, ECHO_DELAY);
    }

    /// Queues one item, when its field is subscribed to.
    pub(super) fn emit(&self, psid: &str, key: &str, item: Value, after: Duration) -> u64 {
        let (elsewhere, wanted) = {
            let state = self.lock();
            let elsewhere = state.people.get(psid).is_some_and(|person| person.elsewhere);
            let field = match key {
                "echo" => "message_echoes",
                _ => FIELDS.iter().find(|(of, _)| *of == key).map_or(key, |(_, field)| field),
            };
            let handover = field == "messaging_handovers";
            let field = if elsewhere && !handover { "standby" } else { field };
            let known = key == "echo" || FIELDS.iter().any(|(of, _)| *of == key);
            (elsewhere && !handover, !known || state.fields.iter().any(|asked| asked == field))
        };
        if !wanted {
            return 0;
        }
        let list = if elsewhere { "standby" } else { "messaging" };
        let entry = json!({"id": PAGE_ID, "time": self.app.now_ms(), list: [item]});
        self.app.hook.push(psid, vec![entry], after)
    }
}
