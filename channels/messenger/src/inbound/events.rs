//! What is not a message: buttons, links, permissions, receipts, who has the conversation, word of the platform itself.

use serde_json::{Map, Value, json};
use trunkline_channel::rich::{Choice, Referral};
use trunkline_channel::{Inbound, InboundMessage, Kind, ReceiptStatus, ReceiptTarget};

use super::value::{id, moment, readable, string};
use super::{Item, Told};

/// Longest part of other people's words in a line of ours.
const MAX_QUOTED_CHARS: usize = 200;

pub(super) fn postback(item: &Item<'_>, pressed: &Value) -> Told {
    let payload = pressed.get("payload").and_then(Value::as_str).unwrap_or_default();
    let title = string(pressed, "title").unwrap_or(payload).to_owned();
    let choice = Choice { id: payload.to_owned(), title: title.clone(), data: Value::Null };
    let mut extra = Map::new();
    extra.insert("choice".to_owned(), json!(choice));
    extra.extend(pressed.get("referral").and_then(referral_of).map(|referral| ("referral".to_owned(), json!(referral))));
    let shown = if title.is_empty() { "Pressed a button".to_owned() } else { title };
    item.message(string(pressed, "mid"), "postback", Kind::Interactive, shown, extra)
}

pub(super) fn referral(item: &Item<'_>, content: &Value) -> Told {
    let referral = referral_of(content).unwrap_or_default();
    let way = match referral.source.as_deref() {
        Some("ADS") => "an advertisement",
        Some("SHORTLINK") => "a link",
        Some("CUSTOMER_CHAT_PLUGIN") => "the chat on a web site",
        Some("DISCOVER_TAB") => "Messenger's directory",
        _ => "a link or advertisement",
    };
    let what =
        [&referral.title, &referral.reference].into_iter().flatten().map(|text| quoted(text)).collect::<Vec<_>>().join(", ");
    let shown = if what.is_empty() { format!("Came by {way}") } else { format!("Came by {way}: {what}") };
    let mut extra = Map::new();
    extra.insert("referral".to_owned(), json!(referral));
    item.message(None, "referral", Kind::System, shown, extra)
}

/// `None` where it says nothing at all.
pub(super) fn referral_of(content: &Value) -> Option<Referral> {
    let advertisement = content.get("ads_context_data").unwrap_or(&Value::Null);
    let text = |value: &Value, key: &str| string(value, key).map(str::to_owned);
    let referral = Referral {
        reference: text(content, "ref").or_else(|| id(content, "ad_id")).or_else(|| id(content.get("product")?, "id")),
        source: text(content, "source"),
        title: text(advertisement, "ad_title"),
        url: text(content, "referer_uri")
            .or_else(|| text(advertisement, "video_url"))
            .or_else(|| text(advertisement, "photo_url")),
    };
    (referral != Referral::default()).then_some(referral)
}

pub(super) fn optin(item: &Item<'_>, optin: &Value) -> Told {
    let shown = match (string(optin, "type"), string(optin, "notification_messages_status")) {
        (Some("notification_messages"), Some("STOP_NOTIFICATIONS")) => "Stopped the messages on a topic",
        (Some("notification_messages"), _) => "Agreed to get messages on a topic",
        (Some("one_time_notif_req"), _) => "Agreed to get one message later",
        _ => "Agreed to be written to",
    };
    let topic = string(optin, "title").or_else(|| string(optin, "ref")).or_else(|| string(optin, "payload"));
    let shown = topic.map_or_else(|| shown.to_owned(), |topic| format!("{shown}: {}", quoted(topic)));
    let mut extra = Map::new();
    extra.extend(string(optin, "ref").map(|reference| ("referral".to_owned(), json!({ "reference": reference }))));
    // The person may be known by the plugin's reference alone.
    let by_reference = item.peer.is_none().then(|| id(optin, "user_ref")).flatten();
    match by_reference {
        Some(reference) => {
            let peer = super::person(&json!({ "user_ref": reference }));
            Item { peer, ..*item }.message(None, "optin", Kind::System, shown, extra)
        }
        None => item.message(None, "optin", Kind::System, shown, extra),
    }
}

pub(super) fn account_linking(item: &Item<'_>, linking: &Value) -> Told {
    let linked = string(linking, "status") == Some("linked");
    let shown = if linked { "Linked their account" } else { "Unlinked their account" };
    item.message(None, "account_linking", Kind::System, shown.to_owned(), Map::new())
}

