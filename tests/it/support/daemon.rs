//! The real program on a free port, with its log at hand.

use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use super::Store;

const BINARY: &str = env!("CARGO_BIN_EXE_trunkline");
/// Far above what a start or a drain takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running daemon. Dropping it kills it; [`TestDaemon::stop`] stops it as an administrator would.
pub struct TestDaemon {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    lines: watch::Receiver<usize>,
    /// `127.0.0.1:port` of the main listener.
    pub addr: String,
    pub metrics_addr: String,
}

impl TestDaemon {
    pub async fn start(store: &Store) -> Self {
        Self::start_with(store, &[]).await
    }

    /// Starts with some keys of the configuration set, such as `("server.drain_s", "2")`.
    pub async fn start_with(store: &Store, keys: &[(&str, &str)]) -> Self {
        let mut command = command(store, &["serve"]);
        for (key, value) in keys {
            command.env(variable(key), value);
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (counter, lines) = watch::channel(0);
        let mut reader = BufReader::new(child.stderr.take().unwrap()).lines();
        let kept = log.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = reader.next_line().await {
                kept.lock().unwrap().push(line);
                counter.send_modify(|count| *count += 1);
            }
        });
        let mut daemon = Self { child, log, lines, addr: String::new(), metrics_addr: String::new() };
        daemon.metrics_addr = daemon.logged("serving metrics").await["fields"]["addr"].as_str().unwrap().to_owned();
        daemon.addr = daemon.logged("listening").await["fields"]["addr"].as_str().unwrap().to_owned();
        daemon
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().expect("the daemon runs")
    }

    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// The first line of the log with this message, as soon as there is one.
    pub async fn logged(&self, message: &str) -> Value {
        self.line(message, |line| serde_json::from_str::<Value>(line).ok().filter(|entry| entry["fields"]["message"] == message))
            .await
    }

    /// What `pick` makes of the first line it takes, as soon as there is one.
    pub async fn line<T>(&self, what: &str, pick: impl Fn(&str) -> Option<T>) -> T {
        let mut lines = self.lines.clone();
        let found = async {
            loop {
                let found = self.log.lock().unwrap().iter().find_map(|line| pick(line));
                if let Some(found) = found {
                    return Some(found);
                }
                if lines.changed().await.is_err() {
                    return None;
                }
            }
        };
        let found = timeout(PATIENCE, found).await.ok().flatten();
        found.unwrap_or_else(|| panic!("{what}: not in the log:\n{}", self.log_text()))
    }

    #[must_use]
    pub fn log_text(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// The page of the metrics listener.
    pub async fn metrics(&self) -> String {
        let page = reqwest::get(format!("http://{}/metrics", self.metrics_addr)).await.unwrap();
        page.error_for_status().unwrap().text().await.unwrap()
    }

    /// Sends a signal such as `TERM`.
    pub async fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().await.unwrap();
        assert!(status.success());
    }

    /// SIGTERM, then waits for the end.
    pub async fn stop(mut self) -> ExitStatus {
        self.signal("TERM").await;
        self.ended().await
    }

    /// SIGKILL: as if the power went, for everything but the disk.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    pub async fn ended(&mut self) -> ExitStatus {
        match timeout(PATIENCE, self.child.wait()).await {
            Ok(status) => status.unwrap(),
            Err(_) => panic!("the daemon did not end:\n{}", self.log_text()),
        }
    }
}

/// Runs a command of the program on a store to its end.
pub async fn trunkline(store: &Store, args: &[&str], keys: &[(&str, &str)]) -> Output {
    let mut command = command(store, args);
    command.envs(keys.iter().map(|(key, value)| (variable(key), *value)));
    timeout(PATIENCE, command.kill_on_drop(true).output()).await.expect("the command ends").unwrap()
}

fn command(store: &Store, args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(args).stdin(Stdio::null()).current_dir(store.data_dir()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let data_dir = store.data_dir().to_str().unwrap().to_owned();
    for (key, value) in [
        ("server.listen", "127.0.0.1:0"),
        ("server.metrics_listen", "127.0.0.1:0"),
        ("store.data_dir", &data_dir),
        ("store.database", &store.database()),
    ] {
        command.env(variable(key), value);
    }
    command
}

fn variable(key: &str) -> String {
    format!("TRUNKLINE__{}", key.to_uppercase().replace('.', "__"))
}
