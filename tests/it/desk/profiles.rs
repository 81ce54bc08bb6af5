//! Names that come from the provider after the message.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use trunkline::access::Role;
use trunkline::chores;
use trunkline::contacts::{self, Asking, ContactChange, ContactView, PROFILE_BELL, Profiles};
use trunkline::db::sql;
use trunkline_channel::{FetchError, Peer, Profile};

use super::caller;
use crate::support::lines::{Said, TestIntake};
use crate::support::{Store, TestApp, each_store, eventually};

each_store!(a_name_is_fetched_after_the_provider_recovers, a_colleagues_name_stays_and_the_given_up_ask_no_more);

type Answer = Option<Result<Option<Profile>, FetchError>>;

#[derive(Default)]
struct Provider {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Profiles for Provider {
    async fn profile(&self, _inbox_id: &str, peer: &Peer) -> Answer {
        self.asked.lock().unwrap().push(peer.external_id.clone());
        self.answers.lock().unwrap().pop_front().unwrap()
    }
}

fn start(app: &TestApp, answers: Vec<Answer>) -> (Arc<Provider>, CancellationToken, tokio::task::JoinHandle<()>) {
    let provider = Arc::new(Provider { answers: Mutex::new(answers.into()), ..Provider::default() });
    let stop = CancellationToken::new();
    let lines: Arc<dyn Profiles> = provider.clone();
    (provider, stop.clone(), tokio::spawn(chores::run(Asking { app: app.app.clone(), lines }, stop)))
}

async fn nameless(intake: &TestIntake, peer: &str) {
    let said = Said { id: peer.into(), peer: peer.into(), nameless: true, handle: Some(format!("@{peer}")), ..Said::default() };
    intake.say("chat", said).await;
}

async fn contact(app: &TestApp) -> ContactView {
    let id: String = sql("SELECT id FROM contacts ORDER BY row_id DESC LIMIT 1").scalar(&app.db).await.unwrap();
    contacts::get(app, &caller("o", Role::Operator), &id).await.unwrap()
}

async fn attempts(app: &TestApp) -> (i64, bool) {
    sql("SELECT profile_attempts, profile_at IS NULL FROM identities ORDER BY id DESC LIMIT 1").one(&app.db).await.unwrap()
}

fn profile(name: &str) -> Answer {
    Some(Ok(Some(Profile { name: Some(name.to_owned()), handle: None, language: Some("de".into()) })))
}

async fn a_name_is_fetched_after_the_provider_recovers(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    nameless(&intake, "nobody asks").await;
    assert_eq!(attempts(&app).await, (0, true), "a provider that tells nothing is not asked");
    intake.lines.profiles.store(true, Ordering::SeqCst);
    intake.text("chat", "m1", "bob", "has a name").await;
    assert_eq!(attempts(&app).await, (0, true));
    let later = Some(Err(FetchError::Retry("not now".into())));
    let (provider, stop, task) = start(&app, vec![None, later, profile(" Ann\r\nSmith ")]);
    nameless(&intake, "ann").await;
    assert_eq!(contact(&app).await.name.as_deref(), Some("@ann"));
    eventually("the question", || async { (provider.asked.lock().unwrap().len() == 1).then_some(()) }).await;
    eventually("the name", || async {
        app.clock.advance(Duration::from_secs(1));
        app.db.bell(PROFILE_BELL).notify_one();
        (contact(&app).await.name.as_deref() == Some("Ann Smith")).then_some(())
    })
    .await;
    let view = contact(&app).await;
    assert_eq!((view.language.as_deref(), view.identities[0].name.as_deref()), (Some("de"), Some("Ann Smith")));
    assert_eq!((attempts(&app).await, provider.asked.lock().unwrap().len()), ((2, true), 3), "a paused inbox costs no attempt");
    let told: i64 =
        sql("SELECT CAST(COUNT(*) AS BIGINT) FROM events WHERE kind = 'contact.updated'").scalar(&app.db).await.unwrap();
    assert_eq!(told, 1);
    stop.cancel();
    task.await.unwrap();
}

async fn a_colleagues_name_stays_and_the_given_up_ask_no_more(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    intake.lines.profiles.store(true, Ordering::SeqCst);
    nameless(&intake, "ann").await;
    let rename = ContactChange { name: Some("@ann".into()), ..ContactChange::default() };
    let id = contact(&app).await.id;
    contacts::change(&app, &caller("o", Role::Operator), &id, &rename).await.unwrap();
    let (provider, stop, task) = start(&app, vec![profile("Ann Smith"), Some(Err(FetchError::Gone))]);
    eventually("the profile", || async { attempts(&app).await.1.then_some(()) }).await;
    let view = contact(&app).await;
    assert_eq!((view.name.as_deref(), view.identities[0].name.as_deref()), (Some("@ann"), Some("Ann Smith")));
    nameless(&intake, "bob").await;
    eventually("giving up", || async { (attempts(&app).await == (1, true)).then_some(()) }).await;
    assert_eq!((contact(&app).await.name.as_deref(), provider.asked.lock().unwrap().len()), (Some("@bob"), 2));
    stop.cancel();
    task.await.unwrap();
}
