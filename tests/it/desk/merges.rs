//! Contacts that are one person: found by evidence, merged, and two again as if nothing had been.

use http::Method;
use serde_json::{Value, json};
use trunkline::access::Role;
use trunkline::app::App;
use trunkline::contacts::{self, ContactChange, Error, EvidenceKind};
use trunkline::conversations::{self, store as conversation_store};
use trunkline::db::sql;
use trunkline::events;
use trunkline::http::PageQuery;

use super::{caller, customer, visitor, write};
use crate::support::edge::Edge;
use crate::support::lines::{Said, TestIntake, stored};
use crate::support::{Store, each_store};

each_store!(
    a_merge_moves_everything_and_its_undoing_moves_it_back,
    merges_are_undone_in_any_order_that_makes_sense,
    suggestions_come_with_their_evidence_and_names_alone_are_none,
    visitors_who_are_merged_see_nothing_of_each_other,
    merging_twice_or_with_oneself_is_refused,
    an_address_gives_way_to_a_name_and_comes_back,
    over_http_the_contacts_are_two_one_and_two_again,
);

/// Everything that a merge may touch, but for the times at which contacts were changed.
async fn everything(app: &App) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for text in [
        "SELECT id || '|' || COALESCE(name, '-') || '|' || COALESCE(language, '-') || '|' || custom_fields || '|' \
         || COALESCE(named_by, '-') || '|' || COALESCE(merged_into, '-') FROM contacts ORDER BY id",
        "SELECT id || '|' || contact_id || '|' || external_id FROM identities ORDER BY id",
        "SELECT id || '|' || contact_id || '|' || identity_id || '|' || state FROM conversations ORDER BY id",
        "SELECT id || '|' || conversation_id || '|' || COALESCE(sender_id, '-') FROM messages ORDER BY id",
    ] {
        all.push(sql(text).all::<(String,)>(&app.db).await.unwrap().into_iter().map(|(row,)| row).collect());
    }
    all
}

async fn told(app: &App, kind: &str) -> usize {
    events::store::after(&app.db, 0, 1000).await.unwrap().iter().filter(|event| event.kind == kind).count()
}

