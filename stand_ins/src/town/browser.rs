//! Customers on the business's web site: each with a browser of their own, connected to the daemon's chat.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Customer, Line};
use crate::phone::{Phone, Said, SaidKind, Shown};
use crate::samples;
use crate::socket::Socket;

/// All open browsers.
struct Site {
    daemon: String,
    client: reqwest::Client,
    open: tokio::sync::Mutex<HashMap<String, Arc<Browser>>>,
    /// What each browser shows; filled by its listener.
    threads: Arc<Mutex<HashMap<String, Thread>>>,
    said: AtomicU64,
}

struct Browser {
    socket: Socket,
    session_id: String,
    token: String,
}

#[derive(Default)]
struct Thread {
    messages: Vec<Shown>,
    /// Ids of the buttons under a message, in order.
    buttons: HashMap<String, Vec<String>>,
    typing: bool,
}

pub(super) fn line(daemon: &str) -> anyhow::Result<Line> {
    let site = Arc::new(Site {
        daemon: daemon.to_owned(),
        client: reqwest::Client::builder().build()?,
        open: tokio::sync::Mutex::default(),
        threads: Arc::default(),
        said: AtomicU64::new(0),
    });
    Ok(Line {
        channel: "web_chat",
        settings: json!({}),
        customers: &[Customer { id: "visitor-1", name: "Nora" }, Customer { id: "visitor-2", name: "Ben" }],
        phone: site.clone(),
        faults: None,
        send_path: "",
        stranger: |n| format!("visitor-{}", 100 + n),
        hook: None,
        cut: None,
        account: None,
        _running: Box::new(site),
    })
}

impl Site {
    /// The customer's browser, opened where it is not.
    async fn browser(&self, customer: &str, name: Option<&str>) -> anyhow::Result<Arc<Browser>> {
        let mut open = self.open.lock().await;
        if let Some(browser) = open.get(customer) {
            return Ok(browser.clone());
        }
        let inbox: Value = self.client.get(format!("{}/api/v1/widget/default", self.daemon)).send().await?.json().await?;
        let inbox_id = inbox["inbox_id"].as_str().context("the site has no chat")?;
        let entrance = format!("{}/api/v1/widget/{inbox_id}/visitors", self.daemon);
        let entered: Value = self.client.post(entrance).json(&json!({ "name": name })).send().await?.json().await?;
        let token = entered["token"].as_str().context("the visitor was not let in")?.to_owned();
        let socket = Socket::connect(&self.daemon, &json!({ "token": token }), None).await?;
        let start = json!({ "client_id": format!("start-{customer}"), "subject": "Question from the site" });
        let started = socket.ask("chat:start", &start).await?;
        let session_id = started["session_id"].as_str().with_context(|| format!("not started: {started}"))?.to_owned();
        let browser = Arc::new(Browser { socket, session_id, token });
        tokio::spawn(listen(browser.clone(), customer.to_owned(), self.threads.clone()));
        open.insert(customer.to_owned(), browser.clone());
        Ok(browser)
    }

