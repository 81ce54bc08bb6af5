//! What visitors do over the socket.

use serde_json::{Value, json};

use super::commands::{Command, Seen, SendMessage, Start, Typing};
use super::join::{join, room};
use super::session::Session;
use crate::access::Visitor;
use crate::conversations;
use crate::http::ApiError;
use crate::realtime::Person;
use crate::widget::{self, Pressed, Saying};

pub(super) async fn handle(session: &mut Session, visitor: &Visitor, command: Command) -> Result<Value, ApiError> {
    match command {
        Command::Start(new) => start(session, visitor, *new).await,
        Command::Join(to) => {
            let view = widget::own_session(&session.shared.services, visitor, &to.session_id).await?;
            join(session, &to.session_id, to.after, view).await
        }
        Command::Leave(of) => {
            session.leave(&of.session_id);
            Ok(json!({}))
        }
        Command::SendMessage(message) => say(session, visitor, *message).await,
        Command::Typing(typing) => {
            session.must_have_joined(&typing.session_id)?;
            tell_typing(session, visitor, &typing);
            Ok(json!({}))
        }
        Command::Seen(seen) => {
            let services = &session.shared.services;
            let number = session.number_of(&seen).await?;
            widget::seen(services, visitor, &seen.session_id, number).await?;
            Ok(json!({ "session_id": seen.session_id, "number": number }))
        }
        Command::Delivered(Seen { session_id, message_id, .. }) => {
            let message_id = message_id.ok_or_else(|| ApiError::invalid("/message_id", "is needed"))?;
            widget::delivered(&session.shared.services, visitor, &session_id, &message_id).await?;
            Ok(json!({}))
        }
        Command::End(end) => {
            conversations::end_by_customer(&session.shared.services.app, visitor, &end.session_id).await?;
            let view = widget::own_session(&session.shared.services, visitor, &end.session_id).await?;
            Ok(json!({ "session_id": end.session_id, "session": view }))
        }
        Command::Page(seen) => {
            widget::see_page(&session.shared.services, visitor, seen.session_id, &seen.page).await?;
            Ok(json!({}))
        }
        Command::LeaveEmail(left) => {
            let services = &session.shared.services;
            let address = session.address;
            let view = widget::leave_email(services, visitor, address, left).await?;
            Ok(json!({ "session_id": view["id"], "session": view }))
        }
        Command::Accept(_)
        | Command::UseCannedResponse(_)
        | Command::Transfer(_)
        | Command::ActivityPing(_)
        | Command::Watch(_)
        | Command::View(_) => Err(ApiError::forbidden("this event is for operators")),
    }
}

/// A started conversation is entered as well: what is said in it comes without asking.
async fn start(session: &mut Session, visitor: &Visitor, new: Start) -> Result<Value, ApiError> {
    let services = session.shared.services.clone();
    let start = widget::Start {
        client_id: new.client_id,
        subject: new.subject,
        priority: new.priority,
        required_skills: new.required_skills,
        metadata: new.metadata,
        answers: new.answers,
        language: new.language,
        page: new.page,
        text: new.content,
    };
    let stored = widget::start(&services, visitor, session.address, start).await?;
    let id = stored.conversation_id;
    let view = widget::own_session(&services, visitor, &id).await?;
    let mut answer = join(session, &id, None, view).await?;
    answer["session_id"] = json!(id);
    answer["room"] = json!(room(&id));
    Ok(answer)
}

async fn say(session: &mut Session, visitor: &Visitor, message: SendMessage) -> Result<Value, ApiError> {
    let uploads = uploads_of(&message)?;
    let joined = message.session_id.as_deref().is_some_and(|id| session.must_have_joined(id).is_ok());
    let pressed = message.choice.map(|button| Pressed { message_id: message.reply_to.unwrap_or_default(), button });
    let saying =
        Saying { session_id: message.session_id, client_id: message.client_id, text: message.content, uploads, joined, pressed };
    let said = widget::say(&session.shared.services, visitor, session.address, saying).await?;
    Ok(json!({ "session_id": said.session_id, "message": said.message }))
}

/// Uploads by id, or by the address under which the upload was answered.
pub(super) fn uploads_of(message: &SendMessage) -> Result<Vec<String>, ApiError> {
    let kind = message.kind.as_deref().unwrap_or("text");
    if !matches!(kind, "text" | "file" | "image" | "audio" | "voice" | "video" | "kb_article" | "article" | "note") {
        return Err(ApiError::invalid("/type", "is not a type of message"));
    }
    let mut uploads = message.attachments.clone();
    if let Some(url) = &message.attachment_url {
        let id = url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        uploads.push(id.to_owned());
    }
    if kind == "file" && uploads.is_empty() {
        return Err(ApiError::invalid("/attachment_url", "is needed to send a file"));
    }
    Ok(uploads)
}

fn tell_typing(session: &Session, visitor: &Visitor, typing: &Typing) {
    let body = json!({
        "session_id": typing.session_id, "sender_type": "customer", "sender_name": visitor.name, "typing": typing.typing,
    });
    let from = Person { id: &session.person(), subscription: session.subscription.id() };
    session.shared.services.hub.volatile(&typing.session_id, "chat:typing", body, from);
}
