//! Troubles of a submission server: what each means for the delivery, and how many copies arrive.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use trunkline_channel::{Ambiguity, SendError, Threads};
use trunkline_stand_ins::mail::{ImapOptions, Security, SmtpDoes, SmtpOptions, SmtpStep};

use crate::support::{Rig, answer, peer};

const CUSTOMER: &str = "customer@example.test";
const FIVE_MINUTES: Duration = Duration::from_secs(300);

async fn rig(options: SmtpOptions) -> Rig {
    Rig::new(ImapOptions::default(), options).await
}

/// A sending that meets this fault; the result and the copies taken.
async fn meet(at: SmtpStep, does: SmtpDoes) -> (Result<trunkline_channel::Sent, SendError>, usize, Rig) {
    let rig = rig(SmtpOptions::default()).await;
    rig.smtp.fault(at, does);
    let result = rig.connector().send(&answer("d1", CUSTOMER, "hello")).await;
    let copies = rig.smtp.ledger().len();
    (result, copies, rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_taken_once_whole_and_with_one_stable_id() {
    let rig = rig(SmtpOptions::default()).await;
    let text = "first\n.\n..two dots\r\n.\r\nMAIL FROM:<evil@x>\r\nlast";
    let sent = rig.connector().send(&answer("d1", CUSTOMER, text)).await.unwrap();
    let ledger = rig.smtp.ledger();
    let [taken] = ledger.as_slice() else { panic!("{} mails", ledger.len()) };
    assert_eq!((taken.from.as_str(), taken.recipients.as_slice()), ("support@example.test", [CUSTOMER.to_owned()].as_slice()));
    assert_eq!(taken.message_id().as_ref(), sent.external_ids.first());
    assert!(sent.recipients.is_empty() && !sent.delivered);
    assert!(!taken.mail.windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r'), "every line ends in CR LF");
    let again = rig.connector().send(&answer("d1", CUSTOMER, text)).await.unwrap();
    assert_eq!(sent.external_ids, again.external_ids, "the same delivery has the same Message-ID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_before_the_final_dot_is_certainly_not_delivered() {
    use SmtpStep::{Auth, Data, Ehlo, Greeting, Mail, Rcpt};
    let steps = [Greeting, Ehlo, Auth, Mail, Rcpt, Data];
    let cases = steps.into_iter().flat_map(|at| [(at, SmtpDoes::Cut), (at, SmtpDoes::Silent)]);
    let cases = cases.map(|(at, does)| async move {
        let (result, copies, rig) = meet(at, does.clone()).await;
        assert!(matches!(result, Err(SendError::Retry { .. })), "{at:?} {does:?}: {result:?}");
        assert_eq!(copies, 0, "{at:?}");
        rig.connector().send(&answer("d1", CUSTOMER, "hello")).await.unwrap();
        assert_eq!(rig.smtp.ledger().len(), 1, "{at:?}: the second attempt arrives");
    });
    join_all(cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_in_the_middle_of_the_mail_is_certainly_not_delivered() {
    // More than the buffers between both ends hold: the final dot cannot have left.
    let text = "a line of a long mail\n".repeat(700_000);
    for does in [SmtpDoes::Cut, SmtpDoes::Silent] {
        let rig = rig(SmtpOptions::default()).await;
        rig.smtp.fault(SmtpStep::Body, does.clone());
        let result = rig.connector().send(&answer("d1", CUSTOMER, &text)).await;
        assert!(matches!(result, Err(SendError::Retry { .. })), "{does:?}: {result:?}");
        assert!(rig.smtp.ledger().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_after_the_final_dot_is_uncertain_and_a_repeat_carries_the_same_id() {
    for does in [SmtpDoes::Cut, SmtpDoes::Silent, SmtpDoes::Reply("nonsense")] {
        let (result, _, rig) = meet(SmtpStep::Dot, does.clone()).await;
        assert!(matches!(result, Err(SendError::MaybeDelivered { .. })), "{does:?}: {result:?}");
        rig.connector().send(&answer("d1", CUSTOMER, "hello")).await.unwrap();
        let mut ids: Vec<_> = rig.smtp.ledger().iter().map(|taken| taken.message_id().unwrap()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 1, "{does:?}: receivers can drop the double");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_after_the_dot_is_waited_for() {
    // Longer than any other answer may take, shorter than the limit for this one.
    let (result, copies, _rig) = meet(SmtpStep::Dot, SmtpDoes::Late(Duration::from_millis(2_500))).await;
    assert!(result.is_ok() && copies == 1, "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn temporary_refusals_are_tried_again_and_greylisting_not_too_early() {
    let wait = |result: Result<_, SendError>| match result {
        Err(SendError::Retry { after, .. }) => after,
        other => panic!("{other:?}"),
    };
    for at in [SmtpStep::Mail, SmtpStep::Rcpt, SmtpStep::Data, SmtpStep::Dot] {
        for reply in
            ["450 4.2.1 mailbox busy", "451 4.7.1 greylisted", "452 4.2.2 mailbox full", "450-4.7.1 two\r\n450 4.7.1 lines"]
        {
            let (result, copies, rig) = meet(at, SmtpDoes::Reply(reply)).await;
            assert!(wait(result) >= Some(FIVE_MINUTES), "{at:?} {reply}");
            assert_eq!(copies, 0);
            rig.connector().send(&answer("d1", CUSTOMER, "hello")).await.unwrap();
            assert_eq!(rig.smtp.ledger().len(), 1);
        }
        let (result, copies, _rig) = meet(at, SmtpDoes::Reply("421 4.3.0 going down")).await;
        assert!(wait(result).is_some() && copies == 0, "{at:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn permanent_refusals_name_what_is_wrong() {
    let code = |result: Result<_, SendError>| match result {
        Err(SendError::PeerGone { code, .. }) => ("gone", code),
        Err(SendError::Rejected { code, .. }) => ("rejected", code),
        Err(SendError::BadCredentials { code, .. }) => ("credentials", code),
        other => panic!("{other:?}"),
    };
    for (at, reply, expected) in [
        (SmtpStep::Rcpt, "550 5.1.1 no such user", ("gone", "550 5.1.1")),
        (SmtpStep::Rcpt, "550 no such user", ("gone", "550")),
        (SmtpStep::Rcpt, "550 5.7.1 not from you", ("rejected", "550 5.7.1")),
        (SmtpStep::Rcpt, "552 5.2.2 over quota", ("rejected", "552 5.2.2")),
        (SmtpStep::Dot, "552 5.3.4 too big", ("rejected", "552 5.3.4")),
        (SmtpStep::Dot, "554 5.7.1 spam", ("rejected", "554 5.7.1")),
        (SmtpStep::Auth, "535 5.7.8 wrong", ("credentials", "535 5.7.8")),
        (SmtpStep::Auth, "550 5.7.30 Basic authentication is not supported", ("credentials", "550 5.7.30")),
        (SmtpStep::Mail, "530 5.7.0 log in first", ("credentials", "530 5.7.0")),
    ] {
        let (result, copies, _rig) = meet(at, SmtpDoes::Reply(reply)).await;
        let found = code(result);
        assert_eq!((found.0, found.1.as_str(), copies), (expected.0, expected.1, 0), "{at:?} {reply}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_three_recipients_refused_does_not_stop_the_others() {
    let rig = rig(SmtpOptions::default()).await;
    rig.smtp.refuse("gone@example.test", "550 5.1.1 no such user");
    let mut out = answer("d1", CUSTOMER, "hello");
    out.thread.copies = vec![peer("gone@example.test"), peer("colleague@example.test")];
    let sent = rig.connector().send(&out).await.unwrap();
    let refused: Vec<(&str, bool)> = sent.recipients.iter().map(|r| (r.handle.as_str(), r.refused.is_some())).collect();
    assert_eq!(refused, [(CUSTOMER, false), ("gone@example.test", true), ("colleague@example.test", false)]);
    assert_eq!(rig.smtp.ledger()[0].recipients, [CUSTOMER, "colleague@example.test"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_refused_for_now_holds_the_mail_back_but_not_for_ever() {
    let rig = rig(SmtpOptions::default()).await;
    rig.smtp.refuse("grey@example.test", "450 4.7.1 greylisted");
    let mut out = answer("d1", CUSTOMER, "hello");
    out.thread.copies = vec![peer("grey@example.test")];
    for attempt in 1..=3 {
        out.attempt = attempt;
        assert!(matches!(rig.connector().send(&out).await, Err(SendError::Retry { .. })));
        assert!(rig.smtp.ledger().is_empty(), "nobody gets it twice");
    }
    out.attempt = 4;
    let sent = rig.connector().send(&out).await.unwrap();
    assert_eq!(sent.recipients.iter().filter(|recipient| recipient.refused.is_some()).count(), 1);
    assert_eq!(rig.smtp.ledger().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_refused_is_a_refusal() {
    let rig = rig(SmtpOptions::default()).await;
    rig.smtp.refuse(CUSTOMER, "550 5.1.1 no such user");
    let result = rig.connector().send(&answer("d1", CUSTOMER, "hello")).await;
    assert!(matches!(result, Err(SendError::PeerGone { .. })), "{result:?}");
    assert!(!rig.smtp.journal().contains(&"DATA".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_sent_where_it_could_be_read() {
    for (security, strip_starttls, stranger) in
        [(Security::Starttls, true, false), (Security::Starttls, false, true), (Security::Implicit, false, true)]
    {
        let rig = rig(SmtpOptions { security, strip_starttls, stranger, ..SmtpOptions::default() }).await;
        let result = rig.connector().send(&answer("d1", CUSTOMER, "hello")).await;
        assert!(matches!(result, Err(SendError::Retry { .. })), "{result:?}");
        assert!(!rig.smtp.journal().iter().any(|command| command == "AUTH" || command.starts_with("MAIL")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_put_behind_starttls_are_not_believed() {
    let rig = rig(SmtpOptions { security: Security::Starttls, ..SmtpOptions::default() }).await;
    rig.smtp.fault(SmtpStep::Starttls, SmtpDoes::Inject("250 AUTH"));
    let result = rig.connector().send(&answer("d1", CUSTOMER, "hello")).await;
    // Either the words were dropped, or they broke the handshake; never were they taken for an answer.
    match result {
        Ok(_) => assert!(rig.smtp.ledger()[0].secured),
        Err(error) => assert!(matches!(error, SendError::Retry { .. }), "{error:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_login_and_every_kind_of_tls_works() {
    for security in [Security::Plain, Security::Implicit, Security::Starttls] {
        for mechanisms in ["PLAIN", "LOGIN", "LOGIN PLAIN"] {
            let rig = rig(SmtpOptions { security, mechanisms, ..SmtpOptions::default() }).await;
            rig.connector().send(&answer("d1", CUSTOMER, "hello")).await.unwrap();
            assert_eq!(rig.smtp.ledger()[0].secured, security != Security::Plain);
        }
    }
    let rig = rig(SmtpOptions { mechanisms: "GSSAPI", ..SmtpOptions::default() }).await;
    let result = rig.connector().send(&answer("d1", CUSTOMER, "hello")).await;
    assert!(matches!(result, Err(SendError::BadCredentials { .. })), "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_cannot_carry_is_not_given_to_it() {
    let rejected = |result: Result<_, SendError>| match result {
        Err(SendError::Rejected { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    let small = rig(SmtpOptions { size: Some(100), ..SmtpOptions::default() }).await;
    assert_eq!(rejected(small.connector().send(&answer("d1", CUSTOMER, "hello")).await), "size");
    let ascii = rig(SmtpOptions { utf8: false, ..SmtpOptions::default() }).await;
    let foreign = answer("d1", "\u{44e}\u{437}\u{435}\u{440}@example.test", "hello");
    assert!(ascii.connector().send(&foreign).await.is_err());
    assert!(!ascii.smtp.journal().iter().any(|command| command.starts_with("MAIL")));
    assert!(small.smtp.ledger().is_empty() && ascii.smtp.ledger().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn abilities_are_told_as_data() {
    let rig = rig(SmtpOptions::default()).await;
    let connector = rig.connector();
    let abilities = connector.capabilities();
    assert_eq!((abilities.threads, abilities.ambiguity), (Threads::Many, Ambiguity::Repeat));
    assert_eq!(abilities.retry_schedule.len(), 10);
    let mut wrong = rig.settings.clone();
    wrong["imap"]["host"] = json!("mail.example.com");
    let settings: trunkline_email::Settings = serde_json::from_value(wrong).unwrap();
    let Err(error) = settings.build(crate::support::setup()) else { panic!("a password in the clear was allowed") };
    assert_eq!(error.key, "imap.tls");
}
