//! One page's ways to the Graph API: as the page, and as the app.

use std::time::Duration;

use reqwest::multipart::Form;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use trunkline_channel::{FetchError, Fetched, Http, Secret, SendError};
use trunkline_meta::{Class, Graph, GraphError, send_error};
use url::Url;

use crate::errors::RULES;
use crate::outbound::standing::{WAY_OUT, WAY_OUT_BY_HAND};

/// Above what Messenger lets anybody send.
const MAX_FETCHED_BYTES: u64 = 100 * 1_024 * 1_024;
/// The kind of webhook that pages have.
const OBJECT: &str = "page";

/// One page and the app that speaks for it.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub id: String,
    pub app_id: String,
    /// People may answer for seven days.
    pub human_agent: bool,
    page: Graph,
    /// With the app's own token, for what concerns the app and not a page.
    app: Graph,
}

/// Where the Graph API is and how long it may take.
pub(crate) struct Line {
    pub http: Http,
    pub base: Url,
    pub version: String,
    pub call_timeout: Duration,
    pub media: Vec<Url>,
}

/// What the app is told at all, as its dashboard shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Webhook {
    object: String,
    pub callback_url: String,
    #[serde(default)]
    pub active: bool,
}

#[derive(Deserialize)]
struct Listed<T> {
    #[serde(default = "Vec::new")]
    data: Vec<T>,
}

#[derive(Deserialize)]
struct Subscriber {
    id: String,
    #[serde(default)]
    subscribed_fields: Vec<String>,
}

#[derive(Deserialize)]
struct Done {
    success: bool,
}

impl Page {
    pub fn new(id: String, app_id: String, human_agent: bool, token: Secret, app_secret: &Secret, line: &Line) -> Self {
        let graph = |token| Graph::new(&line.http, line.base.clone(), &line.version, token, line.call_timeout, &line.media);
        let app = graph(Secret::new(format!("{app_id}|{}", app_secret.expose())));
        Self { page: graph(token).with_proof(app_secret), app, id, app_id, human_agent }
    }

    /// Sends a message, or a sign.
    pub async fn say<T: DeserializeOwned>(&self, body: &Value) -> Result<T, GraphError> {
        self.page.post(&[&self.id, "messages"], &[], body).await
    }

    /// Hands a file over before the message that carries it.
    pub async fn upload<T: DeserializeOwned>(&self, form: Form) -> Result<T, GraphError> {
        self.page.upload(&[&self.id, "message_attachments"], form).await
    }

    /// What is known of a person, or of the page itself.
    pub async fn about<T: DeserializeOwned>(&self, id: &str, fields: &str) -> Result<T, GraphError> {
        self.page.get(&[id], &[("fields", fields)]).await
    }

    /// What the page tells our app of; `None` where it tells nothing.
    pub async fn subscribed(&self) -> Result<Option<Vec<String>>, GraphError> {
        let apps: Listed<Subscriber> = self.page.get(&[&self.id, "subscribed_apps"], &[]).await?;
        Ok(apps.data.into_iter().find(|app| app.id == self.app_id).map(|app| app.subscribed_fields))
    }

    /// Lets the page tell our app of these.
    pub async fn subscribe(&self, fields: &[&str]) -> Result<bool, GraphError> {
        let fields = fields.join(",");
        let done: Done = self.page.post(&[&self.id, "subscribed_apps"], &[("subscribed_fields", &fields)], &json!({})).await?;
        Ok(done.success)
    }

    /// Where the app is called for its pages.
    pub async fn webhook(&self) -> Result<Option<Webhook>, GraphError> {
        let listed: Listed<Webhook> = self.app.get(&[&self.app_id, "subscriptions"], &[]).await?;
        Ok(listed.data.into_iter().find(|webhook| webhook.object == OBJECT))
    }

    /// Lets the app be called here. Facebook asks the address for the token before it answers.
    pub async fn set_webhook(&self, url: &Url, verify_token: &Secret, fields: &[&str]) -> Result<bool, GraphError> {
        let body = json!({"object": OBJECT, "callback_url": url.as_str(), "verify_token": verify_token.expose(),
            "fields": fields.join(","), "include_values": true});
        let done: Done = self.app.post(&[&self.app_id, "subscriptions"], &[], &body).await?;
        Ok(done.success)
    }

    /// A file of a customer: its address opens it without the token.
    pub async fn download(&self, url: &str) -> Result<Fetched, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Gone)?;
        self.page.download(&url, false, MAX_FETCHED_BYTES).await
    }

    pub fn graph(&self) -> &Graph {
        &self.page
    }

    /// What a failed call means for a send.
    pub fn unsent(&self, error: GraphError) -> SendError {
        send_error(error, RULES, self.way_out())
    }

    pub fn way_out(&self) -> &'static str {
        if self.human_agent { WAY_OUT_BY_HAND } else { WAY_OUT }
    }
}

/// Whether the time for answers was over.
pub(crate) fn is_window(error: &GraphError) -> bool {
    error.class(RULES) == Class::Window
}
