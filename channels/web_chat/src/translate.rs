//! From stored JSON to what happened.

use serde_json::{Map, Value, json};
use trunkline_channel::{
    Attachment, Direction, Hints, Inbound, InboundMessage, Kind, Media, Peer, Translation, Translator, text,
};

use crate::wire::{Answer, Event, Upload, What};

/// Answers that have a place of their own; all others become custom fields.
const ABOUT_THE_PERSON: [&str; 2] = ["name", "email"];
const MAX_EMAIL_CHARS: usize = 320;
const MAX_SUBJECT_CHARS: usize = 300;

pub(crate) struct WebChatTranslator;

impl Translator for WebChatTranslator {
    fn translate(&self, raw: &[u8]) -> Translation {
        let event: Event = match serde_json::from_slice(raw) {
            Ok(event) => event,
            Err(error) => return Translation::unreadable(format!("not a web chat event (column {})", error.column())),
        };
        if let Err(error) = event.check() {
            return Translation::unreadable(error.to_string());
        }
        let at = Some(event.at);
        match event.what {
            What::End => Translation::of(vec![Inbound::Ended { peer: peer(&event), at }]),
            What::Start | What::Message => Translation::of(vec![Inbound::Message(Box::new(message(event)))]),
        }
    }
}

fn message(event: Event) -> InboundMessage {
    let speaks = event.text.as_ref().is_some_and(|text| !text.trim().is_empty()) || !event.attachments.is_empty();
    let opened = event.what == What::Start;
    let (custom_fields, phone) = (custom_fields(&event), said(&event, "phone"));
    let topic = said(&event, "topic").map(|topic| topic.chars().take(MAX_SUBJECT_CHARS).collect());
    InboundMessage {
        external_id: event.external_id(),
        direction: Direction::Inbound,
        peer: peer(&event),
        // A start without words still opens a conversation, by an entry that says so.
        kind: if opened && !speaks { Kind::Action } else { kind(&event) },
        text: event.text,
        attachments: event.attachments.into_iter().map(attachment).collect(),
        sent_at: Some(event.at),
        hints: Hints {
            subject: event.subject.or(topic),
            priority: event.priority,
            required_skills: event.required_skills,
            metadata: event.metadata,
            custom_fields,
            phone,
            ..Hints::default()
        },
        extra: match event.choice {
            Some(choice) => json!({ "choice": choice }),
            None if opened => json!({"action": "start"}),
            None => Value::Null,
        },
        ..InboundMessage::default()
    }
}

/// Visitors send words and files; everything else is for others to say.
fn kind(event: &Event) -> Kind {
    match event.kind {
        _ if event.choice.is_some() => Kind::Interactive,
        Kind::Image | Kind::Audio | Kind::Voice | Kind::Video | Kind::File | Kind::Location => event.kind,
        _ if event.text.is_none() && !event.attachments.is_empty() => Kind::File,
        _ => Kind::Text,
    }
}

fn peer(event: &Event) -> Peer {
    let visitor = &event.visitor;
    // Beside a proved identity, what somebody typed would look proved as well.
    let typed = |name| said(event, name).filter(|_| !visitor.verified);
    let is_address =
        |text: &String| text.contains('@') && text.chars().nth(MAX_EMAIL_CHARS).is_none() && !text.contains(char::is_whitespace);
    Peer {
        aliases: Vec::new(),
        external_id: visitor.external_id.clone(),
        name: visitor.name.clone().or_else(|| typed("name")).as_deref().and_then(text::clean_name),
        handle: visitor.email.clone().or_else(|| typed("email").filter(is_address)),
        language: visitor.language.clone(),
        verified: visitor.verified,
    }
}

/// A text that the visitor filled in.
fn said(event: &Event, name: &str) -> Option<String> {
    match event.answers.get(name)? {
        Answer::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Answer::Yes(_) => None,
    }
}

fn custom_fields(event: &Event) -> Option<Value> {
    let others = event.answers.iter().filter(|(name, _)| !ABOUT_THE_PERSON.contains(&name.as_str()));
    let fields: Map<String, Value> = others.map(|(name, answer)| (name.clone(), json!(answer))).collect();
    (!fields.is_empty()).then_some(Value::Object(fields))
}

