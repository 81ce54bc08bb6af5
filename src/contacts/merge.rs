//! Two contacts that are one person, made one and, where that was a mistake, two again.
//!
//! A merge moves identities and conversations and writes down what it moved; messages stay as they are. An identity keeps
//! its own conversation, so that an answer always goes to the account from which the question came.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::store::{self, Contact, merges};
use super::{ContactView, Error, MAX_CUSTOM_FIELDS, MAX_CUSTOM_FIELDS_BYTES, person, tell, view};
use crate::access::{Caller, Role};
use crate::app::App;
use crate::conversations;
use crate::db::{DbError, Tx};
use crate::events::{Audience, EventKind, NewEvent};

/// Open conversations that are told anew after a merge; who has more before them will see the contact's own event.
const TOLD_CONVERSATIONS: i64 = 50;

/// Both contacts after a merge or its undoing.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MergeView {
    /// The one that was kept.
    pub contact: ContactView,
    /// The one that became part of it, or is itself again.
    pub other: ContactView,
}

/// What a contact had not and took over.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Filled {
    name: Option<String>,
    /// What it was shown as before: nothing, or the address of an account.
    shown_as: Option<String>,
    named_by: Option<String>,
    language: Option<String>,
    #[serde(default)]
    custom_fields: Map<String, Value>,
}

/// Makes contact `other_id` part of contact `id`. Nothing is lost and [`unmerge`] undoes it.
pub async fn merge(app: &App, caller: &Caller, id: &str, other_id: &str) -> Result<MergeView, Error> {
    may_merge(caller)?;
    if id == other_id {
        return Err(Error::Itself);
    }
    let mut tx = app.db.begin().await?;
    let (into, from) = both(&mut tx, id, other_id).await?;
    if into.merged_into.is_some() || from.merged_into.is_some() {
        return Err(Error::AlreadyMerged);
    }
    join(app, &mut tx, into, from, Some(caller)).await?;
    let both = views(&mut tx, id, other_id).await?;
    tx.commit().await?;
    Ok(both)
}

