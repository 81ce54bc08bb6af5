//! Files and pictures in mail, both ways.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use trunkline_stand_ins::samples;

use super::{ANN, Desk, SUPPORT, mail};
use crate::support::{Store, each_store};

each_store!(a_mail_with_pictures_and_files_is_shown_safely_and_files_go_out_byte_for_byte);

async fn a_mail_with_pictures_and_files_is_shown_safely_and_files_go_out_byte_for_byte(store: Store) {
    let desk = Desk::open(&store).await;
    let (picture, paper) = (samples::photo(), samples::document());
    desk.servers.inject(ANN, SUPPORT, &rich_mail(&picture.bytes, &paper.bytes)).await.unwrap();
    let path = desk.accept("Two things").await;
    let message = desk.messages(&path).await.remove(0);
    assert!(message["text"].as_str().unwrap().contains("This is how it looks."), "{message}");

    let page = get(&desk, &format!("{path}/messages/{}/html", message["id"].as_str().unwrap())).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(html.contains(&format!("src=\"data:image/png;base64,{}\"", STANDARD.encode(&picture.bytes))), "{html}");
    assert!(html.contains("This is <b>how</b> it looks."), "{html}");
    for evil in ["<script", "onerror", "alert(", "javascript:", "cid:", " src=\"http", "bank.example\""] {
        assert!(!html.contains(evil), "{evil} in {html}");
    }
    assert!(
        policy.contains("img-src data:;") && policy.contains("sandbox allow-popups allow-popups-to-escape-sandbox;"),
        "{policy}"
    );
    assert_eq!(message["extra"]["blocked_images"], 1, "{message}");
    let link = "href=\"https://shop.example/7\"";
    let link = html.split("<a ").find(|part| part.contains(link)).unwrap_or_else(|| panic!("{html}"));
    for wanted in ["target=\"_blank\"", "rel=\"noopener noreferrer\"", "title=\"https://shop.example/7\""] {
        assert!(link.contains(wanted), "{wanted} in {link}");
    }

    // Asked for, the picture that is elsewhere has its address again, and the one inside is still there.
    let at = format!("{path}/messages/{}/html", message["id"].as_str().unwrap());
    let page = get(&desk, &format!("{at}?images=1")).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("img-src data: https:;") && policy.contains("default-src 'none'"), "{policy}");
    assert_eq!(
        (&page.headers()["referrer-policy"], &page.headers()["x-dns-prefetch-control"]),
        (&"no-referrer".parse().unwrap(), &"off".parse().unwrap())
    );
    let html = page.text().await.unwrap();
    assert!(html.contains(" src=\"https://pictures.example/open.gif?who=ann&amp;n=7\""), "{html}");
    assert!(html.contains("src=\"data:image/png;base64,"), "{html}");
    let (status, problem) = desk.bob.get(&format!("{at}?images=2")).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("/images")));

    let files = message["attachments"].as_array().unwrap();
    let file = files.iter().find(|file| file["name"] == "offer.pdf").unwrap_or_else(|| panic!("{message}"));
    assert_eq!((&file["inline"], &file["content_type"]), (&json!(false), &json!("application/pdf")));
    assert_eq!(get(&desk, file["url"].as_str().unwrap()).await.bytes().await.unwrap(), paper.bytes);

    let sent = [("photo.png", &picture.bytes), ("Übersicht.pdf", &paper.bytes)];
    let mut uploads = Vec::new();
    for (name, bytes) in sent {
        uploads.push(upload(&desk, name, bytes.to_vec()).await["id"].clone());
    }
    let reply = json!({"client_id": "files", "text": "Here they are.", "attachments": uploads});
    let (status, answer) = desk.bob.post(&format!("{path}/messages"), reply).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let arrived = desk.arrived(ANN, "Here they are.").await;
    let received = encoded_parts(&arrived);
    for (name, bytes) in sent {
        assert!(received.iter().any(|part| *part == **bytes), "{name} is not in the mail as it was sent");
    }
    assert!(arrived.contains("photo.png"), "the file has its name");
    desk.close().await;
}

/// HTML with a picture inside and things that do not belong into a page, and a file.
fn rich_mail(picture: &[u8], paper: &[u8]) -> String {
    let html = "<html><body onload=\"alert(1)\"><script>alert(1)</script><p>This is <b>how</b> it looks.</p>\
                <img src=\"cid:look@example.test\" onerror=\"alert(2)\"><a href=\"javascript:alert(3)\">here</a>\
                <img src=\"https://pictures.example/open.gif?who=ann&n=7\" width=1 height=1>\
                <a href=\"https://shop.example/7\" title=\"https://bank.example\">Your order</a></body></html>";
    let body = [
        "--outer\r\nContent-Type: multipart/related; boundary=inner\r\n\r\n--inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
        html,
        "\r\n--inner\r\nContent-Type: image/png; name=look.png\r\nContent-ID: <look@example.test>\r\n\
         Content-Disposition: inline; filename=look.png\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        &lines(picture),
        "\r\n--inner--\r\n--outer\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=offer.pdf\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n",
        &lines(paper),
        "\r\n--outer--",
    ];
    let more = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n";
    mail("<rich@example.test>", "Two things", more, &body.concat())
}

fn lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join("\r\n")
}

/// The decoded content of all parts of a mail that are written in base64.
fn encoded_parts(mail: &str) -> Vec<Vec<u8>> {
    let mail = mail.replace("\r\n", "\n");
    let bodies = mail.split("\n--").filter_map(|part| part.split_once("\n\n"));
    let encoded = bodies.filter(|(headers, _)| headers.to_lowercase().contains("content-transfer-encoding: base64"));
    encoded.filter_map(|(_, body)| STANDARD.decode(body.split_whitespace().collect::<String>()).ok()).collect()
}

async fn get(desk: &Desk, path: &str) -> reqwest::Response {
    let answer = Client::new().get(desk.daemon.url(path)).header("cookie", &desk.bob.cookie).send().await.unwrap();
    answer.error_for_status().unwrap()
}

async fn upload(desk: &Desk, name: &str, bytes: Vec<u8>) -> Value {
    let form = Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()));
    let request = Client::new().post(desk.daemon.url("/api/v1/uploads")).multipart(form);
    let answer = request.header("cookie", &desk.bob.cookie).header("origin", desk.daemon.url("")).send().await.unwrap();
    answer.error_for_status().unwrap().json().await.unwrap()
}
