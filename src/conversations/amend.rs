//! What operators do to messages that are already there: write them anew, take them back, react to them.

use serde::Deserialize;
use trunkline_channel::text::without_nul;

use super::moves::{illegal, may_act};
use super::reply::MAX_TEXT_CHARS;
use super::store::{self, Facts};
use super::{Error, MessageView, State};
use crate::access::Caller;
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::deliveries::amendments::{self, NewAmendment};
use crate::intake;

/// The longest emoji sequences have 10 (families, flags); room for custom ones by name.
const MAX_EMOJI_CHARS: usize = 32;

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    pub text: String,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct React {
    /// Where the channel names its emoji (`capabilities.reaction_set`), one of these.
    pub emoji: String,
}

/// What is wanted of a message.
#[derive(Debug, Clone)]
pub enum Wish {
    Edit(Edit),
    Delete,
    /// `None` takes the operator's reaction back.
    React(Option<React>),
}

/// Asks for a change. The message shows it once its provider has taken it, and the refusal where it has not; a note, which
/// nobody outside sees, changes at once.
pub async fn amend(app: &App, caller: &Caller, id: &str, message_id: &str, wish: Wish) -> Result<MessageView, Error> {
    let (change, value) = checked(&wish)?;
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let mut message = match store::message_view(&mut tx, message_id).await? {
        Some(message) if message.conversation_id == id => message,
        _ => return Err(Error::NoSuch("message")),
    };
    if message.deleted_at.is_some() {
        return Err(Error::Deleted);
    }
    if message.kind == "note" {
        return note(app, caller, tx, &message, &wish).await;
    }
    may_act(caller, &facts)?;
    if facts.state() == State::Archived {
        return Err(illegal(&facts, "changing a message"));
    }
    allowed(app, &facts, &message, &wish)?;
    let new = NewAmendment {
        id: app.ids.next(),
        message_id: message_id.to_owned(),
        conversation_id: id.to_owned(),
        inbox_id: facts.inbox_id.clone(),
        operator_id: caller.operator_id.clone(),
        change,
        value,
    };
    message.amendment = Some(amendments::request(&mut tx, &app.ids, &new, app.now()).await?);
    tx.commit().await?;
    Ok(message)
}

/// Adds to messages what is still to become of them.
pub async fn with_amendments(app: &App, messages: &mut [MessageView]) -> Result<(), DbError> {
    let ids: Vec<&str> = messages.iter().map(|message| message.id.as_str()).collect();
    let open = amendments::open_of(&app.db, &ids).await?;
    for (message_id, amendment) in open {
        if let Some(message) = messages.iter_mut().find(|message| message.id == message_id) {
            message.amendment = Some(amendment);
        }
    }
    Ok(())
}

fn checked(wish: &Wish) -> Result<(&'static str, Option<String>), Error> {
    match wish {
        Wish::Edit(Edit { text }) if text.trim().is_empty() => Err(Error::invalid("/text", "an empty message cannot be sent")),
        Wish::Edit(Edit { text }) if text.chars().count() > MAX_TEXT_CHARS => {
            Err(Error::invalid("/text", format!("at most {MAX_TEXT_CHARS} characters")))
        }
        Wish::Edit(Edit { text }) => Ok(("edit", Some(without_nul(text)))),
        Wish::Delete => Ok(("delete", None)),
        Wish::React(None) => Ok(("react", None)),
        Wish::React(Some(React { emoji })) => {
            let chars = emoji.chars().count();
            if emoji.trim().is_empty() || chars > MAX_EMOJI_CHARS || emoji.chars().any(char::is_control) {
                return Err(Error::invalid("/emoji", "must be one emoji"));
            }
            Ok(("react", Some(emoji.clone())))
        }
    }
}

/// Whether the channel, and this very message, let it be done.
fn allowed(app: &App, facts: &Facts, message: &MessageView, wish: &Wish) -> Result<(), Error> {
    let abilities = app.abilities.of(&facts.inbox_id).ok_or(Error::NoLine)?;
    let cannot = |what: &str| Err(Error::unsupported("", format!("this channel cannot {what}")));
    match wish {
        Wish::Edit(_) if !abilities.edits => return cannot("change a message that was sent"),
        Wish::Delete if !abilities.deletes => return cannot("take back a message that was sent"),
        Wish::React(_) if !abilities.reactions => return cannot("carry reactions"),
        Wish::React(Some(React { emoji }))
            if !abilities.reaction_set.is_empty() && !abilities.reaction_set.contains(&emoji.as_str()) =>
        {
            return Err(Error::unsupported("/emoji", "this channel knows other emoji only"));
        }
        _ => {}
    }
    if matches!(message.kind.as_str(), "system" | "action") {
        return Err(Error::unsupported("", "a line of the daemon's own cannot be changed"));
    }
    let ours = matches!(message.sender_type.as_str(), "operator" | "assistant");
    match wish {
        Wish::Edit(_) | Wish::Delete if !ours => Err(Error::unsupported("", "only what the business wrote can be changed")),
        Wish::Edit(_) if !matches!(message.kind.as_str(), "text" | "article" | "image" | "audio" | "video" | "file") => {
            Err(Error::unsupported("", format!("the text of a {} cannot be changed", message.kind)))
        }
        _ if ours && !matches!(message.status.as_str(), "sent" | "delivered" | "read") => Err(Error::NotSent),
        _ => Ok(()),
    }
}

/// Notes are changed by whoever wrote them.
async fn note(app: &App, caller: &Caller, mut tx: Tx, message: &MessageView, wish: &Wish) -> Result<MessageView, Error> {
    if message.sender_id.as_deref() != Some(caller.operator_id.as_str()) {
        return Err(Error::NotYours);
    }
    let target = intake::message_by_id(&mut tx, &message.id).await?.ok_or(Error::NoSuch("message"))?;
    let now = app.now();
    match wish {
        Wish::Edit(Edit { text }) => intake::edited(app, &mut tx, &target, Some(text.as_str()), None, now).await?,
        Wish::Delete => intake::deleted(app, &mut tx, &target, now).await?,
        Wish::React(_) => return Err(Error::unsupported("", "notes carry no reactions")),
    }
    let view = store::message_view(&mut tx, &message.id).await?.ok_or(Error::NoSuch("message"))?;
    tx.commit().await?;
    Ok(view)
}
