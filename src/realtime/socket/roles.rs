//! Who may send which event: one table, looked up before a payload is read.

use crate::access::Role;

/// An event that a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientEvent {
    Start,
    Join,
    Leave,
    SendMessage,
    Typing,
    Seen,
    Delivered,
    End,
    Page,
    LeaveEmail,
    Accept,
    UseCannedResponse,
    Transfer,
    ActivityPing,
    Watch,
    View,
}

/// Who holds a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Customer,
    Staff(Role),
}

impl ClientEvent {
    pub const ALL: [Self; 16] = [
        Self::Start,
        Self::Join,
        Self::Leave,
        Self::SendMessage,
        Self::Typing,
        Self::Seen,
        Self::Delivered,
        Self::End,
        Self::Page,
        Self::LeaveEmail,
        Self::Accept,
        Self::UseCannedResponse,
        Self::Transfer,
        Self::ActivityPing,
        Self::Watch,
        Self::View,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "chat:start",
            Self::Join => "chat:join",
            Self::Leave => "chat:leave",
            Self::SendMessage => "chat:send_message",
            Self::Typing => "chat:typing",
            Self::Seen => "chat:seen",
            Self::Delivered => "chat:delivered",
            Self::End => "chat:end",
            Self::Page => "chat:page",
            Self::LeaveEmail => "chat:leave_email",
            Self::Accept => "chat:accept",
            Self::UseCannedResponse => "chat:use_canned_response",
            Self::Transfer => "chat:transfer",
            Self::ActivityPing => "agent:activity_ping",
            Self::Watch => "agent:watch",
            Self::View => "agent:view",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name)
    }

    /// Whether that side may send it at all; whose conversation it is about is the operation's question.
    #[must_use]
    pub fn allowed(self, side: Side) -> bool {
        match (self, side) {
            (Self::Join | Self::Leave, _) => true,
            (Self::Start | Self::Delivered | Self::Page | Self::LeaveEmail, Side::Customer) => true,
            (Self::Start | Self::Delivered | Self::Page | Self::LeaveEmail, Side::Staff(_)) => false,
            (Self::SendMessage | Self::Typing | Self::Seen | Self::End, Side::Customer) => true,
            (Self::Watch, Side::Staff(_)) => true,
            (_, Side::Customer) => false,
            (_, Side::Staff(role)) => role != Role::Auditor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientEvent, Side};
    use crate::access::Role;

    #[test]
    fn every_event_is_described() {
        let manual = include_str!("../../../docs/realtime.md");
        for event in ClientEvent::ALL {
            assert!(manual.contains(&format!("| `{}` |", event.as_str())), "{}", event.as_str());
        }
    }

    /// By hand: customer, operator, supervisor, admin, auditor.
    #[test]
    fn every_event_is_open_to_exactly_those_who_may_send_it() {
        let sides = [
            Side::Customer,
            Side::Staff(Role::Operator),
            Side::Staff(Role::Supervisor),
            Side::Staff(Role::Admin),
            Side::Staff(Role::Auditor),
        ];
        let table = [
            ("chat:start", "c----"),
            ("chat:join", "cosau"),
            ("chat:leave", "cosau"),
            ("chat:send_message", "cosa-"),
            ("chat:typing", "cosa-"),
            ("chat:seen", "cosa-"),
            ("chat:delivered", "c----"),
            ("chat:end", "cosa-"),
            ("chat:page", "c----"),
            ("chat:leave_email", "c----"),
            ("chat:accept", "-osa-"),
            ("chat:use_canned_response", "-osa-"),
            ("chat:transfer", "-osa-"),
            ("agent:activity_ping", "-osa-"),
            ("agent:watch", "-osau"),
            ("agent:view", "-osa-"),
        ];
        assert_eq!(table.len(), ClientEvent::ALL.len());
        for (name, row) in table {
            let event = ClientEvent::parse(name).unwrap();
            let allowed: Vec<bool> = sides.iter().map(|side| event.allowed(*side)).collect();
            let expected: Vec<bool> = row.chars().map(|c| c != '-').collect();
            assert_eq!(allowed, expected, "{name}");
        }
        assert_eq!(ClientEvent::parse("chat:new_message"), None, "what the server says is not for clients to say");
        assert_eq!(ClientEvent::parse("toString"), None);
    }
}
