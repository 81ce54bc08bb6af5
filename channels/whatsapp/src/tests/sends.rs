//! What operators send, as it arrives on the customer's phone.

use std::time::Duration;

use serde_json::json;
use trunkline_channel::rich::{Button, ButtonParameter, ContactCard, Location, Parameter, TemplateUse};
use trunkline_channel::{Change, Clock, Kind, Outbound, OutboundAttachment, Peer, Rich, SendError, Signal, SystemClock};
use trunkline_stand_ins::samples;

use super::rig::{ANN, Rig, amendment, file, text};

fn kinds(rig: &Rig) -> Vec<String> {
    rig.received().into_iter().map(|shown| shown.kind).collect()
}

fn with_files(words: &str, files: Vec<OutboundAttachment>) -> Outbound {
    Outbound { attachments: files, kind: Kind::Image, ..text(words) }
}

fn photo() -> OutboundAttachment {
    file("a.png", "image/png", samples::photo().bytes)
}

fn pdf() -> OutboundAttachment {
    file("offer.pdf", "application/pdf", samples::document().bytes)
}

fn with_buttons(words: &str, titles: &[&str]) -> Outbound {
    let button = |title: &&str| Button { id: format!("id-{title}"), title: (*title).to_owned(), url: None };
    Outbound { rich: Rich { buttons: titles.iter().map(button).collect(), ..Rich::default() }, ..text(words) }
}

fn template(name: &str, language: &str, parameters: &[&str]) -> Outbound {
    let value = |text: &&str| Parameter { name: None, text: (*text).to_owned() };
    let template = TemplateUse {
        name: name.into(),
        language: language.into(),
        parameters: parameters.iter().map(value).collect(),
        header: Vec::new(),
        buttons: Vec::new(),
    };
    Outbound {
        kind: Kind::Template,
        rich: Rich { template: Some(template), ..Rich::default() },
        last_inbound_at: None,
        ..text("")
    }
}

#[tokio::test]
async fn a_text_arrives_whole_or_in_parts_and_answers_what_it_should() {
    let rig = Rig::with_ann().await;
    let asked = rig.says("Is it there?").await;
    let sent = rig.connector.send(&Outbound { reply_to: Some(asked.clone()), ..text("Yes, in M") }).await.unwrap();
    assert_eq!(sent.external_ids, [rig.received()[0].id.clone()]);
    assert_eq!(rig.received()[0].reply_to.as_deref(), Some(asked.as_str()));
    assert_eq!(rig.server.calls()[0]["biz_opaque_callback_data"], "delivery-1");

    let sent = rig.connector.send(&text(&"👍".repeat(4_097))).await.unwrap();
    assert_eq!(sent.external_ids.len(), 2);
    let parts: Vec<usize> = rig.received().into_iter().skip(1).map(|shown| shown.text.chars().count()).collect();
    assert_eq!(parts, [4_096, 1]);
    // News of the first part alone must not settle the whole.
    let calls = rig.server.calls();
    assert!(calls[1]["biz_opaque_callback_data"].is_null() && calls[2]["biz_opaque_callback_data"] == "delivery-1");
    assert_eq!(rig.connector.send(&text(&"я".repeat(4_096))).await.unwrap().external_ids.len(), 1);
    // What is a line of the thread but no message at WhatsApp cannot be quoted there.
    rig.connector.send(&Outbound { reply_to: Some("call:wacid.1".into()), ..text("Write, please") }).await.unwrap();
    assert!(rig.server.calls().last().unwrap()["context"].is_null());
    assert!(matches!(rig.connector.send(&text(" \n")).await, Err(SendError::Rejected { .. })));
    let linked = rig.connector.send(&text("see https://example.com")).await;
    assert!(linked.is_ok() && rig.server.calls().last().unwrap()["text"]["preview_url"] == true);
}

