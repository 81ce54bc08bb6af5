//! The same request again and again: with its key (B90), and by the thousand at the door (B95).

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Town, assert_problem};
use crate::support::{Store, each_store};

each_store!(a_key_stands_for_one_request, a_thousand_sign_ins_at_once_are_throttled);

async fn a_key_stands_for_one_request(store: Store) {
    let town = Town::found(&store).await;
    let messages = town.path("/messages");
    let reply = async |key: &str, body: &Value| {
        town.ask(Method::POST, &messages).header("idempotency-key", key).json(body).send().await.unwrap()
    };
    let body = json!({"client_id": "c1", "text": "only once"});
    let first = reply("k1", &body).await;
    assert_eq!(first.status(), StatusCode::CREATED);
    let first = first.text().await.unwrap();
    for _ in 0..3 {
        let again = reply("k1", &body).await;
        assert_eq!(again.status(), StatusCode::CREATED);
        assert_eq!(again.text().await.unwrap(), first, "the same answer");
    }
    let other = json!({"client_id": "c2", "text": "something else"});
    assert_problem("another body under the key", reply("k1", &other).await, 422).await;
    assert_problem("the same without a text", reply("k1", &json!({})).await, 422).await;
    let at_once = join_all((0..20).map(|_| reply("k2", &other))).await;
    assert!(at_once.iter().all(|answer| matches!(answer.status(), StatusCode::CREATED | StatusCode::CONFLICT)));
    for bad in ["", &"k".repeat(1_000)] {
        assert_problem("no key", reply(bad, &other).await, 400).await;
    }
    // The client's own id does the same without a key.
    let plain = town.ask(Method::POST, &messages).json(&body).send().await.unwrap();
    assert!(plain.status().is_success());
    assert_eq!(plain.json::<Value>().await.unwrap()["id"], serde_json::from_str::<Value>(&first).unwrap()["id"]);

    let page = town.ann.get(&town.base, &format!("{messages}?after=0")).await;
    let texts: Vec<&str> = page["items"].as_array().unwrap().iter().filter_map(|message| message["text"].as_str()).collect();
    for text in ["only once", "something else"] {
        assert_eq!(texts.iter().filter(|found| **found == text).count(), 1, "{text}");
    }
    town.is_well("repeated requests").await;
    town.close().await;
}

const SIGN_INS: usize = 1_000;
/// A hash takes 19 MiB: a thousand at once would be far above it.
const MAX_RESIDENT_KB: u64 = 500 * 1024;

async fn a_thousand_sign_ins_at_once_are_throttled(store: Store) {
    // Of a thousand addresses, as far as the daemon's own count is concerned: what holds them back is the pool of hashes.
    let keys = [("access.requests_per_minute", "100000"), ("access.login_per_address", "100000")];
    let town = Town::found_with(&store, &keys).await;
    let client = &town.ann.client;
    let url = format!("{}/api/v1/sessions", town.base);
    let guesses = (0..SIGN_INS).map(|n| {
        let body = json!({"email": format!("guest{n}@example.com"), "password": format!("a long guess {n}")});
        client.post(&url).header("origin", &town.base).json(&body).send()
    });
    let mut refused = 0;
    for answer in join_all(guesses).await {
        let answer = answer.unwrap();
        match answer.status() {
            StatusCode::UNAUTHORIZED => {}
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                assert!(answer.headers().contains_key("retry-after"));
                refused += 1;
            }
            other => panic!("{other}"),
        }
    }
    // How many depends on how fast the guesses come; that none waits in memory for a hash does not.
    assert!(refused > 0, "none of {SIGN_INS} was refused");
    let resident = crate::support::resident_kb(town.daemon.pid());
    assert!(resident < MAX_RESIDENT_KB, "{resident} KB");
    town.is_well("a thousand sign-ins").await;
    town.close().await;
}
