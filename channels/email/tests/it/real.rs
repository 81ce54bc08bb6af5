//! Against Dovecot and Postfix. They must be installed; a test that silently skips them would prove nothing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use trunkline_channel::{CheckState, Health, HealthReporter, Inbound, ReceiptTarget, RunError, SendError};
use trunkline_stand_ins::mail::Security;
use trunkline_stand_ins::mail::real::RealMail;

use crate::support::{Store, answer, connector, context, mail, settings, until};

const SUPPORT: &str = "support@example.test";
const CUSTOMER: &str = "customer@example.test";

async fn servers() -> RealMail {
    RealMail::start(&[(SUPPORT, "support pw"), (CUSTOMER, "customer pw")]).await.unwrap()
}

fn for_real(servers: &RealMail, security: Security) -> Value {
    let (imap, smtp) = match security {
        Security::Implicit => (servers.ports.imaps, servers.ports.submissions),
        Security::Starttls | Security::Plain => (servers.ports.imap, servers.ports.submission),
    };
    let auth = json!({ "kind": "password", "password": "support pw" });
    let mut settings = settings(SUPPORT, auth, (imap, security), (smtp, security), servers.ca_file.clone());
    settings["timeouts"]["answer_ms"] = json!(20_000);
    settings["timeouts"]["after_data_ms"] = json!(60_000);
    settings
}

struct Running {
    stop: CancellationToken,
    handle: JoinHandle<Result<(), RunError>>,
}

async fn run(settings: &Value, store: &Arc<Store>) -> Running {
    let health = HealthReporter::default();
    let (connector, context) = (connector(settings), context(store, &health));
    let stop = context.stop.clone();
    let handle = tokio::spawn(async move { connector.run(context).await });
    until("it is connected", || health.report().health == Health::Connected).await;
    Running { stop, handle }
}

async fn end(running: Running) {
    running.stop.cancel();
    running.handle.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_through_postfix_wakes_the_connector_and_comes_once() {
    let servers = servers().await;
    for (security, marked) in [(Security::Implicit, 3), (Security::Starttls, 6)] {
        let store = Arc::new(Store::default());
        let settings = for_real(&servers, security);
        let first = run(&settings, &store).await;
        servers.inject("ann@customers.test", SUPPORT, &mail("<1@x>", "hello\r\n..dots")).await.unwrap();
        let handed = Instant::now();
        until("the mail is in", || store.ids().len() == 1).await;
        assert!(handed.elapsed() < Duration::from_secs(10), "IDLE wakes, took {:?}\n{}", handed.elapsed(), servers.logs());
        end(first).await;
        // While nobody looks, and after that.
        servers.inject("ann@customers.test", SUPPORT, &mail("<2@x>", "while down")).await.unwrap();
        let second = run(&settings, &store).await;
        servers.inject("ann@customers.test", SUPPORT, &mail("<3@x>", "after")).await.unwrap();
        until("all are in", || store.ids().len() == 3).await;
        assert_eq!(store.ids(), ["<1@x>", "<2@x>", "<3@x>"]);
        assert_eq!(store.keys().len(), 3, "no mail was fetched twice");
        until("all are marked", || servers.seen(SUPPORT).unwrap() == marked).await;
        end(second).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lies_in_the_customers_mailbox_and_a_bounce_comes_back() {
    let servers = servers().await;
    for security in [Security::Implicit, Security::Starttls] {
        let sent = connector(&for_real(&servers, security))
            .send(&answer(&format!("d-{security:?}"), CUSTOMER, "our answer\n.\nends"))
            .await
            .unwrap();
        let id = sent.external_ids.first().unwrap().clone();
        until("it has arrived", || servers.mailbox(CUSTOMER).unwrap().iter().any(|mail| mail.contains(&id))).await;
    }
    assert_eq!(servers.mailbox(CUSTOMER).unwrap().len(), 2);
    let sender = connector(&for_real(&servers, Security::Implicit));
    let result = sender.send(&answer("d2", "nobody@example.test", "hello")).await;
    assert!(matches!(&result, Err(SendError::PeerGone { code, .. }) if code == "550 5.1.1"), "{result:?}");
    let sent = sender.send(&answer("d3", "somebody@elsewhere.test", "hello")).await.unwrap();
    let bounce = || servers.mailbox(SUPPORT).unwrap().into_iter().find(|mail| mail.contains("report-type=delivery-status"));
    until("the bounce is back", || bounce().is_some()).await;
    let translation = sender.translator().translate(bounce().unwrap().as_bytes());
    let names_it = |event: &Inbound| matches!(event, Inbound::Receipt { target: ReceiptTarget::Message(id), .. } if sent.external_ids.contains(id));
    assert!(translation.events.iter().any(names_it), "{translation:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_is_content_with_real_servers_and_wrong_passwords_are_told() {
    let servers = servers().await;
    let (store, health) = (Arc::new(Store::default()), HealthReporter::default());
    let mut settings = for_real(&servers, Security::Starttls);
    let checks = connector(&settings).diagnose(&context(&store, &health)).await;
    assert!(checks.iter().all(|check| check.state != CheckState::Failed), "{checks:?}");
    settings["auth"]["password"] = json!("wrong");
    let checks = connector(&settings).diagnose(&context(&store, &health)).await;
    let failed: Vec<&str> = checks.iter().filter(|check| check.state == CheckState::Failed).map(|check| check.name).collect();
    assert_eq!(failed, ["imap_login", "smtp_login"], "{checks:?}");
    let result = connector(&settings).send(&answer("d1", CUSTOMER, "hello")).await;
    assert!(matches!(result, Err(SendError::BadCredentials { .. })), "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_every_answer_is_kept_where_the_settings_ask_for_it() {
    let servers = servers().await;
    let mut settings = for_real(&servers, Security::Implicit);
    connector(&settings).send(&answer("d1", CUSTOMER, "without a copy")).await.unwrap();
    settings["sent_folder"] = json!("Sent");
    for (id, text) in [("d2", "the first copy"), ("d3", "the second copy")] {
        connector(&settings).send(&answer(id, CUSTOMER, text)).await.unwrap();
    }
    let kept = servers.mailbox(&format!("{SUPPORT}/.Sent")).unwrap();
    assert_eq!(kept.len(), 2, "{kept:?}");
    for text in ["the first copy", "the second copy"] {
        assert!(kept.iter().any(|mail| mail.contains(text) && mail.contains("Message-ID: <c.")), "{kept:?}");
    }
    // A folder that cannot be made does not keep the answer from going out.
    settings["sent_folder"] = json!("INBOX/a/../b");
    connector(&settings).send(&answer("d4", CUSTOMER, "out all the same")).await.unwrap();
    until("all have arrived", || servers.mailbox(CUSTOMER).unwrap().len() == 4).await;
}
