//! Contacts: found by whatever is known of them, changed with care, shown with what was before.

use serde_json::json;
use trunkline::access::Role;
use trunkline::contacts::{self, ContactChange, Error};
use trunkline::events;
use trunkline::http::PageQuery;

use super::{caller, customer, write};
use crate::support::{Store, TestApp, each_store};

each_store!(contacts_are_found_by_names_and_handles, a_change_is_kept_and_told, the_context_of_a_conversation_is_whole);

async fn contacts_are_found_by_names_and_handles(store: Store) {
    let app = store.app().await;
    for (id, name) in [("ann", "Ann Smith"), ("bob", "Bob Smithers"), ("ivan", "Иван ПЕТРОВ"), ("zoe", "O'Neil")] {
        customer(&app, id, name).await;
    }
    let telegram = "INSERT INTO identities (id, contact_id, inbox_id, external_id, handle, name, created_at) \
                    VALUES ('tg', 'ann', 'i1', 'tg', '@ann_of_green', '+49 170 1234567', 1)";
    write(&app, telegram, &[]).await;
    for (typed, expected) in [
        ("smith", vec!["bob", "ann"]),
        ("smith ann", vec!["ann"]),
        ("петр", vec!["ivan"]),
        ("ПЕТРОВ иван", vec!["ivan"]),
        ("bob@example.com", vec!["bob"]),
        ("green", vec!["ann"]),
        ("49 170", vec!["ann"]),
        ("neil", vec!["zoe"]),
        ("nobody", vec![]),
        ("'\"*", vec![]),
    ] {
        assert_eq!(found(&app, Some(typed)).await, expected, "{typed}");
    }
    assert_eq!(found(&app, None).await, ["zoe", "ivan", "bob", "ann"]);
    let rename = ContactChange { name: Some("Bo Jones".to_owned()), ..ContactChange::default() };
    contacts::change(&app, &caller("o", Role::Operator), "bob", &rename).await.unwrap();
    assert_eq!(found(&app, Some("jones bo")).await, ["bob"]);
    // The identity keeps the name the customer gave.
    assert_eq!(found(&app, Some("smithers")).await, ["bob"]);
    write(&app, "DELETE FROM identities WHERE id = 'tg'", &[]).await;
    assert_eq!(found(&app, Some("green")).await, Vec::<String>::new());
}

async fn a_change_is_kept_and_told(store: Store) {
    let app = store.app().await;
    customer(&app, "ann", "Ann").await;
    let operator = caller("o", Role::Operator);
    let change = ContactChange {
        name: Some(" Ann\r\nSmith ".to_owned()),
        language: Some("de".to_owned()),
        custom_fields: json!({"vip": true}).as_object().cloned(),
    };
    contacts::change(&app, &operator, "ann", &change).await.unwrap();
    let kept = contacts::get(&app, &operator, "ann").await.unwrap();
    assert_eq!((kept.name.as_deref(), kept.language.as_deref()), (Some("Ann Smith"), Some("de")));
    assert_eq!(kept.custom_fields, json!({"vip": true}));
    assert_eq!(kept.identities.len(), 1);
    let told = events::store::after(&app.db, 0, 10).await.unwrap();
    assert_eq!(told.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["contact.updated"]);
    let empty = ContactChange { name: Some(String::new()), ..ContactChange::default() };
    assert_eq!(contacts::change(&app, &operator, "ann", &empty).await.unwrap().name, None);
    assert!(matches!(contacts::change(&app, &operator, "none", &empty).await, Err(Error::NotFound)));
    assert!(matches!(contacts::change(&app, &caller("o", Role::Auditor), "ann", &empty).await, Err(Error::Forbidden(_))));
}

async fn the_context_of_a_conversation_is_whole(store: Store) {
    let app = store.app().await;
    customer(&app, "ann", "Ann").await;
    let closed = "INSERT INTO conversations (id, inbox_id, channel, contact_id, identity_id, state, subject, created_at, updated_at, closed_at) \
                  VALUES ('old', 'i1', 'web_chat', 'ann', 'id-ann', 'closed', 'before', 0, 0, 1)";
    write(&app, closed, &[]).await;
    let operator = caller("o", Role::Operator);
    let context = contacts::context(&app, &operator, "c-ann").await.unwrap();
    assert_eq!((context.conversations, context.open_conversations), (2, 1));
    assert_eq!(context.earlier.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["old"]);
    assert_eq!(context.metadata, json!({"page": "https://example.com/shop"}));
    assert_eq!(context.contact.id, "ann");
    assert!(matches!(contacts::context(&app, &operator, "none").await, Err(Error::NoConversation)));
    let all = contacts::conversations(&app, &operator, "ann", &PageQuery::default()).await.unwrap();
    assert_eq!(all.items.len(), 2);
}

async fn found(app: &TestApp, typed: Option<&str>) -> Vec<String> {
    let mut ids = Vec::new();
    let mut page = PageQuery { limit: Some(1), cursor: None };
    loop {
        let next = contacts::list(app, &caller("o", Role::Operator), typed, &page).await.unwrap();
        ids.extend(next.items.into_iter().map(|contact| contact.id));
        match next.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return ids,
        }
    }
}
