use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{ANN, call, client, server, words};
use crate::phone::Phone;
use crate::samples::{self, Sample};
use crate::vk::VkStandIn;

async fn put(url: &Value, field: &'static str, sample: Sample) -> Value {
    let part = Part::bytes(sample.bytes).file_name(sample.name);
    client().post(url.as_str().unwrap()).multipart(Form::new().part(field, part)).send().await.unwrap().json().await.unwrap()
}

async fn upload_photo(server: &VkStandIn, sample: Sample) -> Value {
    let place = call(server, "photos.getMessagesUploadServer", json!({"peer_id": ANN})).await["response"].clone();
    assert!(!place["upload_url"].as_str().unwrap().starts_with(server.url()));
    let put = put(&place["upload_url"], "photo", sample).await;
    call(server, "photos.saveMessagesPhoto", put).await
}

#[tokio::test]
async fn photos_and_documents_are_uploaded_saved_and_sent() {
    let server = server().await;
    server.say(&ANN.to_string(), words("Hello")).await.unwrap();
    let photo = upload_photo(&server, samples::photo()).await["response"][0].clone();
    let mut names = vec![format!("photo{}_{}_{}", photo["owner_id"], photo["id"], photo["access_key"].as_str().unwrap())];
    for (kind, sample) in [("doc", samples::document()), ("audio_message", samples::voice())] {
        let place = call(&server, "docs.getMessagesUploadServer", json!({"type": kind, "peer_id": ANN})).await;
        let put = put(&place["response"]["upload_url"], "file", sample).await;
        let saved = call(&server, "docs.save", put.clone()).await["response"].clone();
        assert_eq!(saved["type"], kind);
        names.push(format!("doc{}_{}", saved[kind]["owner_id"], saved[kind]["id"]));
        // An upload is used up when it is saved.
        assert_eq!(call(&server, "docs.save", put).await["error"]["error_code"], 100);
    }
    let sent = call(&server, "messages.send", json!({"peer_id": ANN, "random_id": 1, "attachment": names.join(",")})).await;
    assert!(sent["response"].is_i64(), "{sent}");
    let message = server.message(ANN, 2).unwrap();
    let kinds: Vec<_> = message["attachments"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["photo", "doc", "audio_message"]);
    let url = message["attachments"][0]["photo"]["orig_photo"]["url"].as_str().unwrap();
    assert_eq!(client().get(url).send().await.unwrap().bytes().await.unwrap(), samples::photo().bytes);
}

#[tokio::test]
async fn what_is_no_photo_cannot_be_saved() {
    let server = server().await;
    server.say(&ANN.to_string(), words("Hello")).await.unwrap();
    assert_eq!(upload_photo(&server, samples::document()).await["error"]["error_code"], 129);
    let place = call(&server, "docs.getMessagesUploadServer", json!({"peer_id": ANN})).await;
    let forbidden = Sample { name: "a.exe", ..samples::document() };
    assert!(put(&place["response"]["upload_url"], "file", forbidden).await["error"].is_string());
    let wrong_key = json!({"peer_id": ANN, "random_id": 1, "attachment": "photo-123456_457239001_abc"});
    assert_eq!(call(&server, "messages.send", wrong_key).await["error"]["error_code"], 100);
}
