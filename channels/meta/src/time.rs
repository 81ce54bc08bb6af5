//! Moments as the products write them.

use serde_json::Value;
use trunkline_channel::Micros;

/// Below this a number cannot be milliseconds of our days, so it is seconds.
const FIRST_MILLISECONDS: i64 = 1_000_000_000_000;

/// Seconds or milliseconds since 1970, as a number or as text. Nothing where it is neither, or out of any calendar.
#[must_use]
pub fn moment(value: &Value) -> Option<Micros> {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok()).filter(|number| *number > 0)?;
    number.checked_mul(if number < FIRST_MILLISECONDS { 1_000_000 } else { 1_000 })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::moment;

    #[test]
    fn seconds_and_milliseconds_are_told_apart() {
        for same in [json!("1795000000"), json!(1_795_000_000), json!(1_795_000_000_000_i64), json!("1795000000000")] {
            assert_eq!(moment(&same), Some(1_795_000_000_000_000), "{same}");
        }
        for none in [json!(null), json!(""), json!("soon"), json!(-5), json!(0), json!(i64::MAX), json!(1.5), json!({})] {
            assert_eq!(moment(&none), None, "{none}");
        }
    }
}
