use std::sync::Arc;

use bytes::Bytes;
use trunkline_channel::{Blob, Inbound, Kind, Media, Outbound, OutboundAttachment, Peer, Secret, ThreadContext, Translator};

use super::{AddressProblem, ComposeError, Composed, Identity, MAX_LAST_REFERENCES, compose, message_id};
use crate::inbound::MailTranslator;

/// 2026-11-02T10:00:00Z
const NOW: i64 = 1_793_613_600_000_000;

#[derive(Debug)]
struct NoBlob;

#[async_trait::async_trait]
impl Blob for NoBlob {
    async fn read(&self) -> std::io::Result<Bytes> {
        Ok(Bytes::new())
    }
}

fn key() -> Secret {
    Secret::new("key")
}

fn identity() -> Identity {
    Identity {
        address: "support@example.com".into(),
        name: Some("Shop".into()),
        instance_id: "instance-1".into(),
        ..Identity::default()
    }
}

fn reply() -> Outbound {
    Outbound {
        delivery_id: "delivery-1".into(),
        message_id: "msg-1".into(),
        conversation_id: "conv-1".into(),
        attempt: 1,
        to: Peer { external_id: "ann@example.org".into(), name: Some("Ann".into()), ..Peer::default() },
        kind: Kind::Text,
        text: "Hello Ann".into(),
        html: None,
        attachments: Vec::new(),
        reply_to: None,
        thread: ThreadContext {
            subject: Some("Order 15".into()),
            references: vec!["first@example.org".into()],
            last_inbound: Some("second@example.org".into()),
            copies: Vec::new(),
        },
        last_inbound_at: None,
        rich: trunkline_channel::Rich::default(),
        author: None,
        automatic: false,
        extra: serde_json::Value::Null,
    }
}

fn file(name: &str, content_type: &str, bytes: &[u8]) -> (OutboundAttachment, Bytes) {
    let size = u64::try_from(bytes.len()).unwrap();
    let meta = OutboundAttachment { name: name.into(), content_type: content_type.into(), size, blob: Arc::new(NoBlob) };
    (meta, Bytes::copy_from_slice(bytes))
}

fn composed(out: &Outbound) -> Composed {
    compose(out, &identity(), &[], NOW, &key()).unwrap()
}

/// Header lines, unfolded.
fn headers(composed: &Composed) -> Vec<String> {
    let text = String::from_utf8(composed.bytes.clone()).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
    head.split("\r\n").map(str::to_owned).collect()
}

fn value(composed: &Composed, name: &str) -> Option<String> {
    let found: Vec<String> =
        headers(composed).iter().filter_map(|l| l.strip_prefix(&format!("{name}: ")).map(str::to_owned)).collect();
    assert!(found.len() <= 1, "{name} is repeated");
    found.into_iter().next()
}

/// What another mail program makes of it; our own reader stands in, with an address that is not ours.
fn read_back(composed: &Composed) -> trunkline_channel::InboundMessage {
    let reader = MailTranslator {
        own_addresses: vec!["ann@example.org".into()],
        instance_id: "other".into(),
        signing_key: Secret::new("other"),
    };
    match reader.translate(&composed.bytes).events.pop() {
        Some(Inbound::Message(message)) => *message,
        other => panic!("not a message: {other:?}"),
    }
}

#[test]
fn a_reply_stays_in_its_thread() {
    let sent = composed(&reply());
    assert_eq!(value(&sent, "In-Reply-To").as_deref(), Some("<second@example.org>"));
    assert_eq!(value(&sent, "References").as_deref(), Some("<first@example.org> <second@example.org>"));
    assert_eq!(value(&sent, "Subject").as_deref(), Some("Re: Order 15"));
    assert_eq!(value(&sent, "Message-ID"), Some(format!("<{}>", sent.message_id)));
    assert_eq!(value(&sent, "X-Trunkline-Loop").as_deref(), Some("instance-1"));
    assert_eq!(value(&sent, "From").as_deref(), Some("Shop <support@example.com>"));
    assert!(value(&sent, "Date").unwrap().starts_with("Mon, 02 Nov 2026 10:00:00"), "{:?}", value(&sent, "Date"));
    assert_eq!((value(&sent, "Auto-Submitted"), value(&sent, "X-Auto-Response-Suppress")), (None, None));
    assert_eq!(message_id::verify(&key(), &sent.message_id).unwrap().conversation_id, "conv-1");
    assert_eq!(sent.envelope_from.to_string(), "support@example.com");
    assert_eq!(sent.recipients.iter().map(ToString::to_string).collect::<Vec<_>>(), ["ann@example.org"]);
    let shown = read_back(&sent);
    assert_eq!((shown.text.as_deref(), shown.sent_at), (Some("Hello Ann"), Some(NOW)));
}

