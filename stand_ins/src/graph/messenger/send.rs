//! The Send API: messages and sender actions.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::state::Kept;
use super::{PAGE_ID, Server};
use crate::graph::Refusal;
use crate::graph::call::Call;
use crate::schema::{Problem, Schemas};

const JSON: &str = include_str!("../../../specs/messenger/send.json");
static SPEC: LazyLock<Schemas> = LazyLock::new(|| serde_json::from_str(JSON).expect("the file is part of this crate and parses"));

const WINDOW_MS: i64 = 24 * 3_600 * 1_000;
/// For what people of the business write.
const HUMAN_AGENT_MS: i64 = 7 * WINDOW_MS;
/// Tags that went on 2026-04-27.
const GONE_TAGS: [&str; 3] = ["CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE"];
const TYPING_S: i64 = 20;
/// An echo that shall come before the answer is waited for so long.
const ECHO_FIRST: Duration = Duration::from_secs(2);

/// Holds a request against what the pages say.
pub(super) fn hold(schema: &str, request: &Map<String, Value>) -> Result<(), Refusal> {
    SPEC.check(schema, &Value::Object(request.clone())).map_err(|problem| match problem {
        Problem::Missing(at) => Refusal::of(100, &format!("The parameter {at} is required")),
        Problem::Unknown { key, of } => Refusal::of(100, &format!("Invalid keys \"{key}\" were found in param \"{of}\".")),
        Problem::Value { at, why } => Refusal::of(100, &format!("Param {at} {why}")),
    })
}

impl Server {
    pub(super) async fn send(&self, call: &Call) -> Result<Value, Refusal> {
        let request = call.parameters();
        hold("Send", &request)?;
        let psid = self.recipient(&request["recipient"])?;
        match (request.get("sender_action").and_then(Value::as_str), request.get("message")) {
            (Some(action), None) => self.sender_action(&psid, action, request.get("payload")),
            (Some(_), Some(_)) => Err(Refusal::of(100, "Can only send one of message, sender_action.")),
            (None, None) => Err(Refusal::of(100, "The parameter message is required")),
            (None, Some(message)) => {
                self.check_window(&psid, &request)?;
                self.send_message(&psid, message, &request, call).await
            }
        }
    }

    async fn send_message(
        &self,
        psid: &str,
        message: &Value,
        request: &Map<String, Value>,
        call: &Call,
    ) -> Result<Value, Refusal> {
        let (content, attachment) = self.content(message, call)?;
        let reply_to = request.get("reply_to").and_then(|reply| reply["mid"].as_str());
        let kept = {
            let mut state = self.lock();
            let person = state.person(psid);
            if reply_to.is_some_and(|mid| person.message(mid).is_none()) {
                return Err(Refusal::of(100, "Param reply_to[mid] is no message of this thread"));
            }
            // Two messages never have the same time, so that a watermark says which were seen.
            let newest = person.messages.last().map_or(0, |kept| kept.at);
            let mut kept = Kept::new(false, self.app.now_ms().max(newest + 1), content);
            kept.reply_to = reply_to.map(str::to_owned);
            kept.quick_replies = message["quick_replies"].as_array().cloned().unwrap_or_default();
            person.typing_until = 0;
            person.messages.push(kept.clone());
            state.calls.push(Value::Object(request.clone()));
            kept
        };
        let echo = self.tell_echo(psid, &kept, true, message["metadata"].as_str());
        self.tell_delivery(psid, &kept);
        if self.lock().echo_first {
            self.app.hook.taken(echo, ECHO_FIRST).await;
        }
        let mut answer = json!({"recipient_id": psid, "message_id": kept.mid});
        if let Some(id) = attachment {
            answer["attachment_id"] = json!(id);
        }
        Ok(answer)
    }

