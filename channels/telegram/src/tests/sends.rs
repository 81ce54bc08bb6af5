//! What operators send, as it arrives on the customer's phone.

use std::time::Duration;

use serde_json::json;
use trunkline_channel::rich::{Button, ContactCard, Location};
use trunkline_channel::{Change, FetchError, Kind, MediaRef, Outbound, Peer, Rich, SendError, Signal};
use trunkline_stand_ins::phone::{Phone, Shown};
use trunkline_stand_ins::samples;

use super::rig::{ANN, Rig, amendment, file, text};

fn received(rig: &Rig) -> Vec<Shown> {
    rig.server.shown(ANN).into_iter().filter(|shown| !shown.mine).collect()
}

fn kinds(rig: &Rig) -> Vec<String> {
    received(rig).into_iter().map(|shown| shown.kind).collect()
}

fn with_files(words: &str, files: Vec<trunkline_channel::OutboundAttachment>) -> Outbound {
    Outbound { attachments: files, kind: Kind::Image, ..text(words) }
}

fn photo() -> trunkline_channel::OutboundAttachment {
    file("a.png", "image/png", samples::photo().bytes)
}

fn pdf() -> trunkline_channel::OutboundAttachment {
    file("offer.pdf", "application/pdf", samples::document().bytes)
}

fn button(id: &str, title: &str) -> Button {
    Button { id: id.into(), title: title.into(), url: None }
}

#[tokio::test]
async fn a_text_arrives_whole_or_in_parts_and_answers_what_it_should() {
    let rig = Rig::with_ann().await;
    let sent = rig.connector.send(&Outbound { reply_to: Some(format!("{ANN}:1")), ..text("Yes, in M") }).await.unwrap();
    assert_eq!(sent.external_ids, [format!("{ANN}:2")]);
    assert_eq!(received(&rig)[0].reply_to.as_deref(), Some("1"));
    // What is answered may be gone, or from another chat.
    for target in [format!("{ANN}:999"), "77:1".to_owned(), "callback:5".to_owned()] {
        rig.connector.send(&Outbound { reply_to: Some(target), ..text("still sent") }).await.unwrap();
    }
    let long = "👍".repeat(2_049);
    let sent = rig.connector.send(&text(&long)).await.unwrap();
    assert_eq!(sent.external_ids.len(), 2);
    let parts: Vec<String> = received(&rig).into_iter().rev().take(2).map(|shown| shown.text).collect();
    assert_eq!(parts.iter().map(|part| part.encode_utf16().count()).collect::<Vec<_>>(), [2, 4_096]);
    assert_eq!(rig.connector.send(&text(&"я".repeat(4_096))).await.unwrap().external_ids.len(), 1);
    assert!(matches!(rig.connector.send(&text(" \n")).await, Err(SendError::Rejected { .. })));
}

