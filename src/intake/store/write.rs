//! Writing what the plan of a batch decided.

use std::collections::HashMap;

use serde_json::json;
use trunkline_channel::Micros;

use crate::contacts::{self, marks};
use crate::conversations::State;
use crate::db::{DbError, Tx, bulk, sql};
use crate::intake::rows::{Rows, Touched};
use crate::uploads;

/// Writes what was decided, parents before children.
pub async fn write(tx: &mut Tx, rows: Rows, now: Micros) -> Result<(), DbError> {
    let mut people = bulk("INSERT INTO contacts (id, name, language, custom_fields, created_at, updated_at)", 6, "");
    for contact in &rows.contacts {
        people.row([
            contact.id.as_str().into(),
            contact.name.clone().into(),
            contact.language.clone().into(),
            contact.custom_fields.as_str().into(),
            contact.at.into(),
            contact.at.into(),
        ]);
    }
    people.execute(tx).await?;
    let mut identities = bulk(
        "INSERT INTO identities (id, contact_id, inbox_id, external_id, handle, name, verified, phone, profile_at, created_at)",
        10,
        "",
    );
    if rows.identities.iter().any(|identity| identity.profile_at.is_some()) {
        tx.ring(contacts::PROFILE_BELL.to_owned());
    }
    let mut marks = Vec::new();
    for identity in rows.identities {
        let peer = &identity.peer;
        marks.extend(marks::of(
            &identity.id,
            &identity.channel,
            &peer.external_id,
            &peer.aliases,
            [peer.handle.as_deref(), identity.phone.as_deref()],
            peer.verified,
        ));
        identities.row([
            identity.id.into(),
            identity.contact_id.into(),
            identity.inbox_id.into(),
            identity.peer.external_id.into(),
            identity.peer.handle.into(),
            identity.peer.name.into(),
            identity.peer.verified.into(),
            identity.phone.into(),
            identity.profile_at.into(),
            identity.at.into(),
        ]);
    }
    identities.execute(tx).await?;
    contacts::store::identities::insert_aliases(tx, &rows.aliases, now).await?;
    contacts::store::marks::insert(tx, &marks).await?;
    let mut conversations = bulk(
        "INSERT INTO conversations (id, inbox_id, channel, contact_id, identity_id, thread_key, state, subject, priority, \
         required_skills, metadata, custom_fields, flag, created_at, updated_at)",
        15,
        "",
    );
    for new in rows.conversations {
        conversations.row([
            new.id.into(),
            new.inbox_id.into(),
            new.channel.into(),
            new.contact_id.into(),
            new.identity_id.into(),
            new.thread_key.into(),
            State::New.as_str().into(),
            new.subject.into(),
            new.priority.rank().into(),
            new.required_skills.into(),
            new.metadata.into(),
            new.custom_fields.into(),
            new.flag.into(),
            new.at.into(),
            new.at.into(),
        ]);
    }
    conversations.execute(tx).await?;
    let mut participants = bulk(
        "INSERT INTO participants (conversation_id, kind, ref, role, joined_at)",
        5,
        "ON CONFLICT (conversation_id, kind, ref) DO NOTHING",
    );
    for (conversation_id, kind, who, role, at) in rows.participants {
        participants.row([conversation_id.into(), kind.into(), who.into(), role.into(), at.into()]);
    }
    participants.execute(tx).await?;
    let mut messages = bulk(
        "INSERT INTO messages (id, conversation_id, number, inbox_id, sender_type, sender_id, sender_name, kind, text, full_text, html, \
         status, external_id, reply_to, raw_event_id, automatic, extra, sent_at, created_at)",
        19,
        "",
    );
    // What the business wrote elsewhere takes its id where sends register theirs: whichever of an echo and a send comes
    // second finds the other, also when both are written at the same moment.
    let mut outgoing = bulk("INSERT INTO external_ids (inbox_id, external_id, message_id)", 3, "");
    for row in rows.messages {
        let view = row.view;
        if view.sender_type != "customer" {
            outgoing.row([row.inbox_id.as_str().into(), row.external_id.as_str().into(), view.id.as_str().into()]);
        }
        messages.row([
            view.id.into(),
            view.conversation_id.into(),
            view.number.into(),
            row.inbox_id.into(),
            view.sender_type.into(),
            view.sender_id.into(),
            view.sender_name.into(),
            view.kind.into(),
            view.text.into(),
            row.full_text.into(),
            row.html.into(),
            view.status.into(),
            row.external_id.into(),
            view.reply_to.into(),
            row.raw_id.into(),
            view.automatic.into(),
            view.extra.to_string().into(),
            view.sent_at.into(),
            view.at.into(),
        ]);
    }
    messages.execute(tx).await?;
    outgoing.execute(tx).await?;
    let mut awaited = bulk("INSERT INTO awaited_messages (inbox_id, external_id, message_id)", 3, "");
    for (inbox_id, external_id, message_id) in rows.awaited {
        awaited.row([inbox_id.into(), external_id.into(), message_id.into()]);
    }
    awaited.execute(tx).await?;
    let mut attachments = bulk(
        "INSERT INTO attachments (id, message_id, position, name, content_type, size, hash, inline, content_id, state, reference, next_at)",
        12,
        "",
    );
    if rows.attachments.iter().any(|row| row.hash.is_none()) {
        tx.ring(uploads::FETCH_BELL.to_owned());
    }
    for row in rows.attachments {
        let due = row.hash.is_none().then_some(row.at);
        attachments.row([
            row.view.id.into(),
            row.message_id.into(),
            row.position.into(),
            row.view.name.into(),
            row.view.content_type.into(),
            row.view.size.into(),
            row.hash.into(),
            row.view.inline.into(),
            row.view.content_id.into(),
            row.view.state.into(),
            row.reference.into(),
            due.into(),
        ]);
    }
    attachments.execute(tx).await?;
    touch(tx, &rows.touched).await?;
    for event in rows.events {
        tx.emit(event);
    }
    Ok(())
}

