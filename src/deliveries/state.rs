//! The states of a delivery and what receipts may do to them.

use trunkline_channel::ReceiptStatus;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, utoipa::ToSchema)]
#[schema(as = DeliveryState, rename_all = "snake_case")]
pub enum State {
    Queued,
    /// With the provider's server, or waiting for the news that settles an unknown outcome.
    Sending,
    RetryWait,
    /// It may have arrived; a person decides.
    Uncertain,
    Sent,
    Delivered,
    Read,
    Failed,
    Cancelled,
}

impl State {
    const ALL: [Self; 9] = [
        Self::Queued,
        Self::Sending,
        Self::RetryWait,
        Self::Uncertain,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Failed,
        Self::Cancelled,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::RetryWait => "retry_wait",
            Self::Uncertain => "uncertain",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// What the message shows: people need not know of attempts.
    #[must_use]
    pub fn status(self) -> &'static str {
        match self {
            Self::Queued | Self::Sending | Self::RetryWait => "queued",
            other => other.as_str(),
        }
    }

    /// How much of the way the message is known to have gone.
    fn progress(self) -> u8 {
        match self {
            Self::Queued | Self::Sending | Self::RetryWait | Self::Uncertain | Self::Failed | Self::Cancelled => 0,
            Self::Sent => 1,
            Self::Delivered => 2,
            Self::Read => 3,
        }
    }

    /// The state after news from the provider, where it changes one. News of success counts whatever we believed
    /// before (a person may have cancelled what had already gone out); bad news only until the customer has it.
    #[must_use]
    pub fn after(self, status: &ReceiptStatus) -> Option<Self> {
        let news = match status {
            ReceiptStatus::Sent => Self::Sent,
            ReceiptStatus::Delivered => Self::Delivered,
            ReceiptStatus::Read => Self::Read,
            ReceiptStatus::Failed { recipient: None, .. } => {
                let open = self.progress() < Self::Delivered.progress() && !matches!(self, Self::Failed | Self::Cancelled);
                return open.then_some(Self::Failed);
            }
            ReceiptStatus::Failed { recipient: Some(_), .. } | ReceiptStatus::Delayed { .. } => return None,
        };
        (news.progress() > self.progress()).then_some(news)
    }
}

#[cfg(test)]
mod tests {
    use trunkline_channel::ReceiptStatus;

    use super::State;

    #[test]
    fn receipts_only_lead_forward_and_may_skip_steps() {
        use State::{Cancelled, Delivered, Failed, Queued, Read, RetryWait, Sending, Sent, Uncertain};
        for state in [Queued, Sending, RetryWait, Uncertain, Failed, Cancelled] {
            assert_eq!(state.after(&ReceiptStatus::Sent), Some(Sent), "{state:?}");
            assert_eq!(state.after(&ReceiptStatus::Delivered), Some(Delivered), "{state:?}");
            assert_eq!(state.after(&ReceiptStatus::Read), Some(Read), "{state:?}");
        }
        assert_eq!(Sent.after(&ReceiptStatus::Sent), None);
        assert_eq!(Sent.after(&ReceiptStatus::Read), Some(Read));
        assert_eq!(Delivered.after(&ReceiptStatus::Sent), None);
        assert_eq!(Read.after(&ReceiptStatus::Delivered), None);
    }

    #[test]
    fn bad_news_counts_until_the_customer_has_the_message() {
        let failed = |recipient| ReceiptStatus::Failed { code: "550".into(), shown: "no such user".into(), recipient };
        for state in [State::Queued, State::Sending, State::RetryWait, State::Uncertain, State::Sent] {
            assert_eq!(state.after(&failed(None)), Some(State::Failed), "{state:?}");
            assert_eq!(state.after(&failed(Some("b@example.com".into()))), None, "{state:?}");
        }
        for state in [State::Delivered, State::Read, State::Failed, State::Cancelled] {
            assert_eq!(state.after(&failed(None)), None, "{state:?}");
        }
    }

    #[test]
    fn every_state_has_a_name_that_parses() {
        assert!(State::ALL.into_iter().all(|state| State::parse(state.as_str()) == Some(state)));
    }
}
