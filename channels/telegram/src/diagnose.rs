//! The channel doctor: what a person would look at by hand.

use serde::Deserialize;
use serde_json::json;
use trunkline_channel::{Check, CheckState, Context};

use crate::api::{ApiError, BotApi};
use crate::receive::registration::WebhookInfo;
use crate::settings::Hook;

/// More than these wait only when nobody takes them.
const BACKLOG: u64 = 100;

#[derive(Deserialize)]
struct Me {
    id: i64,
    username: Option<String>,
    #[serde(default)]
    can_join_groups: bool,
    #[serde(default)]
    can_read_all_group_messages: bool,
}

pub(crate) async fn checks(api: &BotApi, bot_id: i64, hook: Option<&Hook>, cx: &Context) -> Vec<Check> {
    let mut checks = Vec::new();
    match api.call::<Me>("getMe", &json!({})).await {
        Ok(me) => {
            let name = me.username.unwrap_or_else(|| me.id.to_string());
            checks.push(if me.id == bot_id {
                ok("token", format!("the token belongs to @{name}"))
            } else {
                failed("token", format!("the server answers for another bot, @{name}: check api_url"))
            });
            checks.push(groups(me.can_join_groups, me.can_read_all_group_messages));
        }
        Err(error) => checks.push(failed("token", unasked(&error))),
    }
    match WebhookInfo::ask(api).await {
        Ok(info) => {
            checks.push(receiving(&info, hook, cx));
            checks.push(backlog(&info));
        }
        Err(error) => checks.push(failed("receiving", unasked(&error))),
    }
    checks.push(match cx.health.report().last_event_at {
        Some(at) => {
            ok("last_event", format!("the last update came {} minutes ago", cx.clock.now().saturating_sub(at) / 60_000_000))
        }
        None => warning("last_event", "no update since the start; write to the bot to try it".to_owned()),
    });
    checks
}

fn groups(may_join: bool, reads_all: bool) -> Check {
    match (may_join, reads_all) {
        (false, _) => ok("groups", "the bot takes part in private chats only".to_owned()),
        (true, true) => ok("groups", "the bot sees everything in groups that it is added to".to_owned()),
        (true, false) => {
            let detail =
                "in groups the bot sees only commands, mentions and answers to it; @BotFather's /setprivacy changes that";
            ok("groups", detail.to_owned())
        }
    }
}

fn receiving(info: &WebhookInfo, hook: Option<&Hook>, cx: &Context) -> Check {
    match hook {
        None if info.url.is_empty() => ok("receiving", "the bot is asked for updates (polling)".to_owned()),
        None => {
            failed("receiving", "another program has set a webhook for this bot, which ends polling: remove it there".to_owned())
        }
        Some(hook) if info.url != hook.url.as_str() => {
            failed("receiving", "Telegram calls another address than ours; it is set again within minutes".to_owned())
        }
        Some(_) => match info.fresh_error(cx.clock.now()) {
            Some(error) => failed(
                "receiving",
                format!("Telegram cannot reach the webhook: {error}. Check server.public_url and the certificate"),
            ),
            None => ok("receiving", "Telegram calls our webhook".to_owned()),
        },
    }
}

fn backlog(info: &WebhookInfo) -> Check {
    let detail = format!("{} updates wait at Telegram", info.pending_update_count);
    if info.pending_update_count > BACKLOG { warning("backlog", detail) } else { ok("backlog", detail) }
}

fn unasked(error: &ApiError) -> String {
    match error {
        ApiError::Refused(refusal) if refusal.code == 401 || refusal.code == 404 => {
            "Telegram does not know the token: ask @BotFather for a new one and put it into the inbox".to_owned()
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
