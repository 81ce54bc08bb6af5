//! Messages that tell of something that happened to a chat.

use serde_json::{Map, Value, json};
use trunkline_channel::{Inbound, Kind, Peer};

use super::content::Content;
use super::value::{Seconds, chat_peer, number, person_name, readable, string};

/// Where a group has become a supergroup: everything known under the old number belongs to the new one. Telegram says so in
/// both chats; the second telling changes nothing.
pub(super) fn moved(message: &Value) -> Option<Inbound> {
    let here = chat_peer(message)?;
    let at = message.seconds("date");
    if let Some(to) = number(message, "migrate_to_chat_id") {
        let peer = Peer { external_id: to.to_string(), ..here.clone() };
        return Some(Inbound::PeerChanged { before: here.external_id, peer, at });
    }
    let from = number(message, "migrate_from_chat_id")?;
    Some(Inbound::PeerChanged { before: from.to_string(), peer: here, at })
}

type Tell = fn(&Value) -> Option<String>;

/// Fields with a sentence of their own.
const TOLD: &[(&str, Tell)] = &[
    ("new_chat_members", |members| Some(format!("{} joined", names(members)?))),
    ("left_chat_member", |member| Some(format!("{} left", person_name(member)?))),
    ("new_chat_title", |title| Some(format!("The group is now called “{}”", title.as_str()?))),
    ("new_chat_photo", |_| Some("The group has a new picture".to_owned())),
    ("delete_chat_photo", |_| Some("The group's picture was removed".to_owned())),
    ("group_chat_created", |_| Some("The group was created".to_owned())),
    ("supergroup_chat_created", |_| Some("The group was created".to_owned())),
    ("channel_chat_created", |_| Some("The channel was created".to_owned())),
    ("pinned_message", |pinned| Some(format!("Pinned: {}", string(pinned, "text").unwrap_or("a message")))),
    ("message_auto_delete_timer_changed", |timer| {
        Some(format!("Messages are now deleted after {} seconds", number(timer, "message_auto_delete_time")?))
    }),
    ("successful_payment", |paid| {
        Some(format!("Paid {} {} (smallest units)", number(paid, "total_amount")?, string(paid, "currency")?))
    }),
    ("refunded_payment", |paid| {
        Some(format!("Refunded {} {} (smallest units)", number(paid, "total_amount")?, string(paid, "currency")?))
    }),
    ("connected_website", |site| Some(format!("Signed in to {}", site.as_str()?))),
    ("write_access_allowed", |_| Some("Allowed the bot to write".to_owned())),
    ("forum_topic_created", |topic| Some(format!("The topic “{}” was opened", string(topic, "name")?))),
    ("video_chat_started", |_| Some("A video chat began".to_owned())),
    ("video_chat_ended", |_| Some("The video chat ended".to_owned())),
    ("users_shared", |_| Some("Shared people from the contacts".to_owned())),
    ("chat_shared", |_| Some("Shared a chat".to_owned())),
];

/// Fields that are told by their name, which is plain enough.
const NAMED: &[&str] = &[
    "chat_owner_left",
    "chat_owner_changed",
    "gift",
    "unique_gift",
    "gift_upgrade_sent",
    "passport_data",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "direct_message_price_changed",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_created",
    "giveaway",
    "giveaway_winners",
    "giveaway_completed",
    "managed_bot_created",
    "paid_message_price_changed",
    "poll_option_added",
    "poll_option_deleted",
    "suggested_post_approved",
    "suggested_post_approval_failed",
    "suggested_post_declined",
    "suggested_post_paid",
    "suggested_post_refunded",
    "video_chat_scheduled",
    "video_chat_participants_invited",
];

pub(super) fn content(message: &Value) -> Option<Content> {
    let told = TOLD.iter().find_map(|(field, tell)| {
        let value = message.get(field)?;
        Some((*field, tell(value).unwrap_or_else(|| readable(field))))
    });
    let named = || NAMED.iter().find(|field| message.get(**field).is_some()).map(|field| (*field, readable(field)));
    let (field, text) = told.or_else(named)?;
    let mut extra = Map::new();
    extra.insert("service".to_owned(), json!(field));
    Some(Content { kind: Kind::System, text: Some(text), attachments: Vec::new(), extra })
}

fn names(members: &Value) -> Option<String> {
    let names: Vec<String> = members.as_array()?.iter().filter_map(person_name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
