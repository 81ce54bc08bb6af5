//! How a message looks once it is stored, and what is told of it.

use serde_json::{Value, json};
use trunkline_channel::text::{clean_name, without_nul};
use trunkline_channel::{Direction, Media, Micros};

use super::handed::Handed;
use super::plan::Item;
use super::rows::{NewAttachment, Rows};
use super::store::{Upload, World};
use super::threads::Thread;
use crate::conversations::views::{AttachmentView, MessageView};
use crate::events::{Audience, EventKind, NewEvent};
use crate::ids::Ids;

/// The view of a message that takes the thread's last number; its files are added to what is written.
pub(super) fn message_view(
    world: &World,
    item: &Item<'_>,
    home: Option<&Handed>,
    thread: &Thread,
    ids: &Ids,
    now: Micros,
    rows: &mut Rows,
) -> MessageView {
    let message = item.message;
    let id = ids.next();
    let inbound = message.direction == Direction::Inbound;
    let known = |external_id: &String| world.known.get(&(item.inbox_id.to_owned(), external_id.clone()));
    let reply_to = message.reply_to.as_ref().and_then(known).filter(|target| target.conversation_id == thread.id);
    let mut extra = if message.extra.is_null() { json!({}) } else { message.extra.clone() };
    if let (Some(subject), Value::Object(extra)) = (&message.hints.subject, &mut extra) {
        extra.entry("subject").or_insert_with(|| json!(subject));
    }
    if let (Some(_), Value::Object(extra)) = (home, &mut extra) {
        extra.insert("via".to_owned(), json!("email"));
    }
    MessageView {
        attachments: attachments(world, item, &id, ids, now, rows),
        reactions: Vec::new(),
        amendment: None,
        conversation_id: thread.id.clone(),
        number: thread.last_number,
        sender_type: if inbound { "customer" } else { "operator" }.to_owned(),
        sender_id: inbound.then(|| thread.contact_id.clone()),
        sender_name: if inbound {
            message.peer.name.as_deref().and_then(clean_name).or_else(|| thread.contact_name.clone())
        } else {
            None
        },
        kind: message.kind.as_str().to_owned(),
        text: message.text.as_deref().map(without_nul).unwrap_or_default(),
        has_html: message.html.is_some(),
        has_full_text: message.full_text.is_some(),
        status: if inbound { "received" } else { "sent" }.to_owned(),
        client_id: None,
        reply_to: reply_to.map(|target| target.message_id.clone()),
        automatic: message.automatic,
        extra: serde_json::from_str(&without_nul(&extra.to_string()).replace("\\u0000", "\u{fffd}"))
            .unwrap_or_else(|_| json!({})),
        sent_at: message.sent_at,
        at: now,
        edited_at: None,
        deleted_at: None,
        id,
    }
}

fn attachments(world: &World, item: &Item<'_>, message_id: &str, ids: &Ids, now: Micros, rows: &mut Rows) -> Vec<AttachmentView> {
    let mut views = Vec::with_capacity(item.message.attachments.len());
    for (position, attachment) in item.message.attachments.iter().enumerate() {
        let id = ids.next();
        let claimed = attachment.claimed_type.as_deref().unwrap_or("application/octet-stream");
        let (content_type, size, hash, reference) = match &attachment.media {
            Media::Bytes(_) => {
                let Some(stored) = item.raw.file(item.position, position) else { continue };
                (stored.content_type.to_owned(), stored.size, Some(stored.hash.clone()), None)
            }
            Media::Stored { upload_id } => {
                let owner = format!("visitor:{}:{}", item.inbox_id, item.message.peer.external_id);
                let Some(Upload { content_type, size, hash, .. }) =
                    world.uploads.get(upload_id).filter(|upload| upload.owner == owner)
                else {
                    continue;
                };
                (content_type.clone(), *size, Some(hash.clone()), None)
            }
            Media::Remote { reference } => {
                let size = attachment.size.and_then(|size| i64::try_from(size).ok()).unwrap_or(0);
                (without_nul(claimed), size, None, Some(reference.clone()))
            }
        };
        let view = AttachmentView {
            url: AttachmentView::url_of(&id),
            id,
            name: trunkline_channel::text::clean_file_name(&attachment.name),
            content_type,
            size,
            inline: attachment.inline,
            content_id: attachment.content_id.as_deref().map(without_nul),
            state: if hash.is_some() { "stored" } else { "waiting" }.to_owned(),
        };
        views.push(view.clone());
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        rows.attachments.push(NewAttachment { view, message_id: message_id.to_owned(), position, hash, reference, at: now });
    }
    views
}

/// The events of one message: of its conversation first, then its own.
#[expect(clippy::too_many_arguments, reason = "all of one message, at one place")]
pub(super) fn tell(
    item: &Item<'_>,
    home: Option<&Handed>,
    thread: &Thread,
    view: &MessageView,
    reopened: bool,
    ids: &Ids,
    now: Micros,
    rows: &mut Rows,
) {
    let (inbox_id, channel) =
        home.map_or((item.inbox_id, item.line.channel.as_str()), |home| (&home.home_inbox, &home.home_channel));
    let brief = json!({
        "id": thread.id, "state": thread.state, "contact_name": thread.contact_name, "channel": channel,
        "inbox_id": inbox_id, "assignee_id": thread.assignee_id, "priority": thread.priority,
        "waiting_since": thread.waiting_since, "subject": thread.subject,
    });
    let mut event = |kind, payload| {
        rows.events.push(NewEvent::of_conversation(ids.next(), &thread.id, kind, Audience::Everyone, payload, now))
    };
    if thread.is_new {
        event(EventKind::ConversationCreated, json!({ "conversation": brief, "by": null }));
    } else if reopened {
        event(EventKind::ConversationReopened, json!({ "conversation": brief, "by": null }));
    }
    event(EventKind::MessageCreated, json!({ "message": view, "conversation": brief }));
}
