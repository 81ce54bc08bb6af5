//! Inboxes from file and API, and the connectors that run for them.

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trunkline::access::{Caller, Role};
use trunkline::app::App;
use trunkline::config::InboxOptions;
use trunkline::connectors::ChannelKind;
use trunkline::db::sql;
use trunkline::deliveries::OutgoingLines;
use trunkline::inboxes::{self, Error, FileError, InboxChange, InboxRow, NewInbox, Supervisor};
use trunkline::intake::{Intake, Lines, Notice};
use trunkline::realtime::Hub;
use trunkline_channel::{CheckState, Health};

use crate::support::{Store, each_store, eventually};

fn admin() -> Caller {
    Caller { operator_id: "a".into(), name: "Ann".into(), role: Role::Admin }
}

struct Process {
    supervisor: Supervisor,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    _intake: JoinSet<()>,
}

impl Process {
    async fn start(app: &App) -> Self {
        let stop = CancellationToken::new();
        let (supervisor, looks) = Supervisor::new(app.clone());
        let (hub, _following) = Hub::start(app, stop.clone()).await.unwrap();
        let (intake, intake_tasks) = Intake::start(app.clone(), std::sync::Arc::new(supervisor.clone()), hub, stop.clone());
        let tasks = supervisor.start(intake, looks, stop.clone());
        supervisor.look().await;
        Self { supervisor, stop, tasks, _intake: intake_tasks }
    }

