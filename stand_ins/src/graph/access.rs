//! Who may call: tokens, the proof that goes with them, and what the Graph API tells about a token.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::call::Call;
use super::refusal::Refusal;
use super::{APP_ID, APP_SECRET};

/// What a call needs to be let in.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub token: String,
    pub scopes: &'static [&'static str],
    /// Why the token is dead, as a subcode of 190.
    pub dead: Option<i64>,
    /// Seconds since 1970; 0 for never.
    pub expires_at: i64,
    /// The app demands `appsecret_proof`.
    pub proof_required: bool,
}

impl Access {
    pub fn new(token: &str, scopes: &'static [&'static str]) -> Self {
        Self { token: token.to_owned(), scopes, dead: None, expires_at: 0, proof_required: false }
    }

    /// Lets a call with the token of the account in.
    pub fn check(&self, call: &Call) -> Result<(), Refusal> {
        let token = token_of(call).ok_or_else(|| {
            let message = "An access token is required to request this resource.".to_owned();
            Refusal { status: 401, code: 104, subcode: None, message, details: None }
        })?;
        if token != self.token {
            return Err(Refusal { message: "Invalid OAuth access token - Cannot parse access token".to_owned(), ..dead(None) });
        }
        if let Some(subcode) = self.dead {
            return Err(dead(Some(subcode)));
        }
        match call.text("appsecret_proof") {
            None if self.proof_required => {
                Err(Refusal { message: "API calls from the server require an appsecret_proof argument".to_owned(), ..proof() })
            }
            Some(given) if given != proof_of(token) => {
                Err(Refusal { message: "Invalid appsecret_proof provided in the API argument".to_owned(), ..proof() })
            }
            _ => Ok(()),
        }
    }

    /// Lets a call of the app itself in.
    pub fn check_app(call: &Call) -> Result<(), Refusal> {
        match token_of(call) {
            Some(token) if token == app_token() => Ok(()),
            _ => Err(dead(None)),
        }
    }

    /// Whether a call about a token is let in: by the token itself or by the app.
    pub fn describe(&self, call: &Call) -> Result<Value, Refusal> {
        Self::check_app(call).or_else(|_| self.check(call))?;
        if call.text("input_token") != Some(&self.token) {
            let error = json!({"code": 190, "message": "Invalid OAuth access token."});
            return Ok(json!({"data": {"is_valid": false, "scopes": [], "error": error}}));
        }
        let mut about = json!({"app_id": APP_ID, "application": "Shop", "type": "SYSTEM_USER", "is_valid": self.dead.is_none(),
            "expires_at": self.expires_at, "data_access_expires_at": 0, "issued_at": 1_780_000_000, "scopes": self.scopes,
            "user_id": "122100000000000001"});
        if let Some(subcode) = self.dead {
            about["error"] = json!({"code": 190, "subcode": subcode, "message": dead(Some(subcode)).message});
        }
        Ok(json!({ "data": about }))
    }
}

/// The token of the app itself.
pub(super) fn app_token() -> String {
    format!("{APP_ID}|{APP_SECRET}")
}

/// Hex HMAC-SHA256 under the app's secret.
pub(super) fn signature(secret: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

fn proof_of(token: &str) -> String {
    signature(APP_SECRET, token.as_bytes())
}

fn proof() -> Refusal {
    Refusal::of(100, "").status(400)
}

/// A token among the parameters comes before the one of the header.
fn token_of(call: &Call) -> Option<&str> {
    call.text("access_token").or_else(|| call.header("authorization").and_then(|value| value.strip_prefix("Bearer ")))
}

fn dead(subcode: Option<i64>) -> Refusal {
    let why = match subcode {
        Some(460) => "The session has been invalidated because the user changed their password.",
        Some(463) => "Session has expired.",
        Some(467) => "The session is invalid because the user logged out.",
        Some(_) => "The user does not have the role on the Page that is needed.",
        None => "The token is malformed.",
    };
    Refusal::token(subcode, why)
}
