//! Links to files that are worth nothing any more, or never were (B102).

use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use trunkline::db::sql;
use trunkline::keys::Keys;
use trunkline::uploads::Link;
use trunkline_channel::Secret;

use super::{Town, assert_problem};
use crate::support::{Store, each_store};

each_store!(a_link_is_worth_what_it_was_signed_for);

const HOUR: i64 = 3_600_000_000;

async fn a_link_is_worth_what_it_was_signed_for(store: Store) {
    let town = Town::found(&store).await;
    let (first, second) = (file(&town, "one").await, file(&town, "two").await);
    let open = async |path: &str| town.ann.client.get(format!("{}{path}", town.base)).send().await.unwrap();
    for asking in [Method::GET, Method::HEAD] {
        let answer = town.ann.client.request(asking.clone(), format!("{}{}", town.base, link_to(&town, &first).await));
        assert_eq!(answer.send().await.unwrap().status(), StatusCode::OK, "{asking}");
    }
    let link = link_to(&town, &first).await;
    assert_eq!(open(&link).await.text().await.unwrap(), "one");
    let visitors = town.ask_as_visitor(Method::GET, &format!("/api/v1/attachments/{first}/link")).send().await.unwrap();
    assert_eq!(visitors.status(), StatusCode::OK);

    let (path, proof) = link.split_once('?').unwrap();
    let signature = proof.split_once("signature=").unwrap().1;
    let app = store.live_app().await;
    let keys = Keys::load(store.data_dir()).unwrap();
    let expired = Link::make(&keys.links, &first, app.now() - HOUR);
    let foreign = Link::make(&Secret::new("another installation"), &first, app.now());
    let query = |link: &Link| format!("expires={}&signature={}", link.expires, link.signature);
    for wrong in [
        query(&expired),
        query(&foreign),
        format!("expires={}&signature={signature}", i64::MAX),
        format!("signature={signature}"),
        proof.replace(signature, ""),
        proof.replace(signature, "ffff"),
        proof.to_uppercase().replace("EXPIRES", "expires").replace("SIGNATURE", "signature") + "00",
    ] {
        assert_problem(&wrong, open(&format!("{path}?{wrong}")).await, 403).await;
    }
    assert_problem("the link of another file", open(&format!("/api/v1/attachments/{second}?{proof}")).await, 403).await;
    assert_problem("a number of another kind", open(&format!("{path}?expires=x&signature={signature}")).await, 400).await;

    assert_eq!(town.ask(Method::GET, path).send().await.unwrap().status(), StatusCode::OK, "with a session");
    let mut tx = app.db.begin().await.unwrap();
    sql("UPDATE messages SET deleted_at = 1 WHERE id = (SELECT message_id FROM attachments WHERE id = $1)")
        .bind(&first)
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_problem("a link into a deleted message", open(&link).await, 404).await;
    assert_problem("a file of a deleted message", town.ask(Method::GET, path).send().await.unwrap(), 404).await;

    let second = format!("/api/v1/attachments/{second}");
    assert_eq!(town.ask(Method::GET, &second).send().await.unwrap().status(), StatusCode::OK);
    let ended = town.ask(Method::DELETE, "/api/v1/sessions/current").send().await.unwrap();
    assert!(ended.status().is_success());
    assert_problem("a file after the session", town.ask(Method::GET, &second).send().await.unwrap(), 401).await;
    assert_problem(
        "a link wanted after the session",
        town.ask(Method::GET, &format!("{second}/link")).send().await.unwrap(),
        401,
    )
    .await;
    town.is_well("links").await;
    town.close().await;
}

/// The id of a file in a message of Ann's.
async fn file(town: &Town, text: &str) -> String {
    let form = Form::new().part("file", Part::bytes(text.as_bytes().to_vec()).file_name("a.txt"));
    let sent = town.ask(Method::POST, "/api/v1/uploads").multipart(form).send().await.unwrap();
    let upload: Value = sent.error_for_status().unwrap().json().await.unwrap();
    let reply = json!({"client_id": text, "attachments": [upload["id"]]});
    let sent = town.ask(Method::POST, &town.path("/messages")).json(&reply).send().await.unwrap();
    let message: Value = sent.error_for_status().unwrap().json().await.unwrap();
    message["attachments"][0]["id"].as_str().unwrap().to_owned()
}

/// A link from the daemon.
async fn link_to(town: &Town, id: &str) -> String {
    let answer = town.ask(Method::GET, &format!("/api/v1/attachments/{id}/link")).send().await.unwrap();
    let link: Value = answer.error_for_status().unwrap().json().await.unwrap();
    link["url"].as_str().unwrap().to_owned()
}
