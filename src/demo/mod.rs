//! `trunkline demo`: the whole daemon with made-up customers on every channel, for looking around without any account.
//!
//! The providers are stand-ins on loopback, the data is in a temporary folder and forgotten at the end. A page of phones
//! (`/demo`) is the customers' side: there one can be the customer, and break the lines on request.

mod phones;
mod script;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use trunkline_channel::Secret;
use trunkline_stand_ins::town::{self, Line};

use crate::access;
use crate::app::App;
use crate::config::{self, Config, Inbox, InboxOptions};
use crate::connectors::ChannelKind;
use crate::{inboxes, observe, serve};

#[derive(Debug, Args)]
pub struct Demo {
    /// Where to serve; on this machine only.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Customers write only when somebody writes for them on the phones.
    #[arg(long)]
    silent: bool,
}

/// The operator whom the printed link signs in.
const OPERATOR_EMAIL: &str = "operator@demo.example";
const OPERATOR_NAME: &str = "Demo operator";

impl Demo {
    /// Runs until it is told to stop.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        ensure!(self.listen.ip().is_loopback(), "the demo has a link without a password: it serves this machine only");
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
        runtime.block_on(self.serve())?;
        Ok(ExitCode::SUCCESS)
    }

    async fn serve(&self) -> anyhow::Result<()> {
        let data = tempfile::tempdir().context("no folder for the demo's data")?;
        // Held from now on: the stand-ins are told where the daemon is before it is there.
        let listener = TcpListener::bind(self.listen).await.with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr().context("the demo's own address")?;
        let base = format!("http://{address}");
        let lines = Arc::new(town::start(&base).await.context("the stand-ins of the providers")?);
        let config = config_of(data.path(), address, &base, &lines)?;
        observe::init_logs(&config.log).context("cannot start logging")?;
        observe::install_metrics().context("cannot start counting")?;

        // Signs in whoever has the printed link, as often as the demo runs.
        let entrance = access::new_secret("");
        let (listening, started) = oneshot::channel();
        let stop = CancellationToken::new();
        let opened = open(started, lines.clone(), entrance.clone(), base);
        let (silent, stopped) = (self.silent, stop.clone());
        let living = lines.clone();
        let opening = tokio::spawn(async move {
            opened.await?;
            if !silent {
                tracing::info!("the demo's customers begin to write");
                script::live(&living, &stopped).await;
            }
            anyhow::Ok(())
        });
        let routes = |app: &App| phones::routes(app, &lines, entrance);
        let served = serve::serve_beside(config, serve::Beside { listener: Some(listener), routes, listening }).await;
        stop.cancel();
        opening.await.context("the customers' task")??;
        Ok(served?)
    }
}

/// The defaults with the town's lines as the only inboxes. Nothing of the surroundings gets in but the log's settings.
fn config_of(data: &std::path::Path, address: SocketAddr, base: &str, lines: &[Line]) -> anyhow::Result<Config> {
    let mut config = config::defaults()?;
    config.demo = true;
    config.server.listen = address;
    base.clone_into(&mut config.server.public_url);
    config.server.metrics_listen = String::new();
    config.store.data_dir = data.join("data");
    config.log.format = config::LogFormat::Pretty;
    config.log.level = "warn".to_owned();
    let inbox = |line: &Line| Inbox {
        channel: line.channel.to_owned(),
        options: InboxOptions::default(),
        settings: line.settings.clone(),
    };
    let known = |line: &&Line| ChannelKind::parse(line.channel).is_some();
    config.inboxes = lines.iter().filter(known).map(|line| (line.channel.replace('_', " "), inbox(line))).collect();
    Ok(config)
}

/// Once the daemon listens: the operator, and the providers' webhooks.
async fn open(started: oneshot::Receiver<App>, lines: Arc<Vec<Line>>, entrance: Secret, base: String) -> anyhow::Result<()> {
    // Ended before it listened: the daemon itself says why.
    let Ok(app) = started.await else { return Ok(()) };
    access::create_admin(&app, OPERATOR_EMAIL, OPERATOR_NAME, &access::new_secret("")).await?;
    for row in inboxes::all(&app.db).await? {
        if let Some(line) = lines.iter().find(|line| line.channel == row.channel) {
            line.connect(&format!("{base}/in/{}", row.id));
        }
    }
    eprintln!(
        "\nThis is a demo: the customers are made up, and everything is forgotten when you stop it with Ctrl-C.\n\n  \
         The operator's desk   {base}/demo/enter?token={}\n  The customers' phones {base}/demo\n",
        entrance.expose()
    );
    Ok(())
}

/// What the page of phones shows of a line.
fn described(line: &Line) -> serde_json::Value {
    let customers: Vec<_> = line.customers.iter().map(|customer| json!({ "id": customer.id, "name": customer.name })).collect();
    json!({ "channel": line.channel, "customers": customers, "send_path": line.faults.is_some().then_some(line.send_path) })
}
