//! Who may do what.

use serde::{Deserialize, Serialize};

/// What an operator (or a token) is allowed to do. Each later role of the first three includes the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Operator,
    Supervisor,
    Admin,
    /// Reads everything, changes nothing.
    Auditor,
}

impl Role {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Operator, Self::Supervisor, Self::Admin, Self::Auditor].into_iter().find(|role| role.as_str() == name)
    }

    /// Supervisors and admins act on other people's conversations.
    #[must_use]
    pub fn supervises(self) -> bool {
        matches!(self, Self::Supervisor | Self::Admin)
    }
}

/// The signed-in operator (or the operator a token stands for) behind a request or a socket. Every operation takes
/// it: there is no way to the data without saying who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub operator_id: String,
    pub name: String,
    pub role: Role,
}

/// The customer behind a web chat socket: sees the conversations of one identity, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    pub inbox_id: String,
    /// The identity's external id in that inbox.
    pub external_id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    /// Whether the site proved who this is (signed identity).
    pub verified: bool,
}
