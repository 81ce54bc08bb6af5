//! The business writes first.

use reqwest::{Client, StatusCode};
use serde_json::json;

use super::{ANN, Desk, SUPPORT, header, items, mail};
use crate::support::{Store, each_store, eventually};

each_store!(a_mail_of_ours_begins_a_thread_and_its_answer_comes_into_it);

async fn a_mail_of_ours_begins_a_thread_and_its_answer_comes_into_it(store: Store) {
    let desk = Desk::open(&store).await;
    desk.servers.inject(ANN, SUPPORT, &mail("<lamp@example.test>", "Broken lamp", "", "The lamp is broken.")).await.unwrap();
    let path = desk.accept("Broken lamp").await;
    let asked = desk.messages(&path).await.remove(0);

    // What came, as it came, for whoever wants to keep it.
    let raw = format!("{path}/messages/{}/raw", asked["id"].as_str().unwrap());
    let answer = Client::new().get(desk.daemon.url(&raw)).header("cookie", &desk.bob.cookie).send().await.unwrap();
    assert_eq!((answer.status(), &answer.headers()["content-type"]), (StatusCode::OK, &"message/rfc822".parse().unwrap()));
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\""));
    let eml = answer.text().await.unwrap();
    assert_eq!((header(&eml, "Message-ID"), header(&eml, "Subject")), ("<lamp@example.test>".into(), "Broken lamp".into()));
    assert!(eml.contains("The lamp is broken."), "{eml}");

    let contact = desk.bob.get(&path).await.1["contact"]["id"].as_str().unwrap().to_owned();
    let (_, contact) = desk.bob.get(&format!("/api/v1/contacts/{contact}")).await;
    let begin = json!({"identity_id": contact["identities"][0]["id"], "client_id": "1", "subject": "The new lamp",
        "text": "It leaves today."});
    let at = format!("/api/v1/contacts/{}/conversations", contact["id"].as_str().unwrap());
    let (status, started) = desk.bob.post(&at, begin).await;
    assert_eq!(status, StatusCode::CREATED, "{started}");
    let begun = format!("/api/v1/conversations/{}", started["conversation"]["id"].as_str().unwrap());
    assert_ne!(begun, path);
    let first = desk.arrived(ANN, "It leaves today.").await;
    assert_eq!((header(&first, "Subject"), header(&first, "In-Reply-To")), ("The new lamp".into(), String::new()));
    let ours = header(&first, "Message-ID");

    // Another one before the customer has said anything stays in the thread.
    desk.answer(&begun, "2", "It has left.").await;
    let second = desk.arrived(ANN, "It has left.").await;
    assert_eq!((header(&second, "Subject"), header(&second, "In-Reply-To")), ("The new lamp".into(), ours.clone()));

    let thread = format!("In-Reply-To: {ours}\r\n");
    desk.servers.inject(ANN, SUPPORT, &mail("<thanks@example.test>", "Re: The new lamp", &thread, "Thank you.")).await.unwrap();
    let last = eventually("the customer's answer", async || {
        desk.messages(&begun).await.into_iter().find(|message| message["sender_type"] == "customer")
    })
    .await;
    assert_eq!((last["text"].as_str().unwrap().trim(), &last["number"]), ("Thank you.", &json!(3)));
    assert_eq!(desk.bob.get(&begun).await.1["state"], "active");
    assert_eq!(items(&desk.bob.get("/api/v1/conversations").await.1).len(), 2);
    desk.close().await;
}
