//! Who is told of what: pure rules over an event, its conversation and a person.

use serde_json::Value;
use trunkline_channel::Micros;

use crate::access::{Availability, Role};
use crate::events::{EventKind, LoggedEvent};

/// Events that can be an occasion.
pub const KINDS: [EventKind; 6] = [
    EventKind::MessageCreated,
    EventKind::ConversationCreated,
    EventKind::ConversationReopened,
    EventKind::ConversationAssigned,
    EventKind::ConversationTransferred,
    EventKind::ConversationEscalated,
];
/// Whoever gave a sign of life within this time sits at the console and sees it there, in microseconds.
pub const AT_WORK_US: Micros = 30 * 1_000_000;

/// How much an operator wants to be told; `notifications.push` of the preferences. Each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    Off,
    /// One's own conversations, what is handed over to one, mentions; while online also what waits in the queue.
    #[default]
    Mine,
    /// Also conversations of one's teams, and the queue always.
    Team,
    Everything,
}

/// What an operator has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wishes {
    pub level: Level,
    /// Nothing of what customers write, nor who they are, leaves for the push service or a locked screen.
    pub privacy: bool,
}

impl Wishes {
    /// From a preferences object; what is missing or not understood has its default.
    #[must_use]
    pub fn of(preferences: &Value) -> Self {
        let notifications = &preferences["notifications"];
        let level = match notifications["push"].as_str() {
            Some("off") => Level::Off,
            Some("team") => Level::Team,
            Some("everything") => Level::Everything,
            _ => Level::Mine,
        };
        Self { level, privacy: notifications["privacy"].as_bool().unwrap_or(false) }
    }
}

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Message,
    Queue,
    HandedOver,
    Mention,
}

impl Reason {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Queue => "queue",
            Self::HandedOver => "handed_over",
            Self::Mention => "mention",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Message, Self::Queue, Self::HandedOver, Self::Mention].into_iter().find(|reason| reason.as_str() == name)
    }
}

/// An event that somebody may want to know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    pub seq: i64,
    pub at: Micros,
    pub conversation_id: String,
    pub message_id: Option<String>,
    what: What,
    /// Who did it, and so knows.
    by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// The customer wrote.
    Written,
    /// It came, or came back, into the queue.
    Waiting,
    HandedOver,
    Mentioned(Vec<String>),
}

impl Occasion {
    #[must_use]
    pub fn of(event: &LoggedEvent) -> Option<Self> {
        let kind = EventKind::parse(&event.kind)?;
        let conversation_id = event.conversation_id.clone()?;
        let payload: Value = serde_json::from_str(&event.payload).ok()?;
        let mut by = payload["by"]["id"].as_str().map(str::to_owned);
        let mut message_id = None;
        let what = match kind {
            EventKind::ConversationCreated | EventKind::ConversationReopened => What::Waiting,
            EventKind::ConversationAssigned | EventKind::ConversationTransferred | EventKind::ConversationEscalated => {
                What::HandedOver
            }
            EventKind::MessageCreated => {
                let message = &payload["message"];
                message_id = Some(message["id"].as_str()?.to_owned());
                match (message["sender_type"].as_str()?, message["kind"].as_str()?) {
                    ("customer", _) => What::Written,
                    ("operator", "note") => {
                        by = message["sender_id"].as_str().map(str::to_owned);
                        let mentions = message["extra"]["mentions"].as_array()?;
                        What::Mentioned(mentions.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect())
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some(Self { seq: event.seq, at: event.at, conversation_id, message_id, what, by })
    }
}

/// Where a conversation stands now.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    pub id: String,
    pub state: String,
    pub assignee_id: Option<String>,
    pub team_id: Option<String>,
    /// Waits for a supervisor.
    pub escalated: bool,
}

impl Standing {
    /// Whether it waits for somebody to accept it.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.assignee_id.is_none() && matches!(self.state.as_str(), "new" | "transferred")
    }
}

/// Somebody who can be told.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub role: Role,
    pub availability: Availability,
    pub last_active_at: Option<Micros>,
    pub wishes: Wishes,
    pub teams: Vec<String>,
    /// Members of those teams.
    pub teammates: Vec<String>,
}

impl Person {
    /// Why this person is to be told, if at all.
    #[must_use]
    pub fn told(&self, occasion: &Occasion, standing: &Standing, now: Micros) -> Option<Reason> {
        let at_work = self.last_active_at.is_some_and(|at| at > now - AT_WORK_US);
        if self.wishes.level == Level::Off || at_work || occasion.by.as_deref() == Some(self.id.as_str()) {
            return None;
        }
        let holds = standing.assignee_id.as_deref() == Some(self.id.as_str());
        match &occasion.what {
            What::Mentioned(people) => people.contains(&self.id).then_some(Reason::Mention),
            What::HandedOver if holds => Some(Reason::HandedOver),
            What::Written if holds => Some(Reason::Message),
            _ if standing.waits() => self.minds_the_queue(standing).then_some(Reason::Queue),
            What::Written => self.minds_others(standing).then_some(Reason::Message),
            What::HandedOver | What::Waiting => None,
        }
    }

    fn minds_the_queue(&self, standing: &Standing) -> bool {
        let could_accept = match &standing.team_id {
            _ if standing.escalated => self.role.supervises(),
            Some(team) => self.teams.contains(team),
            None => self.role != Role::Auditor,
        };
        match self.wishes.level {
            Level::Off => false,
            Level::Mine => could_accept && self.availability == Availability::Online,
            Level::Team => could_accept,
            Level::Everything => true,
        }
    }

    /// Conversations that somebody else holds.
    fn minds_others(&self, standing: &Standing) -> bool {
        let of_team = standing.team_id.as_ref().is_some_and(|team| self.teams.contains(team));
        let of_mate = standing.assignee_id.as_ref().is_some_and(|mate| self.teammates.contains(mate));
        match self.wishes.level {
            Level::Off | Level::Mine => false,
            Level::Team => of_team || of_mate,
            Level::Everything => true,
        }
    }
}

#[cfg(test)]
mod tests;
