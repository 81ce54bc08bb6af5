//! A thread as the customer's phone shows it.

use serde_json::{Value, json};

use super::state::Kept;
use crate::phone::Shown;

/// Something that can be pressed.
pub(super) struct Choice {
    pub title: String,
    /// The message that pressing it sends.
    pub answer: Option<Value>,
}

pub(super) fn shown(kept: &Kept) -> Shown {
    let kind = kept.content["type"].as_str().unwrap_or_default();
    let said = &kept.content[kind];
    let text = match kind {
        "text" | "interactive" => said["body"]["text"].as_str().or_else(|| said["body"].as_str()),
        "button" => said["text"].as_str(),
        "template" => kept.content["rendered"].as_str(),
        "location" => said["name"].as_str(),
        "contacts" => said[0]["name"]["formatted_name"].as_str(),
        _ => said["caption"].as_str(),
    };
    let reply = ["button_reply", "list_reply"].into_iter().find_map(|reply| said[reply]["title"].as_str());
    Shown {
        id: kept.id.clone(),
        mine: kept.by_customer,
        kind: shown_kind(kind, said).to_owned(),
        text: text.or(reply).unwrap_or_default().to_owned(),
        file_name: said["filename"].as_str().map(str::to_owned),
        reply_to: kept.reply_to.clone(),
        buttons: options(&kept.content).into_iter().map(|choice| choice.title).collect(),
        reaction: kept.reaction.clone(),
        edited: kept.edited,
        deleted: kept.deleted,
        at: kept.at,
    }
}

fn shown_kind<'k>(kind: &'k str, said: &Value) -> &'k str {
    match kind {
        "image" => "photo",
        "audio" if said["voice"] == true => "voice",
        "contacts" => "contact",
        "interactive" | "button" => "text",
        _ => kind,
    }
}

/// What can be pressed in a message, in order.
pub(super) fn options(content: &Value) -> Vec<Choice> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let titled = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let action = &content["interactive"]["action"];
    let buttons = list(&action["buttons"]).into_iter().map(|button| {
        let reply = json!({"id": button["reply"]["id"], "title": button["reply"]["title"]});
        let answer = json!({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}});
        Choice { title: titled(&button["reply"]["title"]), answer: Some(answer) }
    });
    let rows = list(&action["sections"]).into_iter().flat_map(|section| list(&section["rows"])).map(|row| {
        let answer = json!({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": row}});
        Choice { title: titled(&row["title"]), answer: Some(answer) }
    });
    let link = action["parameters"]["display_text"].as_str().map(|title| Choice { title: title.to_owned(), answer: None });
    let of_template = list(&content["rendered_buttons"]).into_iter().map(|button| {
        let answer = json!({"type": "button", "button": {"text": button["text"], "payload": button["payload"]}});
        Choice { title: titled(&button["text"]), answer: (button["type"] == "QUICK_REPLY").then_some(answer) }
    });
    buttons.chain(rows).chain(link).chain(of_template).collect()
}
