//! What was read can be marked to be read again.

use reqwest::StatusCode;
use serde_json::json;

use super::watching::{Desk, done};
use crate::support::{Store, each_store, eventually};

each_store!(a_conversation_is_unread_again_for_the_staff_and_stays_read_for_the_customer);

async fn a_conversation_is_unread_again_for_the_staff_and_stays_read_for_the_customer(store: Store) {
    let desk = Desk::open(&store).await;
    let path = format!("/api/v1/conversations/{}", desk.conversation);
    let unread = "/api/v1/conversations?assignee=me&unread=true";
    let colleague = desk.bob.socket().await;
    assert_eq!(desk.ann.post(&format!("{path}/seen"), json!({"number": 1})).await.0, StatusCode::NO_CONTENT);
    assert_eq!(desk.ann.get(unread).await.1["items"], json!([]));

    let (status, view) = desk.ann.post(&format!("{path}/unread"), json!({})).await;
    assert_eq!((status, &view["operator_seen"], &view["operator_read"]), (StatusCode::OK, &json!(0), &json!(1)), "{view}");
    assert_eq!(desk.ann.get(unread).await.1["items"][0]["id"], json!(desk.conversation));
    assert_eq!(desk.ann.get("/api/v1/conversations/counts").await.1["mine_unread"], 1);
    // Other screens follow.
    let told = eventually("the change is told", async || {
        let told = colleague.next_named("chat:session_updated").await.unwrap();
        (told["session"]["operator_seen"] == 0).then_some(told)
    })
    .await;
    assert_eq!(told["session_id"], json!(desk.conversation));
    // The customer keeps the tick, also after coming back.
    let joined = done(&desk.visitor, "chat:join", desk.this()).await;
    assert_eq!(joined["session"]["operator_seen"], 1, "{joined}");

    // Once more changes nothing; reading and answering end it.
    assert_eq!(desk.ann.post(&format!("{path}/unread"), json!({})).await.0, StatusCode::OK);
    desk.ann.post(&format!("{path}/seen"), json!({"number": 1})).await;
    assert_eq!(desk.ann.get(unread).await.1["items"], json!([]));
    desk.ann.post(&format!("{path}/unread"), json!({})).await;
    desk.answer("Hello to you").await;
    assert_eq!(desk.ann.get(unread).await.1["items"], json!([]));
    assert_eq!(desk.ann.get(&path).await.1["operator_seen"], 2, "the own answer is not news");
    // Before the customer's words, not only before what was said after them.
    let (_, view) = desk.ann.post(&format!("{path}/unread"), json!({})).await;
    assert_eq!((&view["operator_seen"], &view["last_number"]), (&json!(0), &json!(2)));

    // It is for who holds the conversation, and archived ones stay as they are.
    assert_eq!(desk.bob.post(&format!("{path}/unread"), json!({})).await.0, StatusCode::FORBIDDEN);
    let (status, _) = desk.ann.post("/api/v1/conversations/no-such-id/unread", json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    desk.ann.post(&format!("{path}/close"), json!({"reason": "problem_solved"})).await;
    assert_eq!(desk.ann.post(&format!("{path}/archive"), json!({})).await.0, StatusCode::OK);
    let (status, problem) = desk.ann.post(&format!("{path}/unread"), json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("illegal_move")));
    desk.close().await;
}
