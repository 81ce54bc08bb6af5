//! What a site owner sets for one web chat inbox.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use trunkline_channel::{Secret, SettingsError, Setup};
use url::{Origin, Url};

use crate::connector::{MAX_FILE_BYTES, WebChat};
use crate::face::{Colors, Greeting, MenuItem, PreChat, Texts, bounded, check_menu, check_texts};
use crate::hours::Hours;

/// Origins one inbox may be embedded on.
const MAX_ORIGINS: usize = 50;
/// A shorter secret could be guessed from one known signature.
const MIN_SECRET_BYTES: usize = 16;
const MAX_REPLY_TIME_CHARS: usize = 120;
const MAX_INBOX_CHARS: usize = 80;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Origins (`https://shop.example`) that may embed the widget; none means the daemon's own pages only.
    pub allowed_origins: Vec<String>,
    /// Shared with the site's server, which signs its users' ids with it; empty where visitors are not identified.
    pub identity_secret: Secret,
    /// Refuse visitors whose identity the site has not signed.
    pub require_identity: bool,
    pub quotas: Quotas,
    pub greeting: Option<Greeting>,
    /// Options offered at the start.
    pub menu: Vec<MenuItem>,
    pub pre_chat: Option<PreChat>,
    pub colors: Colors,
    /// The widget's own texts in other words, by language.
    pub texts: Texts,
    /// How soon somebody usually answers, for people: "in a few minutes".
    pub reply_time: Option<String>,
    /// When the business is there; left out, whenever an operator is online.
    pub hours: Option<Hours>,
    /// Ask for an e-mail address when nobody is there, and go on by mail.
    pub away_email: bool,
    /// The mail inbox (its id, or its name) that then writes to the customer.
    pub mail_inbox_id: Option<String>,
    /// Largest file a visitor may send; left out, what the daemon and the channel take.
    pub max_upload_bytes: Option<u64>,
}

/// What one visitor may do before being slowed down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quotas {
    pub messages_per_minute: u32,
    pub starts_per_hour: u32,
    pub uploads_per_hour: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { messages_per_minute: 60, starts_per_hour: 20, uploads_per_hour: 60 }
    }
}

impl Settings {
    /// Checks the settings and makes the connector of one inbox.
    pub fn build(self, _setup: Setup) -> Result<WebChat, SettingsError> {
        if self.allowed_origins.len() > MAX_ORIGINS {
            return Err(SettingsError::new("allowed_origins", format!("at most {MAX_ORIGINS} origins")));
        }
        if let Some(wrong) = self.allowed_origins.iter().find(|origin| parse_origin(origin).is_none()) {
            let problem = format!("\"{wrong}\" is not an origin; write it as https://shop.example");
            return Err(SettingsError::new("allowed_origins", problem));
        }
        if !self.identity_secret.is_empty() && self.identity_secret.expose().len() < MIN_SECRET_BYTES {
            return Err(SettingsError::new("identity_secret", format!("needs at least {MIN_SECRET_BYTES} characters")));
        }
        if self.require_identity && self.identity_secret.is_empty() {
            return Err(SettingsError::new("require_identity", "needs an identity_secret to verify identities with"));
        }
        let quotas = self.quotas;
        if [quotas.messages_per_minute, quotas.starts_per_hour, quotas.uploads_per_hour].contains(&0) {
            return Err(SettingsError::new("quotas", "must be at least 1"));
        }
        self.check_face()?;
        Ok(WebChat::new(Arc::new(self)))
    }

    fn check_face(&self) -> Result<(), SettingsError> {
        self.greeting.as_ref().map_or(Ok(()), Greeting::check)?;
        check_menu(&self.menu)?;
        self.pre_chat.as_ref().map_or(Ok(()), PreChat::check)?;
        self.colors.check()?;
        check_texts(&self.texts)?;
        bounded("reply_time", self.reply_time.as_deref().map(|text| ("it", text, MAX_REPLY_TIME_CHARS)))?;
        self.hours.as_ref().map_or(Ok(()), Hours::check)?;
        bounded("mail_inbox_id", self.mail_inbox_id.as_deref().map(|id| ("it", id, MAX_INBOX_CHARS)))?;
        if self.away_email && self.mail_inbox_id.as_deref().is_none_or(|id| id.trim().is_empty()) {
            return Err(SettingsError::new(
                "mail_inbox_id",
                "is needed by away_email: the mail inbox that writes to the customer",
            ));
        }
        if self.max_upload_bytes == Some(0) {
            return Err(SettingsError::new("max_upload_bytes", "must be at least 1"));
        }
        Ok(())
    }

    /// Largest file a visitor may send, where the daemon takes `most`.
    #[must_use]
    pub fn upload_limit(&self, most: u64) -> u64 {
        self.max_upload_bytes.unwrap_or(u64::MAX).min(MAX_FILE_BYTES).min(most)
    }

