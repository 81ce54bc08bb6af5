//! Tokens that are not ours, not for this, or not of today.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use trunkline::access::{Principal, Role, Visitor, authenticate_socket, visitor_of_token, visitor_token};
use trunkline::app::App;

use crate::support::edge::Edge;
use crate::support::{Store, each_store};

each_store!(a_visitors_token_is_checked_in_every_part, a_socket_token_ends_with_its_session);

fn visitor() -> Visitor {
    Visitor { inbox_id: "site".into(), external_id: "visitor:1".into(), name: None, email: None, verified: true }
}

fn claims(app: &App) -> Value {
    let now = app.now() / 1_000_000;
    json!({
        "iss": app.keys.instance_id, "aud": "trunkline:visitor", "sub": "visitor:1", "iat": now, "exp": now + 60,
        "inbox_id": "site", "name": null, "email": null, "verified": true,
    })
}

fn signed(algorithm: Algorithm, key: &[u8], claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key)).unwrap()
}

async fn a_visitors_token_is_checked_in_every_part(store: Store) {
    let app = store.app().await;
    let key = app.keys.tokens.expose().as_bytes().to_vec();
    let good = signed(Algorithm::HS256, &key, &claims(&app));
    assert_eq!(visitor_of_token(&app, &good).unwrap(), visitor());

    let changed = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims(&app);
        change(&mut claims);
        signed(Algorithm::HS256, &key, &claims)
    };
    let parts: Vec<&str> = good.split('.').collect();
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let other_body = URL_SAFE_NO_PAD.encode(json!({"sub": "visitor:2"}).to_string());
    let refused = [
        ("alg none", format!("{unsigned}.{}.", parts[1])),
        ("alg none, old signature", format!("{unsigned}.{}.{}", parts[1], parts[2])),
        ("another algorithm", signed(Algorithm::HS512, &key, &claims(&app))),
        ("another key", signed(Algorithm::HS256, b"another key", &claims(&app))),
        ("no key", signed(Algorithm::HS256, b"", &claims(&app))),
        ("another body", format!("{}.{other_body}.{}", parts[0], parts[2])),
        ("another audience", changed(&|c| c["aud"] = "trunkline:operator-socket".into())),
        ("no audience", changed(&|c| drop(c.as_object_mut().unwrap().remove("aud")))),
        ("another installation", changed(&|c| c["iss"] = "somebody".into())),
        ("no end", changed(&|c| drop(c.as_object_mut().unwrap().remove("exp")))),
        ("ended", changed(&|c| c["exp"] = (app.now() / 1_000_000).into())),
        ("nobody", changed(&|c| drop(c.as_object_mut().unwrap().remove("sub")))),
        ("nonsense", "a.b.c".to_owned()),
        ("empty", String::new()),
        ("endless", format!("{good}{}", "x".repeat(5000))),
    ];
    for (what, token) in refused {
        assert!(visitor_of_token(&app, &token).is_err(), "{what}");
    }

    let token = visitor_token(&app, &visitor()).unwrap();
    assert!(visitor_of_token(&app, &token).is_ok());
    app.clock.advance(std::time::Duration::from_secs(30 * 86_400));
    assert!(visitor_of_token(&app, &token).is_err());
}

async fn a_socket_token_ends_with_its_session(store: Store) {
    let app = store.app().await;
    let edge = Edge::start(&app).await;
    let cookie = edge.signed_in("ann", Role::Operator).await;
    let ask = async || edge.call(Method::POST, "/api/v1/socket-tokens", &[("cookie", &cookie)], None).await;
    let opens = async |token: &Value| authenticate_socket(&app, &json!({"token": token}), &HeaderMap::new()).await;

    let made = ask().await;
    assert_eq!(made.status, StatusCode::CREATED);
    let token = &made.body["token"];
    assert!(matches!(opens(token).await.unwrap().principal, Principal::Operator(caller) if caller.name == "ann"));
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    let over_http = edge.call(Method::GET, "/api/v1/me", &[("authorization", &bearer)], None).await;
    assert_eq!(over_http.status, StatusCode::UNAUTHORIZED, "it opens sockets and nothing else");

    app.clock.advance(std::time::Duration::from_secs(60));
    assert!(opens(token).await.is_err(), "a minute is over");
    let fresh = ask().await.body["token"].clone();
    edge.call(Method::DELETE, "/api/v1/sessions/current", &[("cookie", &cookie)], None).await;
    assert!(opens(&fresh).await.is_err(), "signed out");
}
