//! The store keeps its promises the same way on both databases.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use trunkline::db::{self, DbError, bulk, json_array, sql};
use trunkline::events::{self, Audience, EventKind, NewEvent};

use crate::support::{Store, TestApp, each_store, eventually};

each_store!(
    rows_of_any_number_go_in_and_come_out,
    each_opens_an_array_as_rows,
    values_keep_their_types_and_nulls,
    taken_keys_are_told_apart_from_trouble,
    what_is_not_committed_never_happened,
    a_second_migration_changes_nothing_and_a_newer_schema_is_refused,
    readers_of_the_log_never_miss_a_number,
    the_head_follows_commits_of_this_process,
);

async fn rows_of_any_number_go_in_and_come_out(store: Store) {
    let app = store.app().await;
    for (round, count) in [0, 1, 2, 63, 64, 65, 200].into_iter().enumerate() {
        let mut tx = app.db.begin().await.unwrap();
        let mut rows = bulk("INSERT INTO meta (key, value)", 2, "ON CONFLICT (key) DO NOTHING");
        for i in 0..count {
            rows.row([format!("{round}-{i:03}").into(), i.to_string().into()]);
        }
        assert_eq!(rows.execute(&mut tx).await.unwrap(), u64::try_from(count).unwrap());
        tx.commit().await.unwrap();
        let found: Vec<(String,)> =
            sql("SELECT key FROM meta WHERE key LIKE $1 ORDER BY key").bind(format!("{round}-%")).all(&app.db).await.unwrap();
        assert_eq!(found.len(), usize::try_from(count).unwrap());
    }
}

async fn each_opens_an_array_as_rows(store: Store) {
    let app = store.app().await;
    put(&app, "a", "1").await;
    put(&app, "quo\"te", "2").await;
    let wanted = json_array(["a", "quo\"te", "missing"]);
    let found: Vec<(String,)> = sql("SELECT key FROM meta WHERE key IN (SELECT value FROM each_text($1)) ORDER BY key")
        .bind(wanted)
        .all(&app.db)
        .await
        .unwrap();
    assert_eq!(found, [("a".to_owned(),), ("quo\"te".to_owned(),)]);
    let objects = json!([{"k": "a", "n": 7}, {"k": "b", "n": null}]).to_string();
    let rows: Vec<(String, Option<i64>)> =
        sql("SELECT j.value->>'k', CAST(j.value->>'n' AS BIGINT) FROM each($1) AS j ORDER BY 1")
            .bind(objects)
            .all(&app.db)
            .await
            .unwrap();
    assert_eq!(rows, [("a".to_owned(), Some(7)), ("b".to_owned(), None)]);
}

async fn values_keep_their_types_and_nulls(store: Store) {
    let app = store.app().await;
    let mut tx = app.db.begin().await.unwrap();
    sql("INSERT INTO operators (id, email, name, role, password_hash, last_active_at, disabled_at, created_at, updated_at) \
         VALUES ($1, $2, $3, 'operator', '', $4, $5, $6, $6)")
    .bind("o1")
    .bind("ann@example.com")
    .bind("Ann Ünï 👩‍👩‍👧 \"'; DROP TABLE meta; --")
    .bind(i64::MAX)
    .bind(None::<&str>.map(|_| 0_i64))
    .bind(-1_i64)
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let row: (String, Option<i64>, Option<i64>, i64) =
        sql("SELECT name, last_active_at, disabled_at, created_at FROM operators").one(&app.db).await.unwrap();
    assert_eq!(row, ("Ann Ünï 👩‍👩‍👧 \"'; DROP TABLE meta; --".to_owned(), Some(i64::MAX), None, -1));
}

async fn taken_keys_are_told_apart_from_trouble(store: Store) {
    let app = store.app().await;
    put(&app, "k", "1").await;
    let mut tx = app.db.begin().await.unwrap();
    let again = sql("INSERT INTO meta (key, value) VALUES ($1, $2)").bind("k").bind("2").execute(&mut tx).await;
    assert!(matches!(again, Err(DbError::Taken { .. })), "{again:?}");
    drop(tx);
    let mut tx = app.db.begin().await.unwrap();
    let wrong = sql("SELECT nothing FROM nowhere").all::<(String,)>(&mut tx).await;
    assert!(matches!(wrong, Err(DbError::Sql(_))), "{wrong:?}");
}

