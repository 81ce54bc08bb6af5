//! What a message becomes, case by case.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use trunkline_channel::{Blob, Kind, Outbound, OutboundAttachment, Peer, Rich, SendError, ThreadContext};

use super::plan::{File, Form, Step, plan};

#[derive(Debug)]
struct Nothing;

#[async_trait]
impl Blob for Nothing {
    async fn read(&self) -> std::io::Result<Bytes> {
        Ok(Bytes::new())
    }
}

fn message(kind: Kind, text: &str, files: &[&str], extra: &Value) -> Outbound {
    let attachment = |content_type: &&str| OutboundAttachment {
        name: "file".into(),
        content_type: (*content_type).to_owned(),
        size: 10,
        blob: Arc::new(Nothing),
    };
    Outbound {
        delivery_id: "dlv_1".into(),
        message_id: "msg_1".into(),
        conversation_id: "cnv_1".into(),
        attempt: 1,
        to: Peer { external_id: "50012345".into(), ..Peer::default() },
        kind,
        text: text.into(),
        html: None,
        attachments: files.iter().map(attachment).collect(),
        reply_to: None,
        thread: ThreadContext::default(),
        last_inbound_at: None,
        rich: Rich::of_extra(extra).unwrap(),
        author: None,
        automatic: false,
        extra: Value::Null,
    }
}

/// Kind, text, types of files, extra, and what it should become.
type Case<'a> = (Kind, &'a str, &'a [&'a str], &'a Value, &'a [&'a str]);

/// Each step as `text|files|place|buttons`.
fn told(steps: &[Step]) -> Vec<String> {
    let form = |file: &File| match file.form {
        Form::Photo => format!("photo{}", file.index),
        Form::Document => format!("doc{}", file.index),
        Form::Voice => format!("voice{}", file.index),
    };
    let one = |step: &Step| {
        let files: Vec<String> = step.files.iter().map(form).collect();
        let place = if step.place.is_some() { "place" } else { "" };
        let keyboard = if step.keyboard.is_some() { "buttons" } else { "" };
        format!("{}|{}|{place}|{keyboard}", step.text.chars().take(8).collect::<String>(), files.join(","))
    };
    steps.iter().map(one).collect()
}

#[test]
fn a_message_becomes_as_few_as_vk_takes() {
    let long = "x".repeat(5_000);
    let button = json!({"buttons": [{"id": "a", "title": "A"}]});
    let place = json!({"location": {"latitude": 1.5, "longitude": 2.5, "name": "Shop"}});
    let card = json!({"contacts": [{"name": "Ann", "phones": ["+1"]}]});
    let none = json!({});
    let table: &[Case<'_>] = &[
        (Kind::Text, "Hello", &[], &none, &["Hello|||"]),
        (Kind::Text, "Hello", &[], &button, &["Hello|||buttons"]),
        (Kind::Text, &long, &[], &button, &["xxxxxxxx|||", "xxxxxxxx|||buttons"]),
        (Kind::Image, "See", &["image/png", "image/jpeg"], &none, &["See|photo0,photo1||"]),
        (Kind::File, "See", &["image/png", "application/pdf"], &none, &["See|doc0,doc1||"]),
        (Kind::Animation, "", &["image/gif"], &none, &["|doc0||"]),
        (Kind::Video, "", &["video/mp4"], &none, &["|doc0||"]),
        (Kind::Voice, "Listen", &["audio/ogg"], &none, &["Listen|||", "|voice0||"]),
        (Kind::Image, "", &["image/webp"], &button, &["|doc0||buttons"]),
        (Kind::Text, &long, &["image/png"], &none, &["xxxxxxxx|||", "xxxxxxxx|photo0||"]),
        (Kind::Location, "", &[], &place, &["📍 Shop||place|"]),
        (Kind::Contact, "Ask", &[], &card, &["Ask\n👤 An|||"]),
    ];
    for (kind, text, files, extra, expected) in table {
        let steps = plan(&message(*kind, text, files, extra)).unwrap();
        assert_eq!(told(&steps), *expected, "{kind:?} {files:?}");
    }
}

#[test]
fn what_vk_never_takes_is_refused_before_anything_is_sent() {
    let code = |out: &Outbound| match plan(out) {
        Err(SendError::Rejected { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    let none = json!({});
    assert_eq!(code(&message(Kind::Text, " \n", &[], &none)), "empty");
    assert_eq!(code(&message(Kind::Template, "x", &[], &none)), "template");
    assert_eq!(code(&message(Kind::Audio, "", &["audio/mpeg"], &none)), "mp3");
    assert_eq!(code(&message(Kind::Text, &"x".repeat(4_096 * 65), &[], &none)), "too_long");
    let wide = json!({"buttons": [{"id": "\"".repeat(200), "title": "A"}]});
    assert_eq!(code(&message(Kind::Text, "x", &[], &wide)), "buttons");
}

#[test]
fn buttons_stand_in_rows_that_vk_has() {
    let buttons = |count: usize| {
        let buttons: Vec<Value> = (0..count).map(|at| json!({"id": at.to_string(), "title": "A"})).collect();
        let steps = plan(&message(Kind::Text, "Choose", &[], &json!({"buttons": buttons}))).unwrap();
        steps[0].keyboard.clone().unwrap()["buttons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row.as_array().unwrap().len())
            .collect()
    };
    let rows: Vec<Vec<usize>> = [1, 6, 7, 10].into_iter().map(buttons).collect();
    assert_eq!(rows, [vec![1], vec![1; 6], vec![2, 2, 2, 1], vec![2; 5]]);
    let link = json!({"buttons": [{"title": "Shop", "url": "https://example.com/"}, {"id": "a", "title": "A"}]});
    let steps = plan(&message(Kind::Text, "Choose", &[], &link)).unwrap();
    let expected = json!({"inline": true, "buttons": [
        [{"action": {"type": "open_link", "label": "Shop", "link": "https://example.com/"}}],
        [{"action": {"type": "text", "label": "A", "payload": "{\"button\":\"a\"}"}, "color": "secondary"}],
    ]});
    assert_eq!(steps[0].keyboard, Some(expected));
}
