//! Conversations of a web chat that go on by mail while nobody reads them there.
//!
//! A visitor leaves an address. From then on an answer has one delivery as ever, but through the mail inbox that the site
//! names, and not at once: whoever reads it in the chat before it is due has it, and no mail leaves. The log shows it to the
//! visitor either way, so nothing is sent twice and nothing is lost. What the customer answers by mail comes back through
//! that inbox and joins the conversation in intake, which knows it by our Message-ID and by the address.

mod store;

use serde_json::json;
use sqlx::FromRow;
use trunkline_channel::text::clean_name;
use trunkline_channel::{Capabilities, Micros, Peer};

use crate::access::Visitor;
use crate::app::App;
use crate::connectors::ChannelKind;
use crate::contacts::{self, marks, store::identities};
use crate::conversations::store::{self as conversations, Facts, NewMessage};
use crate::conversations::views::{brief, message_payload};
use crate::db::{DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};
use crate::http::ApiError;
use crate::presence::visitor_key;

/// How long a visitor who is there has for reading an answer before it leaves by mail.
const READING: Micros = 5 * 60 * 1_000_000;
/// Whoever goes from one page of a site to the next is away for a moment.
const BETWEEN_PAGES: Micros = 3 * 1_000_000;

/// A conversation that was handed over.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Handover {
    pub conversation_id: String,
    /// The mail inbox through which answers leave.
    pub inbox_id: String,
    /// In lower case.
    pub email: String,
    pub name: Option<String>,
    /// Stands under every mail.
    pub footer: String,
    pub at: Micros,
}

/// An address left by a visitor, and what the site has set for it.
#[derive(Debug, Clone)]
pub struct NewHandover {
    pub email: String,
    pub name: Option<String>,
    pub inbox_id: String,
    pub footer: String,
}

/// How an answer leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    pub inbox_id: String,
    /// Not before, so that it can be read in the chat.
    pub at: Micros,
}

/// Takes a visitor's address for a conversation of theirs; one for each conversation. The same one again changes nothing.
pub async fn leave(app: &App, visitor: &Visitor, conversation_id: &str, new: NewHandover) -> Result<Handover, ApiError> {
    let email = ChannelKind::mail_address(&new.email).map_err(|problem| ApiError::invalid("/email", problem))?;
    let name = new.name.as_deref().and_then(clean_name);
    let mut tx = app.db.begin().await?;
    let not_there = || ApiError::not_found("conversation");
    let facts = conversations::hold(&mut tx, conversation_id).await?.ok_or_else(not_there)?;
    if !conversations::belongs_to(&mut tx, &facts, visitor).await? {
        return Err(not_there());
    }
    match store::of(&mut tx, conversation_id).await? {
        Some(before) if before.email == email => return Ok(before),
        Some(_) => return Err(ApiError::conflict("address_left", "this conversation has an address already")),
        None if !facts.state().is_open() => return Err(ApiError::conflict("illegal_move", "this conversation is over")),
        None => {}
    }
    let handover = Handover {
        conversation_id: conversation_id.to_owned(),
        inbox_id: new.inbox_id,
        email,
        name,
        footer: new.footer,
        at: app.now(),
    };
    store::insert(&mut tx, &handover).await?;
    describe(app, &mut tx, &facts, &handover).await?;
    tell(app, &mut tx, &facts, &handover).await?;
    tx.commit().await?;
    Ok(handover)
}

/// Where an answer of a conversation has to leave by mail. The visitor who is there gets time for reading it first.
pub async fn way(
    app: &App,
    tx: &mut Tx,
    facts: &Facts,
    abilities: Option<&Capabilities>,
    now: Micros,
) -> Result<Option<Way>, DbError> {
    // Only visitors of our own wire leave addresses.
    if abilities.is_some_and(|abilities| !abilities.realtime) {
        return Ok(None);
    }
    let Some(route) = store::route(tx, &facts.id).await? else { return Ok(None) };
    let there = app.presence.count(&visitor_key(&route.home_inbox_id, &route.visitor)) > 0;
    let at = now.saturating_add(if there { READING } else { BETWEEN_PAGES });
    // Answers leave in their order: the earlier ones must not hold this one up.
    store::bring_forward(tx, &facts.id, &route.inbox_id, at).await?;
    Ok(Some(Way { inbox_id: route.inbox_id, at }))
}

/// The address is a hint about who this is; it proves nothing and merges nobody.
async fn describe(app: &App, tx: &mut Tx, facts: &Facts, handover: &Handover) -> Result<(), DbError> {
    let said = Peer { handle: Some(handover.email.clone()), name: handover.name.clone(), ..Peer::default() };
    if identities::fill_gaps(tx, &facts.identity_id, &said, None).await? {
        marks::refresh(tx, &facts.identity_id).await?;
        identities::name_contact(tx, &facts.contact_id, handover.name.as_deref()).await?;
        contacts::tell_updated(app, tx, &facts.contact_id, None).await?;
    }
    Ok(())
}

/// A line in the thread that both sides see, and the conversation as it is now.
async fn tell(app: &App, tx: &mut Tx, facts: &Facts, handover: &Handover) -> Result<(), ApiError> {
    let id = app.ids.next();
    let text = format!("While this chat is closed, answers go to {}.", handover.email);
    let message = NewMessage {
        id: &id,
        conversation_id: &facts.id,
        inbox_id: &facts.inbox_id,
        sender_type: "system",
        sender_id: None,
        sender_name: None,
        kind: "system",
        text: &text,
        status: "none",
        client_id: None,
        reply_to: None,
        extra: &json!({ "action": "mail_handover", "email": handover.email, "for_customer": true }),
        at: handover.at,
    };
    conversations::append(tx, &message, false).await?;
    let not_there = || ApiError::not_found("conversation");
    let line = conversations::message_view(&mut *tx, &id).await?.ok_or_else(not_there)?;
    let view = conversations::view(&mut *tx, &facts.id).await?.ok_or_else(not_there)?;
    let changed = json!({ "conversation": view, "by": null });
    for (kind, payload) in
        [(EventKind::MessageCreated, message_payload(&line, &brief(&view))), (EventKind::ConversationUpdated, changed)]
    {
        tx.emit(NewEvent::of_conversation(app.ids.next(), &facts.id, kind, Audience::Everyone, payload, handover.at));
    }
    Ok(())
}
