use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use trunkline_channel::{
    Context, Cursor, CursorError, Cursors, HealthReporter, InboxRef, Intake, IntakeError, ManualClock, Outcome, RawEvent,
    Receipt, Secret, Siblings, signature,
};

use super::{Gate, MAX_BODY_BYTES, SIGNATURE_HEADER, routes};

const SECRET: &str = "an app secret";

/// Takes events until it is told not to.
#[derive(Default)]
struct Desk {
    stored: Mutex<Vec<(String, RawEvent)>>,
    refusing: Mutex<Option<IntakeError>>,
}

#[async_trait]
impl Intake for Desk {
    async fn accept(&self, inbox_id: &str, events: Vec<RawEvent>) -> Result<Vec<Receipt>, IntakeError> {
        if let Some(error) = self.refusing.lock().unwrap().clone() {
            return Err(error);
        }
        let took = |event: RawEvent| {
            self.stored.lock().unwrap().push((inbox_id.to_owned(), event));
            Receipt { raw_event_id: String::new(), outcome: Outcome::Applied { messages: Vec::new() } }
        };
        Ok(events.into_iter().map(took).collect())
    }
}

#[async_trait]
impl Cursors for Desk {
    async fn load(&self, _inbox_id: &str, _name: &str) -> Result<Option<String>, CursorError> {
        Ok(None)
    }

    async fn store(&self, _inbox_id: &str, _cursor: Cursor) -> Result<(), CursorError> {
        Ok(())
    }
}

/// Account 2 has an inbox of its own.
struct Second;

impl Siblings for Second {
    fn inbox_of(&self, account: &str) -> Option<String> {
        (account == "2").then(|| "second".to_owned())
    }
}

fn accounts_of(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

async fn door() -> (String, Arc<Desk>) {
    let desk = Arc::new(Desk::default());
    let cx = Context {
        inbox: InboxRef { id: "first".into(), name: "shop".into() },
        intake: desk.clone(),
        cursors: desk.clone(),
        siblings: Arc::new(Second),
        clock: Arc::new(ManualClock::at(1)),
        health: HealthReporter::default(),
        stop: CancellationToken::new(),
    };
    let gate =
        Gate { app_secret: Secret::new(SECRET), verify_token: Secret::new("a token of ours"), account: "1".into(), accounts_of };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let app: Router = routes(gate, cx);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, desk)
}

fn signed(body: &[u8]) -> String {
    format!("sha256={}", hex::encode(signature::sign(&Secret::new(SECRET), body)))
}

async fn post(url: &str, signatures: &[&str], body: &str) -> (u16, Option<String>) {
    let mut request = reqwest::Client::builder().build().unwrap().post(url).body(body.to_owned());
    for signature in signatures {
        request = request.header(SIGNATURE_HEADER, *signature);
    }
    let answer = request.send().await.unwrap();
    let wait = answer.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
    (answer.status().as_u16(), wait)
}

#[tokio::test]
async fn only_the_bytes_that_were_signed_come_in() {
    let (url, desk) = door().await;
    // As Meta sends it: escaped; the same JSON written otherwise has another signature.
    let body = r#"["1", "\u00e4 \/"]"#;
    let right = signed(body.as_bytes());
    let of_other_bytes = signed(serde_json::from_str::<Value>(body).unwrap().to_string().as_bytes());
    let sha1 = right.replace("sha256=", "sha1=");
    let bare = right.replace("sha256=", "");
    let short = right.chars().take(right.len() - 2).collect::<String>();
    for wrong in [
        &[][..],
        &[""],
        &["sha256="],
        &["sha256=00"],
        &[of_other_bytes.as_str()],
        &[sha1.as_str()],
        &[bare.as_str()],
        &[short.as_str()],
        &[right.as_str(), right.as_str()],
    ] {
        assert_eq!(post(&url, wrong, body).await.0, 403, "{wrong:?}");
    }
    assert!(desk.stored.lock().unwrap().is_empty());
    assert_eq!(post(&url, &[&right], body).await, (200, None));
    // Not readable is not our judgement here: it is kept.
    assert_eq!(post(&url, &[&signed(b"\x01 no json")], "\u{1} no json").await.0, 200);
    let stored = desk.stored.lock().unwrap();
    assert_eq!(stored[0].1.body, body);
    assert!(stored[0].1.key.len() == 64 && stored[0].1.key != stored[1].1.key);
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused_unread() {
    let (url, desk) = door().await;
    let body = "x".repeat(MAX_BODY_BYTES + 1);
    assert_eq!(post(&url, &[&signed(body.as_bytes())], &body).await.0, 413);
    assert!(desk.stored.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_confirmed_that_is_not_stored() {
    let (url, desk) = door().await;
    for (error, wait) in [
        (IntakeError::Overloaded { retry_after: Duration::from_secs(3) }, "3"),
        (IntakeError::Unavailable { retry_after: Duration::from_millis(5) }, "1"),
        (IntakeError::NoInbox, "5"),
        (IntakeError::LostLease, "5"),
    ] {
        *desk.refusing.lock().unwrap() = Some(error);
        assert_eq!(post(&url, &[&signed(b"[]")], "[]").await, (503, Some(wait.to_owned())));
    }
}

#[tokio::test]
async fn each_account_s_inbox_gets_the_call_once() {
    let (url, desk) = door().await;
    for (body, expected) in [
        (r#"["1"]"#, &["first"][..]),
        (r#"["2","2"]"#, &["second"]),
        (r#"["2","1","2"]"#, &["second", "first"]),
        (r#"["unknown"]"#, &["first"]),
        ("[]", &["first"]),
    ] {
        desk.stored.lock().unwrap().clear();
        assert_eq!(post(&url, &[&signed(body.as_bytes())], body).await.0, 200);
        let inboxes: Vec<String> = desk.stored.lock().unwrap().iter().map(|(inbox, _)| inbox.clone()).collect();
        assert_eq!(inboxes, expected, "{body}");
    }
}

#[tokio::test]
async fn the_handshake_gives_the_challenge_back_to_who_knows_the_token() {
    let (url, _desk) = door().await;
    let ask = async |query: &str| {
        let answer = reqwest::Client::builder().build().unwrap().get(format!("{url}?{query}")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let right = "hub.mode=subscribe&hub.verify_token=a%20token%20of%20ours&hub.challenge=1158201444";
    assert_eq!(ask(right).await, (200, "1158201444".to_owned()));
    for wrong in [
        "",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=other&hub.challenge=1",
        "hub.mode=unsubscribe&hub.verify_token=a%20token%20of%20ours&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=a%20token%20of%20ours",
        "hub.mode=subscribe&hub.verify_token=a%20token%20of%20ours&hub.challenge=%3Cscript%3E",
        "hub.mode=subscribe&hub.mode=subscribe&hub.verify_token=a%20token%20of%20ours&hub.challenge=1",
    ] {
        assert_eq!(ask(wrong).await, (403, String::new()), "{wrong}");
    }
}
