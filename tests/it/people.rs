//! The people behind the messages: known by several ids, moving, blocking, typing; and every kind of message they send.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use trunkline::access::Caller;
use trunkline::contacts;
use trunkline::conversations::{self, HistoryQuery, Scope};
use trunkline::db::sql;
use trunkline::events;
use trunkline::intake::Notice;
use trunkline::realtime::Push;
use trunkline::search::{self, SearchQuery};
use trunkline_channel::Kind;

use crate::support::lines::{Said, TestIntake, stored};
use crate::support::people::operator;
use crate::support::{Store, TestApp, each_store};

each_store!(
    a_person_is_found_under_any_of_their_ids,
    two_who_turn_out_to_be_one_keep_everything,
    many_at_once_with_a_common_id_are_one_person,
    whoever_gets_a_new_id_stays_in_the_conversation,
    a_customer_who_blocks_us_is_shown_and_one_who_writes_is_reachable,
    typing_is_told_and_not_kept,
    every_kind_of_message_is_shown_and_found,
    what_is_only_about_the_customer_makes_nobody_wait,
    news_that_overtakes_its_message_waits_for_it,
    lists_show_what_the_last_message_became,
);

fn said(id: &str, peer: &str, aliases: &[&str]) -> Said {
    let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
    Said { id: id.into(), peer: peer.into(), text: id.into(), aliases, ..Said::default() }
}

fn instead(what: &str, id: &str, peer: &str, text: &str) -> Said {
    Said { id: id.into(), peer: peer.into(), text: text.into(), instead: Some(what.into()), ..Said::default() }
}

async fn count(app: &TestApp, table: &str) -> i64 {
    sql(format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table}")).scalar(&app.db).await.unwrap()
}

async fn kinds(app: &TestApp) -> Vec<String> {
    events::store::after(&app.db, 0, 1000).await.unwrap().into_iter().map(|event| event.kind).collect()
}

async fn a_person_is_found_under_any_of_their_ids(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let first = stored(intake.say("chat", said("m1", "+49170", &[])).await).conversation_id;
    // Known by a number so far; the provider begins to say the user's id as well.
    for (id, peer, aliases) in [
        ("m2", "user-1", vec!["+49170"]),
        ("m3", "user-1", vec![]),
        ("m4", "+49170", vec![]),
        ("m5", "user-2", vec!["+49170"]),
        ("m6", "user-1", vec![]),
    ] {
        assert_eq!(stored(intake.say("chat", said(id, peer, &aliases)).await).conversation_id, first, "{id} of {peer}");
    }
    let written_to: String = sql("SELECT external_id FROM identities").scalar(&app.db).await.unwrap();
    assert_eq!((written_to.as_str(), count(&app, "contacts").await), ("user-2", 1));
    // The id that was replaced is good for what comes late, not for ever.
    app.clock.advance(Duration::from_secs(8 * 86_400));
    let later = stored(intake.say("chat", said("m7", "user-1", &[])).await).conversation_id;
    assert_ne!(later, first, "somebody else has it now");
    assert_eq!(stored(intake.say("chat", said("m8", "+49170", &[])).await).conversation_id, first);
}

async fn two_who_turn_out_to_be_one_keep_everything(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let helped = stored(intake.say("chat", said("m1", "+49170", &[])).await).conversation_id;
    conversations::accept(&app, &bob, &helped).await.unwrap();
    app.clock.advance(Duration::from_secs(60));
    let other = stored(intake.say("chat", said("m2", "user-1", &[])).await).conversation_id;
    assert_ne!(other, helped);
    let joined = stored(intake.say("chat", said("m3", "user-1", &["+49170"])).await);
    assert_eq!(joined.conversation_id, helped, "whoever is being helped goes on being helped");

    let (kept, gone) = (view(&app, &bob, &helped).await, view(&app, &bob, &other).await);
    assert_eq!((kept.state.as_str(), kept.contact.id == gone.contact.id), ("active", true));
    assert_eq!((gone.state.as_str(), gone.close_reason.as_deref()), ("closed", Some("merged")));
    assert_eq!(history(&app, &bob, &other).await, ["m2"]);
    let whole = history(&app, &bob, &helped).await;
    assert_eq!((whole.first().map(String::as_str), whole.last().map(String::as_str), whole.len()), (Some("m1"), Some("m3"), 2));
    assert!(kept.waiting_since.is_some());
    assert_eq!(stored(intake.say("chat", said("m4", "+49170", &[])).await).conversation_id, helped);
    let contact = contacts::get(&app, &bob, &kept.contact.id).await.unwrap();
    assert_eq!(contact.identities.len(), 1);
    let all = kinds(&app).await;
    assert!(["contact.merged", "conversation.closed"].iter().all(|kind| all.iter().any(|k| k == kind)), "{all:?}");
    let undone = contacts::unmerge(&app, &bob, &kept.contact.id).await;
    assert!(matches!(undone, Err(contacts::Error::NotUndone(_))), "{undone:?}");
}