async fn a_merge_moves_everything_and_its_undoing_moves_it_back(store: Store) {
    let app = store.app().await;
    let ann = caller("o", Role::Operator);
    let intake = TestIntake::start(&app).await;
    customer(&app, "one", "").await;
    write(&app, "UPDATE contacts SET name = NULL WHERE id = 'one'", &[]).await;
    let from = |id: &str| Said { id: id.into(), peer: "tele".into(), text: id.into(), ..Said::default() };
    let theirs = stored(intake.say("chat", from("m1")).await).conversation_id;
    let two = conversations::view(&app, &ann, &theirs).await.unwrap().contact.id;
    let fields =
        |fields: serde_json::Value| ContactChange { custom_fields: fields.as_object().cloned(), ..ContactChange::default() };
    contacts::change(&app, &ann, "one", &fields(json!({"vip": true}))).await.unwrap();
    let known =
        ContactChange { name: Some("Ann".into()), language: Some("de".into()), ..fields(json!({"vip": false, "size": "M"})) };
    contacts::change(&app, &ann, &two, &known).await.unwrap();
    let before = everything(&app).await;

    let merged = contacts::merge(&app, &ann, "one", &two).await.unwrap();
    assert_eq!((merged.contact.identities.len(), merged.other.identities.len()), (2, 0));
    assert_eq!(merged.other.merged_into.as_deref(), Some("one"));
    assert_eq!((merged.contact.name.as_deref(), merged.contact.language.as_deref()), (Some("Ann"), Some("de")));
    assert_eq!(merged.contact.custom_fields, json!({"vip": true, "size": "M"}));
    let listed = contacts::list(&app, &ann, None, &PageQuery::default()).await.unwrap();
    assert_eq!(listed.items.iter().map(|contact| contact.id.as_str()).collect::<Vec<_>>(), ["one"]);
    let all = contacts::conversations(&app, &ann, "one", &PageQuery::default()).await.unwrap();
    assert_eq!(all.items.len(), 2);
    // Each account goes on in its own conversation: an answer goes to where the question came from.
    assert_eq!(stored(intake.say("chat", from("m2")).await).conversation_id, theirs);
    assert_eq!((told(&app, "contact.merged").await, told(&app, "conversation.updated").await), (1, 2));
    write(&app, "DELETE FROM messages WHERE external_id = 'm2'", &[]).await;

    let apart = contacts::unmerge(&app, &ann, "one").await.unwrap();
    assert_eq!((apart.contact.id.as_str(), apart.other.id.as_str()), ("one", two.as_str()));
    assert_eq!(everything(&app).await, before);
    assert_eq!(told(&app, "contact.unmerged").await, 1);
    assert!(matches!(contacts::unmerge(&app, &ann, "one").await, Err(Error::NotUndone(_))));

    // Undone by the name of the other, after a colleague has gone on working with it.
    contacts::merge(&app, &ann, "one", &two).await.unwrap();
    let renamed = ContactChange { name: Some("Anna".into()), ..fields(json!({"vip": true, "size": "L"})) };
    contacts::change(&app, &ann, "one", &renamed).await.unwrap();
    write(&app, "UPDATE conversations SET state = 'closed', closed_at = 0 WHERE id = $1", &[&theirs]).await;
    app.clock.advance(std::time::Duration::from_secs(365 * 86_400));
    let begun_since = stored(intake.say("chat", from("m3")).await).conversation_id;
    assert_ne!(begun_since, theirs);
    let apart = contacts::unmerge(&app, &ann, &two).await.unwrap();
    assert_eq!((apart.contact.name.as_deref(), apart.contact.language), (Some("Anna"), None));
    assert_eq!(apart.contact.custom_fields, json!({"vip": true, "size": "L"}));
    let owner = conversations::view(&app, &ann, &begun_since).await.unwrap().contact.id;
    assert_eq!(owner, two, "a conversation goes with the account it was begun from");
}

async fn merges_are_undone_in_any_order_that_makes_sense(store: Store) {
    let app = store.app().await;
    let ann = caller("o", Role::Supervisor);
    for id in ["a", "b", "c"] {
        customer(&app, id, id).await;
    }
    let before = everything(&app).await;
    // One after the other into the same; the first is undone first.
    contacts::merge(&app, &ann, "a", "b").await.unwrap();
    contacts::merge(&app, &ann, "a", "c").await.unwrap();
    contacts::unmerge(&app, &ann, "b").await.unwrap();
    let halfway = contacts::get(&app, &ann, "a").await.unwrap();
    assert_eq!(halfway.identities.iter().map(|identity| identity.id.as_str()).collect::<Vec<_>>(), ["id-a", "id-c"]);
    contacts::unmerge(&app, &ann, "a").await.unwrap();
    assert_eq!(everything(&app).await, before);
    // A chain is undone from its end.
    contacts::merge(&app, &ann, "b", "c").await.unwrap();
    contacts::merge(&app, &ann, "a", "b").await.unwrap();
    assert!(matches!(contacts::unmerge(&app, &ann, "c").await, Err(Error::NotUndone(_))));
    contacts::unmerge(&app, &ann, "b").await.unwrap();
    contacts::unmerge(&app, &ann, "c").await.unwrap();
    assert_eq!(everything(&app).await, before);
}

