//! Uploads become attachments of their owner's messages, and only those who see the conversation get them.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use trunkline::access::Role;
use trunkline::app::App;
use trunkline::config::Config;
use trunkline::uploads::{self, Error, Reader, UploadView, find_attachment};

use super::{caller, customer, message, visitor, write};
use crate::support::{Store, each_store};

each_store!(
    uploads_are_taken_in_order_and_only_by_their_owner,
    a_file_above_the_limit_is_refused_and_an_empty_one_kept,
    a_visitor_has_a_share_of_every_hour,
    attachments_are_seen_with_their_conversation_only,
    uploads_nobody_used_are_gone_after_a_day,
);

async fn uploads_are_taken_in_order_and_only_by_their_owner(store: Store) {
    let app = store.app().await;
    customer(&app, "ann", "Ann").await;
    message(&app, "m1", "ann", 1, "files").await;
    let owner = visitor("ann").upload_owner();
    let first = send(&app, &owner, "../../etc/one.txt", b"hello").await;
    let second = send(&app, &owner, "two.png", b"\x89PNG\r\n\x1a\n____").await;
    assert_eq!((first.name.as_str(), first.content_type.as_str(), first.size), ("one.txt", "text/plain", 5));
    assert_eq!(second.content_type, "image/png");
    let mut tx = app.db.begin().await.unwrap();
    let ids = [second.id.clone(), first.id.clone()];
    for stranger in ["visitor:i1:bob", "operator:ann", "visitor:i2:ann"] {
        let refused = uploads::take(&mut tx, stranger, &ids, "m1", &app.ids).await;
        assert!(matches!(refused, Err(Error::NoUpload)), "{refused:?}");
    }
    let taken = uploads::take(&mut tx, &owner, &ids, "m1", &app.ids).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(taken.iter().map(|view| view.name.as_str()).collect::<Vec<_>>(), ["two.png", "one.txt"]);
    assert!(taken.iter().all(|view| view.state == "stored" && view.url.ends_with(&view.id)));
}

async fn a_file_above_the_limit_is_refused_and_an_empty_one_kept(store: Store) {
    let config = Config { uploads: trunkline::config::Uploads { max_bytes: 10 }, ..store.config() };
    let app = store.app_with(config, std::sync::Arc::new(trunkline_channel::SystemClock)).await;
    assert_eq!(send(&app, "operator:o", "ten", b"0123456789").await.size, 10);
    let refused = receive(&app, "operator:o", b"0123456789A").await;
    assert!(matches!(refused, Err(Error::TooLarge { max: 10 })), "{refused:?}");
    let empty = send(&app, "operator:o", "", b"").await;
    assert_eq!((empty.size, empty.name.as_str()), (0, "file"));
    let files = walk(app.blobs.root());
    assert_eq!(files, 2, "nothing is left of the refused file");
}

async fn a_visitor_has_a_share_of_every_hour(store: Store) {
    let app = store.app().await;
    let owner = visitor("ann").upload_owner();
    let mut taken = 0;
    let refused = loop {
        match receive(&app, &owner, b"same bytes").await {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 1000, "no limit");
    };
    assert!(matches!(refused, Error::Quota { retry_after_s: 3601 }), "{refused:?}");
    assert!(uploads::check_quota(&app, &owner).await.is_err());
    assert!(uploads::check_quota(&app, &visitor("bob").upload_owner()).await.is_ok());
    assert_eq!(walk(app.blobs.root()), 1, "the same bytes are stored once");
    app.clock.advance(Duration::from_secs(3601));
    receive(&app, &owner, b"same bytes").await.unwrap();
}

