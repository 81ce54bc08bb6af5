//! Mail made to break readers: it must neither fail nor cost much, and never disappear.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use trunkline_channel::{Inbound, InboundMessage, Secret, Translator};

use super::attachments::MAX_ATTACHMENTS;
use super::threading::MAX_REFERENCES;
use super::{MailTranslator, UNREADABLE};

/// Generous, for an unoptimised build on a busy machine; what these inputs cost without a cap is minutes.
const IN_TIME: Duration = Duration::from_secs(2);

fn translator() -> MailTranslator {
    MailTranslator {
        own_addresses: vec!["support@example.com".into()],
        instance_id: "instance-1".into(),
        signing_key: Secret::new("k"),
    }
}

/// The one message that must come of it, in time.
fn message(raw: &[u8]) -> InboundMessage {
    let started = Instant::now();
    let mut translation = translator().translate(raw);
    let start: String = String::from_utf8_lossy(raw).chars().take(150).collect();
    assert!(started.elapsed() < IN_TIME, "took {:?}: {start}", started.elapsed());
    assert_eq!((translation.events.len(), translation.faults.len(), &translation.ignored), (1, 0, &None));
    match translation.events.remove(0) {
        Inbound::Message(message) => *message,
        other => panic!("not a message: {other:?}"),
    }
}

fn mail(content_type: &str, body: &str) -> Vec<u8> {
    format!("From: ann@example.org\nMessage-ID: <1@example.org>\nContent-Type: {content_type}\n\n{body}").into_bytes()
}

#[test]
fn fifty_thousand_nested_elements_become_text() {
    let read = message(&mail("text/html", &format!("{}deep", "<div>".repeat(50_000))));
    assert_eq!(read.text.as_deref(), Some("deep"));
    assert_eq!(read.html.as_deref(), Some("<p>deep</p>"));
    assert_eq!(read.extra["notes"], serde_json::json!(["html_too_deep"]));
}