#[tokio::test]
async fn files_go_as_what_they_are_and_text_beside_them() {
    let rig = Rig::with_ann().await;
    rig.connector.send(&with_files("this one", vec![photo()])).await.unwrap();
    assert_eq!((kinds(&rig), rig.received()[0].text.as_str()), (vec!["photo".to_owned()], "this one"));
    rig.connector.send(&with_files("both", vec![photo(), pdf()])).await.unwrap();
    assert_eq!(kinds(&rig)[1..], ["text", "photo", "document"]);
    assert_eq!(rig.received()[3].file_name.as_deref(), Some("offer.pdf"));
    let voice = file("v.ogg", "audio/ogg; codecs=opus", samples::voice().bytes);
    rig.connector.send(&with_files("listen", vec![voice])).await.unwrap();
    assert_eq!(kinds(&rig)[4..], ["text", "voice"]);
    rig.connector.send(&with_files("", vec![file("s.webp", "image/webp", samples::sticker().bytes)])).await.unwrap();
    rig.connector.send(&with_files("", vec![file("f.mp4", "video/mp4", samples::video().bytes)])).await.unwrap();
    rig.connector.send(&Outbound { kind: Kind::File, ..with_files("", vec![photo()]) }).await.err();
    assert_eq!(kinds(&rig)[6..], ["sticker", "video", "document"]);
    let long = "x".repeat(1_025);
    rig.connector.send(&with_files(&long, vec![photo()])).await.unwrap();
    assert_eq!(kinds(&rig)[9..], ["text", "photo"]);
    assert!(rig.received()[10].text.is_empty());

    let huge = OutboundAttachment { size: 100 * 1_024 * 1_024 + 1, ..photo() };
    assert!(
        matches!(rig.connector.send(&with_files("", vec![huge])).await, Err(SendError::Rejected { code, .. }) if code == "file_size")
    );
    // Not what it says: Meta looks, and nothing of the message goes out.
    let before = rig.received().len();
    let false_file = with_files("look", vec![photo(), file("x.pdf", "application/pdf", "no pdf")]);
    assert!(matches!(rig.connector.send(&false_file).await, Err(SendError::Rejected { code, .. }) if code == "131053"));
    assert_eq!(rig.received().len(), before);
}

#[tokio::test]
async fn choices_are_buttons_or_a_list_or_one_link() {
    let rig = Rig::with_ann().await;
    rig.connector.send(&with_buttons("Which size?", &["S", "M", "L"])).await.unwrap();
    rig.connector.send(&with_buttons("Which day?", &["Mon", "Tue", "Wed", "Thu"])).await.unwrap();
    let mut link = with_buttons("Our shop", &["Open"]);
    link.rich.buttons[0].url = Some("https://example.com/".into());
    rig.connector.send(&link).await.unwrap();
    let shown: Vec<(String, usize)> = rig.received().into_iter().map(|shown| (shown.text, shown.buttons.len())).collect();
    assert_eq!(shown, [("Which size?".to_owned(), 3), ("Which day?".into(), 4), ("Our shop".into(), 1)]);
    assert_eq!(rig.server.calls()[1]["interactive"]["action"]["button"], "Options");
    rig.server.phone().press(ANN, &rig.received()[1].id, 2).await.unwrap();

    rig.connector.send(&with_buttons(&"x".repeat(1_500), &["Yes"])).await.unwrap();
    let lengths: Vec<usize> = rig.received()[3..].iter().map(|shown| shown.text.len()).collect();
    assert_eq!(lengths, [1_024, 476]);
    link.rich.buttons.push(Button { id: "a".into(), title: "A".into(), url: None });
    let eleven: Vec<String> = (0..11).map(|at| at.to_string()).collect();
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
    for wrong in [link, with_buttons("x", &eleven), with_buttons("", &["A"])] {
        assert!(matches!(rig.connector.send(&wrong).await, Err(SendError::Rejected { code, .. }) if code == "buttons"));
    }
}