    /// Whether a browser page of this origin (the `Origin` header) may open the widget. `own` is the daemon's public
    /// address, which always may.
    #[must_use]
    pub fn allows_origin(&self, origin: &str, own: &str) -> bool {
        let Some(asked) = parse_origin(origin) else { return false };
        let ours = Url::parse(own).ok().map(|url| url.origin());
        ours.as_ref() == Some(&asked) || self.allowed_origins.iter().any(|allowed| parse_origin(allowed).as_ref() == Some(&asked))
    }

    /// Origins whose pages may hold the widget's frame, as a policy names them (CSP, `frame-ancestors`).
    #[must_use]
    pub fn framers(&self) -> Vec<String> {
        self.allowed_origins.iter().filter_map(|origin| parse_origin(origin)).map(|origin| origin.ascii_serialization()).collect()
    }
}

/// An http or https origin without path, query or user; anything else is `None` (also the `null` of sandboxed pages).
fn parse_origin(text: &str) -> Option<Origin> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (bare && url.password().is_none()).then(|| url.origin())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use trunkline_channel::{InboxRef, ManualClock, Secret, Setup};

    use super::{Quotas, Settings};

    fn setup() -> Setup {
        Setup {
            inbox: InboxRef { id: "i".into(), name: "site".into() },
            instance_id: "t".into(),
            signing_key: Secret::new("k"),
            clock: Arc::new(ManualClock::at(0)),
            http: trunkline_channel::Http::new("test").unwrap(),
            public_url: None,
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused_by_key() {
        let wrong = [
            (Settings { allowed_origins: vec!["shop.example".into()], ..Settings::default() }, "allowed_origins"),
            (Settings { allowed_origins: vec!["https://shop.example/path".into()], ..Settings::default() }, "allowed_origins"),
            (Settings { allowed_origins: vec!["*".into()], ..Settings::default() }, "allowed_origins"),
            (Settings { allowed_origins: vec!["https://a.example".into(); 51], ..Settings::default() }, "allowed_origins"),
            (Settings { identity_secret: Secret::new("short"), ..Settings::default() }, "identity_secret"),
            (Settings { require_identity: true, ..Settings::default() }, "require_identity"),
            (Settings { quotas: Quotas { starts_per_hour: 0, ..Quotas::default() }, ..Settings::default() }, "quotas"),
            (Settings { reply_time: Some("soon ".repeat(30)), ..Settings::default() }, "reply_time"),
            (Settings { away_email: true, ..Settings::default() }, "mail_inbox_id"),
            (Settings { max_upload_bytes: Some(0), ..Settings::default() }, "max_upload_bytes"),
        ];
        for (settings, key) in wrong {
            assert_eq!(settings.build(setup()).err().map(|e| e.key), Some(key));
        }
        assert!(Settings::default().build(setup()).is_ok());
        assert!(serde_json::from_str::<Settings>(r#"{"allowed_origin": []}"#).is_err(), "a misspelt key is refused");
    }

    #[test]
    fn everything_a_widget_shows_is_optional_and_read_from_json() {
        let settings: Settings = serde_json::from_value(serde_json::json!({
            "greeting": {"title": "Hello!", "text": "Ask us.", "name": "Ann"},
            "menu": [{"id": "order", "title": "Where is my order?", "text": "Where is it?"}],
            "pre_chat": {"fields": [{"name": "email", "label": "E-mail", "required": true, "kind": "email"}], "consent": "I agree."},
            "colors": {"accent": "#2f6fed"}, "texts": {"de": {"send": "Senden"}}, "reply_time": "in a few minutes",
            "hours": {"time_zone": "Europe/Berlin", "days": [{"day": "mon", "from": "09:00", "to": "18:00"}]},
            "away_email": true, "mail_inbox_id": "support", "max_upload_bytes": 1000,
        }))
        .unwrap();
        assert_eq!((settings.upload_limit(5000), settings.upload_limit(10)), (1000, 10));
        assert!(settings.build(setup()).is_ok());
        assert_eq!(Settings::default().upload_limit(u64::MAX), 25 * 1024 * 1024);
    }

    #[test]
    fn only_named_origins_and_our_own_may_embed() {
        let settings = Settings { allowed_origins: vec!["https://shop.example".into()], ..Settings::default() };
        let own = "http://127.0.0.1:8080/chat";
        for (origin, allowed) in [
            ("https://shop.example", true),
            ("https://SHOP.example:443", true),
            ("http://127.0.0.1:8080", true),
            ("http://shop.example", false),
            ("https://shop.example:8443", false),
            ("https://shop.example.evil.example", false),
            ("https://evil.example/https://shop.example", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(settings.allows_origin(origin, own), allowed, "{origin}");
        }
        assert_eq!(settings.framers(), ["https://shop.example"]);
    }
}
