//! From a customer's socket to durable, and to an operator's socket.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::json;
use trunkline_stand_ins::socket::Socket;

use crate::daemon::Daemon;
use crate::floor::{IN_FLIGHT, rate};
use crate::report::Report;

/// Customers who write; one alone may not write as fast as the whole load.
const VISITORS: usize = 512;
/// Messages a second of the paced loads.
const PACES: [u64; 3] = [50, 200, 1000];
/// How long the last messages of a load may take to appear.
const SETTLE: Duration = Duration::from_secs(10);

pub async fn measure(binary: &Path, database: &str, store: &str, seconds: u64, report: &mut Report) -> anyhow::Result<()> {
    let daemon = Daemon::start(binary, database, tempfile::tempdir()?).await?;
    let operator = daemon.operator().await?;
    let mut visitors = Vec::new();
    for number in 0..VISITORS {
        visitors.push(daemon.visitor(number).await?);
    }
    let visitors: Arc<Vec<(Socket, String)>> = Arc::new(visitors);
    let watch = Watch::start(operator);

    for pace in PACES {
        let mut samples = paced(&visitors, &watch, pace, seconds).await?;
        let bound = (pace == 200).then_some(("p99", 20.0));
        report.latencies(&format!("{store}: socket to operator, {pace}/s,"), &mut samples, bound);
    }
    let full = Arc::new(AtomicU64::new(0));
    let until = Instant::now() + Duration::from_secs(seconds);
    let begun = watch.seen();
    let mut tasks = tokio::task::JoinSet::new();
    for first in 0..IN_FLIGHT {
        let (visitors, full) = (visitors.clone(), full.clone());
        tasks.spawn(async move {
            for turn in (first..VISITORS).step_by(IN_FLIGHT).cycle() {
                if Instant::now() >= until {
                    break;
                }
                let (socket, session) = &visitors[turn];
                say(socket, session, &uuid::Uuid::now_v7().to_string()).await?;
                full.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    for result in tasks.join_all().await {
        result?;
    }
    let stored = full.load(Ordering::Relaxed);
    report.add(format!("{store}: intake to durable, {IN_FLIGHT} in flight"), rate(stored, seconds), "messages/s");
    let settled = Instant::now();
    while watch.seen() - begun < stored {
        if settled.elapsed() > SETTLE {
            bail!("{} of {stored} messages never reached the operator", stored - (watch.seen() - begun));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let whole = seconds as f64 + settled.elapsed().as_secs_f64();
    report.add(format!("{store}: intake to operator's socket, {IN_FLIGHT} in flight"), rate(stored, 1) / whole, "messages/s");
    report.add(format!("{store}: memory after the load"), daemon.memory_mb()?, "MB");
    Ok(())
}

/// Sends at an even pace, spread over the visitors, and returns how long each took to reach the operator.
async fn paced(visitors: &Arc<Vec<(Socket, String)>>, watch: &Watch, pace: u64, seconds: u64) -> anyhow::Result<Vec<Duration>> {
    let mut sent: HashMap<String, Instant> = HashMap::new();
    let mut tasks = tokio::task::JoinSet::new();
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / pace));
    for i in 0..pace * seconds {
        ticks.tick().await;
        let text = uuid::Uuid::now_v7().to_string();
        sent.insert(text.clone(), Instant::now());
        let visitors = visitors.clone();
        let turn = usize::try_from(i)? % visitors.len();
        tasks.spawn(async move {
            let (socket, session) = &visitors[turn];
            say(socket, session, &text).await
        });
    }
    for result in tasks.join_all().await {
        result?;
    }
    watch.latencies(&sent).await
}

/// One message, acknowledged: it is on disk.
async fn say(socket: &Socket, session: &str, text: &str) -> anyhow::Result<()> {
    let message = json!({ "session_id": session, "client_id": text, "type": "text", "content": text });
    let ack = socket.ask("chat:send_message", &message).await?;
    if ack["ok"] == true { Ok(()) } else { bail!("not taken: {ack}") }
}

/// What an operator's socket has been told, by text.
struct Watch {
    arrived: Arc<Mutex<HashMap<String, Instant>>>,
    count: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    fn start(operator: Socket) -> Self {
        let (arrived, count) = (Arc::new(Mutex::new(HashMap::new())), Arc::new(AtomicU64::new(0)));
        let (into, counter) = (arrived.clone(), count.clone());
        let task = tokio::spawn(async move {
            while let Some(event) = operator.next().await {
                let Some(text) = event.payload["message"]["text"].as_str().filter(|_| event.name == "chat:new_message") else {
                    continue;
                };
                if let Ok(mut arrived) = into.lock() {
                    arrived.insert(text.to_owned(), event.at);
                }
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { arrived, count, task }
    }

    fn seen(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    async fn latencies(&self, sent: &HashMap<String, Instant>) -> anyhow::Result<Vec<Duration>> {
        let begun = Instant::now();
        loop {
            {
                let arrived = self.arrived.lock().ok().context("the watcher failed")?;
                let samples: Vec<Duration> =
                    sent.iter().filter_map(|(text, at)| Some(arrived.get(text)?.duration_since(*at))).collect();
                if samples.len() == sent.len() {
                    return Ok(samples);
                }
                if begun.elapsed() > SETTLE {
                    bail!("{} of {} messages never reached the operator", sent.len() - samples.len(), sent.len());
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