/// Undoes the merge that made this contact part of another; of a contact that others became part of, the last one.
pub async fn unmerge(app: &App, caller: &Caller, id: &str) -> Result<MergeView, Error> {
    may_merge(caller)?;
    let mut tx = app.db.begin().await?;
    store::get(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let merge = merges::last_of(&mut tx, id).await?.ok_or(Error::NotUndone("this contact is not merged with another"))?;
    if merge.reason != "operator" {
        return Err(Error::NotUndone("the provider says that this is one person"));
    }
    let (mut into, mut from) = both(&mut tx, &merge.into_id, &merge.from_id).await?;
    if into.merged_into.is_some() {
        return Err(Error::NotUndone("the contact has become part of yet another one: undo that first"));
    }
    let now = app.now();
    if !merges::set_undone(&mut tx, &merge.id, &caller.operator_id, now).await? {
        return Err(Error::NotUndone("somebody else has just undone it"));
    }
    merges::hold_identities(&mut tx, &into.id).await?;
    merges::move_back(&mut tx, &merge).await?;
    let filled: Filled = serde_json::from_str(&merge.filled).unwrap_or_default();
    empty(&mut into, &filled);
    (into.updated_at, from.updated_at, from.merged_into) = (now, now, None);
    store::update(&mut tx, &into).await?;
    store::update(&mut tx, &from).await?;
    announce(app, &mut tx, EventKind::ContactUnmerged, &into.id, &from.id, Some(caller)).await?;
    let both = views(&mut tx, &into.id, &from.id).await?;
    tx.commit().await?;
    Ok(both)
}

/// A provider has shown that two contacts are one account: not an opinion, so there is no undoing it.
pub async fn join_by_provider(app: &App, tx: &mut Tx, into_id: &str, from_id: &str) -> Result<(), DbError> {
    let mut held = store::hold(tx, &[into_id, from_id]).await?;
    let Some(from) = held.iter().position(|contact| contact.id == from_id).map(|at| held.swap_remove(at)) else {
        return Err(DbError::Conflict);
    };
    let into = held.pop().ok_or(DbError::Conflict)?;
    join(app, tx, into, from, None).await
}

async fn join(app: &App, tx: &mut Tx, mut into: Contact, mut from: Contact, by: Option<&Caller>) -> Result<(), DbError> {
    merges::hold_identities(tx, &from.id).await?;
    let both = store::identities(&mut *tx, &[into.id.clone(), from.id.clone()]).await?;
    let addresses: Vec<String> = both.into_iter().filter_map(|identity| identity.handle).collect();
    let moved = merges::move_all(tx, &from.id, &into.id).await?;
    let filled = fill(&mut into, &from, &addresses);
    let merge = merges::Merge {
        id: app.ids.next(),
        into_id: into.id.clone(),
        from_id: from.id.clone(),
        reason: if by.is_some() { "operator" } else { "provider" }.to_owned(),
        filled: serde_json::to_string(&filled).unwrap_or_default(),
    };
    let now = app.now();
    merges::insert(tx, &merge, &moved, by.map(|caller| caller.operator_id.as_str()), now).await?;
    (into.updated_at, from.updated_at, from.merged_into) = (now, now, Some(into.id.clone()));
    store::update(tx, &into).await?;
    store::update(tx, &from).await?;
    announce(app, tx, EventKind::ContactMerged, &into.id, &from.id, by).await
}

/// Gives a contact what it has not from the other; what it has stays. Whoever is shown under one of these addresses, for
/// want of a name, has none.
fn fill(into: &mut Contact, from: &Contact, addresses: &[String]) -> Filled {
    let mut filled = Filled::default();
    let nameless =
        |contact: &Contact| contact.named_by.is_none() && contact.name.as_ref().is_none_or(|name| addresses.contains(name));
    if into.name.is_none() || (nameless(into) && !nameless(from)) {
        filled.shown_as = into.name.take();
        filled.name.clone_from(&from.name);
        filled.named_by.clone_from(&from.named_by);
        into.name.clone_from(&from.name);
        into.named_by.clone_from(&from.named_by);
    }
    if into.language.is_none() {
        filled.language.clone_from(&from.language);
        into.language.clone_from(&from.language);
    }
    let mut fields = fields(into);
    for (name, value) in self::fields(from) {
        if fields.contains_key(&name) || fields.len() >= MAX_CUSTOM_FIELDS {
            continue;
        }
        fields.insert(name.clone(), value.clone());
        if Value::Object(fields.clone()).to_string().len() > MAX_CUSTOM_FIELDS_BYTES {
            fields.remove(&name);
            continue;
        }
        filled.custom_fields.insert(name, value);
    }
    if !filled.custom_fields.is_empty() {
        into.custom_fields = Value::Object(fields).to_string();
    }
    filled
}

/// Takes back what was filled in, as far as nobody has changed it since.
fn empty(into: &mut Contact, filled: &Filled) {
    if filled.name.is_some() && into.name == filled.name && into.named_by == filled.named_by {
        (into.name, into.named_by) = (filled.shown_as.clone(), None);
    }
    if filled.language.is_some() && into.language == filled.language {
        into.language = None;
    }
    let mut fields = fields(into);
    let before = fields.len();
    fields.retain(|name, value| filled.custom_fields.get(name) != Some(value));
    if fields.len() < before {
        into.custom_fields = Value::Object(fields).to_string();
    }
}

fn fields(contact: &Contact) -> Map<String, Value> {
    serde_json::from_str(&contact.custom_fields).unwrap_or_default()
}

/// One event for the contact, and one for each open conversation whose customer is now called otherwise.
async fn announce(app: &App, tx: &mut Tx, kind: EventKind, into: &str, from: &str, by: Option<&Caller>) -> Result<(), DbError> {
    let by = by.map(person);
    let (contact, other) = (view(&mut *tx, into).await?, view(&mut *tx, from).await?);
    tell(app, tx, kind, into, json!({ "contact": contact, "other": other, "by": by }));
    for contact_id in [into, from] {
        for id in merges::open_conversations(tx, contact_id, TOLD_CONVERSATIONS).await? {
            let conversation = conversations::store::view(&mut *tx, &id).await?;
            let payload = json!({ "conversation": conversation, "by": by });
            let kind = EventKind::ConversationUpdated;
            tx.emit(NewEvent::of_conversation(app.ids.next(), &id, kind, Audience::Staff, payload, app.now()));
        }
    }
    Ok(())
}

async fn both(tx: &mut Tx, first: &str, second: &str) -> Result<(Contact, Contact), Error> {
    let mut held = store::hold(tx, &[first, second]).await?.into_iter();
    match (held.next(), held.next()) {
        (Some(a), Some(b)) if a.id == first => Ok((a, b)),
        (Some(a), Some(b)) => Ok((b, a)),
        _ => Err(Error::NotFound),
    }
}

async fn views(tx: &mut Tx, id: &str, other_id: &str) -> Result<MergeView, Error> {
    let contact = view(&mut *tx, id).await?.ok_or(Error::NotFound)?;
    let other = view(&mut *tx, other_id).await?.ok_or(Error::NotFound)?;
    Ok(MergeView { contact, other })
}

fn may_merge(caller: &Caller) -> Result<(), Error> {
    if caller.role == Role::Auditor { Err(Error::Forbidden("auditors change nothing")) } else { Ok(()) }
}
