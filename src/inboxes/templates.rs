//! The approved texts of an account, asked of its provider.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use thiserror::Error;
use tokio::time::timeout;
use trunkline_channel::rich::Template;
use trunkline_channel::{Connector, SendError};

use crate::http::ApiError;

/// A person waits for the list.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Debug, Error)]
pub enum Error {
    #[error("the settings of this inbox do not work")]
    NoLine,
    #[error("this channel has no templates")]
    Unsupported,
    #[error("the provider did not answer in {} seconds", PATIENCE.as_secs())]
    Silent,
    #[error(transparent)]
    Provider(#[from] SendError),
}

/// All templates of an inbox's account, whatever their state.
pub async fn list(connector: Option<Arc<dyn Connector>>) -> Result<Vec<Template>, Error> {
    let connector = connector.ok_or(Error::NoLine)?;
    if !connector.capabilities().templates {
        return Err(Error::Unsupported);
    }
    Ok(timeout(PATIENCE, connector.templates()).await.map_err(|_elapsed| Error::Silent)??)
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let refused = |detail: String| Self::new(StatusCode::BAD_GATEWAY, "provider_refused", detail);
        match error {
            Error::NoLine => Self::conflict("no_line", text),
            Error::Unsupported => Self::conflict("not_supported", text),
            Error::Silent => Self::new(StatusCode::GATEWAY_TIMEOUT, "provider_silent", text),
            Error::Provider(SendError::RateLimited { after, .. }) => Self::too_many(after.as_secs()),
            Error::Provider(
                SendError::Rejected { shown, .. }
                | SendError::PeerGone { shown, .. }
                | SendError::BadCredentials { shown, .. }
                | SendError::WindowClosed { shown },
            ) => refused(shown),
            Error::Provider(SendError::Retry { reason, .. }) => refused(reason),
            Error::Provider(SendError::MaybeDelivered { evidence }) => refused(evidence),
        }
    }
}
