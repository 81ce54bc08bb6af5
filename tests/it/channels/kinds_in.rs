//! Everything a customer can send.

use reqwest::StatusCode;
use serde_json::json;
use trunkline_stand_ins::phone::{Said, SaidKind};
use trunkline_stand_ins::samples::{self, Sample};

use super::{Channel, Talk};
use crate::support::{Store, talk};

each_channel!(every_kind_comes_in, what_nobody_knows_is_seen_with_what_was_sent);

async fn every_kind_comes_in(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;

    // An answer to what we wrote.
    let (answer, seen) = talk.answered("Yes, in M").await;
    let reply = Said { text: "M it is".into(), reply_to: Some(seen.id), ..Said::default() };
    talk.line.phone.say(talk.customer, reply).await.unwrap();
    assert_eq!(talk.heard("M it is").await["reply_to"], answer["id"]);

    // Files, with the bytes that were sent. A picture has its words with it.
    let files: [(SaidKind, &str, Sample); 5] = [
        (SaidKind::Photo, "image", samples::photo()),
        (SaidKind::Voice, talk.channel.voice_in, samples::voice()),
        (SaidKind::Video, "video", samples::video()),
        (SaidKind::Document, "file", samples::document()),
        (SaidKind::Sticker, "sticker", samples::sticker()),
    ];
    for (kind, name, sample) in files {
        let words = if kind == SaidKind::Photo { "this one" } else { "" };
        talk.say(kind, words).await;
        let came = talk.message(name, |message| message["kind"] == name).await;
        if kind == SaidKind::Video && !talk.channel.video_in {
            let link = came["extra"]["link"]["url"].as_str().unwrap_or_default();
            assert!(link.starts_with("https://") && came["text"].as_str().unwrap().contains(link), "{came}");
            continue;
        }
        let stored = |message: &serde_json::Value| message["id"] == came["id"] && message["attachments"][0]["state"] == "stored";
        let came = talk.message("the file is here", stored).await;
        if kind == SaidKind::Photo {
            assert_eq!(came["text"], "this one", "{came}");
        }
        assert_eq!(came["attachments"].as_array().map(Vec::len), Some(1), "{came}");
        assert_eq!(came["attachments"][0]["content_type"], sample.content_type, "{came}");
        assert_eq!(talk::download(&talk.daemon, &talk.bob, &came["attachments"][0]).await, sample.bytes, "{name}");
    }

    talk.say(SaidKind::Location, "").await;
    let place = talk.message("the place", |message| message["kind"] == "location").await;
    assert_eq!(
        (&place["extra"]["location"]["latitude"], &place["extra"]["location"]["longitude"]),
        (&json!(52.52), &json!(13.405))
    );
    assert!(!place["text"].as_str().unwrap().is_empty(), "it reads where only text is shown: {place}");

    // A contact card, where there are any; elsewhere people write them down.
    talk.say(SaidKind::Contact, "").await;
    let kind = if talk.channel.cards { "contact" } else { "text" };
    let bob =
        |message: &serde_json::Value| message["kind"] == kind && message["text"].as_str().unwrap_or_default().contains("Bob");
    let card = talk.message("the card", bob).await;
    if talk.channel.cards {
        let person = &card["extra"]["contacts"][0];
        let digits: String = person["phones"][0].as_str().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
        assert_eq!((person["name"].as_str(), digits.as_str()), (Some("Bob"), "15550100"), "{card}");
    }

    // Nothing became two messages, and all of it is one conversation.
    let theirs = talk::messages(&talk.bob, &talk.path).await;
    assert_eq!(theirs.iter().filter(|message| message["sender_type"] == "customer").count(), 9, "{theirs:?}");
    assert_eq!(talk::conversation(&talk.bob).await, talk.path);
    talk.end().await;
}

async fn what_nobody_knows_is_seen_with_what_was_sent(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    let (path, body) = (talk.channel.unknown)(talk.customer);
    let stand_in = talk.line.settings["api_url"].as_str().unwrap();
    let client = reqwest::Client::builder().build().unwrap();
    client.post(format!("{stand_in}{path}")).json(&body).send().await.unwrap().error_for_status().unwrap();

    let odd = talk.message("the unknown", |message| message["kind"] == "unsupported").await;
    assert!(!odd["text"].as_str().unwrap().is_empty(), "it says that there is something: {odd}");
    let raw = format!("{}/messages/{}/raw", talk.path, odd["id"].as_str().unwrap());
    let (status, kept) = talk.bob.get(&raw).await;
    assert_eq!(status, StatusCode::OK, "{kept}");
    assert!(kept.to_string().contains("hologram"), "{kept}");
    talk.says("What did you get?").await;
    talk.heard("What did you get?").await;
    talk.end().await;
}
