//! The pages as browsers get them: who may frame them, what may run in them, how long they are kept.
//!
//! Without a build the daemon says how to make one; everything else here holds for both.

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, IF_NONE_MATCH};
use reqwest::{Client, Response, StatusCode};

use crate::support::{Store, TestDaemon};

const SETTINGS: &str = "{allowed_origins=[\"https://shop.example\",\"HTTPS://Blog.example:443\"]}";
const CONSOLE: [&str; 12] = [
    "/",
    "/setup",
    "/list/mine",
    "/c/17",
    "/search",
    "/contacts",
    "/contacts/3",
    "/admin",
    "/admin/inboxes/1",
    "/me",
    "/me/keys",
    "/sw.js",
];

struct Pages {
    daemon: TestDaemon,
    client: Client,
}

impl Pages {
    async fn open() -> Self {
        let keys = [("inboxes.site.channel", "web_chat"), ("inboxes.site.settings", SETTINGS)];
        let daemon = TestDaemon::start_with(&Store::sqlite(), &keys).await;
        Self { daemon, client: Client::builder().no_gzip().build().unwrap() }
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(self.daemon.url(path)).send().await.unwrap()
    }

    async fn inbox(&self) -> String {
        let found: serde_json::Value = self.get("/api/v1/widget/default").await.json().await.unwrap();
        found["inbox_id"].as_str().unwrap().to_owned()
    }
}

fn header<'r>(headers: &'r HeaderMap, name: &str) -> &'r str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// What the policy says of one of its directives.
fn directive(headers: &HeaderMap, name: &str) -> Option<String> {
    let policy = header(headers, "content-security-policy");
    let mut found = policy.split(';').filter_map(|part| part.trim().split_once(' ').filter(|(key, _)| *key == name));
    found.next().map(|(_, value)| value.to_owned())
}

#[tokio::test]
async fn the_console_runs_under_a_strict_policy_at_each_of_its_addresses() {
    let pages = Pages::open().await;
    for path in CONSOLE {
        let page = pages.get(path).await;
        let (status, headers) = (page.status(), page.headers().clone());
        let policy = header(&headers, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(directive(&headers, "frame-ancestors").as_deref(), Some("'none'"), "{path}");
        assert_eq!((header(&headers, "x-content-type-options"), header(&headers, "referrer-policy")), ("nosniff", "no-referrer"));
        match status {
            StatusCode::OK => {
                for (name, value) in [
                    ("script-src", "'self'"),
                    ("frame-src", "'self'"),
                    ("worker-src", "'self'"),
                    ("manifest-src", "'self'"),
                    ("require-trusted-types-for", "'script'"),
                    ("trusted-types", "svelte-trusted-html trunkline"),
                ] {
                    assert_eq!(directive(&headers, name).as_deref(), Some(value), "{path}");
                }
                assert_eq!(
                    (header(&headers, "cache-control"), header(&headers, "vary")),
                    ("no-cache", "accept-encoding"),
                    "{path}"
                );
                assert_eq!(header(&headers, "cross-origin-opener-policy"), "same-origin");
            }
            // The worker came with a later build of the pages than the console.
            StatusCode::NOT_FOUND => assert_eq!(path, "/sw.js"),
            status => {
                assert_eq!((status, trunkline_web::is_built()), (StatusCode::SERVICE_UNAVAILABLE, false), "{path}");
                assert!(page.text().await.unwrap().contains("make web"));
            }
        }
    }
    for path in ["/c/", "/c/1/2", "/index.html", "/widget"] {
        assert_eq!(pages.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_widget_is_framed_by_named_sites_and_the_chat_page_by_none() {
    let pages = Pages::open().await;
    let inbox = pages.inbox().await;
    let frame = pages.get(&format!("/widget/{inbox}")).await;
    if frame.status() == StatusCode::OK {
        let headers = frame.headers();
        assert_eq!(directive(headers, "frame-ancestors").as_deref(), Some("'self' https://shop.example https://blog.example"));
        assert_eq!((header(headers, "cross-origin-opener-policy"), header(headers, "x-frame-options")), ("", ""));
        assert_eq!(header(headers, "cross-origin-resource-policy"), "cross-origin");
    }
    let nowhere = pages.get("/widget/nowhere").await;
    assert_eq!(nowhere.status() == StatusCode::NOT_FOUND, trunkline_web::is_built());
    assert_eq!(directive(nowhere.headers(), "frame-ancestors").as_deref(), Some("'none'"));
    for path in ["/chat".to_owned(), format!("/chat/{inbox}")] {
        let page = pages.get(&path).await;
        let ancestors = if trunkline_web::is_built() { "'self'" } else { "'none'" };
        assert_eq!(directive(page.headers(), "frame-ancestors").as_deref(), Some(ancestors), "{path}");
    }
    let loader = pages.get("/widget.js").await;
    if loader.status() == StatusCode::OK {
        let headers = loader.headers();
        assert_eq!(header(headers, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(header(headers, "cross-origin-resource-policy"), "cross-origin");
        assert_eq!(header(headers, "cache-control"), "public, max-age=300");
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again_and_the_rest_is_sent_packed() {
    let pages = Pages::open().await;
    if !trunkline_web::is_built() {
        return;
    }
    let mut tags = Vec::new();
    for accept in ["identity", "gzip", "br"] {
        let page = pages.client.get(pages.daemon.url("/")).header(ACCEPT_ENCODING, accept).send().await.unwrap();
        let packed = header(page.headers(), "content-encoding").to_owned();
        assert!(packed.is_empty() || packed == accept, "{accept}: {packed}");
        let etag = page.headers()["etag"].clone();
        let again = pages.client.get(pages.daemon.url("/")).header(ACCEPT_ENCODING, accept).header(IF_NONE_MATCH, &etag);
        let again = again.send().await.unwrap();
        assert_eq!((again.status(), again.headers()["etag"].clone()), (StatusCode::NOT_MODIFIED, etag.clone()));
        assert_eq!(again.bytes().await.unwrap().len(), 0);
        tags.push((packed, etag));
    }
    // Forms that differ have tags that differ.
    assert!(tags.iter().all(|(packed, tag)| tags.iter().all(|(other, same)| (packed == other) == (tag == same))));
    for path in ["/index.html.br", "/widget.js.gz"] {
        assert_eq!(pages.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
