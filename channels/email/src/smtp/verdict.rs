//! What a failure means for the delivery.
//!
//! It is told by where the dialogue broke, not by error texts: before the final dot nothing can have been delivered,
//! after it everything may have been until a complete reply says otherwise.

use std::time::Duration;

use trunkline_channel::SendError;

use super::client::{Failure, Stage, Trouble};
use super::reply::{Reply, Status};

/// Greylisting servers take the second attempt only after some minutes.
const GREYLIST: Duration = Duration::from_secs(5 * 60);
const BUSY: Duration = Duration::from_secs(60);
const TURNED_AWAY: Duration = Duration::from_secs(15 * 60);
const QUOTA: Duration = Duration::from_secs(60 * 60);

pub(super) fn of_failure(failure: Failure) -> SendError {
    let Failure { stage, trouble } = failure;
    match trouble {
        Trouble::Refused(reply) => of_reply(stage, &reply),
        Trouble::NotOffered(what @ "STARTTLS") => {
            retry(Some(TURNED_AWAY), format!("the mail server does not offer {what}; nothing is sent in the clear"))
        }
        Trouble::NotOffered(what) => SendError::BadCredentials {
            code: "auth".to_owned(),
            shown: format!("The mail server does not offer {what}. Choose another kind of login for this inbox."),
        },
        Trouble::Consent(shown) => SendError::BadCredentials { code: "oauth".to_owned(), shown },
        trouble if stage == Stage::Dot => {
            SendError::MaybeDelivered { evidence: format!("after the whole mail was given: {trouble}") }
        }
        trouble => retry(None, trouble.to_string()),
    }
}

/// A refusal of the whole mail.
pub(super) fn of_reply(stage: Stage, reply: &Reply) -> SendError {
    let (code, shown) = (reply.shown_code(), reply.shown());
    let detail = reply.status().map(|Status { subject, detail, .. }| (subject, detail));
    match (reply.code, detail) {
        // Daily limits (Gmail says 5.4.5) and too many sessions (Microsoft says 4.3.2) slow the whole inbox.
        (_, Some((4, 5))) => SendError::RateLimited { after: QUOTA, whole_inbox: true },
        (432, _) | (421, Some((3, 2))) => SendError::RateLimited { after: BUSY, whole_inbox: true },
        (530 | 534 | 535 | 538, _) => SendError::BadCredentials { code, shown },
        (500.., _) if stage == Stage::Login => SendError::BadCredentials { code, shown },
        (450..=452, _) => retry(Some(GREYLIST), format!("{code} {shown}")),
        (421, _) => retry(Some(BUSY), format!("{code} {shown}")),
        (400..=499, _) => retry(None, format!("{code} {shown}")),
        // Turned away at the door: nothing was said about this mail.
        _ if stage <= Stage::Tls => retry(Some(TURNED_AWAY), format!("{code} {shown}")),
        _ if stage >= Stage::Recipient && is_gone(reply) => SendError::PeerGone { code, shown },
        _ => SendError::Rejected { code, shown },
    }
}

/// Whether the address itself is what is wrong (RFC 3463 §3.2: X.1.x), not size, policy or a full mailbox.
fn is_gone(reply: &Reply) -> bool {
    match reply.status() {
        Some(Status { subject: 1, detail, .. }) => matches!(detail, 0 | 1 | 2 | 3 | 4 | 6 | 9 | 10),
        Some(Status { subject: 2, detail, .. }) => detail == 1,
        Some(_) => false,
        None => matches!(reply.code, 550 | 551 | 553),
    }
}

fn retry(after: Option<Duration>, reason: String) -> SendError {
    SendError::Retry { after, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, text: &str) -> Reply {
        Reply { code, lines: vec![text.to_owned()] }
    }

    #[test]
    fn replies_are_sorted_by_code_status_and_stage() {
        let at = |stage, code, text: &str| of_reply(stage, &reply(code, text));
        assert!(matches!(at(Stage::Recipient, 450, "4.7.1 greylisted"), SendError::Retry { after: Some(GREYLIST), .. }));
        assert!(matches!(at(Stage::Greeting, 421, "busy"), SendError::Retry { after: Some(BUSY), .. }));
        assert!(matches!(at(Stage::Greeting, 554, "go away"), SendError::Retry { after: Some(TURNED_AWAY), .. }));
        assert!(matches!(at(Stage::Recipient, 550, "5.1.1 unknown"), SendError::PeerGone { .. }));
        assert!(matches!(at(Stage::Recipient, 550, "no such user"), SendError::PeerGone { .. }));
        assert!(matches!(at(Stage::Recipient, 550, "5.7.1 policy"), SendError::Rejected { .. }));
        assert!(matches!(at(Stage::Recipient, 552, "5.2.2 full"), SendError::Rejected { .. }));
        assert!(matches!(at(Stage::Sender, 550, "5.1.8 bad sender"), SendError::Rejected { .. }));
        assert!(matches!(at(Stage::Dot, 554, "5.7.1 spam"), SendError::Rejected { .. }));
        assert!(matches!(
            at(Stage::Login, 550, "5.7.30 basic authentication is not supported"),
            SendError::BadCredentials { .. }
        ));
        assert!(matches!(at(Stage::Login, 454, "4.7.0 temporary"), SendError::Retry { .. }));
        assert!(matches!(at(Stage::Sender, 530, "5.7.0 login first"), SendError::BadCredentials { .. }));
        assert!(matches!(at(Stage::Sender, 550, "5.4.5 daily limit"), SendError::RateLimited { whole_inbox: true, .. }));
    }

    #[test]
    fn only_after_the_dot_is_a_cut_uncertain() {
        for stage in [Stage::Connect, Stage::Login, Stage::Recipient, Stage::Data, Stage::Body] {
            assert!(matches!(of_failure(Failure { stage, trouble: Trouble::Silent }), SendError::Retry { .. }), "{stage:?}");
        }
        for trouble in [Trouble::Silent, Trouble::Nonsense("x"), Trouble::Broken(std::io::ErrorKind::UnexpectedEof)] {
            assert!(matches!(of_failure(Failure { stage: Stage::Dot, trouble }), SendError::MaybeDelivered { .. }));
        }
    }
}