fn attachment(upload: Upload) -> Attachment {
    Attachment {
        name: text::clean_file_name(&upload.name),
        claimed_type: upload.content_type,
        size: upload.size,
        inline: false,
        content_id: None,
        media: Media::Stored { upload_id: upload.upload_id },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use trunkline_channel::{Inbound, InboundMessage, Kind, Media, Translator};

    use super::WebChatTranslator;

    fn translated(event: &Value) -> InboundMessage {
        let translation = WebChatTranslator.translate(event.to_string().as_bytes());
        assert!(translation.faults.is_empty(), "{:?}", translation.faults);
        match translation.events.into_iter().next() {
            Some(Inbound::Message(message)) => *message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_message_carries_visitor_words_and_files() {
        let message = translated(&json!({
            "type": "message", "client_id": "c1", "text": "See this", "at": 7,
            "visitor": {"external_id": "user:42", "name": "Ann\r\n", "email": "ann@example.com", "verified": true, "language": "de"},
            "attachments": [{"upload_id": "u1", "name": "../x.png", "size": 3, "content_type": "image/png"}],
        }));
        assert_eq!(message.external_id, "user:42:c1");
        assert_eq!((message.peer.name.as_deref(), message.peer.verified), (Some("Ann"), true));
        assert_eq!((message.kind, message.sent_at), (Kind::Text, Some(7)));
        assert_eq!(message.attachments[0].name, "x.png");
        assert_eq!(message.attachments[0].media, Media::Stored { upload_id: "u1".into() });
    }

    #[test]
    fn a_start_opens_with_or_without_words() {
        let visitor = json!({"external_id": "visitor:1"});
        let silent = translated(&json!({"type": "start", "client_id": "c", "at": 1, "visitor": visitor, "subject": "Refund",
            "priority": "high", "required_skills": ["billing"], "metadata": {"page": "/cart"}}));
        assert_eq!((silent.kind, silent.text.as_deref()), (Kind::Action, None));
        assert_eq!((silent.hints.subject.as_deref(), silent.hints.priority.as_deref()), (Some("Refund"), Some("high")));
        let spoken = translated(&json!({"type": "start", "client_id": "c", "at": 1, "visitor": visitor, "text": "Hi"}));
        assert_eq!((spoken.kind, spoken.text.as_deref()), (Kind::Text, Some("Hi")));
    }

    #[test]
    fn answers_describe_the_person_and_the_matter() {
        let answers = json!({"name": " Ann ", "email": "ann@example.com", "phone": "+44 20 7946 0000", "topic": "Refund", "order": "17",
            "consent": true});
        let event = |verified| json!({"type": "start", "client_id": "c", "at": 1, "answers": answers, "visitor": {"external_id": "v", "verified": verified}});
        let stranger = translated(&event(false));
        assert_eq!((stranger.peer.name.as_deref(), stranger.peer.handle.as_deref()), (Some("Ann"), Some("ann@example.com")));
        assert!(!stranger.peer.verified && stranger.peer.aliases.is_empty());
        assert_eq!(
            (stranger.hints.subject.as_deref(), stranger.hints.phone.as_deref()),
            (Some("Refund"), Some("+44 20 7946 0000"))
        );
        let fields = json!({"phone": "+44 20 7946 0000", "topic": "Refund", "order": "17", "consent": true});
        assert_eq!(stranger.hints.custom_fields, Some(fields));
        let user = translated(&event(true));
        assert_eq!((user.peer.name, user.peer.handle), (None, None), "typed beside a proof is not proved");
    }

    #[test]
    fn visitors_cannot_write_notes_or_system_messages() {
        for (kind, becomes) in [("note", Kind::Text), ("system", Kind::Text), ("voice", Kind::Voice), ("image", Kind::Image)] {
            let event =
                json!({"type": "message", "client_id": "c", "at": 1, "visitor": {"external_id": "v"}, "text": "x", "kind": kind});
            assert_eq!(translated(&event).kind, becomes, "{kind}");
        }
    }

    #[test]
    fn nonsense_is_a_fault_and_never_a_panic() {
        let cases: [&[u8]; 6] = [
            b"",
            b"{",
            b"[]",
            b"\xff\xfe",
            br#"{"type":"dance"}"#,
            br#"{"type":"message","client_id":"c","at":1,"visitor":{"external_id":"v"}}"#,
        ];
        for raw in cases {
            let translation = WebChatTranslator.translate(raw);
            assert!(translation.events.is_empty() && translation.faults.len() == 1, "{raw:?}");
        }
        let ended = br#"{"type":"end","client_id":"c","at":5,"visitor":{"external_id":"v"}}"#;
        assert!(matches!(WebChatTranslator.translate(ended).events[..], [Inbound::Ended { .. }]));
    }
}
