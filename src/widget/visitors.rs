//! How a visitor becomes known: by the token of an earlier visit, by the site's signature, or as a stranger.

use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trunkline_channel::text::clean_name;
use trunkline_web_chat::Settings;
use trunkline_web_chat::identity::{IdentityError, Proof, external_id_of_stranger, verify_identity};

use super::actions::own_session;
use crate::access::{self, Visitor};
use crate::conversations::store;
use crate::http::ApiError;
use crate::realtime::frames::SessionView;
use crate::services::Services;

const MAX_EMAIL_CHARS: usize = 320;
/// Bytes of a stranger's name: not to be guessed.
const RANDOM_BYTES: usize = 16;

/// What the page knows of its visitor.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identify {
    /// The token of an earlier visit.
    pub token: Option<String>,
    /// The site's own id of its user, with `hmac` or `jwt` as the proof.
    pub user_id: Option<String>,
    /// Hex of HMAC-SHA256 of `user_id` under the inbox's identity secret.
    pub hmac: Option<String>,
    /// HS256 under the same secret, with `sub` and `exp`.
    pub jwt: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub language: Option<String>,
}

/// A known visitor.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Entered {
    /// Shows who the visitor is, to sockets and to HTTP (`Authorization: Bearer`).
    pub token: String,
    pub visitor: VisitorView,
    pub inbox_id: String,
    /// The conversation to go on with, where there is one; it may be closed.
    #[schema(value_type = Option<SessionView>)]
    pub session: Option<Value>,
    pub identity: Proven,
}

/// Whether it is certain who a visitor is.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proven {
    /// The site has proved it.
    Verified,
    Anonymous,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VisitorView {
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
}

/// What the site's owner has set; an inbox that is not a running web chat is not there.
pub fn site_of(services: &Services, inbox_id: &str) -> Result<Arc<Settings>, ApiError> {
    services.lines.site(inbox_id).ok_or_else(|| ApiError::not_found("inbox"))
}

/// The web chat inbox of the daemon's own page: the first that runs.
pub fn default_inbox(services: &Services) -> Option<String> {
    services.lines.inbox_ids().into_iter().filter(|id| services.lines.site(id).is_some()).min()
}

/// Refuses pages of sites that the inbox does not name. Browsers always say where a page is from; programs that are no
/// browsers have no page to protect.
pub fn check_origin(services: &Services, inbox_id: &str, headers: &HeaderMap) -> Result<(), ApiError> {
    let site = site_of(services, inbox_id)?;
    match headers.get(header::ORIGIN) {
        Some(origin) if !may_embed(services, &site, origin, headers) => {
            Err(ApiError::forbidden("this site may not embed the chat"))
        }
        _ => Ok(()),
    }
}

/// Lets a visitor in, as whoever they can show to be.
pub async fn enter(services: &Services, inbox_id: &str, address: IpAddr, who: Identify) -> Result<(Visitor, Entered), ApiError> {
    let app = &services.app;
    let site = site_of(services, inbox_id)?;
    let name = who.name.as_deref().and_then(clean_name);
    let email = who.email.clone().filter(|email| email.chars().count() <= MAX_EMAIL_CHARS && email.contains('@'));
    let proof = match (&who.hmac, &who.jwt) {
        (Some(_), Some(_)) => return Err(ApiError::invalid("/jwt", "give hmac or jwt, not both")),
        (Some(hmac), None) => Some(Proof::Hmac(hmac)),
        (None, Some(jwt)) => Some(Proof::Jwt(jwt)),
        (None, None) => None,
    };
    let earlier = who.token.as_deref().and_then(|token| access::visitor_of_token(app, token).ok());
    let visitor = match (&who.user_id, proof) {
        (Some(user_id), Some(proof)) => {
            let user = verify_identity(&site, user_id, proof, app.now()).map_err(unproved)?;
            let (name, email) = (user.name.or(name), user.email.or(email));
            Visitor { inbox_id: inbox_id.to_owned(), external_id: user.external_id, name, email, verified: true }
        }
        (None, Some(_)) => return Err(ApiError::invalid("/user_id", "is what the proof is about")),
        // A claim without proof is no claim: such a visitor stays a stranger.
        (_, None) => match earlier.filter(|visitor| visitor.inbox_id == inbox_id && may_return(visitor, &site)) {
            Some(visitor) => Visitor { name: name.or(visitor.name), email: email.or(visitor.email), ..visitor },
            None if site.require_identity => return Err(ApiError::forbidden("only users whom the site has identified")),
            None => {
                services.quotas.new_visitor(address, app.now())?;
                let random: [u8; RANDOM_BYTES] = rand::random();
                let external_id = external_id_of_stranger(&hex::encode(random));
                Visitor { inbox_id: inbox_id.to_owned(), external_id, name, email, verified: false }
            }
        },
    };
    let session = match store::newest_of(&app.db, &visitor).await? {
        Some(id) => Some(own_session(services, &visitor, &id).await?),
        None => None,
    };
    let entered = Entered {
        token: access::visitor_token(app, &visitor)?,
        identity: if visitor.verified { Proven::Verified } else { Proven::Anonymous },
        inbox_id: visitor.inbox_id.clone(),
        visitor: VisitorView { id: visitor.external_id.clone(), name: visitor.name.clone(), email: visitor.email.clone() },
        session,
    };
    Ok((visitor, entered))
}

/// A stranger's token is worth nothing any more once the site lets only identified users in.
fn may_return(visitor: &Visitor, site: &Settings) -> bool {
    visitor.verified || !site.require_identity
}

/// Whether pages of that origin may open the chat: those the inbox names, and our own, by the public address or by the
/// one that was asked.
fn may_embed(services: &Services, site: &Settings, origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = origin.split_once("://").map_or("", |(scheme, _)| scheme);
    site.allows_origin(origin, &services.app.config.server.public_url)
        || site.allows_origin(origin, &format!("{scheme}://{host}"))
}

fn unproved(error: IdentityError) -> ApiError {
    match error {
        IdentityError::NotConfigured => ApiError::conflict("identity_not_configured", error.to_string()),
        IdentityError::BadUserId => ApiError::invalid("/user_id", error.to_string()),
        IdentityError::BadProof | IdentityError::Expired => ApiError::forbidden(error.to_string()),
    }
}
