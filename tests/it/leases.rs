//! Two daemons on one PostgreSQL and one mailbox of Dovecot: one of them polls, and when it dies, freezes or loses the
//! database, the other goes on where it was (F13 to F15). Every mail is there once, in the order of the mailbox.

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use trunkline::app::App;
use trunkline::db::sql;
use trunkline_stand_ins::mail::real::RealMail;

use crate::support::{Store, TestDaemon, within};

const SUPPORT: &str = "support@example.test";
const ANN: &str = "ann@example.test";
/// A lease lasts 15 s, and the next process looks every 4 s.
const TAKEOVER: Duration = Duration::from_secs(20);
/// For what comes with the work of a whole server on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two nodes; the first one polls.
struct Pair {
    servers: RealMail,
    app: App,
    /// Taken away when it is killed.
    first: Option<TestDaemon>,
    second: TestDaemon,
    first_holder: String,
    sent: usize,
    _second_dir: TempDir,
    _store: Store,
}

impl Pair {
    /// `through`: where the first one finds the store.
    async fn start(store: Store, through: &str) -> Self {
        let servers = RealMail::start(&[(SUPPORT, "support pw"), (ANN, "ann pw")]).await.unwrap();
        let settings = format!(
            "{{address=\"{SUPPORT}\",imap={{host=\"127.0.0.1\",port={}}},smtp={{host=\"127.0.0.1\",port={}}},\
             auth={{kind=\"password\",password=\"support pw\"}},extra_ca_file=\"{}\"}}",
            servers.ports.imaps,
            servers.ports.submissions,
            servers.ca_file.display(),
        );
        let inbox = [("inboxes.support.channel", "email"), ("inboxes.support.settings", settings.as_str())];
        let first = TestDaemon::start_with(&store, &[inbox[0], inbox[1], ("store.database", through)]).await;
        let ann = first.set_up("ann@example.com", "Ann", "a long password").await;
        within(PATIENCE, "the first one polls", async || {
            let (_, inboxes) = ann.get("/api/v1/inboxes").await;
            let mailbox = inboxes["items"].as_array()?.iter().find(|inbox| inbox["channel"] == "email")?.to_string();
            mailbox.contains("\"connected\"").then_some(())
        })
        .await;
        let app = store.live_app().await;
        let (first_holder, _) = lease(&app).await.expect("a lease");
        let second_dir = tempfile::tempdir().unwrap();
        std::fs::copy(store.data_dir().join("secret.key"), second_dir.path().join("secret.key")).unwrap();
        let second_place = second_dir.path().to_str().unwrap().to_owned();
        let second = TestDaemon::start_with(&store, &[inbox[0], inbox[1], ("store.data_dir", &second_place)]).await;
        Self { servers, app, first: Some(first), second, first_holder, sent: 0, _second_dir: second_dir, _store: store }
    }

    async fn send(&mut self, mails: usize) {
        for _ in 0..mails {
            let n = self.sent;
            let mail = format!(
                "From: Ann <{ANN}>\r\nTo: {SUPPORT}\r\nSubject: Mail {n}\r\nMessage-ID: <{n}@example.test>\r\n\
                 Date: Mon, 5 Jan 2026 08:00:00 +0000\r\n\r\nmail {n}\r\n"
            );
            self.servers.inject(ANN, SUPPORT, &mail).await.unwrap();
            self.sent += 1;
        }
    }

    async fn some_are_stored(&self, more_than: usize) {
        within(PATIENCE, "some mails are stored", async || (texts(&self.app).await.len() > more_than).then_some(())).await;
    }

    /// Waits until the second one holds the lease, under the next term; the time it took.
    async fn taken_over(&self, before: i64) -> Duration {
        let began = Instant::now();
        let (_, term) = within(PATIENCE, "the second one takes over", async || {
            lease(&self.app).await.filter(|(holder, _)| *holder != self.first_holder)
        })
        .await;
        assert_eq!(term, before + 1, "nobody in between");
        began.elapsed()
    }

    async fn term(&self) -> i64 {
        lease(&self.app).await.unwrap().1
    }

