//! What every kind of message becomes on the wire.

use serde_json::{Value, json};
use trunkline_channel::rich::{Button, ContactCard, Location, TemplateUse};
use trunkline_channel::{Kind, Outbound, SendError};

use super::Plan;
use crate::tests::rig::{file, text};

fn messages(out: &Outbound) -> Vec<Value> {
    let plan = Plan::of(out).unwrap();
    let uploaded: Vec<String> = (0..out.attachments.len()).map(|at| format!("file-{at}")).collect();
    (0..plan.steps.len())
        .map(|at| {
            let mut message = plan.message(at, "tag", &uploaded);
            assert_eq!(message.remove("metadata"), Some(json!("tag")));
            message.into()
        })
        .collect()
}

fn answer(id: &str, title: &str) -> Button {
    Button { id: id.into(), title: title.into(), url: None }
}

fn link(title: &str) -> Button {
    Button { id: String::new(), title: title.into(), url: Some("https://shop.example.com/".into()) }
}

fn refusal(out: &Outbound) -> String {
    match Plan::of(out) {
        Err(SendError::Rejected { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn words_and_files_are_messages_of_their_own() {
    assert_eq!(messages(&text("Hello")), [json!({"text": "Hello"})]);
    let both =
        Outbound { attachments: vec![file("a.png", "image/png", "x"), file("b.pdf", "application/pdf", "x")], ..text("two") };
    let attachment = |kind: &str, id: &str| json!({"attachment": {"type": kind, "payload": {"attachment_id": id}}});
    assert_eq!(messages(&both), [json!({"text": "two"}), attachment("image", "file-0"), attachment("file", "file-1")]);
    for (content_type, kind) in [
        ("image/jpeg", "image"),
        ("image/GIF", "image"),
        ("image/webp", "file"),
        ("image/svg+xml", "file"),
        ("audio/ogg; codecs=opus", "audio"),
        ("video/mp4", "video"),
        ("text/plain; charset=utf-8", "file"),
        ("", "file"),
    ] {
        let out = Outbound { attachments: vec![file("a", content_type, "x")], ..text("") };
        assert_eq!(messages(&out), [attachment(kind, "file-0")], "{content_type}");
    }
}

#[test]
fn a_long_text_is_cut_where_messenger_would_refuse_it() {
    for (length, parts) in [(1_998, 1), (1_999, 1), (2_000, 2), (3_998, 2), (3_999, 3)] {
        let sent = messages(&text(&"я".repeat(length)));
        assert_eq!(sent.len(), parts, "{length}");
        assert!(sent.iter().all(|message| message["text"].as_str().unwrap().chars().count() < 2_000));
    }
    let emoji = messages(&text(&"👍🏽".repeat(1_500)));
    assert!(emoji.iter().all(|message| !message["text"].as_str().unwrap().starts_with('\u{1f3fd}')));
    let joined: String = emoji.iter().map(|message| message["text"].as_str().unwrap()).collect();
    assert_eq!(joined, "👍🏽".repeat(1_500));
}

#[test]
fn buttons_come_last() {
    let mut asking = Outbound { attachments: vec![file("a.png", "image/png", "x")], ..text("Which?") };
    asking.rich.buttons = vec![answer("m", "M"), answer("l", "L")];
    let replies = json!([
        {"content_type": "text", "title": "M", "payload": "m"},
        {"content_type": "text", "title": "L", "payload": "l"},
    ]);
    let picture = json!({"type": "image", "payload": {"attachment_id": "file-0"}});
    assert_eq!(messages(&asking), [json!({"attachment": picture}), json!({"text": "Which?", "quick_replies": replies})]);
    asking.text.clear();
    assert_eq!(messages(&asking), [json!({"attachment": picture, "quick_replies": replies})]);

    let mut shop = text("Have a look");
    shop.rich.buttons = vec![link("Shop"), answer("no", "No, thanks")];
    let buttons = json!([
        {"type": "web_url", "title": "Shop", "url": "https://shop.example.com/"},
        {"type": "postback", "title": "No, thanks", "payload": "no"},
    ]);
    let template = |text: &str| json!({"template_type": "button", "text": text, "buttons": buttons});
    let card = |text: &str| json!({"attachment": {"type": "template", "payload": template(text)}});
    assert_eq!(messages(&shop), [card("Have a look")]);
    shop.text = format!("{} tail", "x".repeat(640));
    let cut = messages(&shop);
    assert_eq!((cut[0]["text"].as_str(), &cut[1]), (Some("x".repeat(640).as_str()), &card("tail")));
}

#[test]
fn what_messenger_has_no_form_for_goes_as_words() {
    let mut place = Outbound { kind: Kind::Location, ..text("") };
    place.rich.location = Some(Location { latitude: 52.52, longitude: 13.405, name: Some("Our shop".into()), address: None });
    let sent = messages(&place);
    assert!(sent[0]["text"].as_str().unwrap().starts_with("Our shop\nhttps://www.openstreetmap.org/?mlat=52.52&mlon=13.405"));
    let mut card = Outbound { kind: Kind::Contact, ..text("") };
    card.rich.contacts = vec![ContactCard { name: "Bob".into(), phones: vec!["+15550100".into()], ..ContactCard::default() }];
    assert_eq!(messages(&card), [json!({"text": "Bob\n+15550100"})]);
}

#[test]
fn what_cannot_be_sent_says_so() {
    assert_eq!(refusal(&text(" \n")), "empty");
    assert_eq!(refusal(&Outbound { kind: Kind::Template, ..text("x") }), "template");
    let mut out = text("x");
    out.rich.template = Some(TemplateUse {
        name: "n".into(),
        language: "en".into(),
        parameters: Vec::new(),
        header: Vec::new(),
        buttons: Vec::new(),
    });
    assert_eq!(refusal(&out), "template");
    let mut out = text("x");
    out.rich.buttons = vec![answer("a", "A"); 13];
    assert_eq!(messages(&out)[0]["quick_replies"].as_array().unwrap().len(), 13);
    out.rich.buttons.push(answer("a", "A"));
    assert_eq!(refusal(&out), "too_many_buttons");
    out.rich.buttons = vec![link("A"); 4];
    assert_eq!(refusal(&out), "too_many_buttons");
    let mut wordless = Outbound { attachments: vec![file("a.png", "image/png", "x")], ..text("") };
    wordless.rich.buttons = vec![link("A")];
    assert_eq!(refusal(&wordless), "no_text");
}
