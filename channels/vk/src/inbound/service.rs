//! What people did to a group chat, in words.

use serde_json::Value;

use super::message::profile_name;
use super::value::{number, readable, string};

/// `None` where there is no action at all.
pub(super) fn action(action: &Value) -> Option<String> {
    let kind = string(action, "type")?;
    let member = number(action, "member_id").map(profile_name).or_else(|| string(action, "email").map(str::to_owned));
    let member = member.unwrap_or_else(|| "somebody".to_owned());
    let title = string(action, "text").unwrap_or_default();
    Some(match kind {
        "chat_create" => format!("created the chat “{title}”"),
        "chat_title_update" => format!("renamed the chat to “{title}”"),
        "chat_photo_update" => "changed the picture of the chat".to_owned(),
        "chat_photo_remove" => "removed the picture of the chat".to_owned(),
        "chat_invite_user" => format!("added {member}"),
        "chat_invite_user_by_link" => "joined by a link".to_owned(),
        "chat_invite_user_by_message_request" => "joined after a request".to_owned(),
        "chat_kick_user" => format!("removed {member}"),
        "chat_pin_message" => "pinned a message".to_owned(),
        "chat_unpin_message" => "unpinned a message".to_owned(),
        "chat_screenshot" => "took a picture of the screen".to_owned(),
        other => readable(other),
    })
}
