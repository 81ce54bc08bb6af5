//! What operators send, as VK is asked for it.

use serde_json::{Value, json};
use trunkline_channel::{Change, FetchError, Kind, MediaRef, Outbound, Peer, SendError, Signal};

use super::rig::{ANN, Reply, Rig, amendment, file, text};

fn sent(cmid: i64) -> Reply {
    Reply::Response(json!([{"peer_id": 50_012_345, "message_id": 4000 + cmid, "conversation_message_id": cmid}]))
}

#[tokio::test]
async fn a_text_goes_whole_or_in_parts_that_repeat_exactly() {
    let rig = Rig::start().await;
    let answer = rig.connector.send(&Outbound { reply_to: Some(format!("{ANN}:205")), ..text("Yes, in M") }).await.unwrap();
    assert_eq!(answer.external_ids, [format!("{ANN}:213")]);
    let call = rig.vk.calls("messages.send").remove(0);
    assert_eq!((call.get("peer_ids"), call.get("message"), call.get("v")), (ANN, "Yes, in M", "5.199"));
    let forward: Value = serde_json::from_str(call.get("forward")).unwrap();
    assert_eq!(forward, json!({"peer_id": 50_012_345, "conversation_message_ids": [205], "is_reply": true}));
    // What is answered may be of another chat, or no message.
    rig.connector.send(&Outbound { reply_to: Some("77:1".into()), ..text("Still") }).await.unwrap();
    assert_eq!(rig.vk.calls("messages.send")[1].get("forward"), "");

    // And what is gone is not answered, but said.
    rig.vk.says("messages.send", [Reply::Refused(100), sent(213)]);
    rig.connector.send(&Outbound { reply_to: Some(format!("{ANN}:9")), ..text("Still") }).await.unwrap();
    let forwards: Vec<bool> = rig.vk.calls("messages.send")[2..].iter().map(|call| call.get("forward").is_empty()).collect();
    assert_eq!(forwards, [false, true]);

    rig.vk.says("messages.send", [sent(214), Reply::Refused(10), sent(214), sent(215)]);
    let long = "я".repeat(5_000);
    assert!(matches!(rig.connector.send(&text(&long)).await, Err(SendError::Retry { .. })));
    let answer = rig.connector.send(&Outbound { attempt: 2, ..text(&long) }).await.unwrap();
    assert_eq!(answer.external_ids, [format!("{ANN}:214"), format!("{ANN}:215")]);
    let numbers: Vec<String> = rig.vk.calls("messages.send")[4..].iter().map(|call| call.get("random_id").to_owned()).collect();
    let [first, second, third, fourth] = numbers.as_slice() else { panic!("{numbers:?}") };
    assert!(first != second && (first, second) == (third, fourth));
}

#[tokio::test]
async fn files_are_uploaded_saved_and_named() {
    let rig = Rig::start().await;
    let upload = json!({"upload_url": format!("{}/upload", rig.vk.url)});
    rig.vk.says("photos.getMessagesUploadServer", [Reply::Response(upload.clone())]);
    rig.vk.says("docs.getMessagesUploadServer", [Reply::Response(upload)]);
    rig.vk.says("upload", [Reply::Plain(json!({"server": 7, "photo": "[1]", "hash": "h", "file": "f"}))]);
    rig.vk.says("photos.saveMessagesPhoto", [Reply::Response(json!([{"id": 5, "owner_id": -123_456, "access_key": "k"}]))]);
    let voice = json!({"type": "audio_message", "audio_message": {"id": 8, "owner_id": -123_456}});
    let document = json!({"type": "doc", "doc": {"id": 6, "owner_id": -123_456}});
    rig.vk.says("docs.save", [Reply::Response(document), Reply::Response(voice)]);
    let files =
        vec![file("a.png", "image/png", "png"), file("b.pdf", "application/pdf", "pdf"), file("c.ogg", "audio/ogg", "ogg")];
    rig.connector.send(&Outbound { attachments: files, kind: Kind::Image, ..text("See") }).await.unwrap();
    let sends = rig.vk.calls("messages.send");
    let attached: Vec<(&str, &str)> = sends.iter().map(|call| (call.get("message"), call.get("attachment"))).collect();
    assert_eq!(attached, [("See", "photo-123456_5_k,doc-123456_6"), ("", "doc-123456_8")]);
    assert_eq!(rig.vk.calls("photos.saveMessagesPhoto")[0].get("server"), "7");
    let kinds: Vec<String> =
        rig.vk.calls("docs.getMessagesUploadServer").iter().map(|call| call.get("type").to_owned()).collect();
    assert_eq!(kinds, ["doc", "audio_message"]);
    let uploads = rig.vk.calls("upload");
    assert!(
        uploads[0].get("body").contains("name=\"photo\"; filename=\"a.png\"") && uploads[1].get("body").contains("name=\"file\"")
    );

    // Nothing is sent before all files are there; a broken upload is only begun again.
    rig.vk.says("upload", [Reply::Page(502, "<html>")]);
    let photo = Outbound { attachments: vec![file("a.png", "image/png", "png")], kind: Kind::Image, ..text("") };
    assert!(matches!(rig.connector.send(&photo).await, Err(SendError::Retry { .. })));
    rig.vk.says("upload", [Reply::Plain(json!({"error": "unknown image format"}))]);
    assert!(matches!(rig.connector.send(&photo).await, Err(SendError::Rejected { .. })));
    assert_eq!(rig.vk.calls("messages.send").len(), 2);
}

