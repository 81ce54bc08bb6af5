//! By which right a page may write to a person now.

use std::time::Duration;

use serde_json::{Map, Value, json};
use trunkline_channel::{Micros, Outbound, SendError};

use crate::page::Page;

/// After the person's last message anything may be answered for so long.
pub(crate) const FREE: Duration = Duration::from_secs(24 * 3_600);
/// What a person writes by hand, for so long.
pub(crate) const BY_HAND: Duration = Duration::from_secs(7 * 24 * 3_600);
pub(crate) const WAY_OUT: &str =
    "Facebook lets a page answer within 24 hours. Wait until the customer writes again, or reach them on another channel.";
pub(crate) const WAY_OUT_BY_HAND: &str = "Facebook lets a person answer by hand within 7 days. Wait until the customer writes again, or reach them on another channel.";
/// The platform's clock and ours are not the same.
const MARGIN: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// An answer within the free window.
    Response,
    /// The tag for answers by hand.
    HumanAgent,
}

impl Standing {
    /// Asked before the platform is: it would refuse and count the attempt against the page. Where nobody knows when the person
    /// last wrote, the platform decides.
    pub fn of(out: &Outbound, now: Micros, page: &Page) -> Result<Self, SendError> {
        let Some(last) = out.last_inbound_at else { return Ok(Self::Response) };
        let age = Duration::from_micros(u64::try_from(now.saturating_sub(last)).unwrap_or_default());
        if age + MARGIN < FREE {
            return Ok(Self::Response);
        }
        if may_use_hand(out, page.human_agent) && age + MARGIN < BY_HAND {
            return Ok(Self::HumanAgent);
        }
        Err(SendError::WindowClosed { shown: page.way_out().to_owned() })
    }

    /// The parameters that say so.
    pub fn parameters(self) -> Map<String, Value> {
        let (kind, tag) = match self {
            Self::Response => ("RESPONSE", None),
            Self::HumanAgent => ("MESSAGE_TAG", Some("HUMAN_AGENT")),
        };
        let mut parameters = Map::new();
        parameters.insert("messaging_type".to_owned(), json!(kind));
        parameters.extend(tag.map(|tag| ("tag".to_owned(), json!(tag))));
        parameters
    }
}

/// Machines may not say that they write by hand.
pub(super) fn may_use_hand(out: &Outbound, human_agent: bool) -> bool {
    human_agent && !out.automatic
}

#[cfg(test)]
mod tests {
    use trunkline_channel::{Micros, Outbound, SendError};

    use super::Standing;
    use crate::tests::rig::{page_for, text};

    const HOUR: Micros = 3_600_000_000;

    fn after(hours: Micros, human_agent: bool, automatic: bool) -> Option<Standing> {
        let out = Outbound { last_inbound_at: Some(0), automatic, ..text("x") };
        match Standing::of(&out, hours * HOUR, &page_for("https://graph.facebook.com", human_agent)) {
            Ok(standing) => Some(standing),
            Err(SendError::WindowClosed { shown }) => {
                assert!(shown.contains(if human_agent { "7 days" } else { "24 hours" }));
                None
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_window_is_known_before_the_platform_is_asked() {
        for (hours, human_agent, automatic, expected) in [
            (0, false, false, Some(Standing::Response)),
            (23, false, false, Some(Standing::Response)),
            (24, false, false, None),
            (23, true, false, Some(Standing::Response)),
            (24, true, false, Some(Standing::HumanAgent)),
            (24, true, true, None),
            (7 * 24 - 1, true, false, Some(Standing::HumanAgent)),
            (7 * 24, true, false, None),
        ] {
            assert_eq!(after(hours, human_agent, automatic), expected, "{hours} {human_agent} {automatic}");
        }
        let unknown = Standing::of(&text("x"), HOUR, &page_for("https://graph.facebook.com", false));
        assert_eq!(unknown, Ok(Standing::Response), "the platform decides");
        let ahead = Outbound { last_inbound_at: Some(2 * HOUR), ..text("x") };
        assert_eq!(Standing::of(&ahead, HOUR, &page_for("https://graph.facebook.com", false)), Ok(Standing::Response));
    }
}
