//! Receiving as it should go, and the ways of folders that are allowed but unexpected.

use std::time::Duration;

use serde_json::json;
use trunkline_channel::{CheckState, Health, IntakeError};
use trunkline_stand_ins::mail::{ImapDoes, ImapOptions, ImapStep, Security, SmtpOptions};

use crate::support::{Rig, mail, until};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_connection_takes_nothing_old_and_idle_brings_what_is_new() {
    let mut rig = Rig::plain().await;
    rig.imap.deliver(mail("<old@x>", "from before"));
    rig.settled().await;
    let uid = rig.imap.deliver(mail("<new@x>", "hello"));
    until("the new mail is in", || rig.imap.is_seen(uid)).await;
    assert_eq!(rig.store.ids(), ["<new@x>"]);
    let raw = String::from_utf8(rig.store.mail("<new@x>").unwrap()).unwrap();
    let (first, rest) = raw.split_once("\r\n").unwrap();
    let received: i64 = first.strip_prefix("X-Trunkline-Received: ").unwrap().parse().unwrap();
    assert!(received > 1_700_000_000 && rest == mail("<new@x>", "hello"));
    assert_eq!(rig.health.report().health, Health::Connected);
    assert!(!rig.imap.is_seen(uid - 1), "old mail is left as it was");
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_told_inside_another_answer_is_not_left_lying() {
    for at in [ImapStep::Search, ImapStep::List, ImapStep::Source] {
        let mut rig = Rig::plain().await;
        rig.settled().await;
        rig.stop().await;
        rig.imap.deliver(mail("<1@x>", "first"));
        rig.imap.fault(at, ImapDoes::Arrives(mail("<2@x>", "at the wrong moment")));
        rig.start();
        until("both are in", || rig.store.ids() == ["<1@x>", "<2@x>"]).await;
        rig.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_idle_the_server_is_asked() {
    let mut rig = Rig::new(ImapOptions { idle: false, ..ImapOptions::default() }, SmtpOptions::default()).await;
    rig.settled().await;
    rig.imap.deliver(mail("<1@x>", "hello"));
    until("the mail is in", || rig.store.ids() == ["<1@x>"]).await;
    assert!(!rig.imap.journal().contains(&"IDLE".to_owned()));
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_and_doubles_nothing() {
    let mut rig = Rig::plain().await;
    rig.settled().await;
    for round in 0..5 {
        rig.imap.deliver(mail(&format!("<{round}a@x>"), "before"));
        rig.stop().await;
        rig.imap.deliver(mail(&format!("<{round}b@x>"), "while down"));
        rig.imap.skip_uids(7);
        rig.start();
    }
    until("all are in", || rig.store.ids().len() == 10).await;
    let expected: Vec<String> = (0..5).flat_map(|round| [format!("<{round}a@x>"), format!("<{round}b@x>")]).collect();
    assert_eq!(rig.store.ids(), expected);
    assert_eq!(rig.store.keys().len(), 10);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_of_thousands_comes_in_order() {
    let mut rig = Rig::plain().await;
    rig.settled().await;
    rig.stop().await;
    for n in 0..2_500 {
        rig.imap.deliver(mail(&format!("<{n}@x>"), "waiting"));
    }
    rig.start();
    until("all are in", || rig.store.ids().len() == 2_500).await;
    assert!(rig.store.ids().iter().enumerate().all(|(n, id)| *id == format!("<{n}@x>")));
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_uidvalidity_doubles_nothing_and_finds_what_came_meanwhile() {
    let mut rig = Rig::plain().await;
    rig.imap.deliver_at(mail("<ancient@x>", "years ago"), 1_000_000_000);
    rig.settled().await;
    rig.imap.deliver(mail("<1@x>", "one"));
    until("the first is in", || rig.store.ids().len() == 1).await;
    rig.stop().await;
    rig.imap.deliver(mail("<2@x>", "two"));
    rig.imap.renew_uidvalidity();
    rig.start();
    until("the second is in", || rig.store.ids().len() == 2).await;
    rig.imap.deliver(mail("<3@x>", "three"));
    until("the third is in", || rig.store.ids().len() == 3).await;
    assert_eq!(rig.store.ids(), ["<1@x>", "<2@x>", "<3@x>"]);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rescan_that_is_cut_is_done_again() {
    let mut rig = Rig::plain().await;
    rig.settled().await;
    rig.stop().await;
    for id in ["<1@x>", "<2@x>", "<3@x>"] {
        rig.imap.deliver(mail(id, "in the gap"));
    }
    rig.imap.renew_uidvalidity();
    rig.imap.fault(ImapStep::Source, ImapDoes::Dribble { bytes: 4_096 });
    rig.imap.fault(ImapStep::Source, ImapDoes::Cut);
    rig.imap.fault(ImapStep::Search, ImapDoes::Cut);
    rig.start();
    until("all are in", || rig.store.ids().len() == 3).await;
    until("the rescan is over", || rig.store.cursor().is_some_and(|cursor| cursor["rescan_since"].is_null())).await;
    assert_eq!(rig.store.ids(), ["<1@x>", "<2@x>", "<3@x>"]);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_emptied_and_filled_again_under_the_same_uidvalidity_is_read() {
    let mut rig = Rig::plain().await;
    rig.settled().await;
    for id in ["<1@x>", "<2@x>"] {
        rig.imap.deliver(mail(id, "first life"));
    }
    until("the first two are in", || rig.store.ids().len() == 2).await;
    rig.stop().await;
    rig.imap.reuse_uids();
    rig.imap.deliver(mail("<3@x>", "second life"));
    rig.start();
    until("the third is in", || rig.store.ids() == ["<1@x>", "<2@x>", "<3@x>"]).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_uid_that_shows_up_late_is_swept_in() {
    let mut rig = Rig::plain().await;
    rig.settings["timeouts"]["sweep_ms"] = json!(50);
    rig.settings["timeouts"]["idle_ms"] = json!(50);
    rig.settled().await;
    let late = rig.imap.deliver_hidden(mail("<late@x>", "from the other node"));
    rig.imap.deliver(mail("<early@x>", "from this node"));
    until("the visible one is in", || rig.store.ids() == ["<early@x>"]).await;
    rig.imap.show(late);
    until("the late one is in", || rig.store.ids() == ["<early@x>", "<late@x>"]).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_takes_what_the_settings_ask_for() {
    let mut rig = Rig::plain().await;
    rig.imap.deliver_at(mail("<1@x>", "too old"), 1_700_000_000);
    rig.imap.deliver_at(mail("<2@x>", "wanted"), 1_790_000_000);
    rig.settings["import_since"] = json!("2026-09-01");
    rig.start();
    until("the wanted one is in", || rig.store.ids() == ["<2@x>"]).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intake_that_is_full_is_asked_again_and_nothing_is_confirmed_meanwhile() {
    let mut rig = Rig::plain().await;
    rig.settled().await;
    let retry_after = Duration::from_secs(1);
    let full = [IntakeError::Overloaded { retry_after }, IntakeError::Unavailable { retry_after }];
    rig.store.refusals.lock().unwrap().extend(full);
    let uid = rig.imap.deliver(mail("<1@x>", "patience"));
    until("intake was asked", || rig.store.asked.load(std::sync::atomic::Ordering::SeqCst) >= 1).await;
    assert!(rig.store.ids().is_empty() && !rig.imap.is_seen(uid), "not stored, not seen");
    until("it is stored and seen", || rig.imap.is_seen(uid)).await;
    assert_eq!(rig.store.ids(), ["<1@x>"]);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_is_only_read_stays_as_it_is() {
    let mut rig = Rig::plain().await;
    rig.settings["mark_seen"] = json!(false);
    rig.settled().await;
    let uid = rig.imap.deliver(mail("<1@x>", "hands off"));
    until("the mail is in", || rig.store.ids().len() == 1).await;
    rig.stop().await;
    assert!(!rig.imap.is_seen(uid));
    let journal = rig.imap.journal();
    assert!(journal.contains(&"EXAMINE \"INBOX\"".to_owned()) && !journal.iter().any(|command| command.starts_with("UID STORE")));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_mail_beyond_the_limit_the_header_is_taken() {
    let mut rig = Rig::plain().await;
    rig.settled().await;
    rig.imap.deliver(mail("<huge@x>", &"0123456789abcdef".repeat(2 * 1024 * 1024)));
    until("its header is in", || rig.store.ids() == ["<huge@x>"]).await;
    let raw = rig.store.mail("<huge@x>").unwrap();
    let translation = rig.connector().translator().translate(&raw);
    assert!(format!("{translation:?}").contains("this mail of 34 MB is too large to be fetched"), "{translation:?}");
    assert!(raw.len() < 1_000 && String::from_utf8(raw).unwrap().contains("; oversize; size=3355"));
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_told_and_not_tried_in_a_hot_loop() {
    let mut rig = Rig::plain().await;
    rig.settings["auth"]["password"] = json!("wrong");
    rig.settings["timeouts"]["refused_ms"] = json!(600_000);
    rig.start();
    until("it is told", || matches!(rig.health.report().health, Health::BadCredentials { .. })).await;
    assert_eq!(rig.imap.connections(), 1);
    let Health::BadCredentials { reason } = rig.health.report().health else { unreachable!() };
    assert!(reason.contains("AUTHENTICATIONFAILED") && !reason.contains("wrong horse"), "{reason}");
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_shown_to_the_administrator() {
    let mut rig = Rig::plain().await;
    rig.imap.fault(ImapStep::Select, ImapDoes::Alert("Mailbox is at 98% of quota"));
    rig.settled().await;
    let shown = rig.health.report();
    assert_eq!(
        (shown.health, shown.last_error.as_deref()),
        (Health::Connected, Some("the mail server says: Mailbox is at 98% of quota"))
    );
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_sent_where_it_could_be_read() {
    for (security, strip_starttls, stranger) in
        [(Security::Starttls, true, false), (Security::Starttls, false, true), (Security::Implicit, false, true)]
    {
        let options = ImapOptions { security, strip_starttls, stranger, ..ImapOptions::default() };
        let mut rig = Rig::new(options, SmtpOptions::default()).await;
        rig.start();
        until("it is told", || matches!(rig.health.report().health, Health::Misconfigured { .. })).await;
        rig.stop().await;
        assert!(!rig.imap.journal().iter().any(|command| command == "LOGIN" || command == "AUTHENTICATE"), "{security:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_login_works() {
    for (security, sasl_ir, authenticate) in [
        (Security::Plain, true, true),
        (Security::Plain, false, true),
        (Security::Plain, false, false),
        (Security::Implicit, true, true),
        (Security::Starttls, true, false),
    ] {
        let options = ImapOptions { security, sasl_ir, authenticate, ..ImapOptions::default() };
        let mut rig = Rig::new(options, SmtpOptions::default()).await;
        rig.settled().await;
        rig.imap.deliver(mail("<1@x>", "hello"));
        until("the mail is in", || rig.store.ids().len() == 1).await;
        rig.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_the_step_that_fails() {
    let mut rig = Rig::plain().await;
    let checks = rig.connector().diagnose(&rig.context()).await;
    let failed: Vec<_> = checks.iter().filter(|check| check.state == CheckState::Failed).collect();
    assert!(failed.is_empty() && checks.len() == 9, "{checks:?}");
    rig.settings["auth"]["password"] = json!("nobody knows");
    let checks = rig.connector().diagnose(&rig.context()).await;
    let failed: Vec<&str> = checks.iter().filter(|check| check.state == CheckState::Failed).map(|check| check.name).collect();
    assert_eq!(failed, ["imap_login", "smtp_login"]);
    assert!(!format!("{checks:?}").contains("nobody knows"));
}
