//! A cut, a lie or silence at every step of IMAP: each mail comes once, and none is marked before it is stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use trunkline_stand_ins::mail::{ImapDoes, ImapOptions, ImapStep, Security, SmtpOptions};

use crate::support::{Rig, mail, until};

/// Three mails wait, the fault strikes once, and a connector starts as after a crash.
async fn strike(options: ImapOptions, at: ImapStep, does: ImapDoes, times: usize) {
    let what = format!("{at:?} {does:?}");
    let mut rig = Rig::new(options, SmtpOptions::default()).await;
    rig.settled().await;
    rig.stop().await;
    let early = Arc::new(AtomicUsize::new(0));
    let (server, seen_early) = (rig.imap.clone(), early.clone());
    *rig.store.watch.lock().unwrap() = Some(Box::new(move |event| {
        let uid = event.key.rsplit(':').next().unwrap().parse().unwrap();
        if server.is_seen(uid) {
            seen_early.fetch_add(1, Ordering::SeqCst);
        }
    }));
    let ids = ["<1@x>", "<2@x>", "<3@x>"];
    let uids: Vec<u32> = ids.iter().map(|id| rig.imap.deliver(mail(id, &"line of a mail\r\n".repeat(4_000)))).collect();
    for _ in 0..times {
        rig.imap.fault(at, does.clone());
    }
    rig.start();
    if matches!(at, ImapStep::Idle | ImapStep::Announce) {
        until(&format!("{what}: the first mails are in"), || rig.store.ids().len() == 3).await;
        until(&format!("{what}: it idles"), || rig.imap.journal().iter().filter(|command| *command == "IDLE").count() >= 2).await;
        rig.imap.deliver(mail("<4@x>", "while idle"));
        until(&format!("{what}: the mail after it"), || rig.store.ids().len() == 4).await;
    }
    until(&format!("{what}: all are stored and seen"), || {
        rig.store.ids().len() >= ids.len() && uids.iter().all(|uid| rig.imap.is_seen(*uid))
    })
    .await;
    assert_eq!(rig.store.ids()[..3], ids, "{what}");
    let whole = rig.store.mail("<2@x>").unwrap();
    assert!(whole.ends_with(mail("<2@x>", &"line of a mail\r\n".repeat(4_000)).as_bytes()), "{what}: the mail is whole");
    until(&format!("{what}: the fault came"), || rig.imap.faults_left() == 0).await;
    assert_eq!(early.load(Ordering::SeqCst), 0, "{what}: \\Seen only after intake");
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_anywhere_loses_and_doubles_nothing() {
    use ImapDoes::{Bye, Cut, CutBeforeOk, CutInLiteral};
    use ImapStep::{Announce, Capability, Greeting, Idle, List, Login, Search, Select, Source, Store};
    let mut cases = Vec::new();
    for at in [Greeting, Capability, Login, Select, List, Source, Search, Store, Idle, Announce] {
        // Mail is announced once; after the cut it is found without.
        cases.push((at, Cut, if at == Announce { 1 } else { 3 }));
    }
    for at in [Greeting, Capability, Login, Select, List, Source, Search, Idle, Announce] {
        cases.push((at, Bye, 1));
    }
    for at in [Capability, Select, List, Source, Search] {
        cases.push((at, CutBeforeOk, 1));
    }
    for percent in (0..=100).step_by(10) {
        cases.push((Source, CutInLiteral { percent }, 2));
    }
    let strikes = cases.into_iter().map(|(at, does, times)| strike(ImapOptions::default(), at, does, times));
    join_all(strikes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lies_nonsense_and_silence_are_survived() {
    use ImapDoes::{Announces, Bad, Dribble, Late, No, Says, Silent, WrongTag};
    use ImapStep::{Capability, Greeting, Idle, List, Login, Search, Select, Source};
    let flood = "* 1 EXPUNGE\r\n".repeat(200_000);
    let cases = vec![
        (Source, Announces("999999999999")),
        (Source, Announces("50000000")),
        (Source, Announces("10")),
        (Source, Announces("70000")),
        (Source, Announces("0")),
        (Source, Dribble { bytes: 997 }),
        (List, Dribble { bytes: 1 }),
        (Source, No("[THROTTLED] slow down")),
        (List, No("[UNAVAILABLE] busy")),
        (Select, Bad("what")),
        (Login, No("[UNAVAILABLE] try again")),
        (List, WrongTag),
        (Source, WrongTag),
        (Greeting, Says("* OK [ALERT]\u{e9}\r\n".to_owned())),
        (Greeting, Says("\u{fffd}\u{0}garbage\r\n".to_owned())),
        (Capability, Says(flood)),
        (List, Says("* 1 FETCH (UID 1 INTERNALDATE NIL)\r\n".to_owned())),
        (List, Says(format!("* 1 FETCH (BODYSTRUCTURE {})\r\n", "(".repeat(200_000)))),
        (List, Says(format!("* OK {}\r\n", "a".repeat(2_000_000)))),
        (Source, Silent),
        (List, Silent),
        (Idle, Silent),
        (Login, Silent),
        (Greeting, Silent),
        (Search, Late(Duration::from_millis(200))),
        (Idle, No("not now")),
    ];
    join_all(cases.into_iter().map(|(at, does)| strike(ImapOptions::default(), at, does, 1))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secured_connections_are_cut_too() {
    let mut strikes = Vec::new();
    for security in [Security::Implicit, Security::Starttls] {
        let options = ImapOptions { security, ..ImapOptions::default() };
        strikes.push(strike(options.clone(), ImapStep::Handshake, ImapDoes::Cut, 2));
        strikes.push(strike(options.clone(), ImapStep::Source, ImapDoes::CutInLiteral { percent: 50 }, 1));
        strikes.push(strike(options.clone(), ImapStep::Store, ImapDoes::Cut, 1));
        if security == Security::Starttls {
            strikes.push(strike(options.clone(), ImapStep::Starttls, ImapDoes::Cut, 1));
            let injected = ImapDoes::SaysAfter("* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n* BYE injected\r\n".to_owned());
            strikes.push(strike(options, ImapStep::Starttls, injected, 1));
        }
    }
    join_all(strikes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_before_a_cut_is_not_fetched_again() {
    let mut rig = Rig::plain().await;
    rig.settled().await;
    rig.stop().await;
    let uids = ["<1@x>", "<2@x>", "<3@x>"].map(|id| rig.imap.deliver(mail(id, "text")));
    for does in [ImapDoes::Dribble { bytes: 64 }, ImapDoes::Dribble { bytes: 64 }, ImapDoes::Cut] {
        rig.imap.fault(ImapStep::Source, does);
    }
    rig.start();
    until("all are stored and seen", || uids.iter().all(|uid| rig.imap.is_seen(*uid))).await;
    let asked =
        |uid: u32| rig.imap.journal().iter().filter(|line| line.starts_with(&format!("UID FETCH {uid} (UID BODY"))).count();
    assert_eq!(uids.map(asked), [1, 1, 2]);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_silently_while_idling_is_left() {
    let mut rig = Rig::plain().await;
    rig.settings["timeouts"]["idle_ms"] = serde_json::json!(300);
    rig.settled().await;
    rig.imap.fault(ImapStep::Announce, ImapDoes::Silent);
    rig.imap.deliver(mail("<1@x>", "unannounced"));
    until("the mail is in", || rig.store.ids() == ["<1@x>"]).await;
    assert!(rig.imap.connections() >= 2);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_breaks_every_fetch_does_not_hold_back_the_next() {
    let mut rig = Rig::plain().await;
    rig.settled().await;
    rig.stop().await;
    rig.imap.deliver(mail("<bad@x>", "never readable"));
    rig.imap.deliver(mail("<good@x>", "fine"));
    for _ in 0..3 {
        rig.imap.fault(ImapStep::Source, ImapDoes::Announces("999999999999"));
    }
    rig.start();
    until("both are in", || rig.store.ids().len() == 2).await;
    let header = String::from_utf8(rig.store.mail("<bad@x>").unwrap()).unwrap();
    assert!(header.contains("; unfetchable\r\n") && !header.contains("never readable"), "{header}");
    assert!(String::from_utf8(rig.store.mail("<good@x>").unwrap()).unwrap().contains("fine"));
    rig.stop().await;
}
