//! A stand-in for a browser's Socket.IO client: enough of Engine.IO 4 and Socket.IO 5 over WebSocket to connect, ask with
//! acknowledgement and listen. Written from the protocol texts (socket.io/docs/v4/engine-io-protocol, …/socket-io-protocol),
//! not from the daemon's library, so that the two can disagree.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long a connection or an acknowledgement may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Events kept for a listener that does not look; more are dropped with the connection.
const UNREAD_EVENTS: usize = 65_536;

type Wire = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Waiting = Arc<std::sync::Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// An event the server sent.
#[derive(Debug, Clone)]
pub struct Received {
    pub name: String,
    pub payload: Value,
    pub at: std::time::Instant,
}

/// One open connection. Dropping it cuts the line without a word, as a lost network does.
pub struct Socket {
    sink: Arc<Mutex<SplitSink<Wire, Message>>>,
    next_ack: AtomicU64,
    waiting: Waiting,
    events: Mutex<mpsc::Receiver<Received>>,
    reading: watch::Sender<bool>,
    reader: JoinHandle<()>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Socket {
    /// Connects to `http://host:port` with the given `auth` object; `cookie` is for operators signed in by session.
    pub async fn connect(base: &str, auth: &Value, cookie: Option<&str>) -> anyhow::Result<Self> {
        Self::connect_from(base, auth, cookie, None).await
    }

    /// The same, through a proxy that says for whom it asks.
    pub async fn connect_from(
        base: &str,
        auth: &Value,
        cookie: Option<&str>,
        forwarded_for: Option<&str>,
    ) -> anyhow::Result<Self> {
        let opening = Self::open(base, base, auth, cookie, forwarded_for);
        tokio::time::timeout(PATIENCE, opening).await.context("connecting took too long")?
    }

    /// The same, from a page of another site.
    pub async fn connect_of_page(origin: &str, base: &str, auth: &Value, cookie: Option<&str>) -> anyhow::Result<Self> {
        let opening = Self::open(origin, base, auth, cookie, None);
        tokio::time::timeout(PATIENCE, opening).await.context("connecting took too long")?
    }

    async fn open(
        origin: &str,
        base: &str,
        auth: &Value,
        cookie: Option<&str>,
        forwarded_for: Option<&str>,
    ) -> anyhow::Result<Self> {
        let address = base.replacen("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket";
        let mut request = address.into_client_request()?;
        request.headers_mut().insert("origin", origin.parse()?);
        if let Some(cookie) = cookie {
            request.headers_mut().insert("cookie", cookie.parse()?);
        }
        if let Some(address) = forwarded_for {
            request.headers_mut().insert("x-forwarded-for", address.parse()?);
        }
        let (wire, _) = connect_async(request).await?;
        let (mut sink, mut stream) = wire.split();
        let hello = next_text(&mut stream).await?;
        if !hello.starts_with('0') {
            bail!("not an Engine.IO greeting");
        }
        sink.send(Message::text(format!("40{auth}"))).await?;
        loop {
            let answer = next_text(&mut stream).await?;
            match answer.get(..2) {
                Some("40") => break,
                Some("44") => bail!("refused: {}", answer.get(2..).unwrap_or_default()),
                _ if answer == "2" => sink.send(Message::text("3")).await?,
                _ => {}
            }
        }
        let sink = Arc::new(Mutex::new(sink));
        let waiting = Waiting::default();
        let (events, received) = mpsc::channel(UNREAD_EVENTS);
        let (reading, may_read) = watch::channel(true);
        let reader = tokio::spawn(read(stream, sink.clone(), waiting.clone(), events, may_read));
        Ok(Self { sink, next_ack: AtomicU64::new(0), waiting, events: Mutex::new(received), reading, reader })
    }

    /// Sends an event and waits for its acknowledgement.
    pub async fn ask(&self, name: &str, payload: &Value) -> anyhow::Result<Value> {
        let id = self.next_ack.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.waiting.lock().map_err(|_| anyhow!("a reader failed"))?.insert(id, answer);
        let packet = format!("42{id}{}", Value::Array(vec![name.into(), payload.clone()]));
        self.sink.lock().await.send(Message::text(packet)).await?;
        let ack = tokio::time::timeout(PATIENCE, answered).await.context("no acknowledgement")??;
        Ok(ack.get(0).cloned().unwrap_or(Value::Null))
    }

    /// Sends one WebSocket message as it is, for what no client would send.
    pub async fn send_raw(&self, message: &str) -> anyhow::Result<()> {
        Ok(self.sink.lock().await.send(Message::text(message)).await?)
    }

    /// Stops or goes on taking from the line what the server sends: a page that hangs.
    pub fn set_reading(&self, reading: bool) {
        self.reading.send_replace(reading);
    }

    /// The next event, or nothing when the connection has ended.
    pub async fn next(&self) -> Option<Received> {
        self.events.lock().await.recv().await
    }

    /// The next event with this name; others before it are passed over.
    pub async fn next_named(&self, name: &str) -> anyhow::Result<Value> {
        let wait = async {
            loop {
                match self.next().await {
                    Some(event) if event.name == name => return Ok(event.payload),
                    Some(_) => {}
                    None => bail!("the connection ended before {name} came"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.with_context(|| format!("{name} did not come"))?
    }
}

async fn next_text(stream: &mut SplitStream<Wire>) -> anyhow::Result<String> {
    loop {
        match stream.next().await.context("the connection ended")?? {
            Message::Text(text) => return Ok(text.as_str().to_owned()),
            Message::Close(_) => bail!("the server closed"),
            _ => {}
        }
    }
}

/// Answers pings, hands out acknowledgements and events until the line is cut.
async fn read(
    mut stream: SplitStream<Wire>,
    sink: Arc<Mutex<SplitSink<Wire, Message>>>,
    waiting: Waiting,
    events: mpsc::Sender<Received>,
    mut may_read: watch::Receiver<bool>,
) {
    loop {
        if may_read.wait_for(|reading| *reading).await.is_err() {
            break;
        }
        let Ok(text) = next_text(&mut stream).await else { break };
        if text == "2" {
            if sink.lock().await.send(Message::text("3")).await.is_err() {
                break;
            }
        } else if let Some(packet) = text.strip_prefix("43") {
            let digits: String = packet.chars().take_while(char::is_ascii_digit).collect();
            let body = packet.get(digits.len()..).unwrap_or_default();
            let asked = digits.parse().ok().and_then(|id: u64| waiting.lock().ok()?.remove(&id));
            if let (Some(asked), Ok(value)) = (asked, serde_json::from_str(body)) {
                drop(asked.send(value));
            }
        } else if let Some(packet) = text.strip_prefix("42") {
            let Ok(Value::Array(mut parts)) = serde_json::from_str::<Value>(packet) else { continue };
            let payload = if parts.len() > 1 { parts.swap_remove(1) } else { Value::Null };
            let name = parts.first().and_then(Value::as_str).unwrap_or_default().to_owned();
            if events.try_send(Received { name, payload, at: std::time::Instant::now() }).is_err() {
                break;
            }
        } else if text.starts_with("41") {
            break;
        }
    }
    // Whoever still waits learns that no answer will come.
    if let Ok(mut waiting) = waiting.lock() {
        waiting.clear();
    }
}