    /// Every mail is stored, and once.
    async fn all_are_stored_once(&self) {
        within(PATIENCE, "all mails are stored", async || (texts(&self.app).await.len() >= self.sent).then_some(())).await;
        let mut stored: Vec<usize> = texts(&self.app).await;
        stored.sort_unstable();
        assert_eq!(stored, (0..self.sent).collect::<Vec<_>>());
        let conversations: i64 = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM conversations").scalar(&self.app.db).await.unwrap();
        assert_eq!(usize::try_from(conversations).unwrap(), self.sent);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_holder_is_killed_the_next_one_takes_over() {
    let store = Store::postgres().await;
    let through = store.database();
    let mut pair = Pair::start(store, &through).await;
    let before = pair.term().await;
    pair.send(8).await;
    pair.some_are_stored(0).await;
    pair.send(8).await;
    pair.first.take().unwrap().kill().await;
    pair.send(8).await;
    let took = pair.taken_over(before).await;
    assert!(took < TAKEOVER, "{took:?}");
    pair.all_are_stored_once().await;
    assert_eq!(pair.second.stop().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_was_frozen_finds_that_its_time_is_over() {
    let store = Store::postgres().await;
    let through = store.database();
    let mut pair = Pair::start(store, &through).await;
    let before = pair.term().await;
    pair.send(6).await;
    pair.some_are_stored(0).await;
    pair.first.as_ref().unwrap().signal("STOP").await;
    pair.send(6).await;
    pair.taken_over(before).await;
    pair.some_are_stored(11).await;
    let cursor = cursor(&pair.app).await;
    let first = pair.first.take().unwrap();
    first.signal("CONT").await;
    first.logged("another process holds this inbox now").await;
    assert_eq!(self::cursor(&pair.app).await, cursor, "it wrote no cursor");
    assert_eq!(pair.term().await, before + 1, "and took nothing back");
    pair.send(6).await;
    pair.all_are_stored_once().await;
    assert_eq!(first.stop().await.code(), Some(0));
    assert_eq!(pair.second.stop().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_without_the_store_stops_before_its_lease_ends() {
    let store = Store::postgres().await;
    let proxy = Proxy::start(&store.database());
    let mut pair = Pair::start(store, &proxy.database).await;
    let before = pair.term().await;
    pair.send(6).await;
    pair.some_are_stored(0).await;
    proxy.hold(true);
    pair.send(6).await;
    let first = pair.first.take().unwrap();
    let stopped = async {
        first.logged("another process holds this inbox now").await;
        Instant::now()
    };
    let taken = async {
        pair.taken_over(before).await;
        Instant::now()
    };
    let (stopped, taken) = tokio::join!(stopped, taken);
    assert!(stopped < taken, "it polled {:?} longer than it might", stopped - taken);
    pair.some_are_stored(11).await;
    proxy.hold(false);
    pair.send(6).await;
    pair.all_are_stored_once().await;
    assert_eq!(pair.term().await, before + 1);
    assert_eq!(first.stop().await.code(), Some(0));
    assert_eq!(pair.second.stop().await.code(), Some(0));
}

async fn lease(app: &App) -> Option<(String, i64)> {
    let sql = sql("SELECT l.holder, l.term FROM leases l JOIN inboxes i ON i.id = l.inbox_id WHERE i.name = 'support'");
    sql.optional(&app.db).await.unwrap()
}

async fn cursor(app: &App) -> Vec<(String, String)> {
    let rows: Vec<(String, String)> = sql("SELECT name, value FROM cursors ORDER BY name").all(&app.db).await.unwrap();
    let place = |value: String| {
        let mut value: serde_json::Value = serde_json::from_str(&value).unwrap();
        // When the new holder looked last; it looks on.
        value.as_object_mut().unwrap().remove("at");
        value.to_string()
    };
    rows.into_iter().map(|(name, value)| (name, place(value))).collect()
}

/// The numbers of the mails that are stored, in the order in which they were.
async fn texts(app: &App) -> Vec<usize> {
    let found: Vec<(String,)> = sql("SELECT text FROM messages ORDER BY created_at, id").all(&app.db).await.unwrap();
    found.iter().map(|(text,)| text.trim().strip_prefix("mail ").unwrap().parse().unwrap()).collect()
}

/// A way to the store that can be held: nothing passes, and nothing is closed, as when a network goes away.
struct Proxy {
    database: String,
    held: watch::Sender<bool>,
    _dir: TempDir,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// In front of a server that is named by the directory of its socket.
    fn start(database: &str) -> Self {
        const SOCKET: &str = ".s.PGSQL.5432";
        let (address, real) = database.split_once("?host=").unwrap();
        let real = Path::new(real).join(SOCKET);
        let dir = tempfile::Builder::new().prefix("tl-px-").tempdir_in("/tmp").unwrap();
        let listener = UnixListener::bind(dir.path().join(SOCKET)).unwrap();
        let (held, holding) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut pipes = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = UnixStream::connect(&real).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                pipes.spawn(pipe(near_in, far_out, holding.clone()));
                pipes.spawn(pipe(far_in, near_out, holding.clone()));
            }
        });
        Self { database: format!("{address}?host={}", dir.path().display()), held, _dir: dir, task }
    }

    fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }
}

async fn pipe(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut held: watch::Receiver<bool>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if held.wait_for(|held| !held).await.is_err() || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