async fn what_is_not_committed_never_happened(store: Store) {
    let app = store.app().await;
    for dropped in [true, false] {
        let mut tx = app.db.begin().await.unwrap();
        sql("INSERT INTO meta (key, value) VALUES ('gone', '1')").execute(&mut tx).await.unwrap();
        tx.emit(event(&app));
        if dropped { drop(tx) } else { tx.rollback().await.unwrap() }
    }
    let rows: i64 = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM meta WHERE key = 'gone'").scalar(&app.db).await.unwrap();
    assert_eq!((rows, events::store::bounds(&app.db).await.unwrap()), (0, (0, 0)));
}

async fn a_second_migration_changes_nothing_and_a_newer_schema_is_refused(store: Store) {
    let app = store.app().await;
    put(&app, "kept", "1").await;
    db::migrate(&app.db).await.unwrap();
    let kept: String = sql("SELECT value FROM meta WHERE key = 'kept'").scalar(&app.db).await.unwrap();
    assert_eq!(kept, "1");
    let mut tx = app.db.begin().await.unwrap();
    sql("INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
         SELECT 9999, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1")
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let refused = db::migrate(&app.db).await;
    assert!(matches!(refused, Err(db::OpenError::NewerSchema)), "{refused:?}");
}

/// Fifty writers with delays between writing and committing; a reader that goes on after the last number it saw must see
/// every number there ever is, though PostgreSQL gives numbers out before it shows them.
async fn readers_of_the_log_never_miss_a_number(store: Store) {
    const WRITERS: usize = 50;
    const EACH: usize = 4;
    let app = store.app().await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let app = app.app.clone();
            tokio::spawn(async move {
                for _ in 0..EACH {
                    let mut tx = app.db.begin().await.unwrap();
                    tx.emit(event(&app));
                    tx.emit(event(&app));
                    // The delay is what is tested: it shuffles the order in which transactions end.
                    tokio::time::sleep(Duration::from_micros(rand::random_range(0..3000))).await;
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    let mut seen = Vec::new();
    while seen.len() < WRITERS * EACH * 2 {
        let last = seen.last().copied().unwrap_or(0);
        let page = eventually("the next events", || async {
            let page = events::store::after(&app.db, last, 1000).await.unwrap();
            (!page.is_empty()).then_some(page)
        });
        seen.extend(page.await.into_iter().map(|event| event.seq));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let all = events::store::after(&app.db, 0, 1000).await.unwrap();
    assert_eq!(seen, all.iter().map(|event| event.seq).collect::<Vec<_>>());
    assert_eq!(all.iter().map(|event| &event.id).collect::<BTreeSet<_>>().len(), WRITERS * EACH * 2);
}

async fn the_head_follows_commits_of_this_process(store: Store) {
    let app = store.app().await;
    let mut head = app.db.head();
    let mut tx = app.db.begin().await.unwrap();
    tx.emit(event(&app));
    let seq = tx.commit().await.unwrap();
    assert_eq!(*head.borrow_and_update(), seq);
    app.db.announce(seq - 1);
    assert!(!head.has_changed().unwrap());
    let reopened = store.app().await;
    assert_eq!(*reopened.db.head().borrow(), seq);
}

async fn put(app: &TestApp, key: &str, value: &str) {
    let mut tx = app.db.begin().await.unwrap();
    sql("INSERT INTO meta (key, value) VALUES ($1, $2)").bind(key).bind(value).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

fn event(app: &trunkline::app::App) -> NewEvent {
    let (kind, audience) = (EventKind::ConversationUpdated, Audience::Staff);
    NewEvent::of_conversation(app.ids.next(), "c1", kind, audience, json!({}), app.now())
}
