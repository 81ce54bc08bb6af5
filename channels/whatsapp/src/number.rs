//! One number at Meta: the calls that are no sends.

use serde::Deserialize;
use serde_json::{Value, json};
use trunkline_meta::{Graph, GraphError};
use url::Url;

/// The number and the business account that it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    pub graph: Graph,
    pub id: String,
    pub business: String,
    /// Opens a list of choices.
    pub list_button: String,
}

/// What Meta tells of a number.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Facts {
    #[serde(default)]
    pub verified_name: String,
    #[serde(default)]
    pub display_phone_number: String,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    #[serde(default)]
    pub quality_rating: String,
    /// `CONNECTED` where all is well.
    pub status: Option<String>,
}

/// An app that is told of the account's events.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Subscribed {
    #[serde(default, rename = "whatsapp_business_api_data")]
    app: Value,
    /// Where it is called for this account, when that is not the app's usual address.
    pub override_callback_uri: Option<String>,
}

impl Subscribed {
    /// Whether it is this app; any app, where none is named.
    pub fn is(&self, app: Option<&str>) -> bool {
        let (Some(app), Some(told)) = (app, plain(&self.app["id"])) else { return true };
        told == app
    }
}

/// An id, written as a text or as a number.
fn plain(id: &Value) -> Option<String> {
    id.as_str().map(str::to_owned).or_else(|| id.as_u64().map(|number| number.to_string()))
}

#[derive(Deserialize)]
struct List<T> {
    #[serde(default = "Vec::new")]
    data: Vec<T>,
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    success: bool,
}

impl Number {
    pub async fn facts(&self) -> Result<Facts, GraphError> {
        self.graph.get(&[&self.id], &[("fields", "verified_name,display_phone_number,quality_rating,status")]).await
    }

    /// The app that our token belongs to; `None` where Meta does not tell.
    pub async fn app(&self) -> Option<String> {
        plain(&self.graph.token_facts().await.ok()?.app_id)
    }

    /// The apps that are told of events. With our token Meta lists those that we may see.
    pub async fn subscribed(&self) -> Result<Vec<Subscribed>, GraphError> {
        self.graph.get::<List<Subscribed>>(&[&self.business, "subscribed_apps"], &[]).await.map(|list| list.data)
    }

    /// Has Meta tell our app of the account's events, at `callback` where one is given.
    pub async fn subscribe(&self, callback: Option<(&Url, &str)>) -> Result<bool, GraphError> {
        let body = callback.map_or_else(
            || json!({}),
            |(url, verify_token)| json!({"override_callback_uri": url.as_str(), "verify_token": verify_token}),
        );
        self.graph.post::<Done>(&[&self.business, "subscribed_apps"], &[], &body).await.map(|done| done.success)
    }

    /// Whatever goes to `/{Phone-Number-ID}/messages`; the answer as it came.
    pub async fn message(&self, body: &Value) -> Result<Value, GraphError> {
        self.graph.post(&[&self.id, "messages"], &[], body).await
    }
}
