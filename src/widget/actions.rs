//! Starting, saying, seeing.

use std::net::IpAddr;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use trunkline_channel::rich::Choice;
use trunkline_channel::{IntakeError, Kind, Outcome, Rich, StoredMessage};
use trunkline_web_chat::Settings;
use trunkline_web_chat::wire::{self, Answer, Event, What};

use super::seen_page::SeenPage;
use super::visitors::site_of;
use crate::access::Visitor;
use crate::conversations::{self, MessageView, Seer, store};
use crate::deliveries;
use crate::http::ApiError;
use crate::realtime::frames::{customer_message, customer_session};
use crate::services::Services;
use crate::uploads;

/// A new conversation, or the one that is open already.
#[derive(Debug, Default)]
pub struct Start {
    /// Made by the visitor's program; the same one again starts nothing new.
    pub client_id: Option<String>,
    pub subject: Option<String>,
    pub priority: Option<String>,
    pub required_skills: Vec<String>,
    pub metadata: Option<Value>,
    /// What the visitor filled in before, by the field's name.
    pub answers: BTreeMap<String, Answer>,
    pub language: Option<String>,
    /// The page on which the conversation begins; kept as `page` of the metadata.
    pub page: Option<SeenPage>,
    pub text: Option<String>,
}

/// Something a customer says.
#[derive(Debug, Default)]
pub struct Saying {
    /// Where; left out, the conversation that is open.
    pub session_id: Option<String>,
    pub client_id: Option<String>,
    pub text: String,
    /// Ids of uploads.
    pub uploads: Vec<String>,
    /// The visitor's socket has joined the conversation: that it is theirs was seen then.
    pub joined: bool,
    /// The button that says it; its title is then the text.
    pub pressed: Option<Pressed>,
}

/// A button under a message that the business has sent.
#[derive(Debug)]
pub struct Pressed {
    pub message_id: String,
    /// Its id.
    pub button: String,
}

/// What was stored: it may be in another conversation than asked for, where that one is closed.
#[derive(Debug)]
pub struct Said {
    pub session_id: String,
    pub message: Value,
}

pub async fn start(services: &Services, visitor: &Visitor, address: IpAddr, start: Start) -> Result<StoredMessage, ApiError> {
    let site = site_of(services, &visitor.inbox_id)?;
    services.quotas.start(&visitor.external_id, address, &site, services.app.now())?;
    ask_first(services, &site, visitor, &start.answers).await?;
    let mut metadata = start.metadata;
    // A page that is none (a file, a frame without an address) is no reason to turn a customer away.
    if let Some(page) = start.page.and_then(|page| page.kept(services.app.now()).ok()) {
        let known = metadata.get_or_insert_with(|| json!({}));
        let known = known.as_object_mut().ok_or_else(|| ApiError::invalid("/metadata", "must be an object"))?;
        known.insert("page".to_owned(), page);
    }
    let mut event = Event {
        // A start and the first message may carry the same id; they are two events.
        client_id: format!("start.{}", start.client_id.unwrap_or_else(|| services.app.ids.next())),
        what: What::Start,
        text: start.text.filter(|text| !text.trim().is_empty()),
        subject: start.subject,
        priority: start.priority,
        required_skills: start.required_skills,
        metadata,
        answers: start.answers,
        ..event(services, visitor)
    };
    event.visitor.language = start.language.or(event.visitor.language);
    accept(services, visitor, &event).await.map(|(stored, _)| stored)
}

pub async fn say(services: &Services, visitor: &Visitor, address: IpAddr, saying: Saying) -> Result<Said, ApiError> {
    let site = site_of(services, &visitor.inbox_id)?;
    services.quotas.message(&visitor.external_id, address, &site, services.app.now())?;
    if saying.session_id.is_none() {
        ask_first(services, &site, visitor, &BTreeMap::new()).await?;
    }
    if let Some(id) = &saying.session_id
        && !saying.joined
        && !store::is_own(&services.app.db, id, visitor).await?
    {
        return Err(ApiError::not_found("conversation"));
    }
    let choice = match &saying.pressed {
        Some(pressed) => Some(choice(services, visitor, pressed).await?),
        None => None,
    };
    let text = choice.as_ref().map_or(saying.text, |choice| choice.title.clone());
    let event = Event {
        client_id: saying.client_id.unwrap_or_else(|| services.app.ids.next()),
        text: Some(text).filter(|text| !text.trim().is_empty()),
        choice,
        attachments: attachments(services, visitor, &saying.uploads).await?,
        kind: Kind::Text,
        ..event(services, visitor)
    };
    let (stored, view) = accept(services, visitor, &event).await?;
    let view = match view {
        Some(view) => view,
        // Said before: as it stands now.
        None => store::message_view(&services.app.db, &stored.message_id).await?.ok_or_else(ApiError::internal)?,
    };
    let message = serde_json::to_value(view).ok().as_ref().and_then(customer_message).ok_or_else(ApiError::internal)?;
    Ok(Said { session_id: stored.conversation_id, message })
}

/// What a pressed button stands for, as the business wrote it: nothing of it is taken from the visitor's program.
async fn choice(services: &Services, visitor: &Visitor, pressed: &Pressed) -> Result<Choice, ApiError> {
    let db = &services.app.db;
    let message = store::message_view(db, &pressed.message_id).await?.filter(|message| message.deleted_at.is_none());
    let message = message.ok_or_else(|| ApiError::not_found("message"))?;
    if !store::is_own(db, &message.conversation_id, visitor).await? || message.kind == Kind::Note.as_str() {
        return Err(ApiError::not_found("message"));
    }
    let buttons = Rich::of_extra(&message.extra).unwrap_or_default().buttons;
    let button = buttons.into_iter().find(|button| button.url.is_none() && button.id == pressed.button);
    let button = button.ok_or_else(|| ApiError::unprocessable("no_such_button", "/choice", "the message has no such button"))?;
    Ok(Choice { id: button.id, title: button.title, data: Value::Null })
}

