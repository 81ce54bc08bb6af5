//! Who opens a socket: known by a token in the connect packet, or by the session cookie from a page of our own.

use http::HeaderMap;
use serde_json::Value;
use trunkline_channel::Micros;

use super::identify::{Credential, Identity, Principal, by_credential};
use super::jwt::{self, Audience, SocketClaims};
use super::{Error, Visitor, cookie, secrets};
use crate::app::App;
use crate::http::origin;

/// `auth` is what the client sends with its connect packet, never part of an address. A token goes before the cookie.
pub async fn authenticate_socket(app: &App, auth: &Value, headers: &HeaderMap) -> Result<Identity, Error> {
    if let Some(token) = auth.get("token") {
        let token = token.as_str().ok_or(Error::Unauthorized)?;
        if token.starts_with(secrets::API_TOKEN_PREFIX) {
            return by_credential(app, Credential::ApiToken { hash: secrets::hash(token) }).await;
        }
        if let Ok((_, claims)) = jwt::verify::<SocketClaims>(app, Audience::OperatorSocket, token) {
            return by_credential(app, credential(claims)).await;
        }
        let principal = Principal::Visitor(jwt::visitor(app, token)?);
        return Ok(Identity { principal, credential: Credential::VisitorToken });
    }
    // Browsers send the cookie from any page; only our own pages may use it.
    if origin::same_origin(headers, &app.config.server.public_url) != Some(true) {
        return Err(Error::Forbidden("sockets are opened from our own pages only"));
    }
    let token = cookie::read(headers, &app.config).ok_or(Error::Unauthorized)?;
    by_credential(app, Credential::Session { hash: secrets::hash(token.expose()) }).await
}

/// A token to open a socket with, and when it ends. It stands for the credential of whoever asks, and ends with that too.
pub fn socket_token(app: &App, identity: &Identity) -> Result<(String, Micros), Error> {
    let Principal::Operator(caller) = &identity.principal else { return Err(Error::Forbidden("this is for operators")) };
    let (via, hash) = match &identity.credential {
        Credential::Session { hash } => ("session", hash),
        Credential::ApiToken { hash } => ("api_token", hash),
        Credential::VisitorToken => return Err(Error::Forbidden("this is for operators")),
    };
    let own = SocketClaims { via: via.to_owned(), credential: hash.clone() };
    let token = jwt::sign(app, Audience::OperatorSocket, &caller.operator_id, own, jwt::SOCKET_TOKEN_LIFE_S)?;
    Ok((token, app.now() + jwt::SOCKET_TOKEN_LIFE_S * 1_000_000))
}

/// Whether a credential that was good when a socket was opened still stands for the same operator in the same role. Only
/// an answer of the store counts: while it is silent, nobody is signed out.
pub async fn is_still_good(app: &App, identity: &Identity) -> bool {
    match by_credential(app, identity.credential.clone()).await {
        Ok(now) => now.principal == identity.principal,
        Err(Error::Unauthorized) => matches!(identity.credential, Credential::VisitorToken),
        Err(_) => true,
    }
}

/// The visitor a token of an earlier visit stands for.
pub fn visitor_of_token(app: &App, token: &str) -> Result<Visitor, Error> {
    jwt::visitor(app, token)
}

fn credential(claims: SocketClaims) -> Credential {
    let SocketClaims { via, credential: hash } = claims;
    if via == "session" { Credential::Session { hash } } else { Credential::ApiToken { hash } }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::HeaderMap;
    use serde_json::json;
    use trunkline_channel::{ManualClock, Secret};

    use super::authenticate_socket;
    use crate::access::{Error, Principal, Visitor, visitor_token};
    use crate::app::App;
    use crate::blobs::Blobs;
    use crate::keys::Keys;

    async fn app(dir: &std::path::Path) -> App {
        let mut config = crate::config::load(None).unwrap();
        config.server.public_url = "https://help.example.com".into();
        let db = crate::db::open(&format!("sqlite:{}", dir.join("t.db").display()), 1).await.unwrap();
        crate::db::migrate(&db).await.unwrap();
        let clock = Arc::new(ManualClock::at(1_767_600_000_000_000));
        App::new(
            config,
            db,
            clock,
            Blobs::new(dir.join("files")),
            Keys::derive(&Secret::new("k")),
            crate::app::http_client().unwrap(),
        )
    }

    #[tokio::test]
    async fn a_visitors_token_needs_no_origin_and_nonsense_opens_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let app = app(dir.path()).await;
        let visitor = Visitor { inbox_id: "i".into(), external_id: "visitor:1".into(), name: None, email: None, verified: false };
        let token = visitor_token(&app, &visitor).unwrap();
        let known = authenticate_socket(&app, &json!({ "token": token }), &HeaderMap::new()).await.unwrap();
        assert_eq!(known.principal, Principal::Visitor(visitor));
        for auth in
            [json!({"token": "not.a.token"}), json!({"token": 7}), json!({"token": ""}), json!({"token": format!("{token}x")})]
        {
            assert!(matches!(authenticate_socket(&app, &auth, &HeaderMap::new()).await, Err(Error::Unauthorized)), "{auth}");
        }
        assert!(matches!(authenticate_socket(&app, &json!({}), &HeaderMap::new()).await, Err(Error::Forbidden(_))));
    }
}