async fn attachments_are_seen_with_their_conversation_only(store: Store) {
    let app = store.app().await;
    for (id, name) in [("ann", "Ann"), ("bob", "Bob")] {
        customer(&app, id, name).await;
    }
    let upload = send(&app, "operator:o", "a.txt", b"hello").await;
    let mut ids = Vec::new();
    for (number, message_id) in [(1, "shown"), (2, "note"), (3, "deleted")] {
        message(&app, message_id, "ann", number, "").await;
        let mut tx = app.db.begin().await.unwrap();
        let taken = uploads::take(&mut tx, "operator:o", std::slice::from_ref(&upload.id), message_id, &app.ids).await.unwrap();
        tx.commit().await.unwrap();
        ids.push(taken[0].id.clone());
    }
    write(&app, "UPDATE messages SET kind = 'note' WHERE id = 'note'", &[]).await;
    write(&app, "UPDATE messages SET deleted_at = 1 WHERE id = 'deleted'", &[]).await;
    let (operator, ann, bob) = (caller("o", Role::Operator), visitor("ann"), visitor("bob"));
    let elsewhere = trunkline::access::Visitor { inbox_id: "i2".to_owned(), ..visitor("ann") };
    for (reader, expected) in [
        (Reader::Operator(&operator), [true, true, false]),
        (Reader::Visitor(&ann), [true, false, false]),
        (Reader::Visitor(&bob), [false, false, false]),
        (Reader::Visitor(&elsewhere), [false, false, false]),
    ] {
        for (id, expected) in ids.iter().zip(expected) {
            assert_eq!(find_attachment(&app, reader, id).await.is_ok(), expected, "{reader:?} {id}");
        }
        for nothing in ["", " ", "x", "%20"] {
            assert!(matches!(find_attachment(&app, reader, nothing).await, Err(Error::NotFound)));
        }
    }
}

async fn uploads_nobody_used_are_gone_after_a_day(store: Store) {
    let app = store.app().await;
    customer(&app, "ann", "Ann").await;
    message(&app, "m1", "ann", 1, "files").await;
    let owner = visitor("ann").upload_owner();
    let used = send(&app, &owner, "used", b"used").await;
    send(&app, &owner, "unused", b"unused").await;
    // The same bytes as in the message, sent once more and left.
    send(&app, &owner, "again", b"used").await;
    // The same bytes as what comes tomorrow.
    send(&app, &owner, "early", b"both").await;
    let mut tx = app.db.begin().await.unwrap();
    uploads::take(&mut tx, &owner, &[used.id], "m1", &app.ids).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(uploads::tidy(&app).await.unwrap(), 0);

    app.clock.advance(uploads::UPLOADS_KEPT + Duration::from_secs(1));
    let late = send(&app, &owner, "late", b"both").await;
    // Young files stay whatever the rows say: somebody may have stored the same bytes just now.
    assert_eq!((uploads::tidy(&app).await.unwrap(), walk(app.blobs.root())), (4, 3));
    for bytes in [b"used".as_slice(), b"both"] {
        app.blobs.put(&Bytes::copy_from_slice(bytes)).await.unwrap();
    }

    send(&app, &owner, "unused", b"unused").await;
    app.clock.advance(uploads::UPLOADS_KEPT + Duration::from_secs(1));
    let kept = send(&app, &owner, "kept", b"kept").await;
    grow_old(app.blobs.root());
    assert_eq!(uploads::tidy(&app).await.unwrap(), 2, "the late one and the unused one");
    assert_eq!(walk(app.blobs.root()), 2, "the message's file and the one of today");
    let mut tx = app.db.begin().await.unwrap();
    assert!(matches!(uploads::take(&mut tx, &owner, &[late.id], "m1", &app.ids).await, Err(Error::NoUpload)));
    assert_eq!(uploads::take(&mut tx, &owner, &[kept.id], "m1", &app.ids).await.unwrap().len(), 1);
}

/// Makes all files two days old.
fn grow_old(folder: &std::path::Path) {
    let then = std::time::SystemTime::now() - 2 * uploads::UPLOADS_KEPT;
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => grow_old(&path),
            false => std::fs::File::options().write(true).open(&path).unwrap().set_modified(then).unwrap(),
        }
    }
}

async fn send(app: &App, owner: &str, name: &str, bytes: &'static [u8]) -> UploadView {
    let body = futures_util::stream::iter(bytes.chunks(3).map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece))));
    uploads::receive(app, owner, app.config.uploads.max_bytes, name, body).await.unwrap_or_else(|failure| panic!("{failure:?}"))
}

async fn receive(app: &App, owner: &str, bytes: &'static [u8]) -> Result<UploadView, Error> {
    let body = futures_util::stream::iter(bytes.chunks(3).map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece))));
    uploads::receive(app, owner, app.config.uploads.max_bytes, "x", body).await.map_err(|failure| match failure {
        uploads::Failure::Refused(error) => error,
        uploads::Failure::Body(never) => match never {},
    })
}

/// Files below a folder.
fn walk(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}
