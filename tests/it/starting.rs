//! Operators write first: what each channel allows, and where the customer's answer goes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use trunkline::access::{Caller, Role};
use trunkline::app::App;
use trunkline::connectors::ChannelKind;
use trunkline::conversations::{self, Close, Error, NewConversation, Started};
use trunkline::db::sql;
use trunkline::events;
use trunkline_channel::{Capabilities, Http, InboxRef, ManualClock, Secret, Setup, Threads};
use trunkline_stand_ins::phone::{Phone, Said as Typed};
use trunkline_stand_ins::telegram::TelegramStandIn;

use crate::support::edge::Edge;
use crate::support::lines::{Said, TestIntake, stored};
use crate::support::people::operator;
use crate::support::{Store, TestDaemon, each_store, eventually};

each_store!(
    every_channel_lets_operators_write_first_to_whom_they_know,
    a_mail_needs_a_subject_and_its_answers_find_it,
    what_stands_in_the_way_is_named,
    one_request_begins_one_conversation,
    over_http_roles_and_bad_input_are_told,
    a_customer_of_telegram_answers_into_the_conversation_that_was_begun,
);

/// What a channel can do, as its connector says.
fn abilities(kind: ChannelKind) -> Capabilities {
    let server = json!({"host": "127.0.0.1"});
    let settings = match kind {
        ChannelKind::WebChat => json!({}),
        ChannelKind::Email => json!({"address": "support@example.com", "imap": server, "smtp": server,
            "auth": {"kind": "password", "password": "p"}}),
        ChannelKind::Telegram => json!({"token": "7100001:AAHtest-test-test-test-test-test-te"}),
        ChannelKind::Vk => json!({"group_id": 1, "token": "t"}),
        ChannelKind::WhatsApp => json!({"phone_number_id": "1", "business_account_id": "2", "access_token": "t",
            "app_secret": "s", "verify_token": "a word of our own"}),
        ChannelKind::Messenger => json!({"page_id": "1", "app_id": "2", "access_token": "t", "app_secret": "s",
            "verify_token": "a word of our own"}),
    };
    let setup = Setup {
        inbox: InboxRef { id: "i".into(), name: "n".into() },
        instance_id: "x".into(),
        signing_key: Secret::new("k"),
        clock: Arc::new(ManualClock::at(0)),
        http: Http::new("test").unwrap(),
        public_url: None,
    };
    kind.build(&settings, setup).unwrap_or_else(|error| panic!("{kind:?}: {error}")).connector.capabilities().clone()
}

/// Somebody who wrote to this inbox once; the conversation is closed. Contact and identity.
async fn known(app: &App, intake: &TestIntake, by: &Caller, inbox: &str, peer: &str) -> (String, String) {
    let id = intake.text(inbox, &format!("<first of {peer}>"), peer, "hello").await.conversation_id;
    conversations::accept(app, by, &id).await.unwrap();
    let close = Close { reason: "problem_solved".into(), summary: None };
    conversations::close(app, by, &id, close).await.unwrap();
    whose(app, &id).await
}

async fn whose(app: &App, conversation_id: &str) -> (String, String) {
    let text = "SELECT contact_id, identity_id FROM conversations WHERE id = $1";
    sql(text).bind(conversation_id).one(&app.db).await.unwrap()
}

fn first(identity_id: &str, client_id: &str, text: &str) -> NewConversation {
    let (identity_id, client_id, text) = (identity_id.to_owned(), client_id.to_owned(), text.to_owned());
    NewConversation { identity_id, client_id, text, ..NewConversation::default() }
}

/// Says which it is when it is no conversation.
#[track_caller]
fn begun(result: Result<Started, Error>) -> Started {
    result.unwrap_or_else(|error| panic!("not begun: {error:?}"))
}

