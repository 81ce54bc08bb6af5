//! The daemon under test, as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use trunkline_stand_ins::socket::Socket;

use crate::report::Report;

const START_PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "a long enough passphrase";

/// A running daemon with an administrator; killed when dropped.
pub struct Daemon {
    child: Child,
    pub base: String,
    pub cookie: String,
    pub client: reqwest::Client,
    pub data_dir: TempDir,
    pub started_in: Duration,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Daemon {
    pub async fn start(binary: &Path, database: &str, data_dir: TempDir) -> anyhow::Result<Self> {
        let config = data_dir.path().join("bench.toml");
        // A load from one address by few visitors: quotas and throttles are not what is measured.
        std::fs::write(
            &config,
            "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n[access]\nrequests_per_minute = 10000000\n[inboxes.website]\nchannel = \"web_chat\"\n\
             [inboxes.website.settings.quotas]\nmessages_per_minute = 10000000\nstarts_per_hour = 10000000\nuploads_per_hour = 1000000\n",
        )?;
        let begun = Instant::now();
        let mut child = Command::new(binary)
            .args(["serve", "--config"])
            .arg(&config)
            .env("TRUNKLINE__SERVER__LISTEN", "127.0.0.1:0")
            .env("TRUNKLINE__SERVER__METRICS_LISTEN", "")
            .env("TRUNKLINE__STORE__DATA_DIR", data_dir.path().join("data"))
            .env("TRUNKLINE__STORE__DATABASE", database)
            .env("TRUNKLINE__LOG__LEVEL", "info")
            .env("TRUNKLINE__LOG__FORMAT", "json")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let stderr = child.stderr.take().context("no stderr")?;
        let (told, said) = tokio::sync::mpsc::unbounded_channel();
        // Reads to the end, so that the daemon never waits for somebody to take its log.
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if line.contains("listening") || line.contains("/setup#token=") {
                    drop(told.send(line));
                }
            }
        });
        let (base, token) = tokio::time::timeout(START_PATIENCE, addresses(said)).await.context("the daemon did not start")??;
        let started_in = begun.elapsed();
        let client = reqwest::Client::builder().build()?;
        let cookie = sign_in(&client, &base, token.as_deref()).await?;
        Ok(Self { child, base, cookie, client, data_dir, started_in })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let response = self.client.get(format!("{}{path}", self.base)).header("cookie", &self.cookie).send().await?;
        if !response.status().is_success() {
            bail!("{path}: {}", response.status());
        }
        Ok(response.json().await?)
    }

    pub async fn operator(&self) -> anyhow::Result<Socket> {
        Socket::connect(&self.base, &json!({}), Some(&self.cookie)).await
    }

    /// A new visitor with an open conversation: the socket and the conversation's id. Each comes from an address of its
    /// own, as a proxy would tell, because the daemon bounds what one address may do.
    pub async fn visitor(&self, number: usize) -> anyhow::Result<(Socket, String)> {
        let address = format!("198.18.{}.{}", number / 250, number % 250 + 1);
        let inbox = self.get("/api/v1/widget/default").await?["inbox_id"].as_str().context("no inbox")?.to_owned();
        let url = format!("{}/api/v1/widget/{inbox}/visitors", self.base);
        let visitor: Value =
            self.client.post(url).header("x-forwarded-for", &address).json(&json!({})).send().await?.json().await?;
        let socket = Socket::connect_from(&self.base, &json!({ "token": visitor["token"] }), None, Some(&address)).await?;
        let start = json!({ "client_id": uuid::Uuid::now_v7(), "subject": "bench" });
        let ack = socket.ask("chat:start", &start).await?;
        let id = ack["session_id"].as_str().with_context(|| format!("chat:start was answered with {ack}"))?.to_owned();
        Ok((socket, id))
    }

    /// Resident memory in MB.
    pub fn memory_mb(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kb: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kb / 1024.0)
    }
}

async fn addresses(mut said: tokio::sync::mpsc::UnboundedReceiver<String>) -> anyhow::Result<(String, Option<String>)> {
    let mut token = None;
    loop {
        let line = said.recv().await.context("the daemon ended")?;
        if let Some((_, rest)) = line.split_once("/setup#token=") {
            token = Some(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect());
        }
        if let Some(addr) = serde_json::from_str::<Value>(&line).ok().and_then(|line| find_addr(&line)) {
            return Ok((format!("http://{addr}"), token));
        }
    }
}

fn find_addr(line: &Value) -> Option<String> {
    let fields = line.get("fields").unwrap_or(line);
    (fields.get("message")?.as_str()? == "listening").then(|| fields.get("addr")?.as_str().map(str::to_owned))?
}

async fn sign_in(client: &reqwest::Client, base: &str, token: Option<&str>) -> anyhow::Result<String> {
    let request = match token {
        Some(token) => {
            let body = json!({ "token": token, "email": "ann@example.com", "name": "Ann", "password": PASSWORD });
            client.post(format!("{base}/api/v1/setup")).json(&body)
        }
        None => client.post(format!("{base}/api/v1/sessions")).json(&json!({ "email": "ann@example.com", "password": PASSWORD })),
    };
    let response = request.header("origin", base).send().await?;
    let status = response.status();
    let cookie =
        response.headers().get("set-cookie").and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    cookie.map(str::to_owned).with_context(|| format!("not signed in: {status}"))
}

/// Time from start to listening, and memory of a daemon nobody uses.
pub async fn measure_start(binary: &Path, database: &str, store: &str, report: &mut Report) -> anyhow::Result<()> {
    let fresh = Daemon::start(binary, database, tempfile::tempdir()?).await?;
    report.add(format!("{store}: first start, with migration"), fresh.started_in.as_secs_f64() * 1000.0, "ms");
    let memory = fresh.memory_mb()?;
    report.at_most(format!("{store}: idle memory"), memory, "MB", 40.0);
    let mut again = Vec::new();
    let mut data_dir = fresh.into_data_dir()?;
    for _ in 0..3 {
        let daemon = Daemon::start(binary, database, data_dir).await?;
        again.push(daemon.started_in.as_secs_f64() * 1000.0);
        data_dir = daemon.into_data_dir()?;
    }
    again.sort_by(f64::total_cmp);
    report.at_most(format!("{store}: start"), again[1], "ms", 300.0);
    Ok(())
}

impl Daemon {
    /// Stops the daemon and keeps its data.
    pub fn into_data_dir(mut self) -> anyhow::Result<TempDir> {
        let keep = std::mem::replace(&mut self.data_dir, tempfile::tempdir()?);
        drop(self);
        Ok(keep)
    }
}
