//! Files: what they are called, what they claim to be, how large they are.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::{MAX_UPLOAD, Town, assert_problem};
use crate::support::{Store, each_store};

each_store!(names_of_files_are_only_shown, files_are_what_their_bytes_are, forms_that_are_none_are_refused);

async fn upload(town: &Town, name: &str, bytes: Vec<u8>) -> Response {
    let form = Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()));
    town.ask(Method::POST, "/api/v1/uploads").multipart(form).send().await.unwrap()
}

async fn uploaded(town: &Town, name: &str, bytes: &[u8]) -> Value {
    let answer = upload(town, name, bytes.to_vec()).await;
    assert_eq!(answer.status(), StatusCode::CREATED, "{name}");
    answer.json().await.unwrap()
}

async fn names_of_files_are_only_shown(store: Store) {
    let town = Town::found(&store).await;
    let long = "n".repeat(5_000) + ".txt";
    for (name, shown) in [
        ("../../etc/cron.d/x", "x"),
        ("..\\..\\x", "x"),
        ("/abs", "abs"),
        ("C:\\x", "x"),
        ("\\\\srv\\x", "x"),
        ("", "file"),
        ("...", "file"),
        ("   ", "file"),
        ("\u{202e}fdp.exe", "fdp.exe"),
        (".htaccess", "htaccess"),
        ("a\u{200b}b\u{feff}.txt", "ab.txt"),
    ] {
        assert_eq!(uploaded(&town, name, b"hello").await["name"], shown, "{name:?}");
    }
    let cut = uploaded(&town, &long, b"hello").await["name"].as_str().unwrap().to_owned();
    assert!(cut.len() <= 200 && cut.ends_with(".txt"), "{cut}");
    let outside = std::fs::read_dir(store.data_dir()).unwrap().filter_map(Result::ok).map(|entry| entry.file_name());
    assert!(outside.into_iter().all(|name| !matches!(name.to_str(), Some("x" | "abs" | "file"))));
    town.is_well("names of files").await;
    town.close().await;
}

async fn files_are_what_their_bytes_are(store: Store) {
    let town = Town::found(&store).await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"></svg>";
    let pixels = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x06\0\0\0\0\0\0\0";
    for (name, bytes) in [
        ("a.jpg", b"<html><script>alert(1)</script></html>".as_slice()),
        ("a.png", svg),
        ("a.gif", b"GIF89a/*\0\0\0*/=1;alert(1)//"),
        ("big.png", pixels),
        ("a.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 "),
        ("empty.txt", b""),
    ] {
        let upload = uploaded(&town, name, bytes).await;
        assert_eq!(upload["size"], bytes.len(), "{name}");
        let reply = json!({"client_id": name, "attachments": [upload["id"]]});
        let sent = town.ask(Method::POST, &town.path("/messages")).json(&reply).send().await.unwrap();
        assert_eq!(sent.status(), StatusCode::CREATED, "{name}");
        let message: Value = sent.json().await.unwrap();
        let url = message["attachments"][0]["url"].as_str().unwrap();
        let file = town.ask_as_visitor(Method::GET, &format!("{url}?inline=1")).send().await.unwrap();
        assert_eq!(file.status(), StatusCode::OK, "{name}");
        let header = |name: &str| file.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").contains("sandbox"));
        let kind = header("content-type");
        assert!(!kind.contains("html") && !kind.contains("svg") && !kind.contains("javascript"), "{name}: {kind}");
        assert!(header("content-disposition").starts_with("attachment") || kind.starts_with("image/"), "{name}: {kind}");
        assert_eq!(file.bytes().await.unwrap(), bytes, "{name}");
    }
    assert_eq!(uploaded(&town, "full", &vec![b'x'; MAX_UPLOAD]).await["size"], MAX_UPLOAD);
    assert_problem("one byte more", upload(&town, "over", vec![b'x'; MAX_UPLOAD + 1]).await, 413).await;
    assert_problem("far more", upload(&town, "over", vec![b'x'; MAX_UPLOAD * 4]).await, 413).await;
    town.is_well("files").await;
    town.close().await;
}

async fn forms_that_are_none_are_refused(store: Store) {
    let town = Town::found(&store).await;
    let form = "multipart/form-data; boundary=b";
    for (kind, body) in [
        ("application/json", "{}"),
        ("multipart/form-data", "--b\r\n"),
        (form, ""),
        (form, "--b--\r\n"),
        (form, "--x\r\n\r\n"),
        (form, "--b\r\nContent-Disposition: form-data; name=\"other\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n"),
        (form, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nnever closed"),
        (form, "--b\r\nContent-Disposition: nonsense\r\n\r\nx\r\n--b--\r\n"),
    ] {
        let answer = town.ask(Method::POST, "/api/v1/uploads").header("content-type", kind).body(body).send().await.unwrap();
        assert_problem(&format!("{kind} {body:?}"), answer, 400).await;
    }
    let upload = uploaded(&town, "a.txt", b"0123456789").await;
    let reply = json!({"client_id": "f", "attachments": [upload["id"]]});
    let sent = town.ask(Method::POST, &town.path("/messages")).json(&reply).send().await.unwrap();
    let message: Value = sent.json().await.unwrap();
    let url = message["attachments"][0]["url"].as_str().unwrap();
    for (asked, status) in
        [("bytes=0-", 206), ("bytes=99-", 416), ("bytes=5-1", 200), ("bytes=99999999999999999999-", 200), ("lines=1", 200)]
    {
        let answer = town.ask(Method::GET, url).header("range", asked).send().await.unwrap();
        assert_eq!(answer.status(), status, "{asked}");
    }
    let stranger = crate::support::guests::visitor(&town.base).await;
    let client = &town.ann.client;
    let theirs = client.get(format!("{}{url}", town.base)).bearer_auth(stranger).send().await.unwrap();
    assert_problem("somebody else's file", theirs, 404).await;
    assert_problem("a file without a name", client.get(format!("{}{url}", town.base)).send().await.unwrap(), 401).await;
    town.close().await;
}