async fn every_channel_lets_operators_write_first_to_whom_they_know(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    for kind in ChannelKind::ALL {
        let name = kind.as_str();
        let abilities = abilities(kind);
        let inbox = if abilities.threads == Threads::Many { "mail" } else { "chat" };
        app.abilities.set(inbox, Some(abilities.clone()));
        let (contact, identity) = known(&app, &intake, &bob, inbox, name).await;
        let subject = (kind == ChannelKind::Email).then(|| "Your order".to_owned());
        // Meta's channels close a while after the customer's last message, whatever conversation that was in.
        if let Some(window) = abilities.window {
            app.clock.advance(window.whole() + Duration::from_secs(1));
            let late = conversations::start(&app, &bob, &contact, first(&identity, "late", "It has come.")).await;
            assert!(matches!(late, Err(Error::WindowClosed { way_out, .. }) if way_out == window.way_out), "{name}: {late:?}");
            let template = NewConversation {
                kind: Some("template".into()),
                extra: json!({"template": {"name": "arrived", "language": "en"}}),
                ..first(&identity, "template", "")
            };
            let sent = conversations::start(&app, &bob, &contact, template).await;
            if abilities.templates {
                let id = begun(sent).conversation.id;
                let close = Close { reason: "customer_not_responding".into(), summary: None };
                conversations::close(&app, &bob, &id, close).await.unwrap();
            } else {
                assert!(matches!(sent, Err(Error::Unsupported { .. })), "{name}: {sent:?}");
            }
            let again =
                stored(intake.say(inbox, Said { id: format!("{name} again"), peer: name.into(), ..Said::default() }).await);
            conversations::accept(&app, &bob, &again.conversation_id).await.ok();
            let close = Close { reason: "problem_solved".into(), summary: None };
            conversations::close(&app, &bob, &again.conversation_id, close).await.unwrap();
            app.clock.advance(window.whole() - Duration::from_secs(60));
        }
        let position = last_event(&app).await;
        let new = NewConversation { subject: subject.clone(), ..first(&identity, "first", "It has come.") };
        let Started { conversation, message } = begun(conversations::start(&app, &bob, &contact, new).await);
        assert_eq!((conversation.state.as_str(), conversation.last_number), ("awaiting_response", 1), "{name}");
        assert_eq!(conversation.assignee.as_ref().map(|who| who.id.as_str()), Some(bob.operator_id.as_str()), "{name}");
        assert_eq!((conversation.contact.id.as_str(), &conversation.subject), (contact.as_str(), &subject), "{name}");
        assert_eq!((message.number, message.status.as_str(), message.text.as_str()), (1, "queued", "It has come."), "{name}");
        assert_eq!(conversation.reply_window.is_some(), abilities.window.is_some(), "{name}");
        let log = events::store::after(&app.db, position, 10).await.unwrap();
        assert_eq!(log.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["conversation.created", "message.created"]);
        let deliveries: i64 =
            sql("SELECT CAST(COUNT(*) AS BIGINT) FROM deliveries WHERE conversation_id = $1 AND state = 'queued'")
                .bind(&conversation.id)
                .scalar(&app.db)
                .await
                .unwrap();
        assert_eq!(deliveries, 1, "{name}");

        if inbox == "chat" {
            let beside = conversations::start(&app, &bob, &contact, first(&identity, "second", "?")).await;
            assert!(
                matches!(&beside, Err(Error::AlreadyOpen { conversation_id }) if *conversation_id == conversation.id),
                "{beside:?}"
            );
            let answer = intake.text(inbox, &format!("{name} answers"), name, "Thank you.").await;
            assert_eq!((&answer.conversation_id, answer.number), (&conversation.id, 2), "{name}");
            let view = conversations::view(&app, &bob, &conversation.id).await.unwrap();
            assert_eq!((view.state.as_str(), view.assignee.is_some()), ("active", true), "{name}");
        }
    }
}

async fn last_event(app: &App) -> i64 {
    sql("SELECT COALESCE(MAX(seq), 0) FROM events").scalar(&app.db).await.unwrap()
}

