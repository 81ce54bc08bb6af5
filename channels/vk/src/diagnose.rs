//! The channel doctor: what a person would look at by hand.

use serde_json::Value;
use trunkline_channel::{Check, CheckState, Context};

use crate::api::{Api, ApiError};
use crate::errors::{Class, TOKEN_DEAD};
use crate::receive::registration::Server;
use crate::settings::Hook;

/// What the access key must be allowed, by VK's names.
const RIGHTS: &[&str] = &["messages", "photos", "docs", "manage"];

pub(crate) async fn checks(api: &Api, group_id: i64, hook: Option<&Hook>, cx: &Context) -> Vec<Check> {
    let mut checks = vec![token(api, group_id).await, rights(api).await];
    checks.push(match hook {
        Some(hook) => callback(api, group_id, hook).await,
        None => long_poll(api, group_id).await,
    });
    checks.push(match cx.health.report().last_event_at {
        Some(at) => {
            ok("last_event", format!("the last event came {} minutes ago", cx.clock.now().saturating_sub(at) / 60_000_000))
        }
        None => warning("last_event", "no event since the start; write to the community to try it".to_owned()),
    });
    checks
}

async fn token(api: &Api, group_id: i64) -> Check {
    match api.call("groups.getById", &[]).await {
        Ok(found) => {
            // Since 5.139 the list stands inside an object.
            let community = found.pointer("/groups/0").or_else(|| found.get(0));
            let id = community.and_then(|community| community.get("id")).and_then(Value::as_i64);
            let name = community.and_then(|community| community.get("name")).and_then(Value::as_str).unwrap_or("a community");
            match id {
                Some(id) if id == group_id => ok("token", format!("the access key belongs to {name}")),
                Some(id) => failed("token", format!("the access key belongs to {name} (group_id {id}), not to {group_id}")),
                None => failed("token", "VK names no community for this access key: is it a person's?".to_owned()),
            }
        }
        Err(error) => failed("token", unasked(&error)),
    }
}

async fn rights(api: &Api) -> Check {
    let found = match api.call("groups.getTokenPermissions", &[]).await {
        Ok(found) => found,
        Err(error) => return failed("rights", unasked(&error)),
    };
    let granted = found.get("permissions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = granted.iter().filter_map(|right| right.get("name")?.as_str()).collect();
    let missing: Vec<&str> = RIGHTS.iter().copied().filter(|right| !names.contains(right)).collect();
    match missing.as_slice() {
        [] => ok("rights", format!("the access key may use {}", RIGHTS.join(", "))),
        lacking if lacking.contains(&"messages") => {
            failed("rights", "the access key may not use messages: make a new one with that right".to_owned())
        }
        lacking => warning("rights", format!("the access key lacks: {}. Make a new one to use all of this", lacking.join(", "))),
    }
}

async fn callback(api: &Api, group_id: i64, hook: &Hook) -> Check {
    match Server::find(api, group_id, hook).await {
        Ok(None) => failed("receiving", "VK does not know our address; it is set again within minutes".to_owned()),
        Ok(Some(server)) => match server.status.as_str() {
            "ok" => ok("receiving", "VK calls our address".to_owned()),
            "failed" => {
                failed("receiving", "VK cannot reach our address. Check server.public_url and the certificate".to_owned())
            }
            status => warning("receiving", format!("VK has not confirmed our address yet ({status})")),
        },
        Err(error) => failed("receiving", unasked(&error)),
    }
}

async fn long_poll(api: &Api, group_id: i64) -> Check {
    let settings = match api.call("groups.getLongPollSettings", &[("group_id", group_id.to_string())]).await {
        Ok(settings) => settings,
        Err(error) => return failed("receiving", unasked(&error)),
    };
    let on = |value: Option<&Value>| value.is_some_and(|value| value.as_bool() == Some(true) || value.as_i64() == Some(1));
    if !on(settings.get("is_enabled")) {
        return failed("receiving", "the Long Poll API is off: switch it on in the community's settings (API usage)".to_owned());
    }
    if !on(settings.pointer("/events/message_new")) {
        return failed("receiving", "new messages are not among the Long Poll events: tick them in the settings".to_owned());
    }
    ok("receiving", "VK is asked for events (Long Poll)".to_owned())
}

fn unasked(error: &ApiError) -> String {
    match error {
        ApiError::Refused(refusal) if refusal.class() == Class::Token => TOKEN_DEAD.to_owned(),
        ApiError::Refused(refusal) if refusal.class() == Class::Permission => {
            format!("{refusal}: the access key lacks the right to ask (management)")
        }
        other => other.to_string(),
    }
}

fn ok(name: &'static str, detail: String) -> Check {
    Check { name, state: CheckState::Ok, detail }
}

fn warning(name: &'static str, detail: String) -> Check {
    Check { name, state: CheckState::Warning, detail }
}

fn failed(name: &'static str, detail: String) -> Check {
    Check { name, state: CheckState::Failed, detail }
}