#[tokio::test]
async fn files_go_as_what_they_are_and_text_beside_them() {
    let rig = Rig::with_ann().await;
    rig.connector.send(&with_files("this one", vec![photo()])).await.unwrap();
    rig.connector.send(&with_files("", vec![pdf()])).await.unwrap();
    rig.connector.send(&with_files("", vec![file("v.ogg", "audio/ogg", samples::voice().bytes)])).await.unwrap();
    rig.connector.send(&with_files("", vec![file("v.mp4", "video/mp4", samples::video().bytes)])).await.unwrap();
    rig.connector.send(&with_files("", vec![file("s.mp3", "audio/mpeg", "ID3x")])).await.unwrap();
    rig.connector.send(&with_files("", vec![file("c.gif", "image/gif", "GIF89a")])).await.unwrap();
    let shown = received(&rig);
    assert_eq!((shown[0].text.as_str(), shown[1].file_name.as_deref()), ("this one", Some("offer.pdf")));
    let methods = ["sendPhoto", "sendDocument", "sendVoice", "sendVideo", "sendAudio", "sendAnimation"];
    assert!(methods.iter().all(|method| rig.server.calls(method).len() == 1));
    // A picture that Telegram cannot show goes as a file; one that is too large for a picture too.
    rig.connector.send(&with_files("look", vec![file("odd.png", "image/png", "no picture")])).await.unwrap();
    let large = [samples::photo().bytes, vec![0; 10_000_000]].concat();
    rig.connector.send(&with_files("", vec![file("large.png", "image/png", large)])).await.unwrap();
    assert_eq!(rig.server.calls("sendDocument").len(), 3);
    let huge = trunkline_channel::OutboundAttachment { size: 50_000_001, ..pdf() };
    assert!(
        matches!(rig.connector.send(&with_files("", vec![huge])).await, Err(SendError::Rejected { shown, .. }) if shown.contains("50 MB"))
    );
    // Too long for a caption: words first, then the file.
    let long = "x".repeat(1_025);
    rig.connector.send(&with_files(&long, vec![photo()])).await.unwrap();
    let tail: Vec<String> = kinds(&rig).into_iter().rev().take(2).collect();
    assert_eq!(tail, ["photo", "text"]);
}

#[tokio::test]
async fn several_files_are_albums_where_they_may_be() {
    let rig = Rig::with_ann().await;
    let files = vec![photo(), file("v.mp4", "video/mp4", samples::video().bytes), pdf(), pdf(), photo()];
    let sent = rig.connector.send(&with_files("all of it", files)).await.unwrap();
    assert_eq!(sent.external_ids.len(), 6, "words and five files");
    assert_eq!(kinds(&rig), ["text", "photo", "video", "document", "document", "photo"]);
    assert_eq!(rig.server.calls("sendMediaGroup").len(), 2);
    let sent = rig.connector.send(&with_files("two", vec![photo(), photo()])).await.unwrap();
    assert_eq!(sent.external_ids.len(), 2);
    assert_eq!(received(&rig)[6].text, "two", "under the first of an album");
    let many = (0..10).map(|_| photo()).collect();
    assert_eq!(rig.connector.send(&with_files("", many)).await.unwrap().external_ids.len(), 10);
}

#[tokio::test]
async fn buttons_places_and_cards() {
    let rig = Rig::with_ann().await;
    let buttons = vec![button("m", "Size M"), Button { url: Some("https://shop.example".into()), ..button("", "Shop") }];
    let rich = |rich: Rich, kind: Kind, words: &str| Outbound { rich, kind, ..text(words) };
    let asking = rich(Rich { buttons: buttons.clone(), ..Rich::default() }, Kind::Interactive, "Which?");
    rig.connector.send(&asking).await.unwrap();
    assert_eq!(received(&rig)[0].buttons, ["Size M", "Shop"]);
    let under_album = Outbound { attachments: vec![photo(), photo()], ..asking.clone() };
    rig.connector.send(&under_album).await.unwrap();
    assert_eq!(received(&rig).last().map(|shown| shown.buttons.len()), Some(2), "the words with buttons come last");
    let wordless = Outbound { text: String::new(), ..under_album };
    assert!(matches!(rig.connector.send(&wordless).await, Err(SendError::Rejected { .. })));
    let under_photo = Outbound { attachments: vec![photo()], ..asking };
    rig.connector.send(&under_photo).await.unwrap();
    assert_eq!(received(&rig).last().map(|shown| (shown.kind.clone(), shown.buttons.len())), Some(("photo".to_owned(), 2)));

    let place = Location { latitude: 52.5, longitude: 13.4, name: None, address: None };
    rig.connector.send(&rich(Rich { location: Some(place.clone()), ..Rich::default() }, Kind::Location, "")).await.unwrap();
    let named = Location { name: Some("Shop".into()), ..place };
    rig.connector.send(&rich(Rich { location: Some(named), ..Rich::default() }, Kind::Location, "")).await.unwrap();
    assert_eq!((rig.server.calls("sendLocation").len(), rig.server.calls("sendVenue")[0]["address"].clone()), (1, json!("Shop")));
    let card = ContactCard {
        name: "Bob; Baker".into(),
        phones: vec!["+15550100".into()],
        emails: vec!["bob@example.com".into()],
        organization: None,
    };
    rig.connector.send(&rich(Rich { contacts: vec![card], ..Rich::default() }, Kind::Contact, "")).await.unwrap();
    let vcard = rig.server.calls("sendContact")[0]["vcard"].clone();
    assert!(vcard.as_str().is_some_and(|card| card.contains("FN:Bob\\; Baker") && card.contains("EMAIL:bob@example.com")));
    let bare = ContactCard { name: "Bob".into(), ..ContactCard::default() };
    let refused = rig.connector.send(&rich(Rich { contacts: vec![bare], ..Rich::default() }, Kind::Contact, "")).await;
    assert!(matches!(refused, Err(SendError::Rejected { .. })));
    assert!(matches!(rig.connector.send(&rich(Rich::default(), Kind::Template, "x")).await, Err(SendError::Rejected { .. })));
}

