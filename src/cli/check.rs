//! `trunkline check`: everything that can be known before serving.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use trunkline_channel::{InboxRef, Secret, Setup, SystemClock};

use crate::config::{Config, Inbox};
use crate::connectors::ChannelKind;
use crate::{app, db, inboxes};

/// One line of the report.
struct Finding {
    what: String,
    /// What is wrong, in plain words.
    problem: Option<String>,
}

/// Prints a line for each check; the exit code tells whether all passed.
pub async fn check(config: &Config) -> anyhow::Result<ExitCode> {
    let mut findings = vec![finding("configuration", Ok(()))];
    findings.push(finding("data directory", data_dir(config)));
    findings.push(finding("database", database(config).await));
    findings.push(finding("server.listen", listen(config.server.listen).await));
    if let Ok(address) = config.server.metrics_listen.parse() {
        findings.push(finding("server.metrics_listen", listen(address).await));
    }
    for (name, inbox) in &config.inboxes {
        findings.push(finding(&format!("inboxes.{name}"), settings(name, inbox)));
    }
    for Finding { what, problem } in &findings {
        match problem {
            None => println!("ok      {what}"),
            Some(problem) => println!("FAILED  {what}: {problem}"),
        }
    }
    let all_passed = findings.iter().all(|finding| finding.problem.is_none());
    Ok(if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn finding(what: &str, result: Result<(), String>) -> Finding {
    Finding { what: what.to_owned(), problem: result.err() }
}

fn data_dir(config: &Config) -> Result<(), String> {
    let dir = &config.store.data_dir;
    match std::fs::metadata(dir) {
        Ok(found) if !found.is_dir() => Err(format!("{} is not a directory", dir.display())),
        Ok(_) => can_write_to(dir),
        // `serve` makes it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn can_write_to(dir: &std::path::Path) -> Result<(), String> {
    let probe = dir.join(format!(".probe-{:016x}", rand::random::<u64>()));
    std::fs::File::create_new(&probe).and_then(|_| std::fs::remove_file(&probe)).map_err(|error| error.to_string())
}

async fn database(config: &Config) -> Result<(), String> {
    let file = config.store.data_dir.join("trunkline.db");
    if config.store.database.is_empty() && !file.exists() {
        return Ok(());
    }
    let opened = db::open(&config.store.address(), 1).await;
    let db = opened.map_err(|error| format!("{:#}", anyhow::Error::from(error)))?;
    let answer = db.ping().await.map_err(|error| error.to_string());
    db.close().await;
    answer
}

/// The channel itself checks its settings; no connection is opened.
fn settings(name: &str, inbox: &Inbox) -> Result<(), String> {
    let kind = ChannelKind::parse(&inbox.channel).ok_or_else(|| format!("there is no channel {:?}", inbox.channel))?;
    let settings = inboxes::read_secret_files(&inbox.settings, Path::new("")).map_err(|error| error.to_string())?;
    let setup = Setup {
        inbox: InboxRef { id: name.into(), name: name.into() },
        instance_id: String::new(),
        signing_key: Secret::default(),
        clock: Arc::new(SystemClock),
        http: app::http_client().map_err(|error| error.to_string())?,
        public_url: None,
    };
    kind.build(&settings, setup).map(|_| ()).map_err(|error| error.to_string())
}

/// An address in use is fine while the daemon is the one that uses it; the report cannot know and says what it saw.
async fn listen(address: SocketAddr) -> Result<(), String> {
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(format!("{address} is in use (by a daemon that is running already?)"))
        }
        Err(error) => Err(format!("{address}: {error}")),
    }
}
