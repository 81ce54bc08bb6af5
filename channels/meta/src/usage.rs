//! How much of its limits an app or account has used, as the API tells with every answer.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

const HEADERS: [&str; 3] = ["x-business-use-case-usage", "x-app-usage", "x-page-usage"];
const PERCENTS: [&str; 3] = ["call_count", "total_cputime", "total_time"];
/// Nobody is believed to ask for a longer pause.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3_600);

/// The highest figures of all limits (developers.facebook.com/docs/graph-api/overview/rate-limiting).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the fullest limit; at 100 calls are refused.
    pub percent: u64,
    /// How long calls stay refused.
    pub regain: Option<Duration>,
}

impl Usage {
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let mut usage = Self::default();
        for value in HEADERS.iter().flat_map(|name| headers.get_all(*name)) {
            if let Ok(told) = serde_json::from_slice::<Value>(value.as_bytes()) {
                usage.take(&told);
            }
        }
        usage
    }

    /// Objects of figures, or lists of such by account.
    fn take(&mut self, told: &Value) {
        let Value::Object(fields) = told else { return };
        for (name, value) in fields {
            match value {
                Value::Array(limits) => limits.iter().for_each(|limit| self.take(limit)),
                Value::Number(number) if PERCENTS.contains(&name.as_str()) => {
                    self.percent = self.percent.max(number.as_u64().unwrap_or_default());
                }
                Value::Number(number) if name == "estimated_time_to_regain_access" => {
                    let wait = Duration::from_secs(number.as_u64().unwrap_or_default().saturating_mul(60)).min(LONGEST_WAIT);
                    self.regain = self.regain.max((!wait.is_zero()).then_some(wait));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::Usage;

    #[test]
    fn the_fullest_limit_counts() {
        let mut headers = HeaderMap::new();
        let mut tell = |name: &'static str, value: &'static str| {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        tell("x-app-usage", r#"{"call_count":28,"total_time":25,"total_cputime":31}"#);
        tell(
            "x-business-use-case-usage",
            r#"{"102290129340398":[{"type":"messenger","call_count":95,"estimated_time_to_regain_access":7},{"call_count":"x"}]}"#,
        );
        tell("x-page-usage", "no json");
        assert_eq!(Usage::of(&headers), Usage { percent: 95, regain: Some(Duration::from_secs(420)) });
        assert_eq!(Usage::of(&HeaderMap::new()), Usage::default());
    }
}
