//! The states of a conversation and the only moves between them.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConversationState)]
pub enum State {
    /// Waits in the queue.
    New,
    /// Accepted; the operator's turn.
    Active,
    /// Answered; the customer's turn.
    AwaitingResponse,
    /// Handed to somebody who has not accepted it yet.
    Transferred,
    Closed,
    /// Read-only for ever.
    Archived,
}

/// What can happen to a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    Accept,
    /// A supervisor gives it to an operator.
    Assign,
    /// A supervisor puts it (back) into the queue of a team.
    Requeue,
    Transfer,
    /// An operator answers.
    Answer,
    CustomerWrites,
    Close,
    /// An operator opens it again.
    Reopen,
    Archive,
}

impl State {
    pub const ALL: [Self; 6] = [Self::New, Self::Active, Self::AwaitingResponse, Self::Transferred, Self::Closed, Self::Archived];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::AwaitingResponse => "awaiting_response",
            Self::Transferred => "transferred",
            Self::Closed => "closed",
            Self::Archived => "archived",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Archived)
    }

    /// Where a move leads from here; `None` when it is not allowed.
    #[must_use]
    pub fn after(self, step: Move) -> Option<Self> {
        use State::{Active, Archived, AwaitingResponse, Closed, New, Transferred};
        Some(match (self, step) {
            (New | Transferred, Move::Accept) => Active,
            (New | Active | AwaitingResponse | Transferred, Move::Assign) => Active,
            (New | Active | AwaitingResponse | Transferred, Move::Requeue) => New,
            (Active | AwaitingResponse, Move::Transfer) => Transferred,
            (Active | AwaitingResponse, Move::Answer) => AwaitingResponse,
            (New, Move::CustomerWrites) => New,
            (Active | AwaitingResponse, Move::CustomerWrites) => Active,
            (Transferred, Move::CustomerWrites) => Transferred,
            (Closed, Move::CustomerWrites) => New,
            (New | Active | AwaitingResponse | Transferred, Move::Close) => Closed,
            (Closed, Move::Reopen) => Active,
            (Closed, Move::Archive) => Archived,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    Medium,
    High,
    Urgent,
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Urgent];

    /// As stored: higher is more pressing.
    #[must_use]
    pub fn rank(self) -> i64 {
        self as i64
    }

    #[must_use]
    pub fn from_rank(rank: i64) -> Self {
        usize::try_from(rank).ok().and_then(|i| Self::ALL.get(i).copied()).unwrap_or(Self::Medium)
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "low" => Self::Low,
            "medium" => Self::Medium,
            "high" => Self::High,
            "urgent" => Self::Urgent,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Move, State};

    /// The whole table by hand: rows are states, columns are moves; `-` is refused.
    #[test]
    fn every_move_from_every_state_is_as_the_product_says() {
        use Move::{Accept, Answer, Archive, Assign, Close, CustomerWrites, Reopen, Requeue, Transfer};
        let columns = [Accept, Assign, Requeue, Transfer, Answer, CustomerWrites, Close, Reopen, Archive];
        let table = [
            (State::New, "active active new - - new closed - -"),
            (State::Active, "- active new transferred awaiting_response active closed - -"),
            (State::AwaitingResponse, "- active new transferred awaiting_response active closed - -"),
            (State::Transferred, "active active new - - transferred closed - -"),
            (State::Closed, "- - - - - new - active archived"),
            (State::Archived, "- - - - - - - - -"),
        ];
        for (from, row) in table {
            let expected: Vec<&str> = row.split(' ').collect();
            let found: Vec<&str> = columns.iter().map(|step| from.after(*step).map_or("-", State::as_str)).collect();
            assert_eq!(found, expected, "from {from:?}");
        }
    }
}
