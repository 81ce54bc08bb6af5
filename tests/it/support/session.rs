//! People at a running daemon: an operator's browser, and visitors of its chat page.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use trunkline_stand_ins::socket::Socket;

use super::TestDaemon;

/// A signed-in operator.
pub struct Session {
    base: String,
    pub cookie: String,
    client: Client,
}

impl TestDaemon {
    /// Makes the first admin through the set-up link; once per store.
    pub async fn set_up(&self, email: &str, name: &str, password: &str) -> Session {
        let marker = "/setup#token=";
        let token = self.line("the set-up link", |line| Some(line.split_once(marker)?.1.trim().to_owned())).await;
        self.sign_in_by("/api/v1/setup", json!({"token": token, "email": email, "name": name, "password": password})).await
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Session {
        self.sign_in_by("/api/v1/sessions", json!({"email": email, "password": password})).await
    }

    async fn sign_in_by(&self, path: &str, body: Value) -> Session {
        let client = Client::builder().build().unwrap();
        let answer = client.post(self.url(path)).header("origin", self.url("")).json(&body).send().await.unwrap();
        let status = answer.status();
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok()?.split(';').next());
        let cookie = cookie.unwrap_or_else(|| panic!("{path} answered {status} and set no cookie")).to_owned();
        Session { base: self.url(""), cookie, client }
    }

    /// Lets a visitor in on the daemon's own chat page; returns the answer, whose `token` opens sockets.
    pub async fn visitor(&self, who: Value) -> Value {
        let widget: Value = reqwest::get(self.url("/api/v1/widget/default")).await.unwrap().json().await.unwrap();
        let path = format!("/api/v1/widget/{}/visitors", widget["inbox_id"].as_str().unwrap());
        let client = Client::builder().build().unwrap();
        let answer = client.post(self.url(&path)).json(&who).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    /// A visitor's socket.
    pub async fn socket(&self, token: &str) -> Socket {
        Socket::connect(&self.url(""), &json!({"token": token}), None).await.unwrap()
    }
}

impl Session {
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// The answer's status and body; null where that is no JSON.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        request = request.header("cookie", &self.cookie).header("origin", &self.base);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// The operator's socket.
    pub async fn socket(&self) -> Socket {
        Socket::connect(&self.base, &json!({}), Some(&self.cookie)).await.unwrap()
    }
}
