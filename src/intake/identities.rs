//! One person, several ids: providers know people by numbers, user ids and names, add new ones and take old ones away.
//!
//! After [`recognise`] everybody whom any of their ids makes known is found under the id they came with now. Two
//! identities that turn out to be one account become one: one contact, all conversations, one of them open.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use trunkline_channel::text::{clean_name, without_nul};
use trunkline_channel::{Micros, Peer};

use super::lines;
use super::rows::Described;
use crate::app::App;
use crate::contacts::store::identities::{self as store, Account};
use crate::contacts::{self, marks};
use crate::conversations::store::{self as conversations, Patch};
use crate::conversations::{Move, State};
use crate::db::{Arg, DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};

/// Other ids of one person that are looked at; no provider has so many.
const MAX_ALIASES: usize = 8;
/// How long an id that the provider has taken away still finds its former owner: webhooks come late by up to a week.
/// Afterwards it may be somebody else's (telephone companies give numbers out again, though not as quickly).
const RETIRED_ID_KEPT: Micros = 7 * 86_400 * 1_000_000;

/// All ids of a person, the present one first.
pub(super) fn ids_of(peer: &Peer) -> impl Iterator<Item = &str> {
    // An empty id would make one person of everybody who has none.
    let others = peer.aliases.iter().map(String::as_str).filter(|alias| !alias.is_empty() && *alias != peer.external_id);
    std::iter::once(peer.external_id.as_str()).chain(others.take(MAX_ALIASES))
}

/// Brings the store to where each of these (inbox, peer) is found under its external id, if it is known under any id.
pub async fn recognise(app: &App, tx: &mut Tx, peers: impl Iterator<Item = (&str, &Peer)>) -> Result<(), DbError> {
    let peers: Vec<(&str, &Peer)> = peers.filter(|(_, peer)| !peer.aliases.is_empty()).collect();
    if peers.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let wanted: BTreeSet<(&str, &str)> = peers.iter().flat_map(|(inbox, peer)| ids_of(peer).map(|id| (*inbox, id))).collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    let found = store::owners(tx, &wanted, now).await?;
    let mut owners: HashMap<(String, String), String> = found.into_iter().map(|(i, e, id)| ((i, e), id)).collect();
    for (inbox_id, peer) in peers {
        let key = |id: &str| (inbox_id.to_owned(), id.to_owned());
        let of: BTreeSet<&String> = ids_of(peer).filter_map(|id| owners.get(&key(id))).collect();
        if of.is_empty() || (of.len() == 1 && ids_of(peer).all(|id| owners.contains_key(&key(id)))) {
            continue;
        }
        // Whoever has the present id stays; else the one we have known longest.
        let keep = owners.get(&key(&peer.external_id)).or_else(|| of.first().copied()).cloned().unwrap_or_default();
        let gone: Vec<String> = of.into_iter().filter(|id| **id != keep).cloned().collect();
        for other in &gone {
            fuse(app, tx, &keep, other).await?;
        }
        for owner in owners.values_mut().filter(|owner| gone.contains(owner)) {
            owner.clone_from(&keep);
        }
        let account = held(tx, &keep).await?;
        let new_id = !owners.contains_key(&key(&peer.external_id));
        for id in ids_of(peer).skip(1).filter(|id| !owners.contains_key(&key(id))) {
            store::add_alias(tx, &account, id, None).await?;
        }
        if new_id {
            let still = ids_of(peer).any(|id| id == account.external_id);
            store::promote(tx, &account, &peer.external_id, (!still).then_some(now + RETIRED_ID_KEPT)).await?;
            store::describe(tx, &keep, &cleaned(peer)).await?;
        }
        marks::refresh(tx, &keep).await?;
        owners.extend(ids_of(peer).map(|id| (key(id), keep.clone())));
    }
    Ok(())
}

/// The provider gave a person another id: what was known under `before` belongs to `peer`.
pub async fn moved(app: &App, tx: &mut Tx, inbox_id: &str, before: &str, peer: &Peer, at: Micros) -> Result<(), DbError> {
    let now = app.now();
    // Somebody who never wrote has nothing that could move.
    let Some(known) = store::find(tx, inbox_id, before, now).await? else { return Ok(()) };
    for id in ids_of(peer) {
        if let Some(other) = store::find(tx, inbox_id, id, now).await?
            && other.id != known.id
        {
            fuse(app, tx, &known.id, &other.id).await?;
        }
    }
    let until = at.clamp(now - RETIRED_ID_KEPT, now) + RETIRED_ID_KEPT;
    let account = held(tx, &known.id).await?;
    store::promote(tx, &account, &peer.external_id, Some(until)).await?;
    for alias in ids_of(peer).skip(1) {
        store::add_alias(tx, &account, alias, None).await?;
    }
    let present: Vec<&str> = ids_of(peer).collect();
    store::retire_aliases(tx, &account.id, &present, until).await?;
    store::describe(tx, &account.id, &cleaned(peer)).await?;
    marks::refresh(tx, &account.id).await?;
    contacts::tell_updated(app, tx, &account.contact_id, None).await.map(|_| ())
}

