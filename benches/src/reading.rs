//! Reading from a small and from a large store.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::daemon::Daemon;
use crate::report::Report;
use crate::seed::{self, PER_CONVERSATION};

const PAGES: usize = 300;
const SEARCHES: usize = 100;

pub async fn measure(binary: &Path, database: &str, store: &str, messages: u64, report: &mut Report) -> anyhow::Result<()> {
    // The daemon makes schema and inbox; then it is stopped while the store is filled.
    let data_dir = Daemon::start(binary, database, tempfile::tempdir()?).await?.into_data_dir()?;
    let address = if database.is_empty() {
        format!("sqlite:{}", data_dir.path().join("data/trunkline.db").display())
    } else {
        database.to_owned()
    };
    let conversations = seed::fill(&address, messages).await?;
    let daemon = Daemon::start(binary, database, data_dir).await?;
    let large = messages >= 1_000_000;

    let mut samples = Vec::with_capacity(PAGES);
    for i in 0..PAGES {
        let id = &conversations[i * 7919 % conversations.len()];
        let before = u64::try_from(i)? * 31 % PER_CONVERSATION + 1;
        samples.push(timed(&daemon, &format!("/api/v1/conversations/{id}/messages?before={before}&limit=50")).await?);
    }
    report.latencies(&format!("{store}: history page, {messages} messages,"), &mut samples, large.then_some(("p99", 5.0)));

    let mut samples = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        samples.push(timed(&daemon, "/api/v1/conversations?state=closed&limit=50").await?);
    }
    report.latencies(&format!("{store}: list page, {messages} messages,"), &mut samples, None);

    for (what, query) in [("rare word", "number77"), ("word of 1 in 1000", "group7"), ("common words", "refund parcel")] {
        let mut samples = Vec::with_capacity(SEARCHES);
        for i in 0..SEARCHES {
            let path = if what == "rare word" {
                format!("/api/v1/search?q=number{}&in=messages", i * 97)
            } else {
                format!("/api/v1/search?q={query}&in=messages")
            };
            samples.push(timed(&daemon, &path.replace(' ', "%20")).await?);
        }
        let bound = large.then_some(("p95", 50.0));
        report.latencies(&format!("{store}: search for a {what}, {messages} messages,"), &mut samples, bound);
    }
    Ok(())
}

async fn timed(daemon: &Daemon, path: &str) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    daemon.get(path).await.context("reading")?;
    Ok(begun.elapsed())
}
