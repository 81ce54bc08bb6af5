//! The commands for people: what a translator makes of a file, what the channel doctor finds.

use serde_json::Value;

use crate::support::{Store, each_store, trunkline};

async fn a_file_is_translated_without_a_database(store: Store) {
    let mail = store.data_dir().join("one.eml");
    std::fs::write(&mail, "From: ann@example.com\r\nMessage-ID: <1@example.com>\r\nSubject: Hi\r\n\r\nHello\r\n").unwrap();
    let path = mail.display().to_string();
    let output = trunkline(&store, &["translate", "--channel", "email", &path, &path], &[]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<Value> = output.stdout.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!(lines.len(), 2, "one line for each file");
    assert_eq!((&lines[0]["text"], &lines[0]["kind"]), (&"Hello".into(), &"text".into()));
    assert!(!store.data_dir().join("trunkline.db").exists());

    let unknown = trunkline(&store, &["translate", "--channel", "fax", &path], &[]).await;
    assert!(!unknown.status.success() && String::from_utf8_lossy(&unknown.stderr).contains("web_chat"));
    let missing = trunkline(&store, &["translate", "--channel", "email", "/nowhere/at/all"], &[]).await;
    assert!(!missing.status.success() && String::from_utf8_lossy(&missing.stderr).contains("/nowhere/at/all"));
}

async fn the_doctor_examines_an_inbox_by_name(store: Store) {
    let before = trunkline(&store, &["doctor", "website"], &[]).await;
    assert!(!before.status.success(), "nothing was started with this data yet");
    let app = store.app().await;
    trunkline::inboxes::take_from_file(&app).await.unwrap();
    let output = trunkline(&store, &["doctor", "website", "--json"], &[]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let first: Value = serde_json::from_slice(output.stdout.split(|b| *b == b'\n').next().unwrap()).unwrap();
    assert_eq!((&first["name"], &first["state"]), (&"origins".into(), &"warning".into()));
    let unknown = trunkline(&store, &["doctor", "nobody"], &[]).await;
    assert!(!unknown.status.success() && String::from_utf8_lossy(&unknown.stderr).contains("nobody"));
}

each_store!(a_file_is_translated_without_a_database, the_doctor_examines_an_inbox_by_name);
