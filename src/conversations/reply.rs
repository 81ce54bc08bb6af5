//! What operators write: answers that are delivered, and notes that stay inside.

use serde::Deserialize;
use serde_json::{Value, json};
use trunkline_channel::text::without_nul;
use trunkline_channel::{Kind, Rich};

use super::mail::{self, MailReply};
use super::moves::{illegal, may_act, step};
use super::store::{self, Facts, NewMessage, Patch};
use super::views::{brief, message_payload};
use super::{Error, MessageView, Move, State, content, window};
use crate::access::Caller;
use crate::app::App;
use crate::articles;
use crate::db::{Arg, DbError, Tx};
use crate::deliveries::{self, NewDelivery};
use crate::events::{Audience, EventKind, NewEvent};
use crate::handover;
use crate::uploads;

pub const MAX_TEXT_CHARS: usize = 50_000;
pub const MAX_ATTACHMENTS: usize = 20;
const MAX_CLIENT_ID_CHARS: usize = 128;
/// Times the whole transaction is tried again when another writer got in the way.
pub(super) const CONFLICT_RETRIES: usize = 5;

/// An operator's message.
#[derive(Debug, Default, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReply {
    /// Made by the client, unique in the conversation: sending the same one again changes nothing.
    pub client_id: String,
    /// `text` (also with attachments), `note`, `article`, `location`, `contact` or `template`.
    #[serde(default)]
    pub kind: Option<String>,
    /// Of a location, contact or template only how it reads in lists; made from `extra` when it is left out.
    #[serde(default)]
    pub text: String,
    /// Ids of uploads.
    #[serde(default)]
    pub attachments: Vec<String>,
    /// Id of the message this one answers.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Operators mentioned in a note.
    #[serde(default)]
    pub mentions: Vec<String>,
    /// The article shared, for kind `article`.
    #[serde(default)]
    pub article_id: Option<String>,
    /// Where the channel's `threads` is `many` (mail): what this mail has of its own.
    #[serde(default)]
    pub mail: Option<MailReply>,
    /// `location`, `contacts` or `template` for the kinds of these names, `buttons` beside a text.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub extra: Value,
}

/// A message whose shape is right.
pub(super) struct Checked {
    pub kind: Kind,
    rich: Rich,
    text: String,
    mail: Option<MailReply>,
}

/// Stores a reply with its delivery, or a note without one. 201 means: it will be delivered or shown as failed.
pub async fn reply(app: &App, caller: &Caller, id: &str, new: NewReply) -> Result<MessageView, Error> {
    let checked = check(&new)?;
    let mut left = CONFLICT_RETRIES;
    loop {
        match attempt(app, caller, id, &new, &checked).await {
            Err(Error::Store(error)) if error.is_worth_repeating() && left > 0 => left -= 1,
            done => return done,
        }
    }
}

pub(super) fn check(new: &NewReply) -> Result<Checked, Error> {
    let client_id_chars = new.client_id.chars().count();
    if client_id_chars == 0 || client_id_chars > MAX_CLIENT_ID_CHARS {
        return Err(Error::invalid("/client_id", format!("must be 1 to {MAX_CLIENT_ID_CHARS} characters")));
    }
    if new.text.chars().count() > MAX_TEXT_CHARS {
        return Err(Error::invalid("/text", format!("at most {MAX_TEXT_CHARS} characters")));
    }
    if new.attachments.len() > MAX_ATTACHMENTS {
        return Err(Error::invalid("/attachments", format!("at most {MAX_ATTACHMENTS} files")));
    }
    let kind = content::kind_of(new.kind.as_deref().unwrap_or("text"))
        .ok_or_else(|| Error::invalid("/kind", "must be text, note, article, location, contact or template"))?;
    let rich = content::rich_of(kind, &new.extra)?;
    let said = !new.text.trim().is_empty();
    match kind {
        Kind::Article if new.article_id.is_none() => {
            return Err(Error::invalid("/article_id", "is needed to share an article"));
        }
        Kind::Text | Kind::Note if !said && new.attachments.is_empty() => {
            return Err(Error::invalid("/text", "an empty message cannot be sent"));
        }
        Kind::Text if !said && !rich.buttons.is_empty() => return Err(Error::content("/text", "buttons need a text above them")),
        Kind::Template if new.attachments.len() > 1 => {
            return Err(Error::content("/attachments", "a template takes one file at most, in its header"));
        }
        kind if content::is_rich(kind) && kind != Kind::Template && !new.attachments.is_empty() => {
            return Err(Error::content("/attachments", format!("a {} goes without files", kind.as_str())));
        }
        _ => {}
    }
    let mail = new.mail.as_ref().map(MailReply::checked).transpose()?;
    if mail.is_some() && kind == Kind::Note {
        return Err(Error::content("/mail", "a note is no mail"));
    }
    let text = if content::is_rich(kind) && !said { content::readable(&rich) } else { without_nul(&new.text) };
    Ok(Checked { kind, rich, text, mail })
}

