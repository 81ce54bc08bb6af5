//! One notification on its way: encrypted for its browser (RFC 8291), signed by us (RFC 8292), posted once (RFC 8030).

use std::time::Duration;

use http::{Method, StatusCode, header};
use serde_json::Value;
use trunkline_channel::Micros;
use trunkline_channel::http::{Answer, CallError};
use url::Url;
use web_push_native::{Auth, p256::PublicKey};

use super::Push;
use super::store::subscriptions::Subscription;
use super::subscriptions::decoded;

/// A service that needs longer counts as not answering.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of an encrypted record that every service takes (RFC 8291 §4), less header, tag and padding.
pub const MAX_PAYLOAD: usize = 3993;

/// One attempt's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The push service has it.
    Sent,
    /// The browser is not subscribed any more.
    Gone,
    /// Later perhaps, not before this long where the service said so.
    Retry { after: Option<Duration>, why: String },
    /// Never in this form.
    Refused { why: String },
}

impl Outcome {
    /// The label of the metrics.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Gone => "gone",
            Self::Retry { .. } => "retry",
            Self::Refused { .. } => "refused",
        }
    }
}

/// What goes around the payload.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    /// Replaces what still waits at the service under the same topic: at most 32 characters of base64url.
    pub topic: Option<&'a str>,
    /// How long the service may keep it for a browser that is away.
    pub ttl: Duration,
}

/// Makes exactly one attempt.
pub async fn send(push: &Push, to: &Subscription, payload: &Value, envelope: &Envelope<'_>, now: Micros) -> Outcome {
    let outcome = attempt(push, to, payload, envelope, now).await;
    metrics::counter!("trunkline_push_attempts_total", "outcome" => outcome.as_str()).increment(1);
    outcome
}

async fn attempt(push: &Push, to: &Subscription, payload: &Value, envelope: &Envelope<'_>, now: Micros) -> Outcome {
    let refused = |why: &str| Outcome::Refused { why: why.to_owned() };
    let Ok(url) = Url::parse(&to.endpoint) else { return refused("the stored endpoint is no address") };
    let Some(body) = encrypted(to, payload) else { return refused("the notification could not be encrypted") };
    let Some(authorization) = push.vapid().and_then(|vapid| vapid.authorization(&url, now)) else {
        return refused("the notification could not be signed");
    };
    let Some(request) = push.http().guarded_request(Method::POST, url) else {
        return refused("the endpoint is no public address");
    };
    let mut request = request
        .timeout(PATIENCE)
        .header(header::AUTHORIZATION, authorization)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::CONTENT_ENCODING, "aes128gcm")
        .header("ttl", envelope.ttl.as_secs())
        .header("urgency", "high");
    if let Some(topic) = envelope.topic {
        request = request.header("topic", topic);
    }
    judged(push.http().call(request.body(body)).await)
}

fn encrypted(to: &Subscription, payload: &Value) -> Option<Vec<u8>> {
    let key = PublicKey::from_sec1_bytes(&decoded(&to.p256dh)?).ok()?;
    let auth: [u8; 16] = decoded(&to.auth)?.try_into().ok()?;
    let payload = payload.to_string().into_bytes();
    if payload.len() > MAX_PAYLOAD {
        return None;
    }
    web_push_native::encrypt(payload, &key, &Auth::from(auth)).ok()
}

fn judged(answer: Result<Answer, CallError>) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        // A second copy replaces the first: both have the same topic.
        Err(CallError::NotSent(why) | CallError::Unknown(why)) => return Outcome::Retry { after: None, why },
    };
    let why = format!("the push service answered {}", answer.status.as_u16());
    match answer.status {
        status if status.is_success() => Outcome::Sent,
        StatusCode::NOT_FOUND | StatusCode::GONE => Outcome::Gone,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Outcome::Retry { after: answer.retry_after(), why },
        status if status.is_server_error() => Outcome::Retry { after: answer.retry_after(), why },
        _ => Outcome::Refused { why },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::{HeaderMap, StatusCode, header};
    use trunkline_channel::http::{Answer, CallError};

    use super::{Outcome, judged};

    fn answered(status: u16, retry_after: Option<&str>) -> Outcome {
        let mut headers = HeaderMap::new();
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.parse().unwrap());
        }
        judged(Ok(Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::new() }))
    }

    #[test]
    fn an_answer_says_whether_to_try_again() {
        assert_eq!((answered(201, None), answered(200, None)), (Outcome::Sent, Outcome::Sent));
        assert_eq!((answered(404, None), answered(410, None)), (Outcome::Gone, Outcome::Gone));
        for (status, seconds) in [(429, Some("7")), (503, Some("7"))] {
            let Outcome::Retry { after, .. } = answered(status, seconds) else { panic!("{status} is for later") };
            assert_eq!(after, Some(Duration::from_secs(7)));
        }
        assert!(matches!(answered(502, Some("tomorrow")), Outcome::Retry { after: None, .. }));
        for status in [301, 400, 401, 403, 413] {
            assert!(matches!(answered(status, None), Outcome::Refused { .. }), "{status}");
        }
        assert!(matches!(judged(Err(CallError::Unknown("cut".into()))), Outcome::Retry { .. }));
    }
}
