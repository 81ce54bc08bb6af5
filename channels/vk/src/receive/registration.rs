//! Keeps our address among the community's Callback servers, and tells what VK says of it.

use serde_json::Value;
use trunkline_channel::{Context, Health, RunError};

use super::gap::Gap;
use super::{health_after, pause_after};
use crate::api::{Api, ApiError, VERSION};
use crate::inbound::WANTED;
use crate::settings::{Hook, Timeouts};

/// VK shows it in the community's settings; it takes 14 characters.
const TITLE: &str = "Trunkline";

/// One of a community's Callback servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub id: i64,
    pub url: String,
    /// `unconfigured`, `failed`, `wait` or `ok`.
    pub status: String,
    secret: String,
}

impl Server {
    /// Ours, where VK has it.
    pub async fn find(api: &Api, group_id: i64, hook: &Hook) -> Result<Option<Self>, ApiError> {
        let found = api.call("groups.getCallbackServers", &[("group_id", group_id.to_string())]).await?;
        let items = found.get("items").and_then(Value::as_array).ok_or(ApiError::Garbled { status: 200 })?;
        let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let read = |item: &Value| {
            Some(Self {
                id: item.get("id")?.as_i64()?,
                url: text(item, "url"),
                status: text(item, "status"),
                secret: text(item, "secret_key"),
            })
        };
        Ok(items
            .iter()
            .filter_map(read)
            .find(|server| server.url.trim_end_matches('/') == hook.url.as_str().trim_end_matches('/')))
    }
}

pub(crate) async fn run(api: &Api, group_id: i64, hook: &Hook, timeouts: &Timeouts, cx: &Context) -> Result<(), RunError> {
    let mut gap = Gap::new(api, group_id, cx).await?;
    // Always once: which events are switched on may have changed, and something may have been said meanwhile.
    let mut begun = false;
    let mut failures = 0;
    loop {
        let looked = tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            looked = look(api, group_id, hook, &mut gap, &mut begun, cx) => looked?,
        };
        let pause = match looked {
            Ok(health) => {
                failures = 0;
                cx.health.set(health, cx.clock.now());
                timeouts.check()
            }
            Err(error) => {
                failures += 1;
                tracing::warn!(inbox = %cx.inbox.id, %error, failures, "vk: the Callback server could not be looked after");
                cx.health.set(health_after(&error), cx.clock.now());
                pause_after(&error, failures, timeouts, cx)
            }
        };
        tokio::select! {
            () = cx.stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One look. The outer failure ends the run, the inner one is waited out.
async fn look(
    api: &Api,
    group_id: i64,
    hook: &Hook,
    gap: &mut Gap<'_>,
    begun: &mut bool,
    cx: &Context,
) -> Result<Result<Health, ApiError>, RunError> {
    let server = match Server::find(api, group_id, hook).await {
        Ok(server) => server,
        Err(error) => return Ok(Err(error)),
    };
    let broken = server.as_ref().is_some_and(|server| server.status == "failed");
    if *begun && server.is_none() {
        cx.health.noticed("Somebody had removed this inbox's Callback server at VK; it is set again.".to_owned());
    }
    let fresh = !*begun || server.is_none();
    if fresh && let Err(error) = register(api, group_id, hook, server).await {
        return Ok(Err(error));
    }
    // VK stops calling for a while after failures, and what it did not deliver then stands in the history only.
    if fresh || broken {
        if let Err(error) = gap.fill().await? {
            return Ok(Err(error));
        }
        *begun = true;
    }
    if broken && !fresh {
        let reason = "VK cannot reach the Callback server. Check server.public_url and the certificate.".to_owned();
        return Ok(Ok(Health::Troubled { reason }));
    }
    gap.note_seen().await?;
    Ok(Ok(Health::Connected))
}

async fn register(api: &Api, group_id: i64, hook: &Hook, server: Option<Server>) -> Result<(), ApiError> {
    let group = ("group_id", group_id.to_string());
    let mut address = vec![
        group.clone(),
        ("url", hook.url.to_string()),
        ("title", TITLE.to_owned()),
        ("secret_key", hook.secret.expose().to_owned()),
    ];
    let server_id = match server {
        Some(server) if server.secret == hook.secret.expose() && server.status == "ok" => server.id,
        Some(server) => {
            // To edit it also makes VK look at the address again.
            address.push(("server_id", server.id.to_string()));
            api.call("groups.editCallbackServer", &address).await?;
            server.id
        }
        None => {
            let added = api.call("groups.addCallbackServer", &address).await?;
            added.get("server_id").and_then(Value::as_i64).ok_or(ApiError::Garbled { status: 200 })?
        }
    };
    let mut wanted = vec![group, ("server_id", server_id.to_string()), ("api_version", VERSION.to_owned())];
    wanted.extend(WANTED.iter().map(|kind| (*kind, "1".to_owned())));
    api.call("groups.setCallbackSettings", &wanted).await?;
    Ok(())
}
