//! Search: all words, newest first, filtered, page by page.

use trunkline::access::Role;
use trunkline::conversations::State;
use trunkline::search::{self, Scope, SearchQuery, SearchView};

use super::{caller, customer, message, operator, write};
use crate::support::{Store, TestApp, each_store};

each_store!(
    messages_are_found_by_their_words_newest_first,
    filters_and_pages_lose_nothing,
    everything_is_searched_at_once,
    what_is_not_a_query_is_refused,
);

async fn messages_are_found_by_their_words_newest_first(store: Store) {
    let app = store.app().await;
    customer(&app, "ann", "Ann").await;
    for (number, text) in (1..).zip([
        "The parcel 4711 has not arrived",
        "Где моя ПОСЫЛКА?",
        "parcels are slow",
        "write to ann@example.com or see https://example.com/faq",
        "deleted parcel",
    ]) {
        message(&app, &format!("m{number}"), "ann", number, text).await;
    }
    write(&app, "UPDATE messages SET deleted_at = 1 WHERE id = 'm5'", &[]).await;
    write(&app, "UPDATE messages SET text = 'edited: the hamster' WHERE id = 'm3'", &[]).await;
    for (typed, expected) in [
        ("parcel", vec!["m1"]),
        ("arrived parc", vec!["m1"]),
        ("parc arrived", vec![]),
        ("471", vec!["m1"]),
        ("посыл", vec!["m2"]),
        ("МОЯ посылка", vec!["m2"]),
        ("example", vec!["m4"]),
        ("ann@example.com", vec!["m4"]),
        ("hamster", vec!["m3"]),
        ("slow", vec![]),
        ("the", vec!["m3", "m1"]),
        ("parcel OR hamster", vec![]),
        ("\"parcel\" ' ; --", vec!["m1"]),
    ] {
        assert_eq!(messages(&app, &query(typed)).await, expected, "{typed}");
    }
    let view = search::search(&app, &caller("o", Role::Operator), &query("parcel")).await.unwrap();
    let hit = &view.messages.unwrap().items[0];
    assert_eq!((hit.snippet.ranges[0].start, hit.snippet.ranges[0].length), (4, 6));
    assert_eq!((hit.number, hit.conversation_id.as_str(), hit.contact_name.as_deref()), (1, "c-ann", Some("Ann")));
}

async fn filters_and_pages_lose_nothing(store: Store) {
    let app = store.app().await;
    operator(&app, "o").await;
    for id in ["ann", "bob"] {
        customer(&app, id, id).await;
        for number in 1..=7 {
            message(&app, &format!("{id}{number}"), id, number, "common words").await;
        }
    }
    write(&app, "UPDATE conversations SET assignee_id = 'o', state = 'active' WHERE id = 'c-bob'", &[]).await;
    let bobs: Vec<String> = (1..=7).rev().map(|number| format!("bob{number}")).collect();
    let mine = SearchQuery { assignee: Some("me".to_owned()), ..query("common") };
    let nobodys = SearchQuery { assignee: Some("none".to_owned()), ..query("common") };
    let active = SearchQuery { state: Some(State::Active), ..query("common") };
    let here = SearchQuery { channel: Some("web_chat".to_owned()), inbox: Some("i1".to_owned()), ..query("common") };
    let late = SearchQuery { from: Some(app.now() + 3), to: Some(app.now() + 5), ..query("common") };
    assert_eq!(messages(&app, &mine).await, bobs);
    assert_eq!(messages(&app, &active).await, bobs);
    assert_eq!(messages(&app, &nobodys).await.len(), 7);
    assert_eq!(messages(&app, &here).await.len(), 14);
    assert_eq!(messages(&app, &late).await, ["bob4", "bob3", "ann4", "ann3"]);
    assert_eq!(messages(&app, &SearchQuery { channel: Some("email".to_owned()), ..query("common") }).await, Vec::<String>::new());
}

async fn everything_is_searched_at_once(store: Store) {
    let app = store.app().await;
    operator(&app, "annika").await;
    operator(&app, "bob").await;
    customer(&app, "ann", "Ann").await;
    message(&app, "m1", "ann", 1, "this is Ann").await;
    let all = SearchQuery { scope: Scope::All, ..query("ann") };
    let view = search::search(&app, &caller("o", Role::Auditor), &all).await.unwrap();
    assert_eq!(view.messages.unwrap().items.len(), 1);
    assert_eq!(view.contacts.unwrap().items[0].contact.id, "ann");
    let operators = view.operators.unwrap();
    assert_eq!(operators.iter().map(|hit| hit.id.as_str()).collect::<Vec<_>>(), ["annika"]);
    assert_eq!(operators[0].snippet.ranges.len(), 1);
    let one: SearchView =
        search::search(&app, &caller("o", Role::Operator), &SearchQuery { scope: Scope::Operators, ..all }).await.unwrap();
    assert!(one.messages.is_none() && one.contacts.is_none());
}

async fn what_is_not_a_query_is_refused(store: Store) {
    let app = store.app().await;
    let long = "x".repeat(201);
    let cursor = SearchQuery { cursor: Some("bm90IGEgbnVtYmVy".to_owned()), ..query("x") };
    let all = SearchQuery { cursor: Some("MQ".to_owned()), scope: Scope::All, ..query("x") };
    let many = SearchQuery { limit: Some(51), ..query("x") };
    for bad in [query(""), query(" ;-) "), query(&long), cursor, all, many] {
        let refused = search::search(&app, &caller("o", Role::Operator), &bad).await;
        assert_eq!(refused.unwrap_err().status().as_u16(), 400, "{bad:?}");
    }
}

fn query(typed: &str) -> SearchQuery {
    SearchQuery { q: typed.to_owned(), scope: Scope::Messages, limit: Some(3), ..SearchQuery::default() }
}

/// All pages, one after the other.
async fn messages(app: &TestApp, query: &SearchQuery) -> Vec<String> {
    let mut query = query.clone();
    let mut ids = Vec::new();
    loop {
        let page = search::search(app, &caller("o", Role::Operator), &query).await.unwrap().messages.unwrap();
        ids.extend(page.items.into_iter().map(|hit| hit.message_id));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return ids;
        }
    }
}
