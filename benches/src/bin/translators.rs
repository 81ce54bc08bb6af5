//! How fast and with how much memory each channel's translator reads the payloads of its own tests, beside a parse of the same
//! bytes into plain JSON (or, for mail, a look at every byte). A program of its own: it counts every allocation.

use std::alloc::System;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Parser;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use trunkline::connectors::ChannelKind;
use trunkline_channel::Translator;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Measures the translators.
#[derive(Parser)]
struct Args {
    /// Seconds for each translator and each floor.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
}

fn main() -> anyhow::Result<()> {
    let time = Duration::from_secs(Args::parse().seconds);
    println!(
        "{:<10} {:>8} {:>10} {:>12} {:>12} {:>8} {:>14}",
        "channel", "payloads", "bytes each", "payloads/s", "floor/s", "ratio", "allocated each"
    );
    // The web chat has no provider: its translator reads what the daemon itself wrote.
    for kind in ChannelKind::ALL.into_iter().filter(|kind| *kind != ChannelKind::WebChat) {
        let payloads = payloads_of(kind).with_context(|| format!("the payloads of {}", kind.as_str()))?;
        let count = payloads.len() as f64;
        let bytes = payloads.iter().map(Vec::len).sum::<usize>() as f64 / count;
        let translator = kind.offline_translator();
        let region = Region::new(ALLOCATOR);
        payloads.iter().for_each(|payload| translate(&*translator, payload));
        let allocated = region.change().bytes_allocated as f64 / count;
        let speed = rate(&payloads, time, |payload| translate(&*translator, payload));
        let floor = rate(&payloads, time, |payload| {
            match kind.is_mail() {
                true => black_box(payload.iter().filter(|byte| **byte == b'\n').count() > 0),
                false => black_box(serde_json::from_slice::<serde_json::Value>(payload).is_ok()),
            };
        });
        let ratio = speed / floor;
        println!("{:<10} {count:>8} {bytes:>10.0} {speed:>12.0} {floor:>12.0} {ratio:>8.2} {allocated:>12.0} B", kind.as_str());
    }
    Ok(())
}

fn translate(translator: &dyn Translator, payload: &[u8]) {
    for raw in translator.events_of(payload) {
        black_box(translator.translate(&raw));
    }
}

/// Payloads a second, going round through all of them.
fn rate(payloads: &[Vec<u8>], time: Duration, mut read: impl FnMut(&[u8])) -> f64 {
    let began = Instant::now();
    let mut done = 0_u64;
    while began.elapsed() < time {
        payloads.iter().for_each(|payload| read(payload));
        done += payloads.len() as u64;
    }
    done as f64 / began.elapsed().as_secs_f64()
}

/// What the channel's own tests read.
fn payloads_of(kind: ChannelKind) -> anyhow::Result<Vec<Vec<u8>>> {
    let channel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../channels").join(kind.as_str());
    let (dir, extension) = match kind.is_mail() {
        true => (channel.join("fixtures"), "eml"),
        false => (channel.join("tests/payloads"), "json"),
    };
    let mut payloads = Vec::new();
    for entry in std::fs::read_dir(&dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            payloads.push(std::fs::read(path)?);
        }
    }
    ensure!(!payloads.is_empty(), "none in {}", dir.display());
    Ok(payloads)
}
