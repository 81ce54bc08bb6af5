//! Entering a conversation: what was missed since, or a fresh start.

use serde_json::{Value, json};

use super::session::{MAX_JOINED, Session};
use crate::access::Principal;
use crate::app::App;
use crate::conversations::{self, HistoryQuery, Scope};
use crate::db::DbError;
use crate::events::{LoggedEvent, store};
use crate::http::ApiError;
use crate::realtime::frames::{Frame, customer_message, for_customer, for_staff};
use crate::realtime::{After, Event, MAX_MISSED, Resume, resume};

/// Messages of a fresh start.
const SNAPSHOT: i64 = 50;
/// More than this is not said in one answer; the rest is a page of history.
const MAX_BYTES: usize = 512 * 1024;

/// Name of the room a conversation is.
pub(super) fn room(session_id: &str) -> String {
    format!("session_{session_id}")
}

/// Enters, and answers what the client needs to be up to date. Events after the answer's `seq` are pushed.
pub(super) async fn join(session: &mut Session, id: &str, after: Option<After>, view: Value) -> Result<Value, ApiError> {
    if session.joined.len() >= MAX_JOINED && !session.joined.contains_key(id) {
        return Err(ApiError::conflict("too_many_joined", format!("at most {MAX_JOINED} conversations; leave one first")));
    }
    // Registered before the log is read: what comes in between is pushed.
    let position = session.subscription.follow(id);
    let app = session.shared.services.app.clone();
    let missed = match after {
        None => None,
        Some(after) => match resume(&app.db, after).await? {
            Resume::From(seq) => missed(&app, id, seq, &session.who).await?.map(|missed| (seq, missed)),
            Resume::Reset => None,
        },
    };
    let reset = after.is_some() && missed.is_none();
    let mut answer = json!({ "session": view, "room": room(id), "reset": reset });
    let seq = match missed {
        Some((from, Missed { messages, events, last })) => {
            answer["messages"] = messages.into();
            answer["events"] = events.into();
            last.max(position).max(from)
        }
        None => {
            answer["messages"] = snapshot(&app, id, &session.who).await?.into();
            answer["events"] = json!([]);
            position
        }
    };
    answer["seq"] = seq.into();
    session.subscription.told(id, seq);
    session.joined.insert(id.to_owned(), if after.is_some() && !reset { seq } else { 0 });
    session.socket.join(room(id));
    Ok(answer)
}

struct Missed {
    /// As they are now, each once.
    messages: Vec<Value>,
    /// The rest, each as `{event, data}`.
    events: Vec<Value>,
    last: i64,
}

/// `None` when it is too much for one answer.
async fn missed(app: &App, id: &str, after: i64, who: &Principal) -> Result<Option<Missed>, DbError> {
    let staff = matches!(who, Principal::Operator(_));
    let logged = store::of_conversation_after(&app.db, id, after, staff, MAX_MISSED + 1).await?;
    let bytes: usize = logged.iter().map(|event| event.payload.len()).sum();
    if i64::try_from(logged.len()).is_ok_and(|read| read > MAX_MISSED) || bytes > MAX_BYTES {
        return Ok(None);
    }
    let last = logged.last().map_or(after, |event| event.seq);
    let mut missed = Missed { messages: Vec::new(), events: Vec::new(), last };
    for frame in logged.into_iter().filter_map(|event| frame(event, staff)) {
        match frame.body.get("message") {
            Some(message) => put(&mut missed.messages, message.clone()),
            None => missed.events.push(json!({ "event": frame.name, "data": frame.body })),
        }
    }
    Ok(Some(missed))
}

fn frame(logged: LoggedEvent, staff: bool) -> Option<Frame> {
    let event = Event::decode(logged)?;
    if staff { for_staff(&event) } else { for_customer(&event) }
}

/// A message told again (edited, deleted) takes the place of what was told before.
fn put(messages: &mut Vec<Value>, message: Value) {
    match messages.iter_mut().find(|before| before["id"] == message["id"]) {
        Some(before) => *before = message,
        None => messages.push(message),
    }
}

/// The newest messages, oldest first.
async fn snapshot(app: &App, id: &str, who: &Principal) -> Result<Vec<Value>, ApiError> {
    let scope = match who {
        Principal::Operator(caller) => Scope::Operator(caller),
        Principal::Visitor(visitor) => Scope::Visitor(visitor),
    };
    let query = HistoryQuery { limit: Some(SNAPSHOT), ..HistoryQuery::default() };
    let page = conversations::history(app, scope, id, &query).await?;
    let mut bytes = 0;
    let mut messages = Vec::new();
    for message in page.items {
        let message = serde_json::to_value(message).map_err(|_| ApiError::internal())?;
        bytes += message.to_string().len();
        if bytes > MAX_BYTES && !messages.is_empty() {
            break;
        }
        messages.push(message);
    }
    messages.reverse();
    if matches!(who, Principal::Visitor(_)) {
        messages = messages.iter().filter_map(customer_message).collect();
    }
    Ok(messages)
}
