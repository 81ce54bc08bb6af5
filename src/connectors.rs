//! The registry of channels: the only place in the daemon that names one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use trunkline_channel::{Connector, SettingsError, Setup, Translator};

/// A kind of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    WebChat,
    Email,
    Telegram,
    Vk,
    #[serde(rename = "whatsapp")]
    WhatsApp,
    Messenger,
}

/// What a channel's settings became.
#[derive(Clone)]
pub struct Built {
    pub connector: Arc<dyn Connector>,
    /// What the widget's entrance must know of an inbox that lives on web sites.
    pub site: Option<Arc<trunkline_web_chat::Settings>>,
}

#[derive(Debug, Error)]
pub enum BuildError {
    /// A key is missing, unknown or of the wrong type. The parser's message names it and repeats no values of others.
    #[error("{0}")]
    Shape(String),
    #[error(transparent)]
    Value(#[from] SettingsError),
}

impl ChannelKind {
    pub const ALL: [Self; 6] = [Self::WebChat, Self::Email, Self::Telegram, Self::Vk, Self::WhatsApp, Self::Messenger];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WebChat => "web_chat",
            Self::Email => "email",
            Self::Telegram => "telegram",
            Self::Vk => "vk",
            Self::WhatsApp => "whatsapp",
            Self::Messenger => "messenger",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Its raw events are mails.
    #[must_use]
    pub fn is_mail(self) -> bool {
        self == Self::Email
    }

    /// A mail address as we would write to it, in lower case; what is wrong with it otherwise.
    pub fn mail_address(text: &str) -> Result<String, String> {
        let address = trunkline_email::outbound::address::parse(text.trim()).map_err(|problem| problem.to_string())?;
        Ok(address.to_string().to_lowercase())
    }

    /// What the channel makes of raw events, whatever the account: for looking at them without an inbox.
    #[must_use]
    pub fn offline_translator(self) -> Arc<dyn Translator> {
        match self {
            Self::WebChat => trunkline_web_chat::offline_translator(),
            Self::Email => trunkline_email::offline_translator(),
            Self::Telegram => trunkline_telegram::offline_translator(),
            Self::Vk => trunkline_vk::offline_translator(),
            Self::WhatsApp => trunkline_whatsapp::offline_translator(),
            Self::Messenger => trunkline_messenger::offline_translator(),
        }
    }

    /// Checks settings and makes a connector of them. Opens no connection.
    pub fn build(self, settings: &Value, setup: Setup) -> Result<Built, BuildError> {
        match self {
            Self::WebChat => {
                let connector = Arc::new(parse::<trunkline_web_chat::Settings>(settings)?.build(setup)?);
                Ok(Built { site: Some(connector.settings()), connector })
            }
            Self::Email => {
                let connector = parse::<trunkline_email::Settings>(settings)?.build(setup)?;
                Ok(Built { connector, site: None })
            }
            Self::Telegram => {
                let connector = parse::<trunkline_telegram::Settings>(settings)?.build(setup)?;
                Ok(Built { connector, site: None })
            }
            Self::Vk => {
                let connector = parse::<trunkline_vk::Settings>(settings)?.build(setup)?;
                Ok(Built { connector, site: None })
            }
            Self::WhatsApp => {
                let connector = parse::<trunkline_whatsapp::Settings>(settings)?.build(setup)?;
                Ok(Built { connector, site: None })
            }
            Self::Messenger => {
                let connector = parse::<trunkline_messenger::Settings>(settings)?.build(setup)?;
                Ok(Built { connector, site: None })
            }
        }
    }
}

/// No settings at all are an empty table.
fn parse<T: serde::de::DeserializeOwned>(settings: &Value) -> Result<T, BuildError> {
    let settings = if settings.is_null() { Value::Object(serde_json::Map::new()) } else { settings.clone() };
    serde_json::from_value(settings).map_err(|error| BuildError::Shape(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};
    use trunkline_channel::{Http, InboxRef, ManualClock, Secret, Setup};

    use super::{BuildError, ChannelKind};

    fn setup() -> Setup {
        Setup {
            inbox: InboxRef { id: "i".into(), name: "n".into() },
            instance_id: "x".into(),
            signing_key: Secret::new("k"),
            clock: Arc::new(ManualClock::at(0)),
            http: Http::new("test").unwrap(),
            public_url: None,
        }
    }

    #[test]
    fn every_kind_has_a_name_that_parses() {
        assert!(ChannelKind::ALL.into_iter().all(|kind| ChannelKind::parse(kind.as_str()) == Some(kind)));
        // One name everywhere: in settings, in the API and in the database.
        let told = |kind: ChannelKind| serde_json::to_value(kind).unwrap();
        assert!(ChannelKind::ALL.into_iter().all(|kind| told(kind) == kind.as_str()));
        assert_eq!(ChannelKind::parse("fax"), None);
    }

    #[test]
    fn settings_are_checked_by_their_channel() {
        assert!(
            ChannelKind::WebChat.build(&Value::Null, setup()).is_ok_and(|built| built.site.is_some() && !built.connector.polls())
        );
        let misspelt = ChannelKind::WebChat.build(&json!({"allowed_orgins": []}), setup());
        assert!(matches!(misspelt, Err(BuildError::Shape(problem)) if problem.contains("allowed_orgins")));
        assert!(matches!(ChannelKind::Email.build(&json!({}), setup()), Err(BuildError::Shape(_))));
        assert!(
            matches!(ChannelKind::Telegram.build(&json!({}), setup()), Err(BuildError::Shape(problem)) if problem.contains("token"))
        );
        let unguarded = json!({"token": "7100001:AAHtest-test-test-test-test-test-te", "mode": "webhook"});
        assert!(matches!(ChannelKind::Telegram.build(&unguarded, setup()), Err(BuildError::Value(_))));
        let unguarded = json!({"group_id": 1, "token": "t", "mode": "callback"});
        assert!(matches!(ChannelKind::Vk.build(&unguarded, setup()), Err(BuildError::Value(error)) if error.key == "secret"));
        let unsigned = json!({"phone_number_id": "1", "business_account_id": "2", "access_token": "t", "app_secret": "", "verify_token": "v"});
        assert!(
            matches!(ChannelKind::WhatsApp.build(&unsigned, setup()), Err(BuildError::Value(error)) if error.key == "app_secret")
        );
        let unsigned = json!({"page_id": "1", "app_id": "2", "access_token": "t", "app_secret": "", "verify_token": "v"});
        assert!(
            matches!(ChannelKind::Messenger.build(&unsigned, setup()), Err(BuildError::Value(error)) if error.key == "app_secret")
        );
    }
}
