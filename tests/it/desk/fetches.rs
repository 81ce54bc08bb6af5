//! Remote files arrive after their message, whatever the provider does meanwhile.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio_util::sync::CancellationToken;
use trunkline::access::Role;
use trunkline::app::App;
use trunkline::chores;
use trunkline::db::sql;
use trunkline::events;
use trunkline::uploads::{self, Error, FETCH_BELL, Fetch, Fetching};
use trunkline_channel::{FetchError, Fetched, MediaRef};

use super::{caller, customer, message, write};
use crate::support::{Store, each_store, eventually};

each_store!(
    a_file_is_fetched_after_its_provider_recovers,
    a_file_that_is_gone_fails_at_once_and_can_be_asked_for_again,
    a_paused_inbox_costs_no_attempt,
);

type Answer = Option<Result<Fetched, FetchError>>;

/// Gives scripted answers in order and remembers what was asked.
#[derive(Default)]
struct Provider {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl Fetch for Provider {
    async fn fetch(&self, inbox_id: &str, media: &MediaRef) -> Answer {
        self.asked.lock().unwrap().push((inbox_id.to_owned(), media.0.clone()));
        self.answers.lock().unwrap().pop_front().unwrap()
    }
}

async fn a_file_is_fetched_after_its_provider_recovers(store: Store) {
    let app = store.app().await;
    waiting(&app).await;
    let provider = script([later(), later(), file(b"\x89PNG\r\n\x1a\n____")]);
    let (stop, task) = start(&app, &provider);
    for (attempts, wait) in [(1, 5), (2, 30)] {
        eventually("an attempt", || async { (facts(&app).await == ("waiting".to_owned(), attempts)).then_some(()) }).await;
        assert_eq!(edits(&app).await, 0, "a file that still waits is no news");
        app.clock.advance(Duration::from_secs(wait));
        app.db.bell(FETCH_BELL).notify_one();
    }
    eventually("the file", || async { (facts(&app).await.0 == "stored").then_some(()) }).await;
    let row: (String, i64, Option<String>) = sql("SELECT content_type, size, error FROM attachments").one(&app.db).await.unwrap();
    assert_eq!(row, ("image/png".to_owned(), 12, None));
    assert_eq!(edits(&app).await, 1);
    assert_eq!(*provider.asked.lock().unwrap(), vec![("i1".to_owned(), "ref".to_owned()); 3]);
    stop.cancel();
    task.await.unwrap();
}

async fn a_file_that_is_gone_fails_at_once_and_can_be_asked_for_again(store: Store) {
    let app = store.app().await;
    waiting(&app).await;
    let provider = script([Some(Err(FetchError::Gone)), file(b"hello")]);
    let (stop, task) = start(&app, &provider);
    eventually("the failure", || async { (facts(&app).await == ("failed".to_owned(), 1)).then_some(()) }).await;
    assert_eq!(edits(&app).await, 1);
    let ann = caller("ann", Role::Operator);
    assert_eq!(uploads::fetch_again(&app, &ann, "a1").await.unwrap().state, "waiting");
    eventually("the file", || async { (facts(&app).await.0 == "stored").then_some(()) }).await;
    let again = uploads::fetch_again(&app, &ann, "a1").await;
    assert!(matches!(again, Err(Error::NotFailed { .. })), "{again:?}");
    assert!(matches!(uploads::fetch_again(&app, &ann, "none").await, Err(Error::NotFound)));
    stop.cancel();
    task.await.unwrap();
}

async fn a_paused_inbox_costs_no_attempt(store: Store) {
    let app = store.app().await;
    waiting(&app).await;
    let provider = script([None, file(b"hello")]);
    let (stop, task) = start(&app, &provider);
    eventually("the first question", || async { (provider.asked.lock().unwrap().len() == 1).then_some(()) }).await;
    eventually("the file", || async {
        assert_ne!(facts(&app).await.0, "failed");
        app.clock.advance(Duration::from_secs(1));
        app.db.bell(FETCH_BELL).notify_one();
        (facts(&app).await == ("stored".to_owned(), 0)).then_some(())
    })
    .await;
    stop.cancel();
    task.await.unwrap();
}

fn script<const N: usize>(answers: [Answer; N]) -> Arc<Provider> {
    Arc::new(Provider { answers: Mutex::new(answers.into()), ..Provider::default() })
}

fn later() -> Answer {
    Some(Err(FetchError::Retry("not now".to_owned())))
}

fn file(bytes: &'static [u8]) -> Answer {
    Some(Ok(Fetched { bytes: Bytes::from_static(bytes), claimed_type: Some("text/html".to_owned()) }))
}

fn start(app: &App, provider: &Arc<Provider>) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    let lines: Arc<dyn Fetch> = provider.clone();
    (stop.clone(), tokio::spawn(chores::run(Fetching { app: app.clone(), lines }, stop)))
}

/// Message `m1` with the remote file `a1`.
async fn waiting(app: &App) {
    customer(app, "ann", "Ann").await;
    message(app, "m1", "ann", 1, "look").await;
    write(
        app,
        "INSERT INTO attachments (id, message_id, position, name, content_type, size, state, reference, next_at) \
         VALUES ('a1', 'm1', 0, 'a.png', 'text/html', 0, 'waiting', 'ref', 0)",
        &[],
    )
    .await;
}

async fn facts(app: &App) -> (String, i64) {
    sql("SELECT state, attempts FROM attachments WHERE id = 'a1'").one(&app.db).await.unwrap()
}

async fn edits(app: &App) -> usize {
    let all = events::store::after(&app.db, 0, 100).await.unwrap();
    all.iter().filter(|event| event.kind == "message.edited" && event.payload.contains("\"a1\"")).count()
}