#[tokio::test]
async fn what_was_sent_can_be_changed_and_reacted_to() {
    let rig = Rig::with_ann().await;
    let sent = rig.connector.send(&text("one")).await.unwrap().external_ids;
    let edit = |new: &str| Change::Edit { text: new.to_owned() };
    for _ in 0..2 {
        rig.connector.amend(&amendment(&sent, Kind::Text, edit("two"))).await.expect("twice does no harm");
    }
    assert_eq!((received(&rig)[0].text.as_str(), received(&rig)[0].edited), ("two", true));
    let too_long = rig.connector.amend(&amendment(&sent, Kind::Text, edit(&"x".repeat(5_000)))).await;
    assert!(matches!(too_long, Err(SendError::Rejected { .. })));

    let long = rig.connector.send(&text(&"x".repeat(5_000))).await.unwrap().external_ids;
    rig.connector.amend(&amendment(&long, Kind::Text, edit("short"))).await.unwrap();
    let parts = received(&rig);
    assert_eq!((parts[1].text.as_str(), parts[2].deleted), ("short", true), "what is left over goes");

    let captioned = rig.connector.send(&with_files("this", vec![photo()])).await.unwrap().external_ids;
    rig.connector.amend(&amendment(&captioned, Kind::Image, edit("that"))).await.unwrap();
    assert_eq!(received(&rig).last().map(|shown| shown.text.clone()).as_deref(), Some("that"));
    let apart = rig.connector.send(&with_files(&"x".repeat(1_100), vec![photo()])).await.unwrap().external_ids;
    rig.connector.amend(&amendment(&apart, Kind::Image, edit("brief"))).await.unwrap();
    let shown = received(&rig);
    assert_eq!((shown[4].text.as_str(), shown[5].deleted), ("brief", false), "the file stays");

    for _ in 0..2 {
        rig.connector.amend(&amendment(&sent, Kind::Text, Change::Delete)).await.expect("twice does no harm");
    }
    assert!(received(&rig)[0].deleted);
    let gone = rig.connector.amend(&amendment(&sent, Kind::Text, edit("three"))).await;
    assert!(matches!(gone, Err(SendError::Rejected { shown, .. }) if shown.contains("not there")));

    let theirs = [format!("{ANN}:1")];
    let react = |emoji: Option<&str>| amendment(&theirs, Kind::Text, Change::React { emoji: emoji.map(str::to_owned) });
    rig.connector.amend(&react(Some("❤\u{fe0f}"))).await.unwrap();
    assert_eq!(rig.server.shown(ANN)[0].reaction.as_deref(), Some("❤"));
    rig.connector.amend(&react(None)).await.unwrap();
    assert_eq!(rig.server.shown(ANN)[0].reaction, None);
    assert!(matches!(rig.connector.amend(&react(Some("🥒"))).await, Err(SendError::Rejected { .. })));
    for emoji in rig.connector.capabilities().reaction_set {
        rig.connector.amend(&react(Some(emoji))).await.unwrap();
    }
    assert!(matches!(
        rig.connector.amend(&amendment(&["odd".into()], Kind::Text, Change::Delete)).await,
        Err(SendError::Rejected { .. })
    ));
}