#[test]
fn who_writes_first_begins_a_thread_and_stays_in_it() {
    let mut out = reply();
    out.thread = ThreadContext { subject: Some("Your order".into()), ..ThreadContext::default() };
    let first = composed(&out);
    assert_eq!((value(&first, "In-Reply-To"), value(&first, "References")), (None, None));
    assert_eq!(value(&first, "Subject").as_deref(), Some("Your order"));
    out.message_id = "msg-2".into();
    out.thread.references = vec![first.message_id.clone()];
    let second = composed(&out);
    let named = Some(format!("<{}>", first.message_id));
    assert_eq!((value(&second, "In-Reply-To"), value(&second, "References")), (named.clone(), named));
    assert_eq!(value(&second, "Subject").as_deref(), Some("Your order"), "an answer to nobody is no answer");
}

#[test]
fn every_attempt_is_the_same_mail() {
    let mut out = Outbound { html: Some("<p>Hello</p>".into()), ..reply() };
    let files = [file("a.txt", "text/plain", b"x")];
    let first = compose(&out, &identity(), &files, NOW, &key()).unwrap();
    out.attempt = 2;
    let second = compose(&out, &identity(), &files, NOW, &key()).unwrap();
    assert_eq!(first.bytes, second.bytes);
    let later = compose(&out, &identity(), &files, NOW + 60_000_000, &key()).unwrap();
    assert_eq!(first.message_id, later.message_id);
}

#[test]
fn subjects_carry_one_prefix() {
    for (given, sent) in [
        (Some("Order"), "Re: Order"),
        (Some("Re: RE[2]: Order"), "Re: Order"),
        (Some("Ответ: Re: Order"), "Re: Order"),
        (Some("Fwd: Order"), "Re: Fwd: Order"),
        (None, "Re: Your message"),
        (Some("Order\r\nBcc: eve@example.net"), "Re: Order Bcc: eve@example.net"),
    ] {
        let mut out = reply();
        out.thread.subject = given.map(str::to_owned);
        assert_eq!(value(&composed(&out), "Subject").as_deref(), Some(sent), "{given:?}");
    }
    let mut first = reply();
    first.thread.last_inbound = None;
    first.thread.references.clear();
    let sent = composed(&first);
    assert_eq!(value(&sent, "Subject").as_deref(), Some("Order 15"));
    assert_eq!((value(&sent, "In-Reply-To"), value(&sent, "References")), (None, None));
}

#[test]
fn long_threads_name_the_first_and_the_newest() {
    let mut out = reply();
    out.thread.references = (0..100).map(|i| format!("{i}@example.org")).collect();
    let references = value(&composed(&out), "References").unwrap();
    let ids: Vec<&str> = references.split(' ').collect();
    assert_eq!(ids.len(), MAX_LAST_REFERENCES + 1);
    assert_eq!((ids[0], ids[1], ids[20]), ("<0@example.org>", "<81@example.org>", "<second@example.org>"));
}

#[test]
fn automatic_answers_say_so() {
    let mut out = Outbound { automatic: true, ..reply() };
    let sent = composed(&out);
    assert_eq!(value(&sent, "Auto-Submitted").as_deref(), Some("auto-replied"));
    assert_eq!(value(&sent, "X-Auto-Response-Suppress").as_deref(), Some("All"));
    out.thread.last_inbound = None;
    assert_eq!(value(&composed(&out), "Auto-Submitted").as_deref(), Some("auto-generated"));
}

#[test]
fn html_and_files_are_read_back_as_they_were() {
    let out = Outbound { text: "Привет".into(), html: Some("<p>Привет</p>".into()), ..reply() };
    let files =
        [file("счёт \"1\".pdf", "application/pdf", b"%PDF-\r\n.\r\nx"), file("m.eml", "message/rfc822", b"Subject: x\n\ny")];
    let shown = read_back(&compose(&out, &identity(), &files, NOW, &key()).unwrap());
    assert_eq!(shown.text.as_deref(), Some("Привет"));
    assert_eq!(shown.html.as_deref().map(str::trim), Some("<p>Привет</p>"));
    let kept: Vec<_> =
        shown.attachments.iter().map(|a| (a.name.as_str(), a.claimed_type.as_deref().unwrap(), &a.media)).collect();
    assert_eq!(
        kept,
        [
            ("счёт _1_.pdf", "application/pdf", &Media::Bytes(Bytes::from_static(b"%PDF-\r\n.\r\nx"))),
            ("m.eml", "application/octet-stream", &Media::Bytes(Bytes::from_static(b"Subject: x\n\ny"))),
        ]
    );
}