async fn attempt(app: &App, caller: &Caller, id: &str, new: &NewReply, checked: &Checked) -> Result<MessageView, Error> {
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if let Some(before) = store::by_client_id(&mut tx, id, &new.client_id).await? {
        let mine = before.sender_id.as_deref() == Some(caller.operator_id.as_str());
        let view = store::message_view(&mut tx, &before.id).await?.ok_or(Error::NotFound)?;
        return if mine && says_the_same(&view, checked) { Ok(view) } else { Err(Error::ClientIdReused) };
    }
    let now = app.now();
    if checked.kind == Kind::Note {
        if facts.state() == State::Archived {
            return Err(illegal(&facts, "writing a note"));
        }
    } else {
        answer(&mut tx, caller, &facts, now).await?;
        window::check(app.abilities.of(&facts.inbox_id).as_deref(), &facts, checked.kind, now)?;
    }
    let view = write(app, &mut tx, caller, &facts, new, checked, now).await?;
    tx.commit().await?;
    Ok(view)
}

/// Whether a message stored under a client id is the one that is asked for again. What was changed since cannot be compared,
/// nor can articles, which have versions.
pub(super) fn says_the_same(before: &MessageView, asked: &Checked) -> bool {
    let changed = before.edited_at.is_some() || before.deleted_at.is_some();
    let same_head = mail::of_extra(&before.extra) == asked.mail.clone().unwrap_or_default();
    same_head && (before.text == asked.text || before.kind == "article" || changed)
}

/// Stores the message with its files, its delivery where it leaves, and its event.
pub(super) async fn write(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    facts: &Facts,
    new: &NewReply,
    checked: &Checked,
    now: i64,
) -> Result<MessageView, Error> {
    let (id, kind) = (facts.id.as_str(), checked.kind);
    let note = kind == Kind::Note;
    let (text, mut extra) = texts(tx, new, checked).await?;
    if let Some(head) = &checked.mail {
        mail::put(tx, app.abilities.of(&facts.inbox_id).as_deref(), id, head, &mut extra, now).await?;
    }
    let reply_to = match &new.reply_to {
        Some(target) if store::is_message_of(&mut *tx, id, target).await? => Some(target.clone()),
        Some(_) => return Err(Error::NoSuch("message")),
        None => None,
    };
    let message_id = app.ids.next();
    let message = NewMessage {
        id: &message_id,
        conversation_id: id,
        inbox_id: &facts.inbox_id,
        sender_type: "operator",
        sender_id: Some(&caller.operator_id),
        sender_name: Some(&caller.name),
        kind: kind.as_str(),
        text: &text,
        status: if note { "none" } else { "queued" },
        client_id: Some(&new.client_id),
        reply_to: reply_to.as_deref(),
        extra: &extra,
        at: now,
    };
    let number = store::append(tx, &message, !note).await?;
    let owner = uploads::operator_owner(caller);
    let files = uploads::take(tx, &owner, &new.attachments, &message_id, &app.ids).await?;
    if !note {
        let abilities = app.abilities.of(&facts.inbox_id);
        let abilities = abilities.as_deref();
        content::fits(abilities, kind, &checked.rich, &files)?;
        let by_mail = handover::way(app, tx, facts, abilities, now).await?;
        let not_before = by_mail.as_ref().map_or(now, |way| way.at);
        let delivery = NewDelivery {
            id: app.ids.next(),
            message_id: message_id.clone(),
            conversation_id: id.to_owned(),
            inbox_id: by_mail.map_or_else(|| facts.inbox_id.clone(), |way| way.inbox_id),
            number,
            now,
        };
        deliveries::enqueue(tx, delivery, not_before).await?;
    }
    let view = store::message_view(&mut *tx, &message_id).await?.ok_or(Error::NotFound)?;
    let conversation = store::view(&mut *tx, id).await?.ok_or(Error::NotFound)?;
    let audience = if note { Audience::Staff } else { Audience::Everyone };
    let payload = message_payload(&view, &brief(&conversation));
    tx.emit(NewEvent::of_conversation(app.ids.next(), id, EventKind::MessageCreated, audience, payload, now));
    Ok(view)
}

/// Text and facts of the message; an article is copied, so that later versions do not change what was said.
async fn texts(tx: &mut Tx, new: &NewReply, checked: &Checked) -> Result<(String, Value), Error> {
    let text = checked.text.clone();
    Ok(match (checked.kind, &new.article_id) {
        (Kind::Article, Some(article_id)) => {
            let article = articles::for_sharing(&mut *tx, article_id).await?.ok_or(Error::NoSuch("article"))?;
            let extra = json!({ "article": { "id": article.id, "title": article.title, "version": article.version } });
            (format!("{}\n\n{}", article.title, article.body), extra)
        }
        (Kind::Note, _) if !new.mentions.is_empty() => {
            for operator in &new.mentions {
                store::operator_name(tx, operator).await?.ok_or(Error::NoSuch("operator"))?;
            }
            (text, json!({ "mentions": new.mentions }))
        }
        _ => (text, json!(checked.rich)),
    })
}

/// The conversation's part of an answer: now it is the customer's turn.
async fn answer(tx: &mut Tx, caller: &Caller, facts: &Facts, now: i64) -> Result<(), Error> {
    let next = step(facts, Move::Answer, "answering")?;
    may_act(caller, facts)?;
    // Whoever answers has read what came before; what comes after the answer is new.
    let seen = facts.last_number + 1;
    let patch =
        Patch::default().state(next).set("waiting_since", Arg::Int(None)).set("operator_seen", seen).set("operator_read", seen);
    // The state may change between reading and writing only on PostgreSQL: the customer wrote. Then all is done again.
    if patch.apply(tx, facts, now).await? { Ok(()) } else { Err(Error::Store(DbError::Conflict)) }
}