async fn a_mail_needs_a_subject_and_its_answers_find_it(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    app.abilities.set("mail", Some(abilities(ChannelKind::Email)));
    let (contact, identity) = known(&app, &intake, &bob, "mail", "ann").await;
    for subject in [None, Some(" \r\n ")] {
        let new = NewConversation { subject: subject.map(str::to_owned), ..first(&identity, "a", "Hello") };
        let refused = conversations::start(&app, &bob, &contact, new).await;
        assert!(matches!(&refused, Err(Error::Content { pointer, .. }) if pointer == "/subject"), "{refused:?}");
    }
    let mut begun_ones = Vec::new();
    for (client_id, subject) in [("a", "Your\r\norder"), ("b", "Your bill")] {
        let new = NewConversation { subject: Some(subject.into()), ..first(&identity, client_id, "Hello") };
        begun_ones.push(begun(conversations::start(&app, &bob, &contact, new).await));
    }
    assert_ne!(begun_ones[0].conversation.id, begun_ones[1].conversation.id, "mails have threads of their own");
    assert_eq!(begun_ones[0].conversation.subject.as_deref(), Some("Your order"));
    let mut tx = app.db.begin().await.unwrap();
    for (id, started) in ["<ours-a>", "<ours-b>"].iter().zip(&begun_ones) {
        let text = "INSERT INTO external_ids (inbox_id, external_id, message_id) VALUES ('mail', $1, $2)";
        sql(text).bind(*id).bind(&started.message.id).execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mail = |id: &str, peer: &str, refs: &[&str]| Said {
        id: id.into(),
        peer: peer.into(),
        refs: refs.iter().map(|id| (*id).to_owned()).collect(),
        ..Said::default()
    };
    for (id, started) in ["<ours-b>", "<ours-a>"].iter().zip(begun_ones.iter().rev()) {
        let answer = stored(intake.say("mail", mail(&format!("<answer to {id}>"), "ann", &[id])).await);
        assert_eq!((&answer.conversation_id, answer.number), (&started.conversation.id, 2));
    }
    let stranger = stored(intake.say("mail", mail("<guess>", "mallory", &["<ours-a>"])).await);
    assert_ne!(stranger.conversation_id, begun_ones[0].conversation.id);
}

async fn what_stands_in_the_way_is_named(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    app.abilities.set("chat", Some(abilities(ChannelKind::Telegram)));
    let (ann, identity) = known(&app, &intake, &bob, "chat", "ann").await;
    let (eve, of_eve) = known(&app, &intake, &bob, "chat", "eve").await;
    let start = async |contact: &str, new: NewConversation| conversations::start(&app, &bob, contact, new).await;

    for (contact, identity) in [(&ann, &of_eve), (&eve, &identity), (&ann, &"none".to_owned()), (&"none".to_owned(), &identity)] {
        let refused = start(contact, first(identity, "a", "Hello")).await;
        assert!(matches!(refused, Err(Error::NoSuch(_))), "{refused:?}");
    }
    for (new, pointer) in [
        (first(&identity, "a", " "), "/text"),
        (first(&identity, "", "Hello"), "/client_id"),
        (NewConversation { subject: Some("x".repeat(501)), ..first(&identity, "a", "Hello") }, "/subject"),
    ] {
        let refused = start(&ann, new).await;
        assert!(matches!(&refused, Err(Error::Invalid { pointer: at, .. }) if *at == pointer), "{refused:?}");
    }
    let note = NewConversation { kind: Some("note".into()), ..first(&identity, "a", "Hello") };
    assert!(matches!(start(&ann, note).await, Err(Error::Content { pointer, .. }) if pointer == "/kind"));

    intake.say("chat", Said { id: "b".into(), peer: "ann".into(), instead: Some("blocked".into()), ..Said::default() }).await;
    assert!(matches!(start(&ann, first(&identity, "a", "Hello")).await, Err(Error::Blocked)));
    intake.say("chat", Said { id: "a".into(), peer: "ann".into(), instead: Some("allowed".into()), ..Said::default() }).await;
    let set_state = async |state: &str| {
        let mut tx = app.db.begin().await.unwrap();
        sql("UPDATE inboxes SET state = $1 WHERE id = 'chat'").bind(state).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    set_state("paused").await;
    assert!(matches!(start(&ann, first(&identity, "a", "Hello")).await, Err(Error::Paused)));
    set_state("removed").await;
    assert!(matches!(start(&ann, first(&identity, "a", "Hello")).await, Err(Error::NoLine)));
    set_state("running").await;
    app.abilities.set("chat", None);
    assert!(matches!(start(&ann, first(&identity, "a", "Hello")).await, Err(Error::NoLine)));
    app.abilities.set("chat", Some(abilities(ChannelKind::Telegram)));
    let count = async || sql("SELECT CAST(COUNT(*) AS BIGINT) FROM conversations").scalar::<i64>(&app.db).await.unwrap();
    assert_eq!(count().await, 2, "a refusal leaves nothing behind");
    begun(start(&ann, first(&identity, "a", "Hello")).await);
    // A contact with two accounts here has a conversation with each: the answer goes to where it was asked.
    trunkline::contacts::merge(&app, &bob, &ann, &eve).await.unwrap();
    assert!(matches!(start(&eve, first(&of_eve, "b", "Hello")).await, Err(Error::NoSuch(_))), "the contact is part of another");
    let beside = begun(start(&ann, first(&of_eve, "b", "Hello")).await).conversation;
    let answer = intake.text("chat", "answer", "eve", "Yes?").await;
    assert_eq!(answer.conversation_id, beside.id);
    let both = [(&identity, None), (&of_eve, Some(&beside.id))];
    for (identity, open) in both {
        let refused = start(&ann, first(identity, "c", "Hello")).await;
        let named = |id: &String| open.is_none_or(|open| open == id);
        assert!(matches!(&refused, Err(Error::AlreadyOpen { conversation_id }) if named(conversation_id)), "{refused:?}");
    }
}

async fn one_request_begins_one_conversation(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let bob = operator(&app, "bob").await;
    for (inbox, kind) in [("chat", ChannelKind::Vk), ("mail", ChannelKind::Email)] {
        app.abilities.set(inbox, Some(abilities(kind)));
        let (contact, identity) = known(&app, &intake, &bob, inbox, "ann").await;
        let new = NewConversation { subject: Some("Your order".into()), ..first(&identity, "once", "It has come.") };
        let barrier = Arc::new(tokio::sync::Barrier::new(10));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (app, bob, contact, new, barrier) = (app.app.clone(), bob.clone(), contact.clone(), new.clone(), barrier.clone());
            tasks.spawn(async move {
                barrier.wait().await;
                let started = begun(conversations::start(&app, &bob, &contact, new).await);
                (started.conversation.id, started.message.id)
            });
        }
        let all = tasks.join_all().await;
        assert!(all.iter().all(|one| *one == all[0]), "{inbox}: {all:?}");
        // Also when the conversation is over; another text, another identity or another person is another request.
        let close = Close { reason: "customer_not_responding".into(), summary: None };
        conversations::close(&app, &bob, &all[0].0, close).await.unwrap();
        assert_eq!(begun(conversations::start(&app, &bob, &contact, new.clone()).await).message.id, all[0].1);
        let other = NewConversation { text: "Something else.".into(), ..new.clone() };
        assert!(matches!(conversations::start(&app, &bob, &contact, other).await, Err(Error::ClientIdReused)));
        let carol = operator(&app, &format!("carol-{inbox}")).await;
        let hers = begun(conversations::start(&app, &carol, &contact, new).await);
        assert_ne!(hers.conversation.id, all[0].0);
    }
}

async fn over_http_roles_and_bad_input_are_told(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let edge = Edge::start(&app).await;
    let (carol, dora) = (edge.signed_in("carol", Role::Auditor).await, edge.signed_in("dora", Role::Operator).await);
    app.abilities.set("chat", Some(abilities(ChannelKind::WebChat)));
    let open = intake.text("chat", "m1", "ann", "hello").await;
    let (contact, identity) = whose(&app, &open.conversation_id).await;
    let path = format!("/api/v1/contacts/{contact}/conversations");
    let post = async |cookie: &str, body: Value| edge.call(Method::POST, &path, &[("cookie", cookie)], Some(body)).await;
    let body = json!({"identity_id": identity, "client_id": "1", "text": "It has come."});

    let refused = post(&carol, body.clone()).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "forbidden"));
    let refused = post(&dora, body.clone()).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "already_open"));
    assert_eq!(refused.body["extra"]["conversation_id"], json!(open.conversation_id));
    for (name, value, status) in [
        ("reply_to", json!(open.message_id), StatusCode::BAD_REQUEST),
        ("identity_id", json!(7), StatusCode::BAD_REQUEST),
        ("identity_id", json!("none"), StatusCode::NOT_FOUND),
        ("kind", json!("song"), StatusCode::BAD_REQUEST),
    ] {
        let mut body = body.clone();
        body[name] = value;
        let refused = post(&dora, body).await;
        assert_eq!(refused.status, status, "{name}: {}", refused.body);
        assert!(!refused.code().is_empty(), "{name}");
    }
    let accept = format!("/api/v1/conversations/{}/accept", open.conversation_id);
    let accepted = edge.call(Method::POST, &accept, &[("cookie", &dora)], Some(json!({}))).await;
    assert_eq!(accepted.status, StatusCode::OK);
    let close = format!("/api/v1/conversations/{}/close", open.conversation_id);
    let closed = edge.call(Method::POST, &close, &[("cookie", &dora)], Some(json!({"reason": "problem_solved"}))).await;
    assert_eq!(closed.status, StatusCode::OK);
    let mut with_file = body.clone();
    with_file["attachments"] = json!(["none"]);
    assert_eq!(post(&dora, with_file).await.status, StatusCode::BAD_REQUEST);
    let started = post(&dora, body).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
    assert_eq!(
        (&started.body["message"]["number"], &started.body["conversation"]["state"]),
        (&json!(1), &json!("awaiting_response"))
    );
}