    /// What the message says as webhooks write it, and the id of an attachment that can be used again.
    fn content(&self, message: &Value, call: &Call) -> Result<(Value, Option<String>), Refusal> {
        let both = || Refusal::of(100, "Cannot have text and an attachment in one message");
        match (message["text"].as_str(), message.get("attachment"), message["attachments"].as_array()) {
            (Some(""), None, None) | (None, None, None) => {
                Err(Refusal::of(100, "Message cannot be empty, must provide valid attachment or text"))
            }
            (Some(text), None, None) => Ok((json!({"text": text}), None)),
            (None, Some(attachment), None) if attachment["type"] == "template" => {
                let payload = &attachment["payload"];
                let title = payload["text"].as_str().or_else(|| payload["elements"][0]["title"].as_str()).unwrap_or_default();
                Ok((json!({"attachments": [{"type": "template", "title": title, "payload": payload}]}), None))
            }
            (None, Some(attachment), None) => {
                let received = self.received(attachment, &call.uploads)?;
                let reusable = attachment["payload"]["is_reusable"] == true;
                Ok((json!({"attachments": [received.shown]}), reusable.then_some(received.id)))
            }
            (None, None, Some(several)) => {
                if several.iter().any(|attachment| attachment["type"] != "image") {
                    return Err(Refusal::of(100, "Several attachments must be images"));
                }
                let received: Result<Vec<_>, _> = several.iter().map(|one| self.received(one, &[])).collect();
                Ok((json!({"attachments": received?.into_iter().map(|one| one.shown).collect::<Vec<_>>()}), None))
            }
            _ => Err(both()),
        }
    }

    fn recipient(&self, recipient: &Value) -> Result<String, Refusal> {
        let nobody = || Refusal::of(100, "No matching user found").subcode(2_018_001);
        let state = self.lock();
        let psid = recipient["id"].as_str().ok_or_else(nobody)?;
        let person = state.people.get(psid).ok_or_else(nobody)?;
        match () {
            () if psid == PAGE_ID => Err(nobody()),
            () if person.blocked => Err(Refusal::of(551, "This person isn't available right now.").subcode(1_545_041)),
            () if person.elsewhere => {
                Err(Refusal::of(10, "The thread owner has control: this app does not own the conversation")
                    .subcode(2_018_300)
                    .status(403))
            }
            () => Ok(psid.to_owned()),
        }
    }

    fn check_window(&self, psid: &str, request: &Map<String, Value>) -> Result<(), Refusal> {
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        let state = self.lock();
        let heard = state.people.get(psid).map_or(0, |person| person.last_heard);
        let since = self.app.now_ms() - heard;
        let outside = || Refusal::of(10, "This message is sent outside of allowed window.").subcode(2_018_278).status(403);
        match (text("messaging_type"), text("tag")) {
            (Some("MESSAGE_TAG"), None) => Err(Refusal::of(100, "The parameter tag is required")),
            (Some("MESSAGE_TAG"), Some(gone)) if GONE_TAGS.contains(&gone) => {
                Err(Refusal::of(100, &format!("The message tag {gone} is no longer supported")))
            }
            (Some("MESSAGE_TAG"), Some("HUMAN_AGENT")) if !state.human_agent => {
                Err(Refusal::of(10, "Application does not have permission for this action: human_agent").status(403))
            }
            (Some("MESSAGE_TAG"), Some("HUMAN_AGENT")) if since < HUMAN_AGENT_MS => Ok(()),
            (Some("MESSAGE_TAG"), Some("HUMAN_AGENT")) => Err(outside()),
            (Some("MESSAGE_TAG"), Some(_)) => Err(Refusal::of(100, "Param tag must be one of {HUMAN_AGENT}")),
            (_, Some(_)) => Err(Refusal::of(100, "A tag needs the messaging_type MESSAGE_TAG")),
            (_, None) if since < WINDOW_MS => Ok(()),
            (_, None) => Err(outside()),
        }
    }

    fn sender_action(&self, psid: &str, action: &str, payload: Option<&Value>) -> Result<Value, Refusal> {
        let (now, now_ms) = (self.app.now(), self.app.now_ms());
        let mut state = self.lock();
        let person = state.person(psid);
        match action {
            "typing_on" => person.typing_until = now + TYPING_S,
            "typing_off" => person.typing_until = 0,
            "mark_seen" => person.seen = now_ms,
            _ => {
                let missing = || Refusal::of(100, "The parameter payload[message_id] is required");
                let mid = payload.and_then(|payload| payload["message_id"].as_str()).ok_or_else(missing)?;
                let kept = person
                    .message(mid)
                    .ok_or_else(|| Refusal::of(100, "Param payload[message_id] is no message of this thread"))?;
                let reaction = payload.and_then(|payload| payload["reaction"].as_str());
                if action == "react" && reaction.is_none() {
                    return Err(Refusal::of(100, "The parameter payload[reaction] is required"));
                }
                kept.reaction = reaction.filter(|_| action == "react").map(str::to_owned);
            }
        }
        Ok(json!({"recipient_id": psid}))
    }
}
