//! What refusals mean, and settings that cannot work.

use serde_json::{Value, json};
use trunkline_channel::SendError;
use trunkline_meta::{GraphError, Refusal};

use super::rig::{page_for, refused, settings, setup};

fn refusal(code: i64, subcode: Option<i64>, status: u16) -> GraphError {
    GraphError::Refused(Box::new(Refusal { status, code: Some(code), subcode, ..Refusal::default() }))
}

#[test]
fn every_listed_error_has_its_class() {
    let page = page_for("https://graph.facebook.com", false);
    let table: Value = serde_json::from_str(include_str!("../../tests/errors.json")).unwrap();
    let errors = table["errors"].as_array().unwrap();
    assert!(errors.len() > 30);
    for entry in errors {
        let (code, subcode) = (entry["code"].as_i64().unwrap(), entry["subcode"].as_i64());
        let error = page.unsent(refusal(code, subcode, 400));
        let as_listed = match entry["class"].as_str().unwrap() {
            // All four stop the inbox until a person has done something.
            "token" | "permission" | "policy" => matches!(&error, SendError::BadCredentials { shown, .. } if !shown.is_empty()),
            "window" => matches!(&error, SendError::WindowClosed { shown } if shown.contains("24 hours")),
            "recipient" => matches!(&error, SendError::PeerGone { shown, .. } if !shown.is_empty()),
            "content" => matches!(&error, SendError::Rejected { shown, .. } if !shown.is_empty()),
            // The one conflict listed is about one conversation: the inbox goes on, and the operator reads why.
            "config" => matches!(&error, SendError::Rejected { shown, .. } if shown.contains("Another app")),
            "rate" => matches!(&error, SendError::RateLimited { whole_inbox: true, .. }),
            "temporary" => matches!(&error, SendError::Retry { .. }),
            other => panic!("{other} is no class of this table"),
        };
        assert!(as_listed, "{entry}: {error:?}");
    }
}

#[test]
fn what_is_not_listed_is_read_with_care() {
    let page = page_for("https://graph.facebook.com", true);
    assert!(matches!(page.unsent(refusal(987_654, None, 400)), SendError::Rejected { .. }));
    assert!(matches!(page.unsent(refusal(987_654, None, 500)), SendError::Retry { .. }));
    assert!(matches!(page.unsent(refusal(9, Some(2_018_300), 400)), SendError::Rejected { .. }));
    assert!(matches!(page.unsent(GraphError::Garbled { status: 200 }), SendError::MaybeDelivered { .. }));
    let closed = page.unsent(refusal(10, Some(2_018_278), 403));
    assert!(matches!(closed, SendError::WindowClosed { shown } if shown.contains("7 days")));
}

#[test]
fn settings_that_cannot_work_are_refused_by_their_key() {
    for (wrong, key) in [
        (json!({"page_id": ""}), "page_id"),
        (json!({"page_id": "my.page"}), "page_id"),
        (json!({"app_id": ""}), "app_id"),
        (json!({"app_id": "12 34"}), "app_id"),
        (json!({"access_token": ""}), "access_token"),
        (json!({"app_secret": ""}), "app_secret"),
        (json!({"verify_token": ""}), "verify_token"),
        (json!({"verify_token": "short"}), "verify_token"),
        (json!({"api_url": "ftp://x"}), "api_url"),
        (json!({"trusted_media_urls": ["no address"]}), "trusted_media_urls"),
    ] {
        assert_eq!(refused(&wrong).key, key, "{wrong}");
    }
    for key in ["page_id", "access_token", "app_id", "app_secret", "verify_token"] {
        let mut absent = serde_json::to_value(super::rig::raw_settings("https://graph.facebook.com", &json!({}))).unwrap();
        absent.as_object_mut().unwrap().remove(key);
        let error = serde_json::from_value::<crate::Settings>(absent).unwrap_err();
        assert!(error.to_string().contains(key), "{key}: {error}");
    }
    let misspelt = super::rig::raw_settings("https://graph.facebook.com", &json!({"humanagent": true}));
    assert!(serde_json::from_value::<crate::Settings>(misspelt).is_err_and(|error| error.to_string().contains("humanagent")));
    let connector = settings("https://graph.facebook.com", &json!({})).build(setup(None)).unwrap();
    assert!(!connector.polls() && connector.account().is_some());
}
