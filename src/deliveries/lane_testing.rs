//! Abilities of a made-up channel.

use std::time::Duration;

use trunkline_channel::{Ambiguity, Capabilities, CountBy, Kind, Rate, TextLimit, Threads};

const SCHEDULE: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

pub fn capabilities() -> Capabilities {
    let rate = Rate { per_second: f64::INFINITY, burst: 1 };
    Capabilities {
        sends: vec![Kind::Text],
        text: TextLimit { max: 4096, count_by: CountBy::Characters },
        max_attachment_bytes: 0,
        max_attachments: 0,
        threads: Threads::Single,
        ambiguity: Ambiguity::AskOperator,
        realtime: false,
        delivered_receipts: true,
        read_receipts: true,
        typing_interval: None,
        edits: false,
        deletes: false,
        reactions: false,
        reaction_set: &[],
        window: None,
        buttons: None,
        templates: false,
        profiles: false,
        inbox_rate: rate,
        chat_rate: rate,
        retry_schedule: &SCHEDULE,
    }
}