async fn many_at_once_with_a_common_id_are_one_person(store: Store) {
    let app = store.app().await;
    let intake = Arc::new(TestIntake::start(&app).await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..24 {
        let intake = intake.clone();
        let peer = format!("user-{}", n % 6);
        tasks.spawn(async move {
            // A connector whose events are refused hands them in again.
            loop {
                let body = serde_json::to_vec(&said(&format!("m{n}"), &peer, &["+49170"])).unwrap();
                if let Ok(receipt) = intake.raw("chat", &format!("m{n}"), body).await {
                    break stored(receipt.outcome);
                }
            }
        });
    }
    let made = tasks.join_all().await;
    assert_eq!(made.len(), 24);
    let open: Vec<(String,)> = sql("SELECT contact_id FROM conversations WHERE state <> 'closed'").all(&app.db).await.unwrap();
    assert_eq!((open.len(), count(&app, "messages WHERE kind = 'text'").await), (1, 24));
    let people: Vec<(String,)> = sql("SELECT DISTINCT contact_id FROM conversations").all(&app.db).await.unwrap();
    assert_eq!((people.len(), count(&app, "identities").await), (1, 1));
    let ids: HashSet<String> = sql("SELECT external_id FROM identity_aliases")
        .all::<(String,)>(&app.db)
        .await
        .unwrap()
        .into_iter()
        .map(|(id,)| id)
        .collect();
    assert_eq!(ids.len(), 6, "five users' ids and the number: {ids:?}");
}

async fn whoever_gets_a_new_id_stays_in_the_conversation(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let first = stored(intake.say("chat", said("m1", "+1", &[])).await).conversation_id;
    let moved = Said { handle: Some("+2".into()), ..instead("moved", "c1", "+2", "+1") };
    intake.say("chat", moved).await;
    assert_eq!(stored(intake.say("chat", said("m2", "+2", &[])).await).conversation_id, first);
    assert_eq!(stored(intake.say("chat", said("late", "+1", &[])).await).conversation_id, first);
    let contact = view(&app, &bob, &first).await.contact;
    assert_eq!(contact.handle.as_deref(), Some("+2"));
    assert!(kinds(&app).await.iter().any(|kind| kind == "contact.updated"));
    // A number is given out again: its new owner must not see the old one's conversation.
    app.clock.advance(Duration::from_secs(8 * 86_400));
    let others = stored(intake.say("chat", said("m3", "+1", &[])).await).conversation_id;
    assert_ne!(others, first);
    // To an id that is known already: two open conversations, of which the livelier stays open.
    intake.say("chat", instead("moved", "c2", "+1", "+2")).await;
    assert_eq!(stored(intake.say("chat", said("m4", "+1", &[])).await).conversation_id, others);
    intake.say("chat", instead("moved", "c3", "+9", "nobody")).await;
    assert_eq!(count(&app, "identities").await, 1);
}

async fn a_customer_who_blocks_us_is_shown_and_one_who_writes_is_reachable(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let conversation = intake.text("chat", "m1", "ann", "hello").await.conversation_id;
    let contact = view(&app, &bob, &conversation).await.contact.id;
    let blocked = async || contacts::get(&app, &bob, &contact).await.unwrap().identities[0].blocked_at;
    intake.say("chat", instead("blocked", "b0", "stranger", "")).await;
    intake.say("chat", instead("blocked", "b1", "ann", "")).await;
    intake.say("chat", instead("blocked", "b2", "ann", "")).await;
    assert_eq!(blocked().await, Some(app.now()));
    let lines = || async { count(&app, "messages WHERE kind = 'system'").await };
    assert_eq!(lines().await, 1, "told once");
    let facts = view(&app, &bob, &conversation).await;
    assert_eq!((facts.last_message.unwrap().text.as_str(), facts.last_number), ("hello", 2));
    intake.say("chat", instead("allowed", "a1", "ann", "")).await;
    assert_eq!((blocked().await, lines().await), (None, 2));
    intake.say("chat", instead("blocked", "b3", "ann", "")).await;
    intake.text("chat", "m2", "ann", "here again").await;
    assert_eq!((blocked().await, lines().await), (None, 4), "who writes can be written to");
    let updates = kinds(&app).await.into_iter().filter(|kind| kind == "contact.updated").count();
    assert_eq!(updates, 4);
}

async fn typing_is_told_and_not_kept(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let conversation = intake.text("chat", "m1", "ann", "hello").await.conversation_id;
    let mut listening = intake.hub.subscribe_staff();
    let before = kinds(&app).await.len();
    intake.say("chat", instead("typing", "t0", "stranger", "")).await;
    intake.say("chat", instead("typing", "t1", "ann", "")).await;
    intake.say("chat", instead("notice", "quality", "", "Your quality is low.")).await;
    let told = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            if let Push::Volatile(volatile) = listening.next().await.unwrap() {
                break volatile;
            }
        }
    });
    let told = told.await.unwrap();
    assert_eq!((told.name, &*told.conversation_id), ("chat:typing", conversation.as_str()));
    assert_eq!((told.body["sender_type"].as_str(), told.body["sender_name"].as_str()), (Some("customer"), Some("ann")));
    assert_eq!(kinds(&app).await.len(), before);
    let expected = Notice { code: "quality".into(), shown: "Your quality is low.".into(), severe: false };
    assert_eq!(*intake.lines.notices.lock().unwrap(), [expected]);
}

