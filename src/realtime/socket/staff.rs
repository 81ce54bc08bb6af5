//! What operators do over the socket: the same operations as the API's.

use serde_json::{Value, json};
use trunkline_channel::Signal;

use super::availability;
use super::commands::{Command, SendMessage, Typing, UseCannedResponse};
use super::customer::uploads_of;
use super::join::join;
use super::session::Session;
use super::watch;
use crate::access::Caller;
use crate::canned;
use crate::conversations::{self, Close, NewReply, Seer, Transfer};
use crate::http::ApiError;
use crate::realtime::Person;

/// Why an operator ends a conversation who says nothing else.
const DEFAULT_REASON: &str = "problem_solved";

pub(super) async fn handle(session: &mut Session, caller: &Caller, command: Command) -> Result<Value, ApiError> {
    let app = session.shared.services.app.clone();
    match command {
        Command::Join(to) => {
            let view = conversations::view(&app, caller, &to.session_id).await?;
            join(session, &to.session_id, to.after, json!(view)).await
        }
        Command::Leave(of) => {
            session.leave(&of.session_id);
            Ok(json!({}))
        }
        Command::SendMessage(message) => reply(session, caller, *message).await,
        Command::UseCannedResponse(using) => use_canned(session, caller, using).await,
        Command::Typing(typing) => {
            session.must_have_joined(&typing.session_id)?;
            tell_typing(session, caller, &typing);
            Ok(json!({}))
        }
        Command::Seen(seen) => {
            let number = session.number_of(&seen).await?;
            if conversations::seen(&app, Seer::Operator(caller), &seen.session_id, number).await? {
                session.shared.services.deliveries.signal(&seen.session_id, &caller.operator_id, Signal::Seen);
            }
            Ok(json!({ "session_id": seen.session_id, "number": number }))
        }
        Command::End(end) => {
            let close = Close { reason: end.reason.unwrap_or_else(|| DEFAULT_REASON.to_owned()), summary: end.summary };
            let view = conversations::close(&app, caller, &end.session_id, close).await?;
            Ok(json!({ "session_id": end.session_id, "session": view }))
        }
        Command::Accept(of) => {
            let view = conversations::accept(&app, caller, &of.session_id).await?;
            Ok(json!({ "session_id": of.session_id, "session": view }))
        }
        Command::Transfer(to) => {
            let transfer = Transfer { operator_id: to.operator_id, team_id: to.team_id, comment: to.comment };
            let view = conversations::transfer(&app, caller, &to.session_id, transfer).await?;
            Ok(json!({ "session_id": to.session_id, "session": view }))
        }
        Command::ActivityPing(_) => {
            availability::active(&session.shared, caller).await?;
            Ok(json!({ "at": app.now() }))
        }
        Command::Watch(list) => watch::watch(session, list),
        Command::View(screen) => watch::view(session, caller, screen).await,
        Command::Start(_) | Command::Delivered(_) | Command::Page(_) | Command::LeaveEmail(_) => {
            Err(ApiError::forbidden("this event is for customers"))
        }
    }
}

/// To colleagues and to the customer, wherever they are; of a note the customer must not even know that it is written.
fn tell_typing(session: &Session, caller: &Caller, typing: &Typing) {
    let mut body = json!({
        "session_id": typing.session_id, "sender_type": "operator", "sender_id": caller.operator_id, "sender_name": caller.name,
        "typing": typing.typing,
    });
    let from = Person { id: &session.person(), subscription: session.subscription.id() };
    let services = &session.shared.services;
    if typing.private {
        body["private"] = true.into();
        services.hub.volatile_to_staff(&typing.session_id, "chat:typing", body, from);
        return;
    }
    services.hub.volatile(&typing.session_id, "chat:typing", body, from);
    if typing.typing {
        services.deliveries.signal(&typing.session_id, &caller.operator_id, Signal::Typing);
    }
}

async fn reply(session: &Session, caller: &Caller, message: SendMessage) -> Result<Value, ApiError> {
    let attachments = uploads_of(&message)?;
    let kind = match (message.kind.as_deref(), &message.kb_article_id) {
        (Some("kb_article" | "article"), _) | (None, Some(_)) => "article",
        (Some(kind @ ("note" | "location" | "contact" | "template")), _) => kind,
        _ => "text",
    };
    let kind = kind.to_owned();
    let id = message.session_id.ok_or_else(|| ApiError::invalid("/session_id", "is needed"))?;
    let new = NewReply {
        client_id: message.client_id.unwrap_or_else(|| session.shared.services.app.ids.next()),
        kind: Some(kind),
        text: message.content,
        attachments,
        reply_to: message.reply_to,
        mentions: Vec::new(),
        article_id: message.kb_article_id,
        mail: message.mail,
        extra: message.extra,
    };
    send(session, caller, &id, new).await
}

/// The answer with its variables filled in; one that would go out with a hole in it does not go out.
async fn use_canned(session: &Session, caller: &Caller, using: UseCannedResponse) -> Result<Value, ApiError> {
    let app = &session.shared.services.app;
    let rendered = canned::render_for(app, caller, &using.canned_response_id, &using.session_id).await?;
    if !rendered.missing.is_empty() {
        let error = ApiError::conflict("missing_variables", "some variables of this response have no value here");
        return Err(error.with(json!({ "missing": rendered.missing, "text": rendered.text })));
    }
    let client_id = using.client_id.unwrap_or_else(|| app.ids.next());
    let new = NewReply { client_id, text: rendered.text, ..NewReply::default() };
    send(session, caller, &using.session_id, new).await
}

async fn send(session: &Session, caller: &Caller, id: &str, new: NewReply) -> Result<Value, ApiError> {
    let services = &session.shared.services;
    let view = conversations::reply(&services.app, caller, id, new).await?;
    services.deliveries.wake();
    Ok(json!({ "session_id": id, "message": view }))
}
