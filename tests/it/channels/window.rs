//! How long after a customer's last word they may be answered.

use std::time::Duration;

use serde_json::Value;

use super::{Channel, Talk};
use crate::support::Store;

each_channel!(a_late_answer_names_the_way_out_and_the_next_word_opens_again);

const LATE: Duration = Duration::from_secs(25 * 3_600);

async fn a_late_answer_names_the_way_out_and_the_next_word_opens_again(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    let (_, view) = talk.bob.get(&talk.path).await;
    // The provider's clock decides, whatever ours says.
    talk.line.advance(LATE);
    let Some(way_out) = talk.channel.way_out else {
        assert_eq!(view["reply_window"], Value::Null, "{view}");
        talk.answered("It is here now").await;
        return talk.end().await;
    };
    assert!(view["reply_window"]["free_until"].is_i64(), "{view}");
    let late = talk.answer("It is here now").await;
    talk.settled(&late, "failed").await;
    let told = talk.delivery(&late).await;
    assert_eq!(told["code"], "window_closed", "{told}");
    assert!(told["shown"].as_str().unwrap().contains(way_out), "{told}");
    assert_eq!(talk.inbox().await["health"]["state"], "connected", "the line is well");
    talk.says("Any news?").await;
    talk.heard("Any news?").await;
    talk.answered("It has come").await;
    talk.end().await;
}
