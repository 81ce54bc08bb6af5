//! Answers of the VK API: always HTTP 200, the error inside.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A call that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: i64,
    pub message: String,
    /// Further fields of the error object, such as `captcha_sid`.
    pub extra: Vec<(&'static str, Value)>,
}

impl Refusal {
    #[must_use]
    pub fn of(code: i64, message: &str) -> Self {
        Self { code, message: message.to_owned(), extra: Vec::new() }
    }

    /// The error of a code in VK's own words.
    #[must_use]
    pub fn code(code: i64) -> Self {
        let refusal = Self::of(code, text(code));
        if code != 14 {
            return refusal;
        }
        let extra = vec![
            ("captcha_sid", json!("239633676097")),
            ("captcha_img", json!("https://vk.com/captcha.php?sid=239633676097&s=1")),
        ];
        Self { extra, ..refusal }
    }

    /// Error 100, naming what is wrong.
    #[must_use]
    pub fn parameter(what: &str) -> Self {
        Self::of(100, &format!("{}: {what}", text(100)))
    }

    /// The whole answer, with the call's parameters told back as VK does (the token left out).
    #[must_use]
    pub fn body(&self, method: &str, parameters: &[(String, String)]) -> Value {
        let told = parameters.iter().filter(|(key, _)| key != "access_token");
        let told = told.map(|(key, value)| json!({"key": key, "value": value}));
        let request: Vec<Value> = std::iter::once(json!({"key": "method", "value": method})).chain(told).collect();
        let mut error = json!({"error_code": self.code, "error_msg": self.message, "request_params": request});
        for (key, value) in &self.extra {
            error[*key] = value.clone();
        }
        json!({ "error": error })
    }
}

/// The envelope of a success.
pub fn success(result: &Value) -> Response {
    Json(json!({ "response": result })).into_response()
}

fn text(code: i64) -> &'static str {
    match code {
        1 => "Unknown error occurred",
        3 => "Unknown method passed",
        5 => "User authorization failed: invalid access_token (4).",
        6 => "Too many requests per second",
        8 => "Invalid request",
        9 => "Flood control",
        10 => "Internal server error",
        14 => "Captcha needed",
        15 => "Access denied",
        27 => "Group authorization failed: method is unavailable with group auth.",
        29 => "Rate limit reached",
        100 => "One of the parameters specified was missing or invalid",
        113 => "Invalid user id",
        129 => "Invalid photo",
        900 => "Can't send messages for users from blacklist",
        901 => "Can't send messages for users without permission",
        902 => "Can't send messages to this user due to their privacy settings",
        909 => "Can't edit this message, because it's too old",
        911 => "Keyboard format is invalid",
        912 => "This is a chat bot feature, change this status in settings",
        914 => "Message is too long",
        917 => "You don't have access to this chat",
        920 => "Can't edit this kind of message",
        924 => "Can't delete this message for everybody",
        1117 => "Access token has expired",
        2000 => "Cannot add more servers, max number of servers reached: 10",
        _ => "Error",
    }
}
