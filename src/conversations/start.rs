//! Operators write first: a conversation that begins with a message of theirs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trunkline_channel::text::without_nul;
use trunkline_channel::{Kind, Threads};

use super::changes::MAX_SUBJECT_CHARS;
use super::reply::{self, CONFLICT_RETRIES, Checked};
use super::store::start as rows;
use super::views::brief;
use super::{ConversationView, Error, MessageView, NewReply, store, window};
use crate::access::Caller;
use crate::app::App;
use crate::contacts::store::identities;
use crate::db::Tx;
use crate::events::{Audience, EventKind, NewEvent};
use crate::inboxes;

/// A conversation to be begun, and its first message.
#[derive(Debug, Default, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    /// Where the customer is written to; the inbox is its inbox.
    pub identity_id: String,
    /// Made by the client, unique among what this operator begins with this contact: sending it again changes nothing.
    pub client_id: String,
    /// Needed where the channel's `threads` is `many` (mail).
    #[serde(default)]
    pub subject: Option<String>,
    /// `text` (also with attachments), `article`, `location`, `contact` or `template`.
    #[serde(default)]
    pub kind: Option<String>,
    #[serde(default)]
    pub text: String,
    /// Ids of uploads.
    #[serde(default)]
    pub attachments: Vec<String>,
    /// The article shared, for kind `article`.
    #[serde(default)]
    pub article_id: Option<String>,
    /// As of an answer.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub extra: Value,
}

/// What has begun.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Started {
    pub conversation: ConversationView,
    pub message: MessageView,
}

/// Begins a conversation in the caller's hands, and stores its first message with the delivery.
pub async fn start(app: &App, caller: &Caller, contact_id: &str, new: NewConversation) -> Result<Started, Error> {
    let subject = subject_of("/subject", new.subject.as_deref())?;
    let identity_id = new.identity_id;
    let first = NewReply {
        client_id: new.client_id,
        kind: new.kind,
        text: new.text,
        attachments: new.attachments,
        article_id: new.article_id,
        extra: new.extra,
        ..NewReply::default()
    };
    let checked = reply::check(&first)?;
    if checked.kind == Kind::Note {
        return Err(Error::content("/kind", "a conversation begins with a message to the customer"));
    }
    let mut left = CONFLICT_RETRIES;
    loop {
        match attempt(app, caller, contact_id, &identity_id, subject.as_deref(), &first, &checked).await {
            Err(Error::Store(error)) if error.is_worth_repeating() && left > 0 => left -= 1,
            done => return done,
        }
    }
}

async fn attempt(
    app: &App,
    caller: &Caller,
    contact_id: &str,
    identity_id: &str,
    subject: Option<&str>,
    first: &NewReply,
    checked: &Checked,
) -> Result<Started, Error> {
    let mut tx = app.db.begin().await?;
    // Held: of two requests at once the second finds what the first has begun.
    let identity = identities::hold(&mut tx, &[identity_id]).await?.pop().filter(|identity| identity.contact_id == contact_id);
    let identity = identity.ok_or(Error::NoSuch("identity of this contact"))?;
    if let Some(begun) = rows::begun(&mut tx, contact_id, &caller.operator_id, &first.client_id).await? {
        return repeated(app, &mut tx, begun, identity_id, checked).await;
    }
    let inbox = inboxes::by_id(&mut tx, &identity.inbox_id).await?.ok_or(Error::NoLine)?;
    if inbox.state == "paused" {
        return Err(Error::Paused);
    }
    let abilities = app.abilities.of(&inbox.id).ok_or(Error::NoLine)?;
    if identity.blocked_at.is_some() {
        return Err(Error::Blocked);
    }
    let id = app.ids.next();
    let thread_key = match abilities.threads {
        Threads::Single => {
            if let Some(open) = rows::open_with(&mut tx, identity_id).await? {
                return Err(Error::AlreadyOpen { conversation_id: open });
            }
            ""
        }
        Threads::Many if subject.is_none() => return Err(Error::content("/subject", "is needed to begin on this channel")),
        Threads::Many => id.as_str(),
    };
    let now = app.now();
    let conversation = rows::NewConversation {
        id: &id,
        inbox_id: &inbox.id,
        contact_id,
        identity_id,
        thread_key,
        subject,
        operator_id: &caller.operator_id,
        last_inbound_at: rows::last_inbound_of(&mut tx, identity_id).await?,
        at: now,
    };
    rows::insert(&mut tx, &conversation).await?;
    let facts = store::facts(&mut tx, &id).await?.ok_or(Error::NotFound)?;
    window::check(Some(&*abilities), &facts, checked.kind, now)?;
    let view = store::view(&mut tx, &id).await?.ok_or(Error::NotFound)?;
    let by = json!({ "id": caller.operator_id, "name": caller.name });
    let payload = json!({ "conversation": brief(&view), "by": by });
    let (kind, audience) = (EventKind::ConversationCreated, Audience::Everyone);
    tx.emit(NewEvent::of_conversation(app.ids.next(), &id, kind, audience, payload, now));
    let message = reply::write(app, &mut tx, caller, &facts, first, checked, now).await?;
    let conversation = window::shown(app, store::view(&mut tx, &id).await?.ok_or(Error::NotFound)?);
    tx.commit().await?;
    Ok(Started { conversation, message })
}

/// What the same request has begun before.
async fn repeated(
    app: &App,
    tx: &mut Tx,
    (id, identity_id, message_id): (String, String, String),
    asked_for: &str,
    checked: &Checked,
) -> Result<Started, Error> {
    let message = store::message_view(&mut *tx, &message_id).await?.ok_or(Error::NotFound)?;
    if identity_id != asked_for || !reply::says_the_same(&message, checked) {
        return Err(Error::ClientIdReused);
    }
    let conversation = window::shown(app, store::view(tx, &id).await?.ok_or(Error::NotFound)?);
    Ok(Started { conversation, message })
}

/// On one line, as mails show it; none where nothing can be seen of it.
pub(super) fn subject_of(pointer: &'static str, given: Option<&str>) -> Result<Option<String>, Error> {
    let given = without_nul(given.unwrap_or_default());
    if given.chars().count() > MAX_SUBJECT_CHARS {
        return Err(Error::invalid(pointer, format!("at most {MAX_SUBJECT_CHARS} characters")));
    }
    let joined = given.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Some(joined).filter(|subject| !subject.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::subject_of;

    #[test]
    fn a_subject_is_one_line_or_none() {
        let read = |text| subject_of("/subject", Some(text)).unwrap();
        assert_eq!(read(" Your\r\n order\t7 ").as_deref(), Some("Your order 7"));
        assert_eq!((read(" \n "), subject_of("/subject", None).unwrap()), (None, None));
        assert!(subject_of("/subject", Some(&"x".repeat(501))).is_err());
    }
}
