//! The session cookie.

use http::{HeaderMap, HeaderValue, header};
use trunkline_channel::Secret;

use crate::config::Config;

/// With HTTPS the name itself forbids other hosts and plain HTTP to set it (RFC 6265bis §4.1.3.2).
fn name(config: &Config) -> &'static str {
    if is_https(config) { "__Host-trunkline" } else { "trunkline_session" }
}

fn is_https(config: &Config) -> bool {
    config.server.public_url.starts_with("https://")
}

/// The session token a request carries. Two cookies of the name mean that somebody planted one: then there is none.
#[must_use]
pub fn read(headers: &HeaderMap, config: &Config) -> Option<Secret> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name(config))
        .map(|(_, value)| Secret::new(value));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Sets the cookie for as long as a session lasts without use.
#[must_use]
pub fn set(config: &Config, token: &Secret) -> HeaderValue {
    let seconds = config.access.session_hours.saturating_mul(3600);
    build(config, token.expose(), seconds)
}

#[must_use]
pub fn clear(config: &Config) -> HeaderValue {
    build(config, "", 0)
}

fn build(config: &Config, value: &str, seconds: u64) -> HeaderValue {
    let secure = if is_https(config) { "; Secure" } else { "" };
    let cookie = format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", name(config));
    let mut cookie = HeaderValue::try_from(cookie).unwrap_or(HeaderValue::from_static(""));
    cookie.set_sensitive(true);
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(public_url: &str) -> Config {
        let mut config = crate::config::load(None).unwrap();
        config.server.public_url = public_url.to_owned();
        config
    }

    fn sent(cookies: &[&'static str]) -> HeaderMap {
        cookies.iter().map(|cookie| (header::COOKIE, HeaderValue::from_static(cookie))).collect()
    }

    #[test]
    fn https_gets_the_protected_name() {
        let set = set(&config("https://help.example.com"), &Secret::new("abc"));
        assert_eq!(set, "__Host-trunkline=abc; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax; Secure");
    }

    #[test]
    fn a_cookie_of_plain_http_or_a_doubled_one_counts_for_nothing() {
        let https = config("https://help.example.com");
        let read = |cookies: &[&'static str]| read(&sent(cookies), &https).map(|token| token.expose().to_owned());
        assert_eq!(read(&["a=b; __Host-trunkline=abc"]), Some("abc".to_owned()));
        assert_eq!(read(&["trunkline_session=abc"]), None);
        assert_eq!(read(&["__Host-trunkline=abc; __Host-trunkline=def"]), None);
        assert_eq!(read(&["__Host-trunkline=abc", "__Host-trunkline=def"]), None);
    }
}
