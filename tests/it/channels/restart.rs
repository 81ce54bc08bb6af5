//! A daemon that dies in the middle and comes back somewhere else.

use serde_json::{Value, json};

use super::{Channel, Talk};
use crate::support::{Store, TestDaemon, talk, within};

each_channel!(a_restart_in_the_middle_loses_and_repeats_nothing);

const EACH: usize = 15;

async fn a_restart_in_the_middle_loses_and_repeats_nothing(channel: Channel, store: Store) {
    let mut talk = Talk::begin(channel, &store).await;
    // Repetitions that a provider spreads over hours come within the test.
    posts(&talk, json!({"scale": 500})).await;
    for number in 0..EACH {
        talk.says(&format!("before {number}")).await;
    }
    // Killed a moment earlier, nobody could say whether it arrived.
    talk.answered("Answered before").await;
    talk.daemon.signal("KILL").await;
    talk.daemon.ended().await;
    posts(&talk, json!({"hold": true})).await;
    for number in 0..EACH {
        talk.says(&format!("while away {number}")).await;
    }

    talk.daemon = TestDaemon::start(&store).await;
    talk.bob = talk::bob_again(&talk.daemon).await;
    talk.open_line().await;
    posts(&talk, json!({"release": "twice"})).await;
    let mut came = within(talk::PATIENCE, "all that was written", async || {
        let texts = talk::texts_of_customer(&talk.bob, &talk.path).await;
        (texts.len() > 2 * EACH).then_some(texts)
    })
    .await;
    let mut wanted = vec!["Is this in stock?".to_owned()];
    wanted.extend((0..EACH).map(|number| format!("before {number}")));
    wanted.extend((0..EACH).map(|number| format!("while away {number}")));
    if talk.channel.hooked {
        // Who posts again posts in any order.
        came.sort();
        wanted.sort();
    }
    assert_eq!(came, wanted, "each once");
    talk.answered("Answered after").await;
    assert_eq!(talk::times_shown(&*talk.line.phone, talk.customer, "Answered before"), 1);
    talk.end().await;
}

/// Tells a provider that posts how to go about it.
async fn posts(talk: &Talk, wish: Value) {
    if talk.channel.hooked {
        let address = format!("{}/_control/webhook", talk.line.settings["api_url"].as_str().unwrap());
        let client = reqwest::Client::builder().build().unwrap();
        client.post(address).json(&wish).send().await.unwrap().error_for_status().unwrap();
    }
}
