//! The channel doctor, on a well line and on one whose token has ended.

use serde_json::{Value, json};

use super::{Channel, Talk};
use crate::support::Store;

each_channel!(the_doctor_finds_a_well_line_well_and_names_a_dead_token);

async fn the_doctor_finds_a_well_line_well_and_names_a_dead_token(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    let checks = checks(&talk).await;
    assert!(checks.len() > 2 && checks.iter().all(|check| check["state"] == "ok"), "{checks:?}");

    talk.line.end_token();
    let checks = self::checks(&talk).await;
    let failed: Vec<&Value> = checks.iter().filter(|check| check["state"] == "failed").collect();
    let named = |check: &&Value| {
        let detail = check["detail"].as_str().unwrap_or_default();
        detail.contains("token") || detail.contains("key")
    };
    assert!(failed.iter().any(named), "in plain words: {checks:?}");
    assert_eq!(talk.inbox().await["state"], "running", "nobody has switched anything off");
    talk.end().await;
}

async fn checks(talk: &Talk) -> Vec<Value> {
    let (status, report) = talk.bob.post(&format!("/api/v1/inboxes/{}/diagnose", talk.inbox_id), json!({})).await;
    assert!(status.is_success(), "{report}");
    report["checks"].as_array().unwrap().clone()
}
