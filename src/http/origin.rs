//! Cross-site request forgery and cross-site socket hijack: a browser's own cookie counts only for pages of our own.

use http::{HeaderMap, Method, header};
use url::Url;

use super::ApiError;

const FETCH_SITE: &str = "sec-fetch-site";

/// Refuses unsafe requests that another site made a browser send. `by_cookie`: then the proof must be there; a request
/// without a cookie is refused only where a browser says that another site sent it.
pub fn check(method: &Method, headers: &HeaderMap, public_url: &str, by_cookie: bool) -> Result<(), ApiError> {
    if method.is_safe() {
        return Ok(());
    }
    if same_origin(headers, public_url).unwrap_or(!by_cookie) { Ok(()) } else { Err(refusal()) }
}

/// Whether a browser says that a page of ours asks; `None` when nothing says where the request comes from.
#[must_use]
pub fn same_origin(headers: &HeaderMap, public_url: &str) -> Option<bool> {
    // Set by the browser and never by a page (W3C Fetch Metadata §2.4); `none` is the person's own doing.
    let site = headers.get(FETCH_SITE).map(|value| value == "same-origin" || value == "none");
    // Two of them are nobody's.
    let origin = headers
        .get_all(header::ORIGIN)
        .iter()
        .map(|value| value.to_str().is_ok_and(|origin| is_ours(origin, headers, public_url)))
        .reduce(|_, _| false);
    match (site, origin) {
        (None, None) => None,
        (site, origin) => Some(site.unwrap_or(true) && origin.unwrap_or(true)),
    }
}

/// The public address, or the one the request was sent to: whoever can choose a browser's Host header controls the
/// browser anyway.
fn is_ours(origin: &str, headers: &HeaderMap, public_url: &str) -> bool {
    let Ok(theirs) = Url::parse(origin) else { return false };
    if !matches!(theirs.scheme(), "http" | "https") {
        return false;
    }
    if Url::parse(public_url).is_ok_and(|public| public.origin() == theirs.origin()) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    // The scheme is the origin's own: behind a proxy that ends TLS we do not see it.
    host.and_then(|host| Url::parse(&format!("{}://{host}", theirs.scheme())).ok())
        .is_some_and(|own| own.origin() == theirs.origin())
}

fn refusal() -> ApiError {
    ApiError::new(http::StatusCode::FORBIDDEN, "foreign_origin", "another site sent this request")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "https://help.example.com";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_pages_count() {
        type Case = (&'static [(&'static str, &'static str)], Option<bool>);
        let cases: &[Case] = &[
            (&[], None),
            (&[("origin", "https://help.example.com")], Some(true)),
            (&[("origin", "http://10.0.0.1:8080"), ("host", "10.0.0.1:8080")], Some(true)),
            (&[("sec-fetch-site", "same-origin")], Some(true)),
            (&[("sec-fetch-site", "none")], Some(true)),
            (&[("sec-fetch-site", "same-site")], Some(false)),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://help.example.com")], Some(false)),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], Some(false)),
            (&[("origin", "https://evil.example"), ("host", "help.example.com")], Some(false)),
            (&[("origin", "null"), ("host", "help.example.com")], Some(false)),
            (&[("origin", "https://help.example.com.evil.example")], Some(false)),
            (&[("origin", "https://help.example.com:8443")], Some(false)),
            (&[("origin", "http://help.example.com")], Some(false)),
            (&[("origin", "file://help.example.com"), ("host", "help.example.com")], Some(false)),
        ];
        for (sent, expected) in cases {
            assert_eq!(same_origin(&headers(sent), PUBLIC), *expected, "{sent:?}");
        }
    }

    #[test]
    fn silence_is_enough_only_without_a_cookie() {
        let check = |method, by_cookie| check(&method, &HeaderMap::new(), PUBLIC, by_cookie).is_ok();
        assert!(check(Method::POST, false));
        assert!(!check(Method::POST, true));
        assert!(!check(Method::DELETE, true));
        assert!(check(Method::GET, true));
    }
}
