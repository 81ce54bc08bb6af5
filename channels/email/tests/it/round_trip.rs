//! What comes back for a mail we sent is understood: replies, bounces, receipts, automatic answers.

use trunkline_channel::{Inbound, ReceiptStatus, ReceiptTarget, Translation};
use trunkline_stand_ins::mail::{Accepted, Client};

use crate::support::{Rig, answer};

async fn sent() -> (Rig, Accepted) {
    let rig = Rig::plain().await;
    rig.connector().send(&answer("d1", "ann@customers.test", "Where shall we send it?")).await.unwrap();
    let accepted = rig.smtp.ledger().remove(0);
    (rig, accepted)
}

fn understood(rig: &Rig, mail: &str) -> Translation {
    let translation = rig.connector().translator().translate(format!("X-Trunkline-Received: 1793614800\r\n{mail}").as_bytes());
    assert!(translation.faults.is_empty(), "{translation:?}");
    translation
}

#[tokio::test]
async fn a_reply_comes_without_its_quotation_into_the_conversation_it_answers() {
    let (rig, accepted) = sent().await;
    for client in [Client::Gmail, Client::Outlook, Client::AppleMail, Client::Thunderbird] {
        let translation = understood(&rig, &accepted.reply(client, "<r@customers.test>", "To the harbour, please."));
        let [Inbound::Message(message)] = translation.events.as_slice() else { panic!("{client:?}: {translation:?}") };
        assert_eq!(message.text.as_deref(), Some("To the harbour, please."), "{client:?}");
        assert_eq!(message.hints.conversation_id.as_deref(), Some("conversation-1"), "{client:?}");
        assert!(!message.automatic && message.peer.external_id == "ann@customers.test", "{client:?}");
    }
}

#[tokio::test]
async fn news_about_our_mail_names_the_mail() {
    let (rig, accepted) = sent().await;
    let id = accepted.message_id().unwrap();
    for (mail, expected) in [
        (accepted.bounce("<b@x>", "5.1.1", "550 5.1.1 no such user"), "failed"),
        (accepted.delay("<d@x>"), "delayed"),
        (accepted.read_receipt("<m@x>"), "read"),
    ] {
        let translation = understood(&rig, &mail);
        let found = translation.events.iter().find_map(|event| match event {
            Inbound::Receipt { target: ReceiptTarget::Message(about), status, .. } if *about == id => Some(match status {
                ReceiptStatus::Failed { .. } => "failed",
                ReceiptStatus::Delayed { .. } => "delayed",
                ReceiptStatus::Read => "read",
                ReceiptStatus::Sent | ReceiptStatus::Delivered => "other",
            }),
            _ => None,
        });
        assert_eq!(found, Some(expected), "{translation:?}");
    }
}

#[tokio::test]
async fn an_out_of_office_answer_is_marked_as_written_by_a_machine() {
    let (rig, accepted) = sent().await;
    let translation = understood(&rig, &accepted.out_of_office("<o@x>"));
    assert!(matches!(translation.events.as_slice(), [Inbound::Message(message)] if message.automatic), "{translation:?}");
}
