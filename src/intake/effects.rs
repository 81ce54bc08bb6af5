//! What happens to messages and people that are already there: edits, deletions, reactions, receipts, farewells, blocks,
//! new addresses.

use serde_json::json;
use trunkline_channel::text::without_nul;
use trunkline_channel::{Inbound, Micros, Peer};

use crate::app::App;
use crate::conversations::Move;
use crate::conversations::store::{self as conversations, Patch};
use crate::db::{Arg, DbError, Tx};
use crate::deliveries;
use crate::events::{Audience, EventKind, NewEvent};

use super::passing::Told;
use super::{Notice, early, identities, reach, store};

/// Applies one effect. News about a message that is not there waits for it. What is told and not kept goes to `told`.
pub async fn apply(
    app: &App,
    tx: &mut Tx,
    inbox_id: &str,
    effect: &Inbound,
    received_at: Micros,
    told: &mut Vec<Told>,
) -> Result<(), DbError> {
    match effect {
        Inbound::Message(_) => Ok(()),
        Inbound::Edited { external_id, text, html, at } => {
            let at = at.unwrap_or(received_at);
            match store::message_by_external_id(tx, inbox_id, external_id).await? {
                Some(target) => edited(app, tx, &target, text.as_deref(), html.as_deref(), at).await,
                None => early::keep(tx, &app.ids, inbox_id, external_id, effect, at).await,
            }
        }
        Inbound::Deleted { external_id, at } => {
            let at = at.unwrap_or(received_at);
            match store::message_by_external_id(tx, inbox_id, external_id).await? {
                Some(target) => deleted(app, tx, &target, at).await,
                None => early::keep(tx, &app.ids, inbox_id, external_id, effect, at).await,
            }
        }
        Inbound::Reaction { external_id, peer, emoji, at } => {
            let at = at.unwrap_or(received_at);
            let actor = format!("customer:{}", peer.external_id);
            match store::message_by_external_id(tx, inbox_id, external_id).await? {
                Some(target) => reaction(app, tx, &target, &actor, emoji.as_deref(), at).await,
                None => early::keep(tx, &app.ids, inbox_id, external_id, effect, at).await,
            }
        }
        Inbound::Receipt { target, status, at } => {
            deliveries::apply_receipt(tx, &app.ids, inbox_id, target, status, at.unwrap_or(received_at)).await.map(|_| ())
        }
        Inbound::Ended { peer, .. } => ended(app, tx, inbox_id, peer).await,
        Inbound::Typing { peer } => {
            if let Some(conversation_id) = store::open_conversation_of(tx, inbox_id, &peer.external_id, app.now()).await? {
                let name = conversations::view(&mut *tx, &conversation_id).await?.and_then(|view| view.contact.name);
                told.push(Told::Typing { conversation_id, peer: peer.external_id.clone(), name });
            }
            Ok(())
        }
        Inbound::Reachable { peer, reachable, at } => {
            reach::changed(app, tx, inbox_id, &peer.external_id, *reachable, at.unwrap_or(received_at)).await
        }
        Inbound::PeerChanged { before, peer, at } => {
            identities::moved(app, tx, inbox_id, before, peer, at.unwrap_or(received_at)).await
        }
        Inbound::Notice { code, shown, severe, at: _ } => {
            let notice = Notice { code: code.clone(), shown: without_nul(shown), severe: *severe };
            told.push(Told::Notice { inbox_id: inbox_id.to_owned(), notice });
            Ok(())
        }
    }
}

/// The message says something else now; what it said before is kept.
pub async fn edited(
    app: &App,
    tx: &mut Tx,
    target: &store::Target,
    text: Option<&str>,
    html: Option<&str>,
    at: Micros,
) -> Result<(), DbError> {
    let text = text.map(without_nul).unwrap_or_default();
    // Of an edit of ours a provider may tell at the moment in which we write it down ourselves.
    let target = &store::hold_message(tx, target).await?;
    // Providers repeat edits, and send some for changes nobody sees (link previews).
    if target.deleted_at.is_none() && target.text == text {
        return Ok(());
    }
    if target.deleted_at.is_some() || target.edited_at.is_some_and(|before| before > at) {
        return conversations::revision::keep_late(tx, &target.id, &text, at).await;
    }
    store::edit_message(tx, target, &text, html.map(without_nul).as_deref(), at).await?;
    store::renew_preview(tx, target, &conversations::preview(&text)).await?;
    tell_of_message(app, tx, target, EventKind::MessageEdited).await
}

/// The message is gone; that there was one stays.
pub async fn deleted(app: &App, tx: &mut Tx, target: &store::Target, at: Micros) -> Result<(), DbError> {
    let target = &store::hold_message(tx, target).await?;
    if !store::delete_message(tx, &target.id, at).await? {
        return Ok(());
    }
    store::renew_preview(tx, target, "").await?;
    tell_of_message(app, tx, target, EventKind::MessageDeleted).await
}

/// `actor` is `customer:` and their external id, or `operator:` and their id.
pub async fn reaction(
    app: &App,
    tx: &mut Tx,
    target: &store::Target,
    actor: &str,
    emoji: Option<&str>,
    at: Micros,
) -> Result<(), DbError> {
    let changed = match emoji.map(without_nul) {
        Some(emoji) => store::set_reaction(tx, &target.id, actor, &emoji, at).await?,
        None => store::clear_reaction(tx, &target.id, actor).await?,
    };
    if changed { tell_of_message(app, tx, target, EventKind::MessageReaction).await } else { Ok(()) }
}

/// The customer leaves: the conversation is closed, whoever holds it.
async fn ended(app: &App, tx: &mut Tx, inbox_id: &str, peer: &Peer) -> Result<(), DbError> {
    let Some(id) = store::open_conversation_of(tx, inbox_id, &peer.external_id, app.now()).await? else { return Ok(()) };
    let Some(facts) = conversations::facts(&mut *tx, &id).await? else { return Ok(()) };
    let Some(next) = facts.state().after(Move::Close) else { return Ok(()) };
    let now = app.now();
    let patch = Patch::default()
        .state(next)
        .set("close_reason", "ended_by_customer")
        .set("closed_at", now)
        .set("waiting_since", Arg::Int(None));
    if !patch.apply(tx, &facts, now).await? {
        return Err(DbError::Conflict);
    }
    let view = conversations::view(&mut *tx, &id).await?;
    let payload = json!({ "conversation": view, "by": null });
    tx.emit(NewEvent::of_conversation(app.ids.next(), &id, EventKind::ConversationClosed, Audience::Everyone, payload, now));
    Ok(())
}

async fn tell_of_message(app: &App, tx: &mut Tx, target: &store::Target, kind: EventKind) -> Result<(), DbError> {
    let view = conversations::message_view(&mut *tx, &target.id).await?;
    let Some(view) = view else { return Ok(()) };
    let audience = if view.kind == "note" { Audience::Staff } else { Audience::Everyone };
    let payload = json!({ "message": view, "conversation": { "id": target.conversation_id } });
    tx.emit(NewEvent::of_conversation(app.ids.next(), &target.conversation_id, kind, audience, payload, app.now()));
    Ok(())
}
