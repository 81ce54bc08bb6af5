//! `make bench`: what the daemon does, beside the bare floor measured in the same run on the same machine.
//!
//! The daemon under test is the release binary in a process of its own, driven over its public interfaces: sockets for
//! customers and operators, HTTP for reading. Every load is bounded in count or time and goes to loopback only.

mod daemon;
mod desk;
mod floor;
mod intake;
mod reading;
mod report;
mod seed;

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;

use report::Report;

/// Measures the daemon beside the bare floor.
#[derive(Parser)]
struct Args {
    /// The daemon to measure.
    #[arg(long, default_value = "target/release/trunkline")]
    binary: PathBuf,
    /// Seconds of each load.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Messages in the store when history and search are measured.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000])]
    sizes: Vec<u64>,
    /// A PostgreSQL address for a second round; SQLite only when left out.
    #[arg(long)]
    postgres: Option<String>,
    /// Where the figures are written as JSON, besides the table.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    /// Measures nothing: fills the store at this address for the console's figures.
    #[arg(long, requires = "conversation")]
    fill: Option<String>,
    /// The conversation that gets the many messages.
    #[arg(long)]
    conversation: Option<String>,
    /// Cargo passes it to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let (Some(address), Some(conversation)) = (&args.fill, &args.conversation) {
        return desk::fill(address, conversation).await.context("filling");
    }
    let mut report = Report::default();
    floor::measure(args.seconds, &mut report).await.context("floor")?;
    for (store, database) in [("sqlite", Some(String::new())), ("postgres", args.postgres.clone())] {
        let Some(database) = database else { continue };
        daemon::measure_start(&args.binary, &database, store, &mut report).await.context("start")?;
        intake::measure(&args.binary, &database, store, args.seconds, &mut report).await.context("intake")?;
        for size in &args.sizes {
            reading::measure(&args.binary, &database, store, *size, &mut report).await.context("reading")?;
        }
    }
    report.compare();
    println!("{}", report.table());
    std::fs::write(&args.json, report.json()?).with_context(|| format!("cannot write {}", args.json.display()))?;
    println!("{}", report.json()?);
    Ok(())
}