/// Everything up to the watermark; ids, where they are told, do not depend on anybody's clock.
pub(super) fn delivery(item: &Item<'_>, delivery: &Value) -> Told {
    let ids = delivery.get("mids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let named = ids.map(|mid| ReceiptTarget::Message(mid.to_owned()));
    let targets: Vec<ReceiptTarget> = named.chain(watermark(item, delivery)).collect();
    receipts(item, targets, &ReceiptStatus::Delivered)
}

pub(super) fn read(item: &Item<'_>, read: &Value) -> Told {
    receipts(item, watermark(item, read).into_iter().collect(), &ReceiptStatus::Read)
}

fn watermark(item: &Item<'_>, content: &Value) -> Option<ReceiptTarget> {
    let peer = item.peer.as_ref()?.external_id.clone();
    Some(ReceiptTarget::UpTo { peer, at: moment(content, "watermark")? })
}

fn receipts(item: &Item<'_>, targets: Vec<ReceiptTarget>, status: &ReceiptStatus) -> Told {
    if targets.is_empty() {
        return Told::Broken("a watermark");
    }
    if item.outgoing {
        return Told::Ignored("the page has read, not the customer".to_owned());
    }
    let receipt = |target| Inbound::Receipt { target, status: status.clone(), at: item.at };
    Told::Events(targets.into_iter().map(receipt).collect())
}

/// Which app may answer. Told in the conversation, so that nobody wonders why an answer is refused, or who should answer now.
pub(super) fn handover(item: &Item<'_>, key: &str, content: &Value) -> Told {
    let ours = |field: &str| id(content, field).is_some_and(|app| item.app == Some(app.as_str()));
    if key == "app_roles" {
        let shown = "Facebook has changed which app answers for this page; see the page's conversation routing.".to_owned();
        return Told::Events(vec![Inbound::Notice { code: key.to_owned(), shown, severe: false, at: item.at }]);
    }
    let (shown, kind) = match key {
        // It waits for an answer of ours now, which a mere note would not make known.
        "pass_thread_control" if ours("new_owner_app_id") => ("This conversation was handed over to us", Kind::Action),
        "pass_thread_control" => ("This conversation was handed over to another app, which answers now", Kind::System),
        "take_thread_control" if ours("new_owner_app_id") => ("This conversation was taken over by us", Kind::System),
        "take_thread_control" => ("Another app has taken this conversation over and answers now", Kind::System),
        _ => ("Another app asks for this conversation", Kind::System),
    };
    let said = string(content, "metadata").map(quoted);
    let shown = said.map_or_else(|| shown.to_owned(), |said| format!("{shown}: {said}"));
    let mut extra = Map::new();
    extra.insert("thread_control".to_owned(), json!({ "event": key, "app_id": other_app(content) }));
    item.message(None, key, kind, shown, extra)
}

fn other_app(content: &Value) -> Option<String> {
    ["new_owner_app_id", "requested_owner_app_id", "previous_owner_app_id"].iter().find_map(|key| id(content, key))
}

pub(super) fn policy(item: &Item<'_>, policy: &Value) -> Told {
    let reason = string(policy, "reason").map(|reason| format!(": {}", quoted(reason))).unwrap_or_default();
    let (what, severe) = match string(policy, "action") {
        Some("block") => ("Facebook has stopped this page from sending messages", true),
        Some("unblock") => ("Facebook lets this page send messages again", false),
        Some("warning") => ("Facebook warns this page about its messages", true),
        _ => ("Facebook has news about this page's messages", false),
    };
    let code = "policy_enforcement".to_owned();
    Told::Events(vec![Inbound::Notice { code, shown: format!("{what}{reason}"), severe, at: item.at }])
}

/// What is known by name and needs no more than a word, and what is not known at all.
pub(super) fn other(item: &Item<'_>, key: &str, content: &Value) -> Told {
    let known = match key {
        "game_play" => Some("Played a game"),
        "payment" => Some("Made a payment"),
        "pre_checkout" | "checkout_update" => Some("Is about to pay"),
        "send_cart" | "order" => Some("Sent a shopping cart; it can be seen in the page's inbox"),
        "response_feedback" => match string(content, "feedback") {
            Some(feedback) if feedback.to_lowercase().contains("good") => Some("Found an answer helpful"),
            Some(feedback) if feedback.to_lowercase().contains("bad") => Some("Did not find an answer helpful"),
            _ => Some("Rated an answer"),
        },
        "messaging_feedback" => Some("Filled in a questionnaire"),
        _ => None,
    };
    if item.peer.is_none() {
        let shown = format!("Messenger sent something that is not known here yet: {}.", readable(&quoted(key)));
        return Told::Events(vec![Inbound::Notice { code: quoted(key), shown, severe: false, at: item.at }]);
    }
    let mut extra = Map::new();
    match known {
        Some(shown) => {
            extra.insert(quoted(key), content.clone());
            item.message(string(content, "mid"), key, Kind::System, shown.to_owned(), extra)
        }
        None => {
            extra.insert("unsupported".to_owned(), json!(quoted(key)));
            let shown = format!("Something that cannot be shown here: {}", readable(&quoted(key)));
            item.message(None, key, Kind::Unsupported, shown, extra)
        }
    }
}

impl Item<'_> {
    /// A line in the customer's conversation. Where the platform gives it no id, who, when and what make one.
    fn message(&self, mid: Option<&str>, what: &str, kind: Kind, shown: String, mut extra: Map<String, Value>) -> Told {
        let Some(peer) = self.peer.clone() else { return Told::Broken("a person") };
        let external_id = match (mid, self.at) {
            // The id may be that of the message it is about.
            (Some(mid), _) if what == "postback" => mid.to_owned(),
            (Some(mid), at) => format!("{what}:{mid}:{}", at.unwrap_or_default()),
            (None, Some(at)) => format!("{what}:{}:{at}", peer.external_id),
            (None, None) => return Told::Broken("an id or a time"),
        };
        if self.standby {
            extra.insert("standby".to_owned(), json!(true));
        }
        Told::Events(vec![Inbound::Message(Box::new(InboundMessage {
            external_id,
            peer,
            kind,
            text: Some(shown),
            sent_at: self.at,
            automatic: self.standby,
            extra: if extra.is_empty() { Value::Null } else { Value::Object(extra) },
            ..InboundMessage::default()
        }))])
    }
}

fn quoted(text: &str) -> String {
    text.chars().take(MAX_QUOTED_CHARS).collect()
}
