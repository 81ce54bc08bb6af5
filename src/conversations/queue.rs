//! How long people wait, and for what.

use std::collections::BTreeMap;

use serde::Serialize;
use trunkline_channel::Micros;

use super::{Error, Priority, store};
use crate::app::App;

#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct QueueStatistics {
    /// Conversations that wait to be accepted.
    pub waiting: i64,
    pub by_priority: BTreeMap<&'static str, Waiting>,
    pub by_channel: BTreeMap<String, Waiting>,
    /// Seconds the longest one has been waiting; 0 when none waits.
    pub longest_wait_s: i64,
    /// Mean of the current waits, in seconds.
    pub mean_wait_s: i64,
    /// Conversations in each state.
    pub by_state: BTreeMap<String, i64>,
}

#[derive(Debug, Default, Clone, Serialize, utoipa::ToSchema)]
pub struct Waiting {
    pub waiting: i64,
    pub longest_wait_s: i64,
}

impl Waiting {
    fn add(&mut self, waiting: i64, wait_s: i64) {
        self.waiting += waiting;
        self.longest_wait_s = self.longest_wait_s.max(wait_s);
    }
}

pub async fn statistics(app: &App) -> Result<QueueStatistics, Error> {
    let now = app.now();
    let seconds_since = |at: Option<Micros>| at.map_or(0, |at| (now - at).max(0) / 1_000_000);
    let mut statistics =
        QueueStatistics { by_state: store::count_by_state(&app.db).await?.into_iter().collect(), ..Default::default() };
    for priority in Priority::ALL {
        statistics.by_priority.insert(name_of(priority), Waiting::default());
    }
    let mut total_wait_s = 0;
    for row in store::queue_rows(&app.db).await? {
        let wait_s = seconds_since(row.oldest);
        statistics.waiting += row.waiting;
        statistics.longest_wait_s = statistics.longest_wait_s.max(wait_s);
        total_wait_s += (row.waiting * (now / 1000) - row.since_sum).max(0) / 1000;
        statistics.by_priority.entry(name_of(Priority::from_rank(row.priority))).or_default().add(row.waiting, wait_s);
        statistics.by_channel.entry(row.channel).or_default().add(row.waiting, wait_s);
    }
    statistics.mean_wait_s = if statistics.waiting > 0 { total_wait_s / statistics.waiting } else { 0 };
    Ok(statistics)
}

fn name_of(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Medium => "medium",
        Priority::High => "high",
        Priority::Urgent => "urgent",
    }
}
