//! What holds for a whole inbox: its pace, its rests, its credentials, and that it holds up nobody else.

use std::time::Duration;

use trunkline::db::sql;
use trunkline::deliveries::actions;
use trunkline_channel::{Ambiguity, Capabilities, Health, Rate, SendError};

use super::bob;
use super::scripted::{Answer, Scripted, capabilities, inbox, reply, retry, stands, start, until_calls, until_state};
use crate::support::{Store, each_store, eventually};

each_store!(
    a_slow_down_is_kept_by_the_whole_inbox_also_over_a_restart,
    the_pace_of_inbox_and_chat_is_kept,
    a_hanging_inbox_holds_up_nobody_else,
    a_paused_inbox_ends_what_it_began_and_begins_nothing,
    a_failing_provider_is_left_alone_and_probed,
    refused_credentials_alarm_and_keep_the_messages,
);

async fn a_slow_down_is_kept_by_the_whole_inbox_also_over_a_restart(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    let healthy = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    for id in ["slow", "healthy"] {
        inbox(&app, id).await;
    }
    scripted.then_fails(SendError::RateLimited { after: Duration::from_secs(30), whole_inbox: true });
    let first = reply(&app, "slow", "c", "one").await;
    let running = start(&app, [("slow", &scripted), ("healthy", &healthy)]);
    until_state(&app, &first, "retry_wait").await;
    let begun = app.now();
    assert_eq!(running.health.report().rate_limited_until, Some(begun + 30_000_000));
    drop(running);

    let running = start(&app, [("slow", &scripted), ("healthy", &healthy)]);
    let mut waiting = vec![first];
    for i in 0..5 {
        waiting.push(reply(&app, "slow", &format!("c{i}"), "more").await);
    }
    let other = reply(&app, "healthy", "h", "hello").await;
    until_state(&app, &other, "sent").await;
    app.clock.advance(Duration::from_secs(29));
    running.dispatcher.wake();
    let other = reply(&app, "healthy", "h", "hello again").await;
    until_state(&app, &other, "sent").await;
    assert_eq!(scripted.calls().len(), 1, "nothing inside the forbidden window");

    app.clock.advance(Duration::from_secs(1));
    running.dispatcher.wake();
    for id in &waiting {
        until_state(&app, id, "sent").await;
    }
    assert!(scripted.calls().iter().skip(1).all(|call| call.at >= begun + 30_000_000));
}

async fn the_pace_of_inbox_and_chat_is_kept(store: Store) {
    let app = store.app().await;
    let rate = |per_second, burst| Rate { per_second, burst };
    let caps = Capabilities { inbox_rate: rate(4.0, 4), chat_rate: rate(1.0, 1), ..capabilities(Ambiguity::AskOperator) };
    let scripted = Scripted::new(&app, caps);
    inbox(&app, "i").await;
    for i in 0..3 {
        for chat in ["a", "b"] {
            reply(&app, "i", chat, &format!("{chat}{i}")).await;
        }
    }
    let running = start(&app, [("i", &scripted)]);
    for second in 1..=3 {
        until_calls(&scripted, second * 2).await;
        // Settled, so that only the pace holds the next ones up.
        eventually("all settled", || async {
            let sending: i64 =
                sql("SELECT CAST(COUNT(*) AS BIGINT) FROM deliveries WHERE state = 'sending'").scalar(&app.db).await.unwrap();
            (sending == 0).then_some(())
        })
        .await;
        app.clock.advance(Duration::from_secs(1));
        running.dispatcher.wake();
    }
    let calls = scripted.calls();
    for chat in ["a", "b"] {
        let at: Vec<i64> = calls.iter().filter(|call| call.text.starts_with(chat)).map(|call| call.at).collect();
        assert!(at.windows(2).all(|pair| pair[1] - pair[0] >= 1_000_000), "{chat}: {at:?}");
    }
}

async fn a_hanging_inbox_holds_up_nobody_else(store: Store) {
    let app = store.app().await;
    let dead = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    let alive = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    for id in ["dead", "alive"] {
        inbox(&app, id).await;
    }
    let _running = start(&app, [("dead", &dead), ("alive", &alive)]);
    for i in 0..100 {
        dead.then(Answer::Hang);
        reply(&app, "dead", &format!("d{i}"), "into the void").await;
    }
    until_calls(&dead, 32).await;
    for i in 0..50 {
        let id = reply(&app, "alive", &format!("a{}", i % 10), &i.to_string()).await;
        until_state(&app, &id, "sent").await;
    }
    assert_eq!(dead.calls().len(), 32, "bounded");
    dead.release();
    until_calls(&dead, 33).await;
}

async fn a_paused_inbox_ends_what_it_began_and_begins_nothing(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    for id in ["i", "other"] {
        inbox(&app, id).await;
    }
    let running = start(&app, [("i", &scripted), ("other", &scripted)]);
    scripted.then(Answer::Hang);
    let begun = reply(&app, "i", "c", "begun").await;
    until_calls(&scripted, 1).await;
    running.paused.lock().unwrap().push("i".to_owned());
    let waiting = reply(&app, "i", "d", "waiting").await;
    running.dispatcher.wake();
    scripted.release();
    until_state(&app, &begun, "sent").await;
    let other = reply(&app, "other", "o", "other").await;
    until_state(&app, &other, "sent").await;
    assert_eq!(stands(&app, &waiting).await, ("queued".into(), "queued".into(), 0));
    running.paused.lock().unwrap().clear();
    running.dispatcher.wake();
    until_state(&app, &waiting, "sent").await;
}

async fn a_failing_provider_is_left_alone_and_probed(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    scripted.always(Some(retry()));
    let running = start(&app, [("i", &scripted)]);
    for i in 0..10 {
        let id = reply(&app, "i", &format!("c{i}"), "x").await;
        until_state(&app, &id, "retry_wait").await;
    }
    app.clock.advance(Duration::from_secs(14));
    running.dispatcher.wake();
    let late = reply(&app, "i", "late", "x").await;
    assert_eq!(scripted.calls().len(), 10);

    app.clock.advance(Duration::from_secs(2));
    running.dispatcher.wake();
    until_calls(&scripted, 11).await;
    scripted.always(None);
    app.clock.advance(Duration::from_secs(31));
    running.dispatcher.wake();
    until_state(&app, &late, "sent").await;
    let between = scripted.calls().iter().filter(|call| call.at < app.now() - 30_000_000).count();
    assert_eq!(between, 11, "one probe between the opening and the recovery");
}

async fn refused_credentials_alarm_and_keep_the_messages(store: Store) {
    let app = store.app().await;
    let scripted = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    inbox(&app, "i").await;
    scripted.then_fails(SendError::BadCredentials { code: "535".into(), shown: "The password was refused.".into() });
    let first = reply(&app, "i", "c", "one").await;
    let running = start(&app, [("i", &scripted)]);
    until_state(&app, &first, "retry_wait").await;
    assert!(matches!(running.health.report().health, Health::BadCredentials { .. }));
    // Other settings are another connector: tried at once.
    let renewed = Scripted::new(&app, capabilities(Ambiguity::AskOperator));
    drop(running);
    let _running = start(&app, [("i", &renewed)]);
    actions::retry(&app, &bob(), &first).await.unwrap();
    until_state(&app, &first, "sent").await;
}
