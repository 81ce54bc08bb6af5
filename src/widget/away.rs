//! When nobody is there: a visitor leaves an address, and the conversation goes on by mail.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::Value;
use trunkline_web_chat::Settings;

use super::actions::own_session;
use super::visitors::site_of;
use crate::access::Visitor;
use crate::handover::{self, NewHandover};
use crate::http::ApiError;
use crate::inboxes::{self, InboxRow};
use crate::services::Services;

/// The key under which a site's `texts` have the last line of mails in other words.
const FOOTER_KEY: &str = "mail_footer";
/// What a site's name is put in the place of.
const NAME: &str = "{name}";
const FOOTER: &str =
    "You left this address in the chat of {name}. Answer this mail to go on: your words reach the same conversation.";

/// An address that a visitor leaves.
#[derive(Debug, Clone, Deserialize)]
pub struct LeftEmail {
    pub session_id: String,
    pub email: String,
    pub name: Option<String>,
    /// Of the last line of the mails.
    pub language: Option<String>,
}

/// Hands the visitor's conversation over to mail; the conversation as it is then.
pub async fn leave_email(services: &Services, visitor: &Visitor, address: IpAddr, left: LeftEmail) -> Result<Value, ApiError> {
    let app = &services.app;
    let site = site_of(services, &visitor.inbox_id)?;
    services.quotas.leave_email(&visitor.external_id, address, app.now())?;
    let inbox = mail_inbox(services, &site).await?;
    let inbox = inbox.ok_or_else(|| ApiError::conflict("no_mail_handover", "this chat does not go on by mail"))?;
    let own = inboxes::get(app, &visitor.inbox_id).await?;
    let name = site.greeting.as_ref().and_then(|greeting| greeting.name.as_deref()).unwrap_or(&own.name);
    let footer = footer(&site, left.language.as_deref(), name);
    let new = NewHandover { email: left.email, name: left.name, inbox_id: inbox.id, footer };
    handover::leave(app, visitor, &left.session_id, new).await?;
    own_session(services, visitor, &left.session_id).await
}

/// The inbox that takes over, where the site wants it and it is there.
pub(super) async fn mail_inbox(services: &Services, site: &Settings) -> Result<Option<InboxRow>, ApiError> {
    match site.mail_inbox_id.as_deref().filter(|_| site.away_email) {
        Some(id_or_name) => Ok(inboxes::mail_inbox(&services.app, id_or_name).await?),
        None => Ok(None),
    }
}

/// In the site's words for the language, or else for English, or else in ours.
fn footer(site: &Settings, language: Option<&str>, name: &str) -> String {
    let whole = language.unwrap_or_default();
    let short = whole.split('-').next().unwrap_or_default();
    let words = [whole, short, "en"].into_iter().find_map(|language| site.texts.get(language)?.get(FOOTER_KEY));
    words.map_or(FOOTER, String::as_str).replace(NAME, name)
}

#[cfg(test)]
mod tests {
    use trunkline_web_chat::Settings;

    use super::footer;

    #[test]
    fn the_last_line_is_in_the_visitors_language_where_the_site_has_it() {
        let texts = r#"{"de": {"mail_footer": "Antworten Sie {name}."}, "en": {"send": "Send"}}"#;
        let site = Settings { texts: serde_json::from_str(texts).unwrap(), ..Settings::default() };
        assert_eq!(footer(&site, Some("de-AT"), "Shop"), "Antworten Sie Shop.");
        assert!(footer(&site, Some("fr"), "Shop").starts_with("You left this address in the chat of Shop."));
        assert!(footer(&site, None, "Shop").contains("Shop"));
    }
}