async fn suggestions_come_with_their_evidence_and_names_alone_are_none(store: Store) {
    let app = store.app().await;
    let ann = caller("o", Role::Auditor);
    let intake = TestIntake::start(&app).await;
    let from = |inbox: &str, id: &str, handle: &str, name: &str| {
        let said = Said {
            id: id.into(),
            peer: if name.is_empty() { id.into() } else { name.into() },
            handle: Some(handle.into()),
            nameless: name.is_empty(),
            ..Said::default()
        };
        (inbox.to_owned(), said)
    };
    let mut contact = Vec::new();
    for (inbox, said) in [
        from("chat", "1", "+49 170 1234567", "Ann"),
        from("mail", "2", "0049-170-1234567", "ann"),
        from("mail", "3", "Ann@Example.com", "Ann"),
        from("chat", "4", "ann@example.com", ""),
    ] {
        let conversation = stored(intake.say(&inbox, said).await).conversation_id;
        contact.push(conversations::view(&app, &ann, &conversation).await.unwrap().contact.id);
    }
    let of = |at: usize| {
        let (app, ann, contact) = (&app, &ann, &contact);
        async move {
            let found = contacts::suggestions(app, ann, &contact[at]).await.unwrap();
            let brief = |suggestion: contacts::Suggestion| {
                let place = contact.iter().position(|id| *id == suggestion.contact.id).unwrap();
                (place, suggestion.evidence.into_iter().map(|e| (e.kind, e.value, e.strong)).collect::<Vec<_>>())
            };
            found.into_iter().map(brief).collect::<Vec<_>>()
        }
    };
    let phone = (EvidenceKind::Phone, "491701234567".to_owned(), true);
    let name = (EvidenceKind::Name, "ann".to_owned(), false);
    let email = (EvidenceKind::Email, "ann@example.com".to_owned(), true);
    assert_eq!(of(0).await, [(1, vec![phone, name])], "the third has the name alone");
    assert_eq!(of(2).await, [(3, vec![email.clone()])]);
    let merging = caller("o", Role::Operator);
    contacts::merge(&app, &merging, &contact[2], &contact[3]).await.unwrap();
    assert_eq!(of(2).await, []);
    assert!(matches!(contacts::suggestions(&app, &ann, "none").await, Err(Error::NotFound)));
    // The same account, proved to two inboxes of one provider; a claim is none.
    for (id, verified) in [("x", true), ("y", true), ("z", false)] {
        customer(&app, id, id).await;
        let text = "INSERT INTO inboxes (id, channel, name, source, settings, state, created_at, updated_at) \
                    VALUES ('i-' || $1, 'web_chat', 'i-' || $1, 'api', '{}', 'running', 1, 1)";
        write(&app, text, &[id]).await;
        write(&app, "UPDATE identities SET external_id = 'user:42', inbox_id = 'i-' || $1 WHERE contact_id = $1", &[id]).await;
        if verified {
            write(&app, "UPDATE identities SET verified = TRUE WHERE contact_id = $1", &[id]).await;
        }
        let mut tx = app.db.begin().await.unwrap();
        contacts::marks::refresh(&mut tx, &format!("id-{id}")).await.unwrap();
        tx.commit().await.unwrap();
    }
    let found = contacts::suggestions(&app, &ann, "x").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].contact.id.as_str(), found[0].evidence[0].kind), ("y", EvidenceKind::Account));
}

async fn visitors_who_are_merged_see_nothing_of_each_other(store: Store) {
    let app = store.app().await;
    for id in ["ann", "bob"] {
        customer(&app, id, id).await;
    }
    contacts::merge(&app, &caller("o", Role::Operator), "ann", "bob").await.unwrap();
    for (who, own, other) in [("ann", "c-ann", "c-bob"), ("bob", "c-bob", "c-ann")] {
        let visitor = visitor(who);
        assert_eq!(conversation_store::newest_of(&app.db, &visitor).await.unwrap().as_deref(), Some(own));
        assert!(conversation_store::is_own(&app.db, own, &visitor).await.unwrap());
        assert!(!conversation_store::is_own(&app.db, other, &visitor).await.unwrap());
        let facts = conversation_store::facts(&app.db, other).await.unwrap().unwrap();
        assert!(!conversation_store::belongs_to(&app.db, &facts, &visitor).await.unwrap());
    }
}