async fn a_customer_of_telegram_answers_into_the_conversation_that_was_begun(store: Store) {
    const TOKEN: &str = "7100001:AAHtest-test-test-test-test-test-te";
    const ANN: &str = "50012345";
    let server = TelegramStandIn::start(SocketAddr::from(([127, 0, 0, 1], 0)), TOKEN).await.unwrap();
    let daemon = TestDaemon::start(&store).await;
    let bob = daemon.set_up("bob@example.com", "Bob", "a long password").await;
    let settings = json!({"token": TOKEN, "api_url": server.url(),
        "timeouts": {"call_ms": 5_000, "poll_s": 2, "pause_ms": 50, "longest_pause_ms": 200, "stubborn_ms": 200}});
    let (status, inbox) = bob.post("/api/v1/inboxes", json!({"name": "bot", "channel": "telegram", "settings": settings})).await;
    assert_eq!(status, StatusCode::CREATED, "{inbox}");
    let typed = |text: &str| Typed { name: Some("Ann".into()), text: text.into(), ..Typed::default() };
    server.say(ANN, typed("Is it here?")).await.unwrap();
    let id = eventually("the conversation", async || {
        let (_, page) = bob.get("/api/v1/conversations").await;
        page["items"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    let path = format!("/api/v1/conversations/{id}");
    assert_eq!(bob.post(&format!("{path}/accept"), json!({})).await.0, StatusCode::OK);
    assert_eq!(bob.post(&format!("{path}/close"), json!({"reason": "problem_solved"})).await.0, StatusCode::OK);
    let contact = bob.get(&path).await.1["contact"]["id"].as_str().unwrap().to_owned();
    let (_, contact) = bob.get(&format!("/api/v1/contacts/{contact}")).await;

    let begin = json!({"identity_id": contact["identities"][0]["id"], "client_id": "1", "text": "Now it is here."});
    let at = format!("/api/v1/contacts/{}/conversations", contact["id"].as_str().unwrap());
    let (status, started) = bob.post(&at, begin.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{started}");
    eventually("the message on the phone", async || server.shown(ANN).into_iter().find(|shown| shown.text == "Now it is here."))
        .await;
    assert_eq!(bob.post(&at, begin).await.1["message"]["id"], started["message"]["id"], "asked again, begun once");
    server.say(ANN, typed("Great!")).await.unwrap();
    let messages = format!("/api/v1/conversations/{}/messages?after=0", started["conversation"]["id"].as_str().unwrap());
    let texts = eventually("the answer", async || {
        let (_, page) = bob.get(&messages).await;
        let texts: Vec<String> =
            page["items"].as_array()?.iter().map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect();
        (texts.len() == 2).then_some(texts)
    })
    .await;
    assert_eq!(texts, ["Now it is here.", "Great!"]);
    assert_eq!(server.shown(ANN).iter().filter(|shown| shown.text == "Now it is here.").count(), 1);
    assert_eq!(daemon.stop().await.code(), Some(0));
}