#[test]
fn no_field_can_add_a_header() {
    let known = composed(&reply()).bytes;
    let known_names: Vec<String> = header_names(&known);
    for breaker in ["\r\n", "\n", "\r", "\0", "\u{2028}", "\u{2029}", "\u{85}", "\u{b}", "\r\n\r\n"] {
        let poison = format!("Ann{breaker}Bcc: eve@example.net{breaker}{breaker}body");
        let mut out = reply();
        out.author = Some(poison.clone());
        out.to.name = Some(poison.clone());
        out.thread.subject = Some(poison.clone());
        out.thread.copies = vec![Peer { external_id: "bob@example.org".into(), name: Some(poison.clone()), ..Peer::default() }];
        out.thread.references = vec![poison.clone(), format!("ok{breaker}@example.org")];
        let from = Identity { instance_id: poison.clone(), name: Some(poison.clone()), ..identity() };
        let sent = compose(&out, &from, &[], NOW, &key()).unwrap();
        let mut names = header_names(&sent.bytes);
        names.retain(|n| n != "cc");
        assert_eq!(names, known_names, "{breaker:?}");
        assert_eq!(sent.recipients.len(), 2);
        out.thread.last_inbound = Some(poison.clone());
        assert_eq!(value(&composed(&out), "In-Reply-To"), None, "an id that breaks lines is dropped");
        out.to.external_id = format!("ann@example.org{breaker}");
        assert!(matches!(compose(&out, &identity(), &[], NOW, &key()), Err(ComposeError::Recipient(_))), "{breaker:?}");
        let files = [file(&format!("a{breaker}Bcc: x.txt"), &format!("text/plain{breaker}Bcc: x"), b"x")];
        let with_file = compose(&reply(), &identity(), &files, NOW, &key()).unwrap();
        assert!(!String::from_utf8_lossy(&with_file.bytes).contains("\nBcc"), "{breaker:?}");
        for broken in [
            Identity { address: format!("a{breaker}@example.com"), ..identity() },
            Identity { reply_to: Some(format!("a@example.com{breaker}")), ..identity() },
            Identity { bounce_address: Some(format!("a@exam{breaker}ple.com")), ..identity() },
        ] {
            assert!(matches!(compose(&reply(), &broken, &[], NOW, &key()), Err(ComposeError::Identity(_))), "{breaker:?}");
        }
    }
}

fn header_names(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap().to_owned();
    head.split("\r\n").filter(|l| !l.starts_with([' ', '\t'])).map(|l| l.split(':').next().unwrap().to_lowercase()).collect()
}

#[test]
fn lines_end_in_one_way_and_dots_are_left_to_the_transport() {
    let out = Outbound { text: "a\r\n.\r\nMAIL FROM:<eve@example.net>\n.\nb\rc\0d".into(), ..reply() };
    let sent = composed(&out);
    let lone = sent.bytes.windows(2).filter(|w| (w[1] == b'\n' && w[0] != b'\r') || (w[0] == b'\r' && w[1] != b'\n')).count();
    assert_eq!(lone, 0);
    assert!(!sent.bytes.contains(&0));
    assert_eq!(read_back(&sent).text.as_deref(), Some("a\n.\nMAIL FROM:<eve@example.net>\n.\nb\nc\u{fffd}d"));
}

#[test]
fn long_lines_are_cut_for_transport_only() {
    let text = "слово ".repeat(2_000) + &"x".repeat(5_000);
    let sent = composed(&Outbound { text: text.clone(), ..reply() });
    assert!(sent.bytes.split(|b| *b == b'\n').all(|line| line.len() <= 998));
    assert_eq!(read_back(&sent).text.as_deref(), Some(text.as_str()));
}

#[test]
fn copies_go_to_each_other_person_once() {
    let peer = |id: &str| Peer { external_id: id.into(), ..Peer::default() };
    let mut out = reply();
    out.thread.copies =
        ["bob@example.org", "ann@example.org", "support@example.com", "-x@example.org", "bob@example.org"].map(peer).into();
    let sent = composed(&out);
    assert_eq!(value(&sent, "Cc").as_deref(), Some("bob@example.org"));
    assert_eq!(sent.recipients.len(), 2);
    assert_eq!(sent.refused_copies, [("-x@example.org".to_owned(), AddressProblem::LocalPart)]);
}

#[test]
fn what_cannot_be_sent_is_refused_at_once() {
    let mut out = reply();
    out.to.external_id = "unknown".into();
    assert_eq!(compose(&out, &identity(), &[], NOW, &key()).unwrap_err(), ComposeError::Recipient(AddressProblem::Form));
    let odd = Outbound { message_id: "a.b".into(), ..reply() };
    assert_eq!(compose(&odd, &identity(), &[], NOW, &key()).unwrap_err(), ComposeError::Ids);
    let large = [file("a.bin", "application/octet-stream", &vec![0; 19_000_000])];
    assert!(matches!(compose(&reply(), &identity(), &large, NOW, &key()), Err(ComposeError::TooLarge { .. })));
}

#[test]
fn any_moment_makes_a_date() {
    for now in [i64::MIN, -1, 0, i64::MAX] {
        assert!(value(&compose(&reply(), &identity(), &[], now, &key()).unwrap(), "Date").is_some());
    }
}

#[test]
fn odd_names_are_quoted_or_encoded() {
    for name in ["Ann, Bob <eve@example.net>", "\"Ann\"", "Анна", "a@b", "Ann;", "=?utf-8?Q?x?="] {
        let out = Outbound { author: Some(name.into()), ..reply() };
        let shown = read_back(&composed(&out));
        assert_eq!(shown.peer.external_id, "support@example.com", "{name}");
    }
}
