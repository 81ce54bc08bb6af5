//! Every entry of the table of errors, and the settings that are refused.

use serde_json::{Value, json};
use trunkline_channel::SendError;

use super::rig::{refused, settings, setup};
use crate::api::ApiError;
use crate::errors::{Class, Refusal};

fn class_named(name: &str) -> Class {
    match name {
        "success" => Class::Success,
        "token" => Class::Token,
        "permission" => Class::Permission,
        "rate" => Class::Rate,
        "recipient" => Class::Recipient,
        "blocked" => Class::Blocked,
        "content" => Class::Content,
        "config" => Class::Config,
        "migrate" => Class::Migrate,
        "temporary" => Class::Temporary,
        other => panic!("the table has the class {other}"),
    }
}

#[test]
fn every_entry_of_the_table_has_its_class() {
    let table: Value = serde_json::from_str(include_str!("../../tests/errors.json")).unwrap();
    let entries = table["errors"].as_array().unwrap();
    assert!(entries.len() > 40);
    for entry in entries {
        let code = u16::try_from(entry["code"].as_u64().unwrap()).unwrap();
        let text = match entry["text"].as_str().unwrap() {
            "*" => "something that nobody has seen yet",
            text => text,
        };
        let label = match code {
            400 => "Bad Request: ",
            403 => "Forbidden: ",
            409 => "Conflict: ",
            _ => "",
        };
        let wanted = class_named(entry["class"].as_str().unwrap());
        for description in [format!("{label}{text}"), format!("{label}{text} and more"), text.to_uppercase()] {
            let refusal = Refusal { code, description, ..Refusal::default() };
            assert_eq!(refusal.class(), wanted, "{refusal:?}");
        }
    }
}

#[test]
fn every_class_becomes_what_the_daemon_understands() {
    let of = |code: u16, description: &str| {
        SendError::from(ApiError::Refused(Refusal { code, description: description.to_owned(), ..Refusal::default() }))
    };
    assert!(matches!(of(401, "Unauthorized"), SendError::BadCredentials { shown, .. } if shown.contains("@BotFather")));
    assert!(
        matches!(of(403, "Forbidden: bot was blocked by the user"), SendError::PeerGone { code, .. } if code.starts_with("403"))
    );
    assert!(matches!(of(403, "Forbidden: user is deactivated"), SendError::PeerGone { shown, .. } if shown.contains("gone")));
    assert!(matches!(of(400, "Bad Request: chat not found"), SendError::PeerGone { .. }));
    assert!(matches!(of(400, "Bad Request: message is too long"), SendError::Rejected { .. }));
    assert!(matches!(of(400, "Bad Request: NEW_TROUBLE"), SendError::Rejected { shown, .. } if shown.contains("NEW_TROUBLE")));
    assert!(matches!(of(413, ""), SendError::Rejected { shown, .. } if shown.contains("large")));
    assert!(matches!(of(429, ""), SendError::RateLimited { after, .. } if after.as_secs() == 5), "a wait although none is named");
    assert!(matches!(of(500, "Internal Server Error"), SendError::Retry { .. }));
    assert!(matches!(of(502, "Bad Gateway"), SendError::MaybeDelivered { .. }));
    assert!(matches!(of(400, "Bad Request: not enough rights to send text messages"), SendError::Rejected { .. }));
    assert!(matches!(SendError::from(ApiError::Garbled { status: 200 }), SendError::MaybeDelivered { .. }));
}

#[test]
fn settings_that_cannot_work_are_refused_by_their_key() {
    const TOKEN: &str = super::rig::TOKEN;
    const PUBLIC: Option<&str> = Some("https://chat.example.com");
    for (wrong, public, key) in [
        (json!({"token": ""}), None, "token"),
        (json!({"token": "7100001"}), None, "token"),
        (json!({"token": "x:AAHtest-test-test-test-test-test-te"}), None, "token"),
        (json!({"token": TOKEN, "api_url": "ftp://x"}), None, "api_url"),
        (json!({"token": TOKEN, "mode": "webhook"}), PUBLIC, "webhook_secret"),
        (json!({"token": TOKEN, "mode": "webhook", "webhook_secret": ""}), PUBLIC, "webhook_secret"),
        (json!({"token": TOKEN, "mode": "webhook", "webhook_secret": "short"}), PUBLIC, "webhook_secret"),
        (json!({"token": TOKEN, "mode": "webhook", "webhook_secret": "with a space in between"}), PUBLIC, "webhook_secret"),
        (json!({"token": TOKEN, "mode": "webhook", "webhook_secret": "long-enough-secret"}), None, "mode"),
        (
            json!({"token": TOKEN, "mode": "webhook", "webhook_secret": "long-enough-secret"}),
            Some("http://x.example.com"),
            "mode",
        ),
    ] {
        assert_eq!(refused(&wrong, public).key, key, "{wrong}");
    }
    let misspelt = serde_json::from_value::<crate::Settings>(json!({"token": TOKEN, "mod": "polling"}));
    assert!(misspelt.is_err_and(|error| error.to_string().contains("mod")));
    let polling = settings("https://api.telegram.org", &json!({})).build(setup(None)).unwrap();
    assert!(polling.polls() && polling.account().as_deref() == Some("7100001"));
    let hooked = json!({"mode": "webhook", "webhook_secret": "long-enough-secret"});
    assert!(!settings("https://api.telegram.org", &hooked).build(setup(PUBLIC)).unwrap().polls());
}