async fn merging_twice_or_with_oneself_is_refused(store: Store) {
    let app = store.app().await;
    for id in ["a", "b", "c"] {
        customer(&app, id, id).await;
    }
    let ann = caller("o", Role::Operator);
    assert!(matches!(contacts::merge(&app, &ann, "a", "a").await, Err(Error::Itself)));
    assert!(matches!(contacts::merge(&app, &ann, "a", "none").await, Err(Error::NotFound)));
    assert!(matches!(contacts::merge(&app, &caller("x", Role::Auditor), "a", "b").await, Err(Error::Forbidden(_))));
    contacts::merge(&app, &ann, "a", "b").await.unwrap();
    for (into, from) in [("a", "b"), ("b", "c"), ("c", "b")] {
        assert!(matches!(contacts::merge(&app, &ann, into, from).await, Err(Error::AlreadyMerged)), "{into} {from}");
    }
    let gone = contacts::get(&app, &ann, "b").await.unwrap();
    assert_eq!((gone.merged_into.as_deref(), gone.identities.len()), (Some("a"), 0));
}

async fn an_address_gives_way_to_a_name_and_comes_back(store: Store) {
    let app = store.app().await;
    for (id, name) in [("a", "a@example.com"), ("b", "Bob"), ("c", "c@example.com")] {
        customer(&app, id, name).await;
    }
    let ann = caller("o", Role::Operator);
    let before = everything(&app).await;
    assert_eq!(contacts::merge(&app, &ann, "a", "c").await.unwrap().contact.name.as_deref(), Some("a@example.com"));
    assert_eq!(contacts::merge(&app, &ann, "a", "b").await.unwrap().contact.name.as_deref(), Some("Bob"));
    contacts::unmerge(&app, &ann, "a").await.unwrap();
    contacts::unmerge(&app, &ann, "a").await.unwrap();
    assert_eq!(everything(&app).await, before);
}

async fn over_http_the_contacts_are_two_one_and_two_again(store: Store) {
    let app = store.app().await;
    for id in ["a", "b"] {
        customer(&app, id, id).await;
        write(&app, "UPDATE identities SET handle = 'info@example.com' WHERE contact_id = $1", &[id]).await;
        let mut tx = app.db.begin().await.unwrap();
        contacts::marks::refresh(&mut tx, &format!("id-{id}")).await.unwrap();
        tx.commit().await.unwrap();
    }
    let edge = Edge::start(&app).await;
    let cookie = edge.signed_in("bob", Role::Operator).await;
    let call = async |method: Method, path: &str, body: Option<Value>| {
        let answer = edge.call(method, &format!("/api/v1/contacts/{path}"), &[("cookie", &cookie)], body).await;
        (answer.status.as_u16(), answer.body)
    };
    let (status, suggested) = call(Method::GET, "a/merge-suggestions", None).await;
    let evidence = json!([{"kind": "email", "value": "info@example.com", "strong": true}]);
    assert_eq!((status, &suggested[0]["contact"]["id"], &suggested[0]["evidence"]), (200, &json!("b"), &evidence));
    let (status, merged) = call(Method::POST, "a/merge", Some(json!({"contact_id": "b"}))).await;
    assert_eq!((status, &merged["contact"]["id"], &merged["other"]["merged_into"]), (200, &json!("a"), &json!("a")));
    let (status, problem) = call(Method::POST, "a/merge", Some(json!({"contact_id": "b"}))).await;
    assert_eq!((status, &problem["code"]), (409, &json!("already_merged")));
    assert_eq!(call(Method::POST, "a/merge", Some(json!({"contact_id": "a"}))).await.0, 400);
    let (status, apart) = call(Method::POST, "a/unmerge", None).await;
    assert_eq!((status, &apart["other"]["identities"][0]["id"]), (200, &json!("id-b")));
    assert_eq!(call(Method::POST, "a/unmerge", None).await.0, 409);
    assert_eq!(call(Method::POST, "none/unmerge", None).await.0, 404);
}