/// Lets a conversation begin only once what the site asks before it is answered. Whoever has an open one is in it already.
async fn ask_first(
    services: &Services,
    site: &Settings,
    visitor: &Visitor,
    answers: &BTreeMap<String, Answer>,
) -> Result<(), ApiError> {
    let Some(form) = &site.pre_chat else { return Ok(()) };
    let Err(wrong) = form.check_answers(&said_by(visitor), answers) else { return Ok(()) };
    let db = &services.app.db;
    if let Some(id) = store::newest_of(db, visitor).await?
        && store::facts(db, &id).await?.is_some_and(|facts| facts.state().is_open())
    {
        return Ok(());
    }
    let field = wrong.field.replace('~', "~0").replace('/', "~1");
    Err(ApiError::unprocessable("invalid_answers", &format!("/answers/{field}"), wrong.problem))
}

/// The visitor's conversation as they may see it; not theirs is not there.
pub async fn own_session(services: &Services, visitor: &Visitor, id: &str) -> Result<Value, ApiError> {
    let db = &services.app.db;
    let not_there = || ApiError::not_found("conversation");
    let facts = store::facts(db, id).await?.ok_or_else(not_there)?;
    if !store::belongs_to(db, &facts, visitor).await? {
        return Err(not_there());
    }
    let view = store::view(db, id).await?.ok_or_else(not_there)?;
    Ok(customer_session(&serde_json::to_value(view).map_err(|_| ApiError::internal())?))
}

/// The customer has read everything up to a message.
pub async fn seen(services: &Services, visitor: &Visitor, id: &str, number: i64) -> Result<(), ApiError> {
    conversations::seen(&services.app, Seer::Visitor(visitor), id, number).await?;
    Ok(())
}

/// The visitor looks at a page of the site; kept with their conversation where there is one.
pub async fn see_page(services: &Services, visitor: &Visitor, id: Option<String>, page: &SeenPage) -> Result<(), ApiError> {
    let now = services.app.now();
    services.quotas.page(&visitor.external_id, now)?;
    let page = page.kept(now)?;
    let id = match id {
        Some(id) => Some(id),
        None => store::newest_of(&services.app.db, visitor).await?,
    };
    if let Some(id) = id {
        conversations::visit(&services.app, visitor, &id, page).await?;
    }
    Ok(())
}

/// The customer's program has everything up to a message of their own conversation.
pub async fn delivered(services: &Services, visitor: &Visitor, id: &str, message_id: &str) -> Result<(), ApiError> {
    let app = &services.app;
    own_session(services, visitor, id).await?;
    let message = store::message_view(&app.db, message_id).await?.filter(|message| message.conversation_id == id);
    let number = message.ok_or_else(|| ApiError::not_found("message"))?.number;
    let mut tx = app.db.begin().await?;
    deliveries::received_by_customer(&mut tx, &app.ids, id, number, app.now()).await?;
    tx.commit().await?;
    Ok(())
}

fn event(services: &Services, visitor: &Visitor) -> Event {
    Event { visitor: said_by(visitor), at: services.app.now(), ..Event::default() }
}

fn said_by(visitor: &Visitor) -> wire::Visitor {
    wire::Visitor {
        external_id: visitor.external_id.clone(),
        name: visitor.name.clone(),
        email: visitor.email.clone(),
        verified: visitor.verified,
        language: None,
    }
}

/// Stores the event as intake stores all; what it made, or made before.
/// The message, and its view where it is new.
async fn accept(services: &Services, visitor: &Visitor, event: &Event) -> Result<(StoredMessage, Option<MessageView>), ApiError> {
    let raw = wire::encode(event).map_err(|error| ApiError::invalid(&format!("/{}", error.field), error.problem))?;
    let (receipt, view) = services.intake.accept_one(&visitor.inbox_id, raw).await.map_err(refused)?;
    match receipt.outcome {
        Outcome::Applied { mut messages } | Outcome::Duplicate { mut messages } if !messages.is_empty() => {
            Ok((messages.swap_remove(0), view))
        }
        outcome => {
            tracing::error!(?outcome, "a web chat event made no message");
            Err(ApiError::internal())
        }
    }
}

fn refused(error: IntakeError) -> ApiError {
    match error {
        IntakeError::Overloaded { retry_after } | IntakeError::Unavailable { retry_after } => {
            ApiError::unavailable(retry_after.as_secs())
        }
        IntakeError::NoInbox => ApiError::not_found("inbox"),
        IntakeError::LostLease => ApiError::unavailable(1),
    }
}

async fn attachments(services: &Services, visitor: &Visitor, ids: &[String]) -> Result<Vec<wire::Upload>, ApiError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if ids.len() > wire::MAX_ATTACHMENTS {
        return Err(ApiError::invalid("/attachments", format!("at most {} files", wire::MAX_ATTACHMENTS)));
    }
    let found = uploads::store::uploads(&services.app.db, &visitor.upload_owner(), ids).await?;
    ids.iter()
        .map(|id| {
            let upload = found.iter().find(|upload| upload.id == *id).ok_or(uploads::Error::NoUpload)?;
            Ok(wire::Upload {
                upload_id: upload.id.clone(),
                name: upload.name.clone(),
                size: u64::try_from(upload.size).ok(),
                content_type: Some(upload.content_type.clone()),
            })
        })
        .collect()
}
