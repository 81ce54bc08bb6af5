//! What the public is told of a web chat inbox: how it greets, what it asks, and whether somebody is there.

use serde::Serialize;
use trunkline_channel::Micros;
use trunkline_web_chat::Settings;
use trunkline_web_chat::face::{Colors, Greeting, MenuItem, PreChat, Texts};
use trunkline_web_chat::hours::Opening;

use super::away;
use super::visitors::site_of;
use crate::access;
use crate::http::ApiError;
use crate::inboxes;
use crate::services::Services;

/// Languages that the widget brings along.
const LANGUAGES: [&str; 3] = ["en", "ru", "ar"];

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FaceView {
    pub inbox_id: String,
    /// The greeter's name, or else the inbox's.
    pub name: String,
    pub greeting: Option<Greeting>,
    pub menu: Vec<MenuItem>,
    pub pre_chat: Option<PreChat>,
    pub colors: Colors,
    /// The widget's texts in the owner's words: language, key, text.
    #[schema(value_type = Object)]
    pub texts: Texts,
    pub availability: Availability,
    pub reply_time: Option<String>,
    /// When the business opens again, while it is closed.
    pub opens_at: Option<Micros>,
    pub files: FilesView,
    /// Only visitors whom the site has identified are let in.
    pub identity_required: bool,
    /// An e-mail address can be left, to which answers go while the visitor is away (`chat:leave_email`).
    pub mail_handover: bool,
    pub languages: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WidgetAvailability)]
pub enum Availability {
    /// An operator is there.
    Online,
    /// Nobody is there just now.
    Away,
    /// The business is closed, by its own hours.
    Closed,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FilesView {
    pub max_bytes: u64,
    /// Types that may be picked, as in an `accept` attribute; empty: all.
    pub types: Vec<String>,
}

pub(super) async fn face(services: &Services, inbox_id: &str) -> Result<FaceView, ApiError> {
    let site = site_of(services, inbox_id)?;
    let row = inboxes::get(&services.app, inbox_id).await?;
    let (availability, opens_at) = availability(services, &site).await?;
    let most = u64::try_from(services.app.config.uploads.max_bytes).unwrap_or(u64::MAX);
    let own_words = site.texts.keys().map(String::as_str).filter(|language| !LANGUAGES.contains(language));
    Ok(FaceView {
        inbox_id: inbox_id.to_owned(),
        name: site.greeting.as_ref().and_then(|greeting| greeting.name.clone()).unwrap_or(row.name),
        greeting: site.greeting.clone(),
        menu: site.menu.clone(),
        pre_chat: site.pre_chat.clone(),
        colors: site.colors.clone(),
        texts: site.texts.clone(),
        availability,
        reply_time: site.reply_time.clone(),
        opens_at,
        files: FilesView { max_bytes: site.upload_limit(most), types: Vec::new() },
        identity_required: site.require_identity,
        mail_handover: away::mail_inbox(services, &site).await?.is_some(),
        languages: LANGUAGES.into_iter().chain(own_words).map(str::to_owned).collect(),
    })
}

async fn availability(services: &Services, site: &Settings) -> Result<(Availability, Option<Micros>), ApiError> {
    if let Some(Opening::Closed(opens_at)) = site.hours.as_ref().map(|hours| hours.at(services.app.now())) {
        return Ok((Availability::Closed, opens_at));
    }
    let online = access::anybody_online(&services.app).await?;
    Ok((if online { Availability::Online } else { Availability::Away }, None))
}