/// Somebody we know says more of themselves. What we knew stays: nobody has proved the new.
pub(super) async fn describe_more(app: &App, tx: &mut Tx, person: &Described) -> Result<(), DbError> {
    if store::fill_gaps(tx, &person.identity_id, &person.peer, person.phone.as_deref()).await? {
        marks::refresh(tx, &person.identity_id).await?;
        store::name_contact(tx, &person.contact_id, person.peer.name.as_deref()).await?;
        contacts::tell_updated(app, tx, &person.contact_id, None).await?;
    }
    Ok(())
}

/// Names and handles as they may be stored.
pub(super) fn cleaned(peer: &Peer) -> Peer {
    Peer { name: peer.name.as_deref().and_then(clean_name), handle: peer.handle.as_deref().map(without_nul), ..peer.clone() }
}

async fn held(tx: &mut Tx, id: &str) -> Result<Account, DbError> {
    store::hold(tx, &[id]).await?.pop().ok_or(DbError::Conflict)
}

/// Makes one identity of two. Contacts are merged, conversations move, one of the open ones is closed.
async fn fuse(app: &App, tx: &mut Tx, keep: &str, gone: &str) -> Result<(), DbError> {
    let mut both = store::hold(tx, &[keep, gone]).await?;
    let position = both.iter().position(|account| account.id == gone).ok_or(DbError::Conflict)?;
    let gone = both.swap_remove(position);
    // Another transaction has been quicker: the batch looks again.
    let keep = both.pop().ok_or(DbError::Conflict)?;
    if keep.contact_id != gone.contact_id {
        contacts::join_by_provider(app, tx, &keep.contact_id, &gone.contact_id).await?;
    }
    let theirs = store::open_threads(tx, &gone.id).await?;
    for mine in store::open_threads(tx, &keep.id).await? {
        if let Some(other) = theirs.iter().find(|other| other.1 == mine.1) {
            // Whoever is being helped goes on being helped; else the livelier one stays open.
            let rank = |thread: &(String, String, Option<String>, Option<Micros>)| (thread.2.is_some(), thread.3);
            let (open, closed) = if rank(other) > rank(&mine) { (&other.0, &mine.0) } else { (&mine.0, &other.0) };
            close_for(app, tx, open, closed).await?;
        }
    }
    store::absorb(tx, &keep, &gone).await
}

/// Of two open conversations with one person one stays open. It waits for what the other one waited for.
async fn close_for(app: &App, tx: &mut Tx, open: &str, closed: &str) -> Result<(), DbError> {
    let now = app.now();
    let waited = store::waiting_since(tx, closed).await?;
    let (Some(stays), Some(goes)) = (conversations::hold(tx, open).await?, conversations::hold(tx, closed).await?) else {
        return Err(DbError::Conflict);
    };
    let patch = Patch::default()
        .state(State::Closed)
        .set("close_reason", "merged")
        .set("closed_at", now)
        .set("waiting_since", Arg::Int(None));
    if !patch.apply(tx, &goes, now).await? {
        return Err(DbError::Conflict);
    }
    if let Some(waited) = waited {
        let since = store::waiting_since(tx, open).await?.map_or(waited, |since| since.min(waited));
        let state = stays.state().after(Move::CustomerWrites).unwrap_or(stays.state());
        if !Patch::default().state(state).set("waiting_since", since).apply(tx, &stays, now).await? {
            return Err(DbError::Conflict);
        }
    }
    let text = "This customer had two conversations here under different addresses. The other one is closed and kept.";
    lines::system_line(app, tx, open, &stays.inbox_id, text, &json!({ "merged_conversation_id": closed })).await?;
    for (id, kind) in [(closed, EventKind::ConversationClosed), (open, EventKind::ConversationUpdated)] {
        let view = conversations::view(&mut *tx, id).await?;
        let payload = json!({ "conversation": view, "by": null });
        let audience = if id == closed { Audience::Everyone } else { Audience::Staff };
        tx.emit(NewEvent::of_conversation(app.ids.next(), id, kind, audience, payload, now));
    }
    Ok(())
}