/// Brings the conversations to where the run left them. Only while nobody else gave out numbers in the meantime.
async fn touch(tx: &mut Tx, touched: &HashMap<String, Touched>) -> Result<(), DbError> {
    let mut changes: Vec<_> = touched.iter().collect();
    // The same order everywhere, so that two writers cannot wait for each other.
    changes.sort_by_key(|(id, _)| *id);
    let changes: Vec<_> = changes
        .into_iter()
        .map(|(id, change)| {
            json!({
                "id": id, "state": change.state.as_str(), "n": change.last_number, "text": change.last_text, "sender": change.last_sender,
                "kind": change.last_kind,
                "w": change.waiting_since, "at": change.at, "in": change.inbound, "re": change.reopened,
            })
        })
        .collect();
    let wanted = u64::try_from(changes.len()).unwrap_or(u64::MAX);
    let changed = sql("UPDATE conversations SET state = j.value->>'state', last_number = CAST(j.value->>'n' AS BIGINT), \
         last_text = j.value->>'text', last_sender = j.value->>'sender', last_kind = j.value->>'kind', \
         last_shown = CAST(j.value->>'n' AS BIGINT), waiting_since = CAST(j.value->>'w' AS BIGINT), \
         last_message_at = CAST(j.value->>'at' AS BIGINT), updated_at = CAST(j.value->>'at' AS BIGINT), \
         last_inbound_at = CASE WHEN CAST(j.value->>'in' AS BOOLEAN) THEN CAST(j.value->>'at' AS BIGINT) ELSE last_inbound_at END, \
         assignee_id = CASE WHEN CAST(j.value->>'re' AS BOOLEAN) THEN NULL ELSE assignee_id END, \
         closed_at = CASE WHEN CAST(j.value->>'re' AS BOOLEAN) THEN NULL ELSE closed_at END, \
         close_reason = CASE WHEN CAST(j.value->>'re' AS BOOLEAN) THEN NULL ELSE close_reason END \
         FROM each($1) AS j WHERE conversations.id = j.value->>'id' AND last_number < CAST(j.value->>'n' AS BIGINT)")
        .bind(json!(changes).to_string())
        .execute(tx)
        .await?;
    if changed == wanted { Ok(()) } else { Err(DbError::Conflict) }
}