    async fn upload(&self, browser: &Browser, kind: SaidKind) -> anyhow::Result<Option<String>> {
        let file = match kind {
            SaidKind::Text => return Ok(None),
            SaidKind::Photo => samples::photo(),
            SaidKind::Voice => samples::voice(),
            SaidKind::Video => samples::video(),
            SaidKind::Document => samples::document(),
            SaidKind::Sticker | SaidKind::Location | SaidKind::Contact => bail!("the chat has no such thing"),
        };
        let part = reqwest::multipart::Part::bytes(file.bytes).file_name(file.name).mime_str(file.content_type)?;
        let form = reqwest::multipart::Form::new().part("file", part);
        let url = format!("{}/api/v1/uploads", self.daemon);
        let uploaded: Value = self.client.post(url).bearer_auth(&browser.token).multipart(form).send().await?.json().await?;
        Ok(Some(uploaded["id"].as_str().with_context(|| format!("not uploaded: {uploaded}"))?.to_owned()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Thread>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps what the socket tells until the line ends.
async fn listen(browser: Arc<Browser>, customer: String, threads: Arc<Mutex<HashMap<String, Thread>>>) {
    while let Some(event) = browser.socket.next().await {
        let mut threads = threads.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = threads.entry(customer.clone()).or_default();
        match event.name.as_str() {
            "chat:new_message" => {
                thread.typing = false;
                let message = &event.payload["message"];
                let shown = shown(message);
                if shown.id.is_empty() || thread.messages.iter().any(|known| known.id == shown.id) {
                    continue;
                }
                let ids = buttons(message).filter_map(|button| button["id"].as_str().map(str::to_owned));
                thread.buttons.insert(shown.id.clone(), ids.collect());
                thread.messages.push(shown);
            }
            "chat:typing" => thread.typing = event.payload["typing"].as_bool().unwrap_or(true),
            _ => {}
        }
    }
}

fn shown(message: &Value) -> Shown {
    let text = |key: &str| message[key].as_str().unwrap_or_default().to_owned();
    Shown {
        id: text("id"),
        mine: message["sender_type"] == "customer",
        kind: text("kind"),
        text: text("text"),
        file_name: message["attachments"][0]["name"].as_str().map(str::to_owned),
        reply_to: message["reply_to"].as_str().map(str::to_owned),
        buttons: titles(message),
        at: message["at"].as_i64().unwrap_or_default() / 1_000_000,
        ..Shown::default()
    }
}

/// Of the buttons that are pressed, not those that open a page.
fn buttons(message: &Value) -> impl Iterator<Item = &Value> {
    message["extra"]["buttons"].as_array().into_iter().flatten().filter(|button| button["url"].is_null())
}

fn titles(message: &Value) -> Vec<String> {
    buttons(message).filter_map(|button| button["title"].as_str().map(str::to_owned)).collect()
}

#[async_trait]
impl Phone for Site {
    async fn say(&self, customer: &str, said: Said) -> anyhow::Result<String> {
        let browser = self.browser(customer, said.name.as_deref()).await?;
        let upload = self.upload(&browser, said.kind).await?;
        let message = json!({
            "session_id": browser.session_id,
            "client_id": format!("{customer}-{}", self.said.fetch_add(1, Ordering::Relaxed)),
            "type": if upload.is_some() { "file" } else { "text" },
            "content": said.text,
            "attachments": upload.into_iter().collect::<Vec<_>>(),
        });
        let ack = browser.socket.ask("chat:send_message", &message).await?;
        let shown = shown(&ack["message"]);
        if shown.id.is_empty() {
            bail!("not taken: {ack}");
        }
        let id = shown.id.clone();
        let mut threads = self.lock();
        let thread = threads.entry(customer.to_owned()).or_default();
        if !thread.messages.iter().any(|known| known.id == id) {
            thread.messages.push(shown);
        }
        Ok(id)
    }

    async fn edit(&self, _customer: &str, _message: &str, _text: &str) -> anyhow::Result<()> {
        bail!("visitors cannot edit")
    }

    async fn delete(&self, _customer: &str, _message: &str) -> anyhow::Result<()> {
        bail!("visitors cannot take back")
    }

    async fn react(&self, _customer: &str, _message: &str, _emoji: Option<&str>) -> anyhow::Result<()> {
        bail!("visitors cannot react")
    }

    async fn press(&self, customer: &str, message: &str, index: usize) -> anyhow::Result<()> {
        let known = self.lock().get(customer).and_then(|thread| thread.buttons.get(message)?.get(index).cloned());
        let choice = known.context("there is no such button")?;
        let browser = self.browser(customer, None).await?;
        let press = json!({
            "session_id": browser.session_id,
            "client_id": format!("{customer}-{}", self.said.fetch_add(1, Ordering::Relaxed)),
            "reply_to": message,
            "choice": choice,
        });
        let ack = browser.socket.ask("chat:send_message", &press).await?;
        let shown = shown(&ack["message"]);
        if shown.id.is_empty() {
            bail!("not taken: {ack}");
        }
        let mut threads = self.lock();
        let thread = threads.entry(customer.to_owned()).or_default();
        if !thread.messages.iter().any(|known| known.id == shown.id) {
            thread.messages.push(shown);
        }
        Ok(())
    }

    async fn typing(&self, customer: &str) -> anyhow::Result<()> {
        let browser = self.browser(customer, None).await?;
        browser.socket.ask("chat:typing", &json!({ "session_id": browser.session_id, "typing": true })).await.map(|_| ())
    }

    async fn read(&self, customer: &str) -> anyhow::Result<()> {
        let last =
            self.lock().get(customer).and_then(|thread| thread.messages.iter().rev().find(|m| !m.mine).map(|m| m.id.clone()));
        let Some(last) = last else { return Ok(()) };
        let browser = self.browser(customer, None).await?;
        let seen = json!({ "session_id": browser.session_id, "message_id": last });
        browser.socket.ask("chat:seen", &seen).await.map(|_| ())
    }

    async fn block(&self, _customer: &str, _blocked: bool) -> anyhow::Result<()> {
        bail!("visitors cannot block a site")
    }

    fn shown(&self, customer: &str) -> Vec<Shown> {
        self.lock().get(customer).map(|thread| thread.messages.clone()).unwrap_or_default()
    }

    fn sees_typing(&self, customer: &str) -> bool {
        self.lock().get(customer).is_some_and(|thread| thread.typing)
    }
}