    async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn by_name(app: &App, name: &str) -> Option<InboxRow> {
    inboxes::all(&app.db).await.unwrap().into_iter().find(|row| row.name == name)
}

fn site(name: &str, settings: Value) -> NewInbox {
    NewInbox { name: name.into(), channel: ChannelKind::WebChat, settings, options: InboxOptions::default() }
}

async fn an_inbox_of_the_file_keeps_its_id(store: Store) {
    let app = store.app().await;
    inboxes::take_from_file(&app).await.unwrap();
    let first = by_name(&app, "website").await.unwrap();
    inboxes::pause(&app, &admin(), &first.id).await.unwrap();
    inboxes::take_from_file(&app).await.unwrap();
    let again = by_name(&app, "website").await.unwrap();
    assert_eq!((again.id.as_str(), again.state.as_str()), (first.id.as_str(), "paused"), "also a pause stays");

    let mut without = store.config();
    without.inboxes.clear();
    let other = store.app_with(without, std::sync::Arc::new(app.clock.clone())).await;
    inboxes::take_from_file(&other).await.unwrap();
    assert!(by_name(&other, "website").await.is_none());
    inboxes::take_from_file(&app).await.unwrap();
    assert_eq!(by_name(&app, "website").await.map(|row| row.id), Some(first.id.clone()), "back under its old id");

    let change = InboxChange { name: Some("other".into()), ..InboxChange::default() };
    assert!(matches!(inboxes::update(&app, &admin(), &first.id, change).await, Err(Error::FromFile)));
    assert!(matches!(inboxes::remove(&app, &admin(), &first.id).await, Err(Error::FromFile)));

    let mut unknown = store.config();
    if let Some(inbox) = unknown.inboxes.get_mut("website") {
        inbox.channel = "fax".into();
    }
    let other = store.app_with(unknown, std::sync::Arc::new(app.clock.clone())).await;
    assert!(matches!(inboxes::take_from_file(&other).await, Err(FileError::UnknownChannel { .. })));
}

async fn an_inbox_of_the_api_starts_changes_pauses_and_goes(store: Store) {
    let app = store.app().await;
    let process = Process::start(&app).await;
    let lines = &process.supervisor;
    let secret = json!({"identity_secret": "the site's own long secret"});
    let made = inboxes::create(&app, &admin(), site("shop", secret)).await.unwrap();
    lines.look().await;
    assert!(lines.line(&made.id).is_some_and(|line| line.channel == "web_chat"));
    eventually("connected", || async { (lines.health(&made.id).health == Health::Connected).then_some(()) }).await;
    let stored: String = sql("SELECT settings FROM inboxes WHERE id = $1").bind(&made.id).scalar(&app.db).await.unwrap();
    assert!(stored.starts_with("sealed:") && !stored.contains("secret"), "{stored}");

    let before = lines.outgoing(&made.id).unwrap().connector;
    let settings = json!({"identity_secret": "[secret]", "allowed_origins": ["https://shop.example"]});
    let change = InboxChange { settings: Some(settings), ..InboxChange::default() };
    inboxes::update(&app, &admin(), &made.id, change).await.unwrap();
    lines.look().await;
    assert!(!std::sync::Arc::ptr_eq(&before, &lines.outgoing(&made.id).unwrap().connector), "replaced");
    let site_settings = lines.site(&made.id).unwrap();
    assert_eq!(site_settings.identity_secret.expose(), "the site's own long secret", "what was shown hidden stays");
    assert_eq!(site_settings.allowed_origins, ["https://shop.example"]);

    inboxes::pause(&app, &admin(), &made.id).await.unwrap();
    lines.look().await;
    assert!(lines.outgoing(&made.id).is_none() && lines.site(&made.id).is_none() && lines.line(&made.id).is_some());
    assert_eq!(lines.health(&made.id).health, Health::Paused);
    inboxes::resume(&app, &admin(), &made.id).await.unwrap();
    lines.look().await;
    assert!(lines.outgoing(&made.id).is_some());
    let checks = lines.diagnose(&made.id).await;
    assert!(!checks.is_empty() && checks.iter().all(|check| check.state == CheckState::Ok), "{checks:?}");

    inboxes::remove(&app, &admin(), &made.id).await.unwrap();
    lines.look().await;
    assert!(lines.line(&made.id).is_none());
    assert!(inboxes::create(&app, &admin(), site("shop", Value::Null)).await.is_ok(), "the name is free");
    process.stop().await;
}

async fn what_cannot_work_or_is_not_allowed_is_refused(store: Store) {
    let app = store.app().await;
    let operator = Caller { role: Role::Operator, ..admin() };
    assert!(matches!(inboxes::create(&app, &operator, site("x", Value::Null)).await, Err(Error::Forbidden)));
    inboxes::create(&app, &admin(), site("taken", Value::Null)).await.unwrap();
    assert!(matches!(inboxes::create(&app, &admin(), site("taken", Value::Null)).await, Err(Error::NameTaken)));
    assert!(matches!(inboxes::create(&app, &admin(), site(" \n", Value::Null)).await, Err(Error::BadName(_))));
    for settings in [
        json!({"allowed_origins": ["not an origin"]}),
        json!({"colour": "red"}),
        json!({"identity_secret_file": "/etc/hostname"}),
    ] {
        assert!(matches!(inboxes::create(&app, &admin(), site("y", settings)).await, Err(Error::Settings(_))));
    }
    assert_eq!(inboxes::all(&app.db).await.unwrap().len(), 1);
}

async fn an_unreadable_inbox_says_so_and_the_others_run(store: Store) {
    let app = store.app().await;
    let good = inboxes::create(&app, &admin(), site("good", Value::Null)).await.unwrap();
    let bad = inboxes::create(&app, &admin(), site("bad", Value::Null)).await.unwrap();
    let mut tx = app.db.begin().await.unwrap();
    sql("UPDATE inboxes SET settings = 'sealed:1:AAAA' WHERE id = $1").bind(&bad.id).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let process = Process::start(&app).await;
    assert!(process.supervisor.outgoing(&good.id).is_some() && process.supervisor.outgoing(&bad.id).is_none());
    assert!(matches!(process.supervisor.health(&bad.id).health, Health::Misconfigured { .. }));
    process.stop().await;
}

/// A mailbox whose server refuses connections: its connector tries for ever, and holds the lease meanwhile.
fn mailbox(name: &str) -> NewInbox {
    let settings = json!({
        "address": "desk@example.com",
        "imap": {"host": "127.0.0.1", "port": 1},
        "smtp": {"host": "127.0.0.1", "port": 1},
        "auth": {"kind": "password", "password": "hunter2"},
    });
    NewInbox { name: name.into(), channel: ChannelKind::Email, settings, options: InboxOptions::default() }
}

async fn lease(app: &App, inbox_id: &str) -> Option<(String, i64)> {
    sql("SELECT holder, term FROM leases WHERE inbox_id = $1").bind(inbox_id).optional(&app.db).await.unwrap()
}

async fn one_process_polls_and_the_next_takes_over_when_it_stops(store: Store) {
    let (app, other) = (store.app().await, store.app().await);
    let made = inboxes::create(&app, &admin(), mailbox("desk")).await.unwrap();
    let one = Process::start(&app).await;
    let (holder, term) = eventually("a lease", || lease(&app, &made.id)).await;
    let two = Process::start(&other).await;
    one.stop().await;
    let (next, later) =
        eventually("the other takes over", || async { lease(&app, &made.id).await.filter(|(now, _)| *now != holder) }).await;
    assert!(next != holder && later > term, "{term} {later}");
    two.stop().await;
}

each_store!(
    news_of_a_provider_is_shown_with_the_health,
    an_inbox_of_the_file_keeps_its_id,
    an_inbox_of_the_api_starts_changes_pauses_and_goes,
    what_cannot_work_or_is_not_allowed_is_refused,
    an_unreadable_inbox_says_so_and_the_others_run,
    one_process_polls_and_the_next_takes_over_when_it_stops,
);

async fn news_of_a_provider_is_shown_with_the_health(store: Store) {
    let app = store.live_app().await;
    let process = Process::start(&app).await;
    let lines = &process.supervisor;
    let made = inboxes::create(&app, &admin(), site("shop", Value::Null)).await.unwrap();
    lines.look().await;
    eventually("connected", || async { (lines.health(&made.id).health == Health::Connected).then_some(()) }).await;
    let notice = |severe| Notice { code: "restricted".into(), shown: "Your account is restricted.".into(), severe };
    lines.notice("nowhere", &notice(true));
    lines.notice(&made.id, &notice(false));
    let report = lines.health(&made.id);
    assert_eq!((report.notice.as_deref(), report.health), (Some("Your account is restricted."), Health::Connected));
    let severe = Notice { shown: "Your account is closed.".into(), ..notice(true) };
    lines.notice(&made.id, &severe);
    let report = lines.health(&made.id);
    assert!(matches!(&report.health, Health::Misconfigured { reason } if *reason == severe.shown), "{report:?}");
    assert_eq!(report.last_error, Some(severe.shown));
    process.stop().await;
}