#[test]
fn fifty_thousand_nested_multiparts_are_kept_as_a_file() {
    let deep: String = (0..50_000).map(|i| format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n")).collect();
    let read = message(format!("From: ann@example.org\n{deep}").as_bytes());
    assert_eq!(read.text.as_deref(), Some(UNREADABLE));
    assert!(read.attachments.iter().any(|a| a.name == "message.eml"));
    assert_eq!(read.extra["notes"], serde_json::json!(["too_many_parts"]));
}

#[test]
fn fifty_thousand_nested_mails_are_one_file() {
    let read = message(&mail("message/rfc822", &"Content-Type: message/rfc822\n\n".repeat(50_000)));
    assert_eq!(read.attachments.len(), 1);
}

#[test]
fn two_hundred_thousand_references_give_the_newest() {
    let references: String = (0..200_000).map(|i| format!(" <{i}@example.org>\n")).collect();
    let read = message(format!("From: ann@example.org\nReferences:{references}\ntext").as_bytes());
    assert_eq!((read.hints.references.len(), read.hints.references[0].as_str()), (MAX_REFERENCES, "199999@example.org"));
}

#[test]
fn a_hundred_thousand_parentheses_are_no_date_and_no_name() {
    let open = "(".repeat(100_000);
    let read = message(format!("From: ann@example.org {open}\nDate: {open}\n\ntext").as_bytes());
    assert_eq!((read.sent_at, read.text.as_deref()), (None, Some("text")));
    let read = message(format!("From: {open}\nTo: {open}\n\ntext").as_bytes());
    assert_eq!(read.text.as_deref(), Some("text"));
}

#[test]
fn a_header_line_of_ten_megabytes_is_cut() {
    let read = message(format!("From: ann@example.org\nSubject: {}\n\ntext", "x".repeat(10_000_000)).as_bytes());
    assert_eq!(read.hints.subject.map(|s| s.len()), Some(super::subject::MAX_SUBJECT_CHARS));
    assert_eq!(read.text.as_deref(), Some("text"));
}

#[test]
fn encoded_words_without_end_are_text() {
    let read = message(format!("From: ann@example.org\nSubject: {}\n\ntext", "=?utf-8?Q?".repeat(20_000)).as_bytes());
    assert!(read.hints.subject.is_some());
}

#[test]
fn a_megabyte_of_junk_is_one_text() {
    let junk: Vec<u8> = (0..1_000_000u32).map(|i| u8::try_from((i.wrapping_mul(2_654_435_761) >> 13) & 0xff).unwrap()).collect();
    let read = message(&junk);
    assert!(read.text.is_some() || !read.attachments.is_empty());
}

#[test]
fn of_ten_thousand_attachments_the_first_are_kept_and_the_rest_named() {
    let parts: String = (0..10_000).map(|i| format!("--b\nContent-Disposition: attachment; filename=f{i}\n\nx\n")).collect();
    let read = message(&mail("multipart/mixed; boundary=b", &parts));
    assert_eq!((read.attachments.len(), read.attachments[49].name.as_str()), (MAX_ATTACHMENTS, "f49"));
    assert_eq!(read.extra["dropped_attachments_count"], 9_950);
    assert_eq!(read.extra["dropped_attachments"][0], "f50");
}

#[test]
fn very_long_texts_are_searched_for_quotations_in_time() {
    let lines = "On the one hand we wrote: 1\n".repeat(15_000);
    assert!(message(&mail("text/plain", &lines)).text.is_some());
    let blocks = "From: 1\n".repeat(50_000);
    assert!(message(&mail("text/plain", &blocks)).text.is_some());
    let dashes = "--\n".repeat(50_000);
    assert!(message(&mail("text/plain", &dashes)).text.is_some());
}

#[test]
fn html_that_costs_memory_or_time_becomes_text() {
    let formatting: String = (0..200).map(|i| format!("<b title={i}>")).collect();
    for html in [
        format!("<p>{formatting}</p>{}", "<p>x</p>".repeat(50_000)),
        format!("<a {}>x", "a=1 ".repeat(100_000)),
        format!("<svg><style>{}x", "<g>".repeat(50_000)),
        "<table>".repeat(20_000),
        "<".repeat(500_000),
        "<!--".repeat(100_000),
        "</div".repeat(100_000),
        "&".repeat(100_000),
    ] {
        message(&mail("text/html", &html));
    }
}

#[test]
fn nothing_at_all_is_a_message_too() {
    for raw in ["", "\n", "\r\n\r\n", "   ", "From: ann@example.org\n\n", "Content-Type: text/html\n\n<!-- only a comment -->"] {
        assert_eq!(message(raw.as_bytes()).text.as_deref(), Some("(no text)"), "{raw:?}");
    }
}

/// Pieces of real mail in any order find more than bytes alone.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: [&str; 40] = [
        "From: ",
        "To: ",
        "Subject: ",
        "Message-ID: ",
        "References: ",
        "Date: ",
        "Content-Type: ",
        "Content-Transfer-Encoding: ",
        "Content-Disposition: ",
        "multipart/mixed; boundary=b",
        "multipart/report; boundary=\"b\"",
        "multipart/related; start=\"<",
        "text/plain",
        "text/html; charset=",
        "message/rfc822",
        "message/delivery-status",
        "base64",
        "quoted-printable",
        "x-uuencode",
        "--b",
        "--b--",
        "=?utf-8?B?",
        "=?koi8-r*ru?Q?=F0",
        "?=",
        "filename*0*=utf-8''%D0",
        "name=\"",
        "<a@b.example>",
        "begin 644 x\n#0V%T\n`\nend\n",
        "<blockquote type=cite>",
        "<div class=gmail_quote",
        "&#x110000;",
        "On 1 Jan wrote:\n",
        "> ",
        "-- \n",
        "Final-Recipient: rfc822;",
        "Action: failed\n",
        "utf-7",
        "+AAA-",
        "\n",
        "\r\n\r\n",
    ];
    prop_oneof![
        4 => proptest::sample::select(PIECES.to_vec()).prop_map(|p| p.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..12),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_fail(raw in proptest::collection::vec(any::<u8>(), 0..600)) {
        let translation = translator().translate(&raw);
        prop_assert!(translation.faults.is_empty());
        prop_assert!(!translation.events.is_empty() || translation.ignored.is_some());
    }

    #[test]
    fn no_mail_like_bytes_make_it_fail(pieces in proptest::collection::vec(piece(), 0..60)) {
        let raw = pieces.concat();
        let translation = translator().translate(&raw);
        prop_assert!(!translation.events.is_empty() || translation.ignored.is_some());
        for event in &translation.events {
            if let Inbound::Message(message) = event {
                prop_assert!(!message.external_id.is_empty() && !message.peer.external_id.is_empty());
                prop_assert!(message.text.as_deref() != Some(""));
            }
        }
    }
}