#[tokio::test]
async fn what_vk_answers_is_told_for_what_it_is() {
    let rig = Rig::start().await;
    let answers = [
        (Reply::Refused(901), "the customer cannot be reached"),
        (
            Reply::Response(json!([{"peer_id": 50_012_345, "message_id": 0, "error": {"code": 902, "description": "x"}}])),
            "the customer cannot be reached",
        ),
        (Reply::Refused(5), "credentials refused"),
        (Reply::Refused(14), "credentials refused"),
        (Reply::Refused(6), "slowed down"),
        (Reply::Refused(914), "rejected"),
        (Reply::Refused(10), "not sent"),
        (Reply::Page(503, "busy"), "not sent"),
        (Reply::Page(502, "<html>"), "may have been delivered"),
        (Reply::Page(200, "{\"response\":"), "may have been delivered"),
        (Reply::Plain(json!({"odd": 1})), "may have been delivered"),
    ];
    for (reply, expected) in answers {
        rig.vk.says("messages.send", [reply.clone()]);
        let error = rig.connector.send(&text("Hello")).await.unwrap_err();
        assert!(error.to_string().starts_with(expected), "{reply:?}: {error}");
        assert!(!format!("{error:?}").contains("vk1.a"), "{error:?}");
    }
    let nowhere = Outbound { to: Peer { external_id: "x".into(), ..Peer::default() }, ..text("Hello") };
    assert!(matches!(rig.connector.send(&nowhere).await, Err(SendError::Rejected { .. })));
}

#[tokio::test]
async fn messages_are_changed_taken_back_and_reacted_to() {
    let rig = Rig::start().await;
    let ids = [format!("{ANN}:213"), format!("{ANN}:214")];
    let edit = |text: &str| Change::Edit { text: text.to_owned() };
    rig.connector.amend(&amendment(&ids, Kind::Text, edit("Better"))).await.unwrap();
    let call = rig.vk.calls("messages.edit").remove(0);
    assert_eq!((call.get("cmid"), call.get("message"), call.get("peer_id")), ("213", "Better", ANN));
    // The part that is not needed any more goes.
    assert_eq!(rig.vk.calls("messages.delete")[0].get("cmids"), "214");
    let kept = json!({"count": 1, "items": [{"attachments": [{"type": "photo", "photo": {"id": 5, "owner_id": -1, "access_key": "k"}}]}]});
    rig.vk.says("messages.getByConversationMessageId", [Reply::Response(kept)]);
    rig.connector.amend(&amendment(&ids[..1], Kind::Image, edit("Caption"))).await.unwrap();
    assert_eq!(rig.vk.calls("messages.edit")[1].get("attachment"), "photo-1_5_k");
    let long = amendment(&ids[..1], Kind::Text, edit(&"x".repeat(5_000)));
    assert!(matches!(rig.connector.amend(&long).await, Err(SendError::Rejected { .. })));

    let refused = json!([{"peer_id": 50_012_345, "conversation_message_id": 213, "error": {"code": 924, "description": "x"}}]);
    rig.vk.says("messages.delete", [Reply::Response(refused)]);
    let error = rig.connector.amend(&amendment(&ids, Kind::Text, Change::Delete)).await.unwrap_err();
    assert!(matches!(error, SendError::Rejected { shown, .. } if shown.contains("24 hours")));

    let react = |emoji: Option<&str>| Change::React { emoji: emoji.map(str::to_owned) };
    rig.connector.amend(&amendment(&ids[..1], Kind::Text, react(Some("👍")))).await.unwrap();
    assert_eq!(rig.vk.calls("messages.sendReaction")[0].get("reaction_id"), "4");
    rig.connector.amend(&amendment(&ids[..1], Kind::Text, react(None))).await.unwrap();
    assert_eq!(rig.vk.calls("messages.deleteReaction")[0].get("cmid"), "213");
    assert!(rig.connector.amend(&amendment(&ids[..1], Kind::Text, react(Some("🐳")))).await.is_err());
}

#[tokio::test]
async fn signals_names_and_files_are_asked_of_vk() {
    let rig = Rig::start().await;
    let ann = Peer { external_id: ANN.into(), ..Peer::default() };
    rig.connector.signal(&ann, Signal::Typing, None).await.unwrap();
    assert_eq!(rig.vk.calls("messages.setActivity")[0].get("type"), "typing");
    rig.connector.signal(&ann, Signal::Seen, Some("50012345:212")).await.unwrap();
    assert_eq!(rig.vk.calls("messages.markAsRead")[0].get("up_to_cmid"), "212");
    let person = json!([{"id": 50_012_345, "first_name": "Ann", "last_name": "Example", "screen_name": "ann"}]);
    rig.vk.says("users.get", [Reply::Response(person)]);
    let profile = rig.connector.profile(&ann).await.unwrap().unwrap();
    assert_eq!((profile.name.as_deref(), profile.handle.as_deref()), (Some("Ann Example"), Some("ann")));
    let chat = Peer { external_id: "2000000001".into(), ..Peer::default() };
    assert!(rig.connector.profile(&chat).await.unwrap().is_none());
    rig.vk.says("file.jpg", [Reply::Page(200, "bytes"), Reply::Page(404, "gone")]);
    let media = MediaRef(format!("{}/file.jpg", rig.vk.url));
    assert_eq!(&rig.connector.fetch(&media).await.unwrap().bytes[..], b"bytes");
    assert!(matches!(rig.connector.fetch(&media).await, Err(FetchError::Gone)));
    assert!(matches!(rig.connector.fetch(&MediaRef("http://127.0.0.1:1/x".into())).await, Err(FetchError::Refused)));
}
