//! What can go wrong in this slice.

use thiserror::Error;

use crate::db::DbError;
use crate::http::ApiError;

#[derive(Debug, Error)]
pub enum Error {
    /// One answer for an unknown account, a disabled one and a wrong password.
    #[error("the email or the password is wrong")]
    WrongCredentials,
    #[error("sign in first")]
    Unauthorized,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("{pointer} {problem}")]
    Invalid { pointer: &'static str, problem: String },
    #[error("an operator with this email exists")]
    EmailTaken,
    #[error("a team of this name exists")]
    NameTaken,
    #[error("conversations or canned responses refer to this team")]
    TeamInUse,
    /// Without an admin nobody could repair anything.
    #[error("the last admin cannot be disabled or get another role")]
    LastAdmin,
    /// Used, too old, or never given out.
    #[error("this set-up link is not valid any more; restart the daemon for a new one")]
    StaleSetupLink,
    #[error("too many attempts")]
    TooMany { retry_after_s: u64 },
    /// Password hashes are computed by a bounded pool, and its queue is full.
    #[error("too many sign-ins at once")]
    Busy,
    #[error("the password could not be hashed")]
    Hashing,
    #[error("a token could not be signed")]
    Signing,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Error {
    pub(super) fn invalid(pointer: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid { pointer, problem: problem.into() }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::WrongCredentials => {
                Self::new(http::StatusCode::UNAUTHORIZED, "wrong_credentials", "the email or the password is wrong")
            }
            Error::Unauthorized => Self::unauthorized(),
            Error::Forbidden(why) => Self::forbidden(why),
            Error::NotFound(what) => Self::not_found(what),
            Error::Invalid { pointer, problem } => Self::invalid(pointer, problem),
            Error::EmailTaken => Self::conflict("email_taken", error.to_string()),
            Error::NameTaken => Self::conflict("name_taken", error.to_string()),
            Error::TeamInUse => Self::conflict("team_in_use", error.to_string()),
            Error::LastAdmin => Self::conflict("last_admin", error.to_string()),
            Error::StaleSetupLink => Self::new(http::StatusCode::FORBIDDEN, "stale_setup_link", error.to_string()),
            Error::TooMany { retry_after_s } => Self::too_many(retry_after_s),
            Error::Busy => Self::too_many(1),
            Error::Hashing | Error::Signing => {
                tracing::error!(%error, "a cryptographic operation failed");
                Self::internal()
            }
            Error::Db(error) => error.into(),
        }
    }
}