#[tokio::test]
async fn places_and_cards() {
    let rig = Rig::with_ann().await;
    let place = Location { latitude: 52.5, longitude: 13.4, name: Some("Shop".into()), address: Some("Street 1".into()) };
    rig.connector
        .send(&Outbound { rich: Rich { location: Some(place), ..Rich::default() }, kind: Kind::Location, ..text("") })
        .await
        .unwrap();
    let bob = ContactCard {
        name: "Bob".into(),
        phones: vec!["+1 555 777-0002".into(), "030 1".into()],
        emails: vec!["bob@example.com".into()],
        organization: Some("Example".into()),
    };
    let unnamed = ContactCard { phones: vec!["+15557770003".into()], ..ContactCard::default() };
    let cards = Rich { contacts: vec![bob, unnamed], ..Rich::default() };
    rig.connector.send(&Outbound { rich: cards, kind: Kind::Contact, ..text("our people") }).await.unwrap();
    assert_eq!(kinds(&rig), ["location", "text", "contact"]);
    let sent = rig.server.calls()[2]["contacts"].clone();
    assert_eq!(sent[0]["phones"], json!([{"phone": "+1 555 777-0002", "wa_id": "15557770002"}, {"phone": "030 1"}]));
    assert_eq!(sent[1]["name"]["formatted_name"], "+15557770003");
    let empty = Rich { contacts: vec![ContactCard::default()], ..Rich::default() };
    let outcome = rig.connector.send(&Outbound { rich: empty, kind: Kind::Contact, ..text("") }).await;
    assert!(matches!(outcome, Err(SendError::Rejected { code, .. }) if code == "contact"));
}

