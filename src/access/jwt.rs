//! JSON Web Tokens (RFC 7519) of operators' sockets and of visitors: HS256, one audience each.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use trunkline_channel::Micros;

use super::{Error, Visitor};
use crate::app::App;

/// Long enough to open a socket, short enough to be worthless in a log.
pub const SOCKET_TOKEN_LIFE_S: i64 = 60;
/// How long a visitor finds the conversation again without having been here.
pub const VISITOR_TOKEN_LIFE_S: i64 = 30 * 86_400;

const SECOND: Micros = 1_000_000;
/// Longer ones are not looked at.
const MAX_TOKEN: usize = 4096;

/// What a token is for; a token of one audience is worth nothing to another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Audience {
    OperatorSocket,
    Visitor,
}

impl Audience {
    fn as_str(self) -> &'static str {
        match self {
            Self::OperatorSocket => "trunkline:operator-socket",
            Self::Visitor => "trunkline:visitor",
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims<T> {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    #[serde(flatten)]
    own: T,
}

/// Stands for the credential it was made with: it ends when that one does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SocketClaims {
    /// `session` or `api_token`.
    pub via: String,
    /// Hash of that credential, as stored.
    pub credential: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct VisitorClaims {
    inbox_id: String,
    name: Option<String>,
    email: Option<String>,
    verified: bool,
}

pub(super) fn sign<T: Serialize>(app: &App, audience: Audience, sub: &str, own: T, life_s: i64) -> Result<String, Error> {
    let now = app.now() / SECOND;
    let claims = Claims {
        iss: app.keys.instance_id.clone(),
        aud: audience.as_str().to_owned(),
        sub: sub.to_owned(),
        iat: now,
        exp: now + life_s,
        own,
    };
    let key = EncodingKey::from_secret(app.keys.tokens.expose().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(|_| Error::Signing)
}

/// Subject and own claims of a token that is ours, for this audience, and not too old.
pub(super) fn verify<T: DeserializeOwned>(app: &App, audience: Audience, token: &str) -> Result<(String, T), Error> {
    if token.len() > MAX_TOKEN {
        return Err(Error::Unauthorized);
    }
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    rules.set_audience(&[audience.as_str()]);
    rules.set_issuer(&[&app.keys.instance_id]);
    // The library would ask the machine's clock; ours is handed in.
    rules.validate_exp = false;
    let key = DecodingKey::from_secret(app.keys.tokens.expose().as_bytes());
    let claims: Claims<T> = jsonwebtoken::decode(token, &key, &rules).map_err(|_| Error::Unauthorized)?.claims;
    let now = app.now() / SECOND;
    if claims.exp <= now { Err(Error::Unauthorized) } else { Ok((claims.sub, claims.own)) }
}

/// The token by which a widget shows who it is.
pub fn visitor_token(app: &App, visitor: &Visitor) -> Result<String, Error> {
    let own = VisitorClaims {
        inbox_id: visitor.inbox_id.clone(),
        name: visitor.name.clone(),
        email: visitor.email.clone(),
        verified: visitor.verified,
    };
    sign(app, Audience::Visitor, &visitor.external_id, own, VISITOR_TOKEN_LIFE_S)
}

pub(super) fn visitor(app: &App, token: &str) -> Result<Visitor, Error> {
    let (external_id, own): (String, VisitorClaims) = verify(app, Audience::Visitor, token)?;
    let VisitorClaims { inbox_id, name, email, verified } = own;
    Ok(Visitor { inbox_id, external_id, name, email, verified })
}