#[tokio::test]
async fn messages_older_than_two_days_stay() {
    let rig = Rig::with_ann().await;
    let sent = rig.connector.send(&text("one")).await.unwrap().external_ids;
    rig.server.advance(Duration::from_secs(49 * 3_600));
    let refused = rig.connector.amend(&amendment(&sent, Kind::Text, Change::Delete)).await;
    assert!(matches!(refused, Err(SendError::Rejected { shown, .. }) if shown.contains("48 hours")));
}

#[tokio::test]
async fn typing_is_seen_and_ends_with_the_answer() {
    let rig = Rig::with_ann().await;
    let ann = Peer { external_id: ANN.into(), ..Peer::default() };
    rig.connector.signal(&ann, Signal::Typing, None).await.unwrap();
    assert!(rig.server.sees_typing(ANN));
    rig.connector.send(&text("here")).await.unwrap();
    assert!(!rig.server.sees_typing(ANN));
    rig.connector.signal(&ann, Signal::Seen, None).await.unwrap();
}

#[tokio::test]
async fn a_group_that_moved_is_found_under_its_new_address() {
    let rig = Rig::start().await;
    rig.server.add_group(-4005, "Buyers");
    rig.server.migrate(-4005, -1_001_234_567_890);
    let to = Peer { external_id: "-4005".into(), ..Peer::default() };
    let sent = rig.connector.send(&Outbound { to, ..text("Hello all") }).await.unwrap();
    assert_eq!(sent.external_ids, ["-1001234567890:2"]);
    assert_eq!(rig.server.calls("sendMessage").len(), 1);
}

#[tokio::test]
async fn a_business_account_s_customer_is_answered_in_its_name() {
    let rig = Rig::with_ann().await;
    let to = Peer { external_id: format!("business:bc-1_x:{ANN}"), ..Peer::default() };
    let sent = rig.connector.send(&Outbound { to, ..text("Hello") }).await.unwrap();
    assert_eq!(sent.external_ids, [format!("business:bc-1_x:{ANN}:2")]);
    assert_eq!(rig.server.calls("sendMessage")[0]["business_connection_id"], "bc-1_x");
    rig.connector.amend(&amendment(&sent.external_ids, Kind::Text, Change::Delete)).await.unwrap();
    assert!(received(&rig)[0].deleted);
    let topic = Peer { external_id: format!("{ANN}/7"), ..Peer::default() };
    rig.connector.send(&Outbound { to: topic, ..text("in a topic") }).await.unwrap();
    assert_eq!(rig.server.calls("sendMessage")[1]["message_thread_id"], 7);
}

#[tokio::test]
async fn files_of_customers_are_fetched() {
    let rig = Rig::with_ann().await;
    let known = rig.server.add_file("order.pdf", "application/pdf", "bytes of it");
    let reference = |id: &str| MediaRef(id.to_owned());
    let fetched = rig.connector.fetch(&reference(known["file_id"].as_str().unwrap())).await.unwrap();
    assert_eq!(&fetched.bytes[..], b"bytes of it");
    assert!(matches!(rig.connector.fetch(&reference("nonsense")).await, Err(FetchError::Retry(_))));
    let huge = rig.server.add_file("film.mp4", "video/mp4", vec![0_u8; 20 * 1_024 * 1_024 + 1]);
    assert!(matches!(rig.connector.fetch(&reference(huge["file_id"].as_str().unwrap())).await, Err(FetchError::TooLarge(_))));
}
