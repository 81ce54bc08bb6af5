//! The demo as a newcomer meets it: the printed link, conversations from every channel, answers on every phone.

use std::process::Stdio;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::support::within;

/// How long the town may take to write from all channels; the promise is a minute.
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_newcomer_answers_a_customer_of_every_channel() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_trunkline"))
        .args(["demo", "--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stderr.take().unwrap()).lines();
    let link = tokio::time::timeout(MINUTE, async {
        loop {
            let line = lines.next_line().await.unwrap().expect("the demo prints its link");
            if let Some(at) = line.find("http://").filter(|_| line.contains("token=")) {
                return line[at..].trim().to_owned();
            }
        }
    });
    let link = link.await.unwrap();
    let drained = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let base = link.split("/demo").next().unwrap().to_owned();

    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let wrong = client.get(format!("{base}/demo/enter?token=wrong")).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::NOT_FOUND);
    let entered = client.get(&link).send().await.unwrap();
    assert_eq!(entered.status(), StatusCode::SEE_OTHER);
    let cookie = entered.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let get = |path: String| {
        let request = client.get(format!("{base}{path}")).header("cookie", &cookie);
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let post = |path: String, body: Value| {
        let request = client.post(format!("{base}{path}")).header("cookie", &cookie).header("origin", &base).json(&body);
        async move { request.send().await.unwrap() }
    };
    assert_eq!(get("/api/v1/setup".into()).await, json!({ "open": false, "demo": true }));
    let town = get("/demo/lines".into()).await;
    let channels: Vec<String> =
        town["lines"].as_array().unwrap().iter().map(|line| line["channel"].as_str().unwrap().to_owned()).collect();

    for channel in &channels {
        let of_channel = || async {
            let listed = get(format!("/api/v1/conversations?channel={channel}")).await;
            listed["items"].as_array()?.iter().find(|item| item["state"] == "new").cloned()
        };
        let conversation = within(MINUTE, channel, of_channel).await;
        let id = conversation["id"].as_str().unwrap();
        let accepted = post(format!("/api/v1/conversations/{id}/accept"), json!({})).await;
        assert!(accepted.status().is_success(), "{channel}: {}", accepted.text().await.unwrap());
        let text = format!("Hello from the shop to {channel}");
        let reply = post(format!("/api/v1/conversations/{id}/messages"), json!({ "client_id": "r-1", "text": text })).await;
        assert!(reply.status().is_success(), "{channel}: {}", reply.text().await.unwrap());

        let line = town["lines"].as_array().unwrap().iter().find(|line| line["channel"] == **channel).unwrap();
        let on_a_phone = || async {
            for customer in line["customers"].as_array()? {
                let phone = format!("/demo/{channel}/_control/customers/{}/messages", customer["id"].as_str()?);
                let shown = get(phone).await;
                let theirs = |message: &&Value| message["mine"] == false && message["text"].as_str() == Some(&*text);
                if shown["messages"].as_array()?.iter().any(|message| theirs(&message)) {
                    return Some(());
                }
            }
            None
        };
        within(MINUTE, "the answer on the phone", on_a_phone).await;
    }
    demo.kill().await.unwrap();
    drained.abort();
}

#[tokio::test]
async fn the_demo_touches_nothing_real() {
    let demo = |args: &[&str]| Command::new(env!("CARGO_BIN_EXE_trunkline")).args(args).output();
    let with_config = demo(&["--config", "real.toml", "demo"]).await.unwrap();
    assert!(!with_config.status.success() && String::from_utf8_lossy(&with_config.stderr).contains("never touches"));
    let open_to_all = demo(&["demo", "--listen", "0.0.0.0:0"]).await.unwrap();
    assert!(!open_to_all.status.success() && String::from_utf8_lossy(&open_to_all.stderr).contains("this machine only"));
}
