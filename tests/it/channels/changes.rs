//! Edits, deletions and reactions, both ways.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Channel, Talk};
use crate::support::{Store, eventually};

each_channel!(what_customers_change_is_followed, what_operators_change_reaches_the_phone);

/// Every one of the four has it.
const THUMB: &str = "👍";
const HEART: &str = "❤";

/// The emoji under a message, ours and theirs.
fn marks(message: &Value) -> Vec<&str> {
    let marks = message["reactions"].as_array().into_iter().flatten();
    marks.filter_map(|mark| mark["emoji"].as_str()).map(|emoji| emoji.trim_end_matches('\u{fe0f}')).collect()
}

async fn what_customers_change_is_followed(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    let (answer, seen) = talk.answered("Yes, in M").await;
    let phone = &talk.line.phone;

    phone.edit(talk.customer, &talk.asked.1, "Is this in stock in L?").await.unwrap();
    let edited = talk.heard("Is this in stock in L?").await;
    assert!(edited["id"] == talk.asked.0 && edited["edited_at"].is_i64(), "{edited}");
    let (status, before) = talk.bob.get(&format!("{}/messages/{}/revisions", talk.path, edited["id"].as_str().unwrap())).await;
    assert!(status.is_success() && before.to_string().contains("Is this in stock?"), "the first wording is kept: {before}");

    for emoji in [Some(THUMB), Some(HEART), None] {
        phone.react(talk.customer, &seen.id, emoji).await.unwrap();
        let wanted: Vec<&str> = emoji.into_iter().collect();
        talk.message("the reaction", |message| message["id"] == answer["id"] && marks(message) == wanted).await;
    }

    let slip = talk.says("not for you").await;
    let slipped = talk.heard("not for you").await;
    phone.delete(talk.customer, &slip).await.unwrap();
    if talk.channel.customer_deletes {
        talk.message("taken back", |message| message["id"] == slipped["id"] && !message["deleted_at"].is_null()).await;
    } else {
        // Nobody is told: it stays.
        talk.says("never mind").await;
        talk.heard("never mind").await;
        assert!(talk.heard("not for you").await["deleted_at"].is_null());
    }
    talk.end().await;
}

async fn what_operators_change_reaches_the_phone(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    let (answer, seen) = talk.answered("Yes, in M").await;
    let (asked, at_provider) = &talk.asked;

    for emoji in [THUMB, HEART] {
        let (status, told) = talk.change(Method::PUT, asked, "/reaction", Some(json!({ "emoji": emoji }))).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        reaction(&talk, at_provider, Some(emoji)).await;
        talk.message("the reaction here", |message| message["id"] == *asked && marks(message) == [emoji]).await;
    }
    assert_eq!(talk.change(Method::DELETE, asked, "/reaction", None).await.0, StatusCode::ACCEPTED);
    reaction(&talk, at_provider, None).await;
    talk.message("no reaction here", |message| message["id"] == *asked && marks(message).is_empty()).await;

    let edit = talk.change(Method::PATCH, &answer["id"], "", Some(json!({"text": "Yes, in M and L"}))).await;
    if !talk.channel.changes {
        for (status, problem) in [edit, talk.change(Method::DELETE, &answer["id"], "", None).await] {
            assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("not_supported")), "{problem}");
        }
        assert_eq!(talk.sent(&answer).await["text"], "Yes, in M", "it stays as it went");
        return talk.end().await;
    }
    assert_eq!(edit.0, StatusCode::ACCEPTED, "{}", edit.1);
    talk.shown("the new text", |shown| shown.id == seen.id && shown.text == "Yes, in M and L" && shown.edited).await;
    talk.message("the edit here", |message| message["id"] == answer["id"] && message["text"] == "Yes, in M and L").await;
    assert_eq!(talk.change(Method::DELETE, &answer["id"], "", None).await.0, StatusCode::ACCEPTED);
    talk.message("gone here", |message| message["id"] == answer["id"] && message["deleted_at"].is_i64()).await;
    eventually("gone on the phone", async || {
        let phone = talk.line.phone.shown(talk.customer);
        phone.iter().all(|shown| shown.id != seen.id || shown.deleted).then_some(())
    })
    .await;
    talk.end().await;
}

/// Waits until the customer's message has this reaction on the phone.
async fn reaction(talk: &Talk, message: &str, emoji: Option<&str>) {
    eventually("the reaction on the phone", async || {
        let phone = talk.line.phone.shown(talk.customer);
        let shown =
            phone.iter().find(|shown| shown.id == message)?.reaction.as_deref().map(|mark| mark.trim_end_matches('\u{fe0f}'));
        (shown == emoji).then_some(())
    })
    .await;
}