#[tokio::test]
async fn templates_are_listed_and_sent_when_nothing_else_may_be() {
    let rig = Rig::start().await;
    let all = rig.connector.templates().await.unwrap();
    assert!(all.len() >= 9);
    let ready = all.iter().find(|one| one.name == "order_ready" && one.language == "en_US").unwrap();
    assert_eq!((ready.status.as_str(), ready.variables.len(), ready.buttons[0].as_str()), ("APPROVED", 2, "Thanks"));

    let sent = rig.connector.send(&template("order_ready", "en_US", &["Ann", "A-7"])).await.unwrap();
    assert_eq!(sent.external_ids.len(), 1);
    assert_eq!(rig.received()[0].text, "Hello Ann, your order A-7 is ready.");

    let mut named = template("delivery_date", "en", &[]);
    named.rich.template.as_mut().unwrap().parameters = vec![Parameter { name: Some("day".into()), text: "Monday".into() }];
    rig.connector.send(&named).await.unwrap();
    // A picture above, and buttons whose kinds Meta is asked for.
    let mut offer = Outbound { attachments: vec![photo()], ..template("new_in", "en_US", &["shoes"]) };
    offer.rich.template.as_mut().unwrap().buttons = vec![ButtonParameter { index: 0, text: "shoes".into() }];
    rig.connector.send(&offer).await.unwrap();
    let mut thanks = template("order_ready", "en_US", &["Ann", "A-8"]);
    thanks.rich.template.as_mut().unwrap().buttons = vec![ButtonParameter { index: 0, text: "thanked".into() }];
    rig.connector.send(&thanks).await.unwrap();
    let calls = rig.server.calls();
    let button = |at: usize| calls[at]["template"]["components"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((button(2)["sub_type"].as_str(), &button(2)["parameters"][0]["text"]), (Some("url"), &json!("shoes")));
    assert_eq!(
        (button(3)["sub_type"].as_str(), &button(3)["parameters"][0]["payload"]),
        (Some("quick_reply"), &json!("thanked"))
    );

    for (wrong, code) in [
        (template("order_ready", "fr", &["Ann", "A-7"]), "132001"),
        (template("order_ready", "en_US", &["Ann"]), "132000"),
        (template("spring_sale", "en_US", &[]), "132015"),
        (template("winter_sale", "en_US", &[]), "132016"),
        (Outbound { rich: Rich::default(), ..template("x", "en", &[]) }, "template"),
    ] {
        let outcome = rig.connector.send(&wrong).await;
        assert!(matches!(&outcome, Err(SendError::Rejected { code: told, .. }) if told == code), "{code}: {outcome:?}");
    }
}

#[tokio::test]
async fn after_a_day_of_silence_only_a_template_goes_out() {
    let rig = Rig::with_ann().await;
    let hours = |hours: i64| Some(SystemClock.now() - hours * 3_600_000_000);
    for closed in [hours(24), hours(500), None] {
        let outcome = rig.connector.send(&Outbound { last_inbound_at: closed, ..text("Hello?") }).await;
        assert!(matches!(outcome, Err(SendError::WindowClosed { shown }) if shown.contains("template")));
    }
    assert!(rig.server.calls().is_empty(), "refused here, not there");
    rig.connector.send(&Outbound { last_inbound_at: hours(23), ..text("Hello!") }).await.unwrap();
    // Our clock and Meta's may differ: then Meta's word comes, at once or later.
    rig.server.app().advance(Duration::from_secs(25 * 3_600));
    rig.server.set_refuses_at_once(true);
    assert!(matches!(rig.connector.send(&text("Hello?")).await, Err(SendError::WindowClosed { .. })));
    rig.connector.send(&template("hello_again", "en_US", &[])).await.unwrap();
}

#[tokio::test]
async fn a_user_id_is_written_to_and_the_number_where_it_must_be() {
    let rig = Rig::with_ann().await;
    let user = super::rig::eventually("Ann's first word", || {
        rig.events().into_iter().find_map(|event| match event {
            trunkline_channel::Inbound::Message(message) => Some(message.peer),
            _ => None,
        })
    })
    .await;
    assert!(user.external_id.contains('.') && user.aliases == [ANN]);
    // As the daemon hands it over: without the other ids.
    let to = Peer { aliases: Vec::new(), ..user };
    rig.connector.send(&Outbound { to: to.clone(), ..text("by id") }).await.unwrap();
    assert_eq!(rig.server.calls()[0]["recipient"], to.external_id.as_str());
    rig.connector.send(&Outbound { to: to.clone(), ..template("code", "en_US", &["1234"]) }).await.unwrap();
    assert_eq!(rig.server.calls()[1]["to"], ANN);
    let hidden = Peer { handle: Some("@ann".into()), ..to };
    let outcome = rig.connector.send(&Outbound { to: hidden, ..template("code", "en_US", &["1234"]) }).await;
    assert!(matches!(outcome, Err(SendError::PeerGone { code, .. }) if code == "131062"));
    let nobody = Peer { external_id: "visitor".into(), ..Peer::default() };
    assert!(matches!(rig.connector.send(&Outbound { to: nobody, ..text("x") }).await, Err(SendError::Rejected { .. })));
}

#[tokio::test]
async fn reactions_typing_and_blue_ticks() {
    let rig = Rig::with_ann().await;
    let asked = rig.says("And?").await;
    rig.connector.amend(&amendment(&asked, Change::React { emoji: Some("👍".into()) })).await.unwrap();
    let of = |rig: &Rig| rig.server.phone().shown(ANN).into_iter().find(|shown| shown.id == asked).unwrap().reaction;
    assert_eq!(of(&rig).as_deref(), Some("👍"));
    rig.connector.amend(&amendment(&asked, Change::React { emoji: None })).await.unwrap();
    assert_eq!(of(&rig), None);
    for change in [Change::Edit { text: "x".into() }, Change::Delete] {
        assert!(matches!(rig.connector.amend(&amendment(&asked, change)).await, Err(SendError::Rejected { .. })));
    }

    let ann = text("").to;
    rig.connector.signal(&ann, Signal::Seen, None).await.unwrap();
    assert_eq!(rig.server.marked_read(ANN), None);
    rig.connector.signal(&ann, Signal::Seen, Some(&asked)).await.unwrap();
    assert_eq!(rig.server.marked_read(ANN), Some(asked.clone()));
    assert!(!rig.server.phone().sees_typing(ANN));
    rig.connector.signal(&ann, Signal::Typing, Some(&asked)).await.unwrap();
    assert!(rig.server.phone().sees_typing(ANN));
}
