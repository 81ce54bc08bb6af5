//! Values that parse and still cannot be meant.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

use url::Url;

use super::{Config, ConfigError};
use crate::conversations::{CLOSE_REASONS, MAX_REASON_CHARS};
use crate::observe;

const SECONDS: RangeInclusive<u64> = 1..=600;
const MAX_UPLOAD_BYTES: u64 = 1 << 30;
/// Seconds a customer may wait: up to thirty days.
const WAIT: RangeInclusive<u64> = 1..=2_592_000;
const MAX_CLOSE_REASONS: usize = 50;

/// Refuses the first value that cannot work, by its key.
pub(super) fn values(config: &Config) -> Result<(), ConfigError> {
    let server = &config.server;
    within("server.header_timeout_s", server.header_timeout_s, SECONDS)?;
    within("server.body_timeout_s", server.body_timeout_s, SECONDS)?;
    within("server.drain_s", server.drain_s, SECONDS)?;
    within("server.max_connections", wide(server.max_connections), 1..=1_000_000)?;
    within("store.max_connections", config.store.max_connections.into(), 2..=1000)?;
    within("intake.queue", wide(config.intake.queue), 1..=65_536)?;
    within("intake.batch", wide(config.intake.batch), 1..=256)?;
    within("intake.writers", wide(config.intake.writers), 1..=64)?;
    within("access.session_hours", config.access.session_hours, 1..=8760)?;
    within("access.login_per_account", config.access.login_per_account.into(), 1..=1000)?;
    within("access.login_per_address", config.access.login_per_address.into(), 1..=100_000)?;
    within("access.requests_per_minute", config.access.requests_per_minute.into(), 1..=10_000_000)?;
    within("uploads.max_bytes", wide(config.uploads.max_bytes), 1..=MAX_UPLOAD_BYTES)?;

    within("console.warn_after_s", config.console.warn_after_s, WAIT)?;
    within("console.breach_after_s", config.console.breach_after_s, WAIT)?;
    if config.console.breach_after_s < config.console.warn_after_s {
        return refuse("console.breach_after_s", "must not be less than console.warn_after_s");
    }
    close_reasons(&config.console.close_reasons)?;

    let public = Url::parse(&server.public_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if public.is_none_or(|url| url.path() != "/" || url.query().is_some() || url.fragment().is_some()) {
        return refuse("server.public_url", "must be an address such as https://chat.example.com, without a path");
    }
    if !server.metrics_listen.is_empty() && server.metrics_listen.parse::<SocketAddr>().is_err() {
        return refuse("server.metrics_listen", "must be an address such as 127.0.0.1:9090, or empty");
    }
    if config.store.data_dir.as_os_str().is_empty() {
        return refuse("store.data_dir", "must name a directory");
    }
    let database = config.store.database.expose();
    if !database.is_empty() && !database.starts_with("postgres://") && !database.starts_with("postgresql://") {
        return refuse("store.database", "must be empty (SQLite) or begin with postgres://");
    }
    let contact = config.push.contact.as_str();
    if !contact.is_empty() && !contact.starts_with("mailto:") && !contact.starts_with("https://") {
        return refuse("push.contact", "must be empty, or begin with mailto: or https://");
    }
    if config.push.trusted_services.iter().any(|origin| !Url::parse(origin).is_ok_and(|url| url.has_host())) {
        return refuse("push.trusted_services", "must be origins such as https://push.example.internal");
    }
    if !observe::is_log_level(&config.log.level) {
        return refuse(
            "log.level",
            "must be a level (error, warn, info, debug, trace) or a filter such as info,trunkline::intake=debug",
        );
    }
    Ok(())
}

fn close_reasons(own: &[String]) -> Result<(), ConfigError> {
    const KEY: &str = "console.close_reasons";
    if own.len() > MAX_CLOSE_REASONS {
        return refuse(KEY, &format!("must be at most {MAX_CLOSE_REASONS}"));
    }
    let fits = |reason: &String| {
        let length = reason.chars().count();
        (1..=MAX_REASON_CHARS).contains(&length) && reason.trim() == reason && !reason.chars().any(char::is_control)
    };
    if !own.iter().all(fits) {
        return refuse(KEY, &format!("must be texts of 1 to {MAX_REASON_CHARS} characters, without spaces around"));
    }
    let mut known: HashSet<&str> = HashSet::from(CLOSE_REASONS);
    if !own.iter().all(|reason| known.insert(reason)) {
        return refuse(KEY, "names a reason twice, or one that is always there");
    }
    Ok(())
}

fn within(key: &str, value: u64, range: RangeInclusive<u64>) -> Result<(), ConfigError> {
    if range.contains(&value) { Ok(()) } else { refuse(key, &format!("must be {} to {}", range.start(), range.end())) }
}

fn wide(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

fn refuse(key: &str, problem: &str) -> Result<(), ConfigError> {
    Err(ConfigError::Value { key: key.to_owned(), problem: problem.to_owned() })
}
