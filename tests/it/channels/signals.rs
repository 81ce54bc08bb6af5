//! Receipts, reading and typing, both ways.

use serde_json::json;

use super::{Channel, Talk};
use crate::support::{Store, eventually};

each_channel!(receipts_move_forward_only, typing_and_reading_are_told_both_ways);

async fn receipts_move_forward_only(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    let (answer, _) = talk.answered("Yes, in M").await;
    if talk.channel.delivered {
        assert!(talk.delivery(&answer).await["delivered_at"].is_i64());
    }
    let _ = talk.line.phone.read(talk.customer).await;
    if !talk.channel.read {
        // Nobody tells: it stays sent, and nothing is made up.
        talk.says("Thanks").await;
        talk.heard("Thanks").await;
        assert_eq!(talk.delivery(&answer).await["state"], "sent");
        return talk.end().await;
    }
    talk.settled(&answer, "read").await;
    let told = talk.delivery(&answer).await;
    assert!(told["read_at"].is_i64(), "{told}");

    // One that was not read yet does not move; reading it moves both to the same end, and none back.
    let (second, _) = talk.answered("And in L").await;
    assert_ne!(talk.delivery(&second).await["state"], "read");
    talk.line.phone.read(talk.customer).await.unwrap();
    talk.settled(&second, "read").await;
    assert_eq!(talk.delivery(&answer).await["read_at"], told["read_at"], "the first time counts");
    talk.end().await;
}

async fn typing_and_reading_are_told_both_ways(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    let socket = talk.bob.socket().await;
    let id = talk.path.rsplit('/').next().unwrap();
    socket.ask("chat:join", &json!({"session_id": id})).await.unwrap();

    // The assignee looks: the customer is told, where the provider has a way.
    assert!(!talk.line.phone.sees_seen(talk.customer));
    socket.ask("chat:seen", &json!({"session_id": id, "message_id": talk.asked.0})).await.unwrap();
    if talk.channel.seen {
        eventually("read, says the phone", async || talk.line.phone.sees_seen(talk.customer).then_some(())).await;
        talk.says("One more").await;
        let more = talk.heard("One more").await;
        assert!(!talk.line.phone.sees_seen(talk.customer), "what came later was not read");
        let (status, answer) = talk.bob.post(&format!("{}/seen", talk.path), json!({"number": more["number"]})).await;
        assert!(status.is_success(), "{answer}");
        eventually("read again", async || talk.line.phone.sees_seen(talk.customer).then_some(())).await;
    }

    assert!(!talk.line.phone.sees_typing(talk.customer));
    socket.ask("chat:typing", &json!({"session_id": id, "typing": true})).await.unwrap();
    eventually("typing on the phone", async || talk.line.phone.sees_typing(talk.customer).then_some(())).await;
    talk.answered("Here it is").await;
    assert!(!talk.line.phone.sees_typing(talk.customer), "the message ends it");

    if talk.channel.customer_types {
        talk.line.phone.typing(talk.customer).await.unwrap();
        let told = socket.next_named("chat:typing").await.unwrap();
        assert_eq!(told["session_id"], id, "{told}");
    }
    talk.end().await;
}
