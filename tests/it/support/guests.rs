//! People at a running daemon, as their browsers and programs reach it.

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use trunkline_stand_ins::socket::Socket;

use super::TestDaemon;

const PASSWORD: &str = "a long enough passphrase";

/// Ann, the first admin, signed in. Her session outlives the daemon's process.
#[derive(Clone)]
pub struct Admin {
    pub client: Client,
    pub cookie: String,
}

impl Admin {
    /// Opens the link that a new daemon prints.
    pub async fn set_up(daemon: &TestDaemon) -> Self {
        let token = daemon.line("the set-up link", |line| Some(line.split_once("/setup#token=")?.1.trim().to_owned())).await;
        let body = json!({"token": token, "email": "ann@example.com", "name": "Ann", "password": PASSWORD});
        Self::let_in(daemon, "/api/v1/setup", &body).await
    }

    /// Signs Ann in once more.
    pub async fn sign_in(daemon: &TestDaemon) -> Self {
        Self::let_in(daemon, "/api/v1/sessions", &json!({"email": "ann@example.com", "password": PASSWORD})).await
    }

    async fn let_in(daemon: &TestDaemon, path: &str, body: &Value) -> Self {
        let client = Client::builder().build().unwrap();
        let sent = client.post(daemon.url(path)).header("origin", daemon.url("")).json(body).send().await.unwrap();
        assert_eq!(sent.status(), StatusCode::CREATED);
        let cookie = sent.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { client, cookie }
    }

    /// A request of a page of the daemon's own.
    pub fn request(&self, method: Method, base: &str, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{base}{path}")).header("cookie", &self.cookie).header("origin", base)
    }

    pub async fn get(&self, base: &str, path: &str) -> Value {
        let answer = self.request(Method::GET, base, path).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    pub async fn socket(&self, base: &str) -> Socket {
        Socket::connect(base, &json!({}), Some(&self.cookie)).await.unwrap()
    }
}

/// A stranger at the daemon's web chat: the token, which stays good.
pub async fn visitor(base: &str) -> String {
    let answer = enter(base, &json!({})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned()
}

/// What the entrance of the web chat answers somebody who says this of themselves.
pub async fn enter(base: &str, who: &Value) -> reqwest::Response {
    let inbox: Value = reqwest::get(format!("{base}/api/v1/widget/default")).await.unwrap().json().await.unwrap();
    let url = format!("{base}/api/v1/widget/{}/visitors", inbox["inbox_id"].as_str().unwrap());
    Client::new().post(url).json(who).send().await.unwrap()
}

/// Starts a visitor's conversation: the socket, which has entered it, and its id.
pub async fn start(base: &str, token: &str) -> (Socket, String) {
    let socket = Socket::connect(base, &json!({ "token": token }), None).await.unwrap();
    let ack = socket.ask("chat:start", &json!({"client_id": "first", "subject": "Hello"})).await.unwrap();
    let id = ack["session_id"].as_str().unwrap_or_else(|| panic!("not started: {ack}")).to_owned();
    (socket, id)
}
