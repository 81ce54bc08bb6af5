//! A backup made while the daemon runs brings everything back, and nothing that a copy could not know.

use std::path::Path;

use bytes::Bytes;
use tempfile::TempDir;
use trunkline::app::App;
use trunkline::db::{self, sql};

use crate::support::{Store, TestDaemon, trunkline};

const FAR_FUTURE: i64 = 4_000_000_000_000_000;

#[tokio::test]
async fn a_backup_of_a_running_daemon_restores_into_an_empty_directory() {
    let store = Store::sqlite();
    let app = store.live_app().await;
    let file = app.blobs.put(&Bytes::from_static(b"a photo")).await.unwrap();
    three_replies(&app).await;
    let daemon = TestDaemon::start(&store).await;
    let out = TempDir::new().unwrap();
    let archive = out.path().join("b.tar.zst");
    run(&store, &["backup", "--out", text(&archive)], 0, "the installation's key").await;
    run(&store, &["backup", "--out", text(&archive)], 1, "exists already").await;
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 1, "nothing but the archive is left");
    daemon.kill().await;

    let new = Store::sqlite();
    run(&new, &["restore", text(&archive)], 0, "2 replies were on their way").await;
    let restored = new.live_app().await;
    assert_eq!(restored.blobs.read(&file.hash).await.unwrap(), "a photo");
    assert_eq!(restored.keys.instance_id, app.keys.instance_id);
    let states: Vec<(String, String, String)> =
        sql("SELECT d.id, d.state, m.status FROM deliveries d JOIN messages m ON m.id = d.message_id ORDER BY d.id")
            .all(&restored.db)
            .await
            .unwrap();
    let state = |id: &str, state: &str| (id.to_owned(), state.to_owned(), state.to_owned());
    assert_eq!(states, [state("d1", "uncertain"), state("d2", "uncertain"), state("d3", "sent")]);
    restored.db.close().await;

    run(&new, &["restore", text(&archive)], 1, "is not empty").await;
    TestDaemon::start(&new).await.stop().await;
}

#[tokio::test]
async fn a_damaged_archive_restores_nothing() {
    let store = Store::sqlite();
    let app = store.live_app().await;
    app.blobs.put(&Bytes::from(vec![7; 100_000])).await.unwrap();
    app.db.close().await;
    let out = TempDir::new().unwrap();
    let archive = out.path().join("b.tar.zst");
    run(&store, &["backup", "--out", text(&archive)], 0, "").await;
    let whole = std::fs::read(&archive).unwrap();
    let cut = whole[..whole.len() / 2].to_vec();
    let mut changed = whole.clone();
    changed[whole.len() / 3] ^= 0x10;
    for (bytes, case) in [(cut, "cut"), (changed, "changed"), (b"nonsense".to_vec(), "nonsense"), (Vec::new(), "empty")] {
        let damaged = out.path().join(case);
        std::fs::write(&damaged, bytes).unwrap();
        let new = Store::sqlite();
        run(&new, &["restore", text(&damaged)], 1, "the archive is damaged").await;
        let left: Vec<_> = std::fs::read_dir(new.data_dir()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["trunkline.lock"], "{case}");
    }
    run(&Store::sqlite(), &["backup", "--out", text(&out.path().join("none"))], 1, "holds no Trunkline data").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_the_database_is_left_to_pg_dump_and_replies_are_held_all_the_same() {
    let store = Store::postgres().await;
    let app = store.live_app().await;
    three_replies(&app).await;
    let file = app.blobs.put(&Bytes::from_static(b"a photo")).await.unwrap();
    let out = TempDir::new().unwrap();
    let archive = out.path().join("b.tar.zst");
    run(&store, &["backup", "--out", text(&archive)], 1, "pg_dump").await;
    run(&store, &["backup", "--without-database", "--out", text(&archive)], 0, "The database is not in it").await;

    run(&Store::sqlite(), &["restore", text(&archive)], 1, "does not hold the database").await;
    let new = TempDir::new().unwrap();
    let restored = trunkline(&store, &["restore", text(&archive)], &[("store.data_dir", text(new.path()))]).await;
    assert!(restored.status.success(), "{restored:?}");
    assert!(new.path().join("attachments").join(&file.hash[..2]).join(&file.hash).exists());
    let held: i64 =
        sql("SELECT CAST(COUNT(*) AS BIGINT) FROM deliveries WHERE state = 'uncertain'").scalar(&app.db).await.unwrap();
    assert_eq!(held, 2);
    db::migrate(&app.db).await.unwrap();
}

/// Runs a command and looks for a text in what it says.
async fn run(store: &Store, args: &[&str], code: i32, says: &str) {
    let output = trunkline(store, args, &[]).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert!(said.contains(says), "{args:?}: {said}");
}

/// One conversation with a reply that waits, one that is being sent and one that was sent.
async fn three_replies(app: &App) {
    let mut tx = app.db.begin().await.unwrap();
    for text in [
        "INSERT INTO inboxes (id, channel, name, source, settings, state, created_at, updated_at) VALUES ('i', 'email', 'mail', 'api', '', 'paused', 0, 0)",
        "INSERT INTO contacts (id, created_at, updated_at) VALUES ('c', 0, 0)",
        "INSERT INTO identities (id, contact_id, inbox_id, external_id, created_at) VALUES ('e', 'c', 'i', 'bob@example.com', 0)",
        "INSERT INTO conversations (id, inbox_id, channel, contact_id, identity_id, state, created_at, updated_at) VALUES ('k', 'i', 'email', 'c', 'e', 'active', 0, 0)",
    ] {
        sql(text).execute(&mut tx).await.unwrap();
    }
    for (number, state, status) in [(1, "queued", "queued"), (2, "retry_wait", "queued"), (3, "sent", "sent")] {
        sql("INSERT INTO messages (id, conversation_id, number, inbox_id, sender_type, kind, status, created_at) VALUES ($1, 'k', $2, 'i', 'operator', 'text', $3, 0)")
            .bind(format!("m{number}"))
            .bind(i64::from(number))
            .bind(status)
            .execute(&mut tx)
            .await
            .unwrap();
        sql("INSERT INTO deliveries (id, message_id, conversation_id, inbox_id, number, state, next_at, created_at, updated_at) VALUES ($1, $2, 'k', 'i', $3, $4, $5, 0, 0)")
            .bind(format!("d{number}"))
            .bind(format!("m{number}"))
            .bind(i64::from(number))
            .bind(state)
            .bind(FAR_FUTURE)
            .execute(&mut tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
