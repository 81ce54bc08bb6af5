//! Whether somebody who was away can go on where they were.

use serde::{Deserialize, Deserializer};
use serde_json::Number;

use crate::db::{Db, DbError};
use crate::events::store;

/// Missed events given in one go; whoever missed more starts anew from a snapshot.
pub const MAX_MISSED: i64 = 500;

/// The last event number somebody has seen, as they say. Any JSON number is taken: one that cannot be an event number
/// asks for a fresh start, it is not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After(Option<i64>);

/// Where to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    From(i64),
    /// Take a snapshot; what was seen before is no use.
    Reset,
}

impl After {
    /// Of a text such as `Last-Event-ID`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.trim().parse().ok())
    }
}

impl<'de> Deserialize<'de> for After {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(Number::deserialize(from)?.as_i64()))
    }
}

/// Looks whether the log still has everything after that number. Zero and less, the future, and what has been purged
/// ask for a reset.
pub async fn resume(db: &Db, after: After) -> Result<Resume, DbError> {
    let Some(after) = after.0.filter(|after| *after > 0) else { return Ok(Resume::Reset) };
    let (newest, oldest) = store::bounds(db).await?;
    let kept = after <= newest && after >= oldest.saturating_sub(1);
    Ok(if kept { Resume::From(after) } else { Resume::Reset })
}

#[cfg(test)]
mod tests {
    use super::After;

    #[test]
    fn any_number_is_taken_and_only_numbers() {
        let read = |text: &str| serde_json::from_str::<After>(text).ok().map(|after| after.0);
        assert_eq!(read("7"), Some(Some(7)));
        assert_eq!(read("-1"), Some(Some(-1)));
        assert_eq!(read("9223372036854775808"), Some(None));
        assert_eq!(read("1e300"), Some(None));
        assert_eq!(read("0.5"), Some(None));
        assert_eq!(read("\"7\""), None);
        assert_eq!(After::parse(" 12 "), After(Some(12)));
        assert_eq!(After::parse("99999999999999999999"), After(None));
    }
}
