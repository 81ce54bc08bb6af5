//! Who may do what: operators and how they sign in, visitors and what they hold, roles.

pub mod api;
mod availability;
pub mod cookie;
mod error;
mod identify;
mod jwt;
mod operators;
mod passwords;
mod secrets;
mod sessions;
pub mod setup;
mod socket;
mod store;
mod teams;
mod throttle;
mod tokens;
mod workload;

use serde::{Deserialize, Serialize};

pub use availability::{Availability, anybody_online, note_activity, set_availability};
pub use error::Error;
pub use identify::{Credential, Identity, Principal, identify};
pub use jwt::visitor_token;
pub use operators::{OperatorView, create_admin, operator_of_email};
pub use secrets::new_secret;
pub use sessions::open as open_session;
pub use socket::{authenticate_socket, is_still_good, visitor_of_token};
pub use throttle::Throttle;
pub use workload::{Workload, of as workload};

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

    /// Whether somebody of this role may hand out a token of the other: never more than they are themselves.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        match self {
            Self::Admin => true,
            Self::Supervisor => matches!(other, Self::Operator | Self::Supervisor),
            Self::Operator | Self::Auditor => self == other,
        }
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
