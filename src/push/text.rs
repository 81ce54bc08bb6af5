//! What a notification says: JSON for the console's service worker.

use serde_json::{Value, json};

use super::rules::Reason;
use super::store::notices::{Notice, Shown};

/// Characters; what is longer no screen shows.
const MAX_TITLE: usize = 80;
const MAX_BODY: usize = 200;

/// `reason` says the same as a title without a name, for a worker that speaks the operator's language.
#[must_use]
pub fn payload(notice: &Notice, reason: Reason, shown: &Shown, privacy: bool) -> Value {
    let (title, body) = if privacy {
        (plain(reason).to_owned(), String::new())
    } else {
        let name = [&shown.contact_name, &shown.handle].into_iter().flatten().find(|name| !name.trim().is_empty());
        (cut(name.map_or(plain(reason), String::as_str), MAX_TITLE), cut(&body(reason, shown), MAX_BODY))
    };
    json!({
        "reason": reason.as_str(), "conversation_id": notice.conversation_id, "title": title, "body": body, "seq": notice.seq,
    })
}

/// What an operator asks for to see whether it works.
#[must_use]
pub fn test() -> Value {
    let title = "Notifications work";
    json!({ "reason": "test", "conversation_id": null, "title": title, "body": "", "seq": null })
}

fn plain(reason: Reason) -> &'static str {
    match reason {
        Reason::Message => "New message",
        Reason::Queue => "Somebody waits in the queue",
        Reason::HandedOver => "A conversation was handed over to you",
        Reason::Mention => "You were mentioned",
    }
}

fn body(reason: Reason, shown: &Shown) -> String {
    let text = shown.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let file = match shown.kind.as_deref() {
        Some("image") => Some("Picture"),
        Some("audio" | "voice") => Some("Voice message"),
        Some("video") => Some("Video"),
        Some("file") => Some("File"),
        Some("location") => Some("Location"),
        Some("contacts") => Some("Contact card"),
        Some("sticker") => Some("Sticker"),
        _ => None,
    };
    let subject = shown.subject.as_deref().filter(|subject| !subject.trim().is_empty());
    text.or(file).or(subject).unwrap_or(plain(reason)).to_owned()
}

/// One line, not longer than `most` characters.
fn cut(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::send::MAX_PAYLOAD;
    use super::{Notice, Reason, Shown, payload};

    fn notice() -> Notice {
        Notice {
            subscription_id: "s".into(),
            conversation_id: "c".into(),
            reason: "message".into(),
            message_id: None,
            seq: 7,
            attempts: 0,
            next_at: 0,
            expires_at: 0,
        }
    }

    fn shown(name: Option<&str>, text: &str, kind: &str) -> Shown {
        let owned = |text: &str| Some(text.to_owned());
        Shown { contact_name: name.map(str::to_owned), text: owned(text), kind: owned(kind), ..Shown::default() }
    }

    #[test]
    fn it_says_who_wrote_what_unless_that_is_private() {
        let shown = shown(Some("Bob"), "Where is\nmy parcel?", "text");
        let open = payload(&notice(), Reason::Message, &shown, false);
        let expected =
            json!({"reason": "message", "conversation_id": "c", "title": "Bob", "body": "Where is my parcel?", "seq": 7});
        assert_eq!(open, expected);
        let hidden = payload(&notice(), Reason::Message, &shown, true);
        assert_eq!((&hidden["title"], &hidden["body"]), (&json!("New message"), &json!("")));
    }

    #[test]
    fn a_file_without_words_is_named_and_anything_fits_a_record() {
        let said = |shown: &Shown| payload(&notice(), Reason::Queue, shown, false);
        assert_eq!(said(&shown(None, " ", "image"))["body"], "Picture");
        assert_eq!(said(&shown(None, "", "unsupported"))["body"], "Somebody waits in the queue");
        let long = said(&shown(Some(&"\u{1}\u{1f469}".repeat(900)), &"\u{1}\u{1f469}".repeat(9000), "text"));
        assert_eq!(long["body"].as_str().unwrap().chars().count(), 200);
        assert!(long.to_string().len() <= MAX_PAYLOAD, "{}", long.to_string().len());
    }
}