async fn every_kind_of_message_is_shown_and_found(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let all = [
        Kind::Text,
        Kind::Image,
        Kind::Audio,
        Kind::Voice,
        Kind::Video,
        Kind::Animation,
        Kind::File,
        Kind::Sticker,
        Kind::Location,
        Kind::Contact,
        Kind::Interactive,
        Kind::Link,
        Kind::Poll,
        Kind::Order,
        Kind::Unsupported,
    ];
    let mut conversation = String::new();
    for kind in all {
        let text = format!("about {}", kind.as_str());
        let message = Said { id: kind.as_str().into(), peer: "ann".into(), text, kind, ..Said::default() };
        conversation = stored(intake.say("chat", message).await).conversation_id;
    }
    let page = conversations::history(&app, Scope::Operator(&bob), &conversation, &HistoryQuery::default()).await.unwrap();
    let mut shown: Vec<String> = page.items.into_iter().map(|message| message.kind).collect();
    shown.reverse();
    assert_eq!(shown, all.map(Kind::as_str));
    for kind in all {
        let query = SearchQuery { q: format!("about {}", kind.as_str()), ..SearchQuery::default() };
        let found = search::search(&app, &bob, &query).await.unwrap();
        assert_eq!(found.messages.unwrap().items.len(), 1, "{}", kind.as_str());
    }
}

async fn what_is_only_about_the_customer_makes_nobody_wait(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let followed = Said { kind: Kind::System, ..said("came by the link in the newsletter", "ann", &[]) };
    let conversation = stored(intake.say("chat", followed).await).conversation_id;
    let facts = view(&app, &bob, &conversation).await;
    assert_eq!((facts.waiting_since, facts.last_inbound_at), (None, None));
    assert_eq!(intake.text("chat", "m1", "ann", "hello").await.conversation_id, conversation);
    assert!(view(&app, &bob, &conversation).await.waiting_since.is_some());
}

async fn news_that_overtakes_its_message_waits_for_it(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    intake.say("chat", instead("react", "m1", "ann", "👍")).await;
    let edit = async |id: &str, text: &str| {
        let body = serde_json::to_vec(&instead("edit", id, "ann", text)).unwrap();
        intake.raw("chat", &format!("edit-{id}-{text}"), body).await.unwrap();
    };
    edit("m1", "once").await;
    edit("m1", "twice").await;
    intake.say("chat", instead("delete", "m2", "ann", "")).await;
    assert_eq!(count(&app, "early_effects").await, 4);
    let conversation = stored(intake.say("chat", said("m1", "ann", &[])).await).conversation_id;
    intake.say("chat", said("m2", "ann", &[])).await;

    let page = conversations::history(&app, Scope::Operator(&bob), &conversation, &HistoryQuery::default()).await.unwrap();
    let [second, first] = &page.items[..] else { panic!("two messages") };
    assert_eq!((first.text.as_str(), first.edited_at.is_some()), ("twice", true));
    assert!(second.deleted_at.is_some());
    assert_eq!(count(&app, "reactions").await, 1);
    assert_eq!(count(&app, "early_effects").await, 0);
    // A message that never comes does not fill the store.
    for n in 0..30 {
        edit("m9", &n.to_string()).await;
    }
    assert_eq!(count(&app, "early_effects").await, 20);
}

async fn lists_show_what_the_last_message_became(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    let conversation = stored(intake.say("chat", said("m1", "ann", &[])).await).conversation_id;
    intake.say("chat", said("m2", "ann", &[])).await;
    let last = async || view(&app, &bob, &conversation).await.last_message.unwrap().text;
    // A note behind it is not shown and hides nothing.
    let note = json!({"client_id": "n", "text": "careful", "kind": "note"});
    conversations::reply(&app, &bob, &conversation, serde_json::from_value(note).unwrap()).await.unwrap();
    intake.say("chat", instead("edit", "m1", "ann", "an older one")).await;
    assert_eq!(last().await, "m2");
    intake.say("chat", instead("edit", "m2", "ann", "mended")).await;
    assert_eq!(last().await, "mended");
    intake.say("chat", instead("delete", "m2", "ann", "")).await;
    assert_eq!(last().await, "");
    intake.say("chat", Said { kind: Kind::Sticker, ..said("m3", "ann", &[]) }).await;
    let shown = view(&app, &bob, &conversation).await.last_message.unwrap();
    assert_eq!((shown.number, shown.kind.as_str()), (4, "sticker"));
}

async fn view(app: &TestApp, bob: &Caller, id: &str) -> conversations::ConversationView {
    conversations::view(app, bob, id).await.unwrap()
}

/// Texts of a conversation, oldest first, without the system's lines.
async fn history(app: &TestApp, bob: &Caller, id: &str) -> Vec<String> {
    let page = conversations::history(app, Scope::Operator(bob), id, &HistoryQuery::default()).await.unwrap();
    page.items.into_iter().rev().filter(|message| message.kind != "system").map(|message| message.text).collect()
}
