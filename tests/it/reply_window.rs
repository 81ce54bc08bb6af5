//! What an operator is refused at once because the channel would not take it, on both stores.

use std::time::Duration;

use serde_json::json;
use trunkline::access::Caller;
use trunkline::app::App;
use trunkline::conversations::{self, Edit, Error, NewReply, React, Wish};
use trunkline_channel::{Ambiguity, ButtonLimits, Capabilities, Kind, Window};

use crate::deliveries::scripted::capabilities;
use crate::support::lines::TestIntake;
use crate::support::people::operator;
use crate::support::{Store, each_store};

each_store!(a_late_answer_is_refused_with_the_way_out, what_the_channel_cannot_do_is_refused_by_name);

const HOUR: Duration = Duration::from_secs(3600);

/// Ann has written to an inbox with these abilities, and the operator has accepted.
async fn accepted(app: &App, intake: &TestIntake, abilities: Capabilities) -> (Caller, String) {
    app.abilities.set("chat", Some(abilities));
    let bob = operator(app, "bob").await;
    let id = intake.text("chat", "1", "ann", "hello").await.conversation_id;
    conversations::accept(app, &bob, &id).await.unwrap();
    (bob, id)
}

fn reply(client_id: &str, extra: serde_json::Value) -> NewReply {
    NewReply { client_id: client_id.into(), text: "hi".into(), extra, ..NewReply::default() }
}

async fn a_late_answer_is_refused_with_the_way_out(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let window = Window { free: 24 * HOUR, human: Some(7 * 24 * HOUR), way_out: "Send a template." };
    let abilities = Capabilities { window: Some(window), templates: true, ..capabilities(Ambiguity::AskOperator) };
    let (bob, id) = accepted(&app, &intake, abilities).await;

    let view = conversations::view(&app, &bob, &id).await.unwrap();
    let shown = view.reply_window.unwrap();
    let wrote = view.last_inbound_at.unwrap();
    let after = |hours: i64| wrote + hours * 3_600_000_000;
    assert_eq!((shown.free_until, shown.human_until, shown.way_out.as_str()), (after(24), Some(after(168)), "Send a template."));

    app.clock.advance(167 * HOUR);
    conversations::reply(&app, &bob, &id, reply("a", json!(null))).await.unwrap();
    app.clock.advance(HOUR);
    let late = conversations::reply(&app, &bob, &id, reply("b", json!(null))).await;
    assert!(matches!(late, Err(Error::WindowClosed { way_out: "Send a template.", since }) if since == after(168)), "{late:?}");
    let template = json!({"template": {"name": "hello", "language": "en"}});
    let template = NewReply { kind: Some("template".into()), text: String::new(), ..reply("c", template) };
    let sent = conversations::reply(&app, &bob, &id, template).await.unwrap();
    assert_eq!((sent.text.as_str(), sent.kind.as_str()), ("hello", "template"));
    let note = NewReply { kind: Some("note".into()), ..reply("d", json!(null)) };
    conversations::reply(&app, &bob, &id, note).await.unwrap();
    intake.text("chat", "2", "ann", "still here").await;
    conversations::reply(&app, &bob, &id, reply("e", json!(null))).await.unwrap();
}

async fn what_the_channel_cannot_do_is_refused_by_name(store: Store) {
    let app = store.app().await;
    let intake = TestIntake::start(&app).await;
    let buttons = ButtonLimits { max: 1, max_title_chars: 5, max_id_bytes: 4, links: false };
    let abilities = Capabilities { buttons: Some(buttons), ..capabilities(Ambiguity::AskOperator) };
    let (bob, id) = accepted(&app, &intake, abilities).await;
    let button = |id: &str, title: &str| json!({"id": id, "title": title});
    for (extra, wanted) in [
        (json!({"buttons": [button("a", "A"), button("b", "B")]}), "/extra/buttons"),
        (json!({"buttons": [button("a", "too long")]}), "/extra/buttons/0/title"),
        (json!({"buttons": [button("longer", "A")]}), "/extra/buttons/0/id"),
        (json!({"buttons": [{"title": "A", "url": "https://example.com"}]}), "/extra/buttons/0/url"),
    ] {
        let refused = conversations::reply(&app, &bob, &id, reply("a", extra)).await;
        assert!(matches!(&refused, Err(Error::Unsupported { pointer, .. }) if pointer == wanted), "{wanted}: {refused:?}");
    }
    let place = json!({"location": {"latitude": 1, "longitude": 2}});
    let place = NewReply { kind: Some(Kind::Location.as_str().into()), ..reply("b", place) };
    let refused = conversations::reply(&app, &bob, &id, place).await;
    assert!(matches!(&refused, Err(Error::Unsupported { pointer, .. }) if pointer == "/kind"), "{refused:?}");
    let taken = conversations::reply(&app, &bob, &id, reply("c", json!({"buttons": [button("a", "A")]}))).await.unwrap();
    assert_eq!(taken.extra["buttons"][0]["id"], "a");

    // Changes: neither the channel's, nor those of a note, which needs no channel.
    let wishes = [
        Wish::Edit(Edit { text: "ho".into() }),
        Wish::Delete,
        Wish::React(Some(React { emoji: "👍".into() })),
        Wish::React(None),
    ];
    for wish in wishes {
        let refused = conversations::amend(&app, &bob, &id, &taken.id, wish).await;
        assert!(matches!(refused, Err(Error::Unsupported { .. })), "{refused:?}");
    }
    let note = NewReply { kind: Some("note".into()), ..reply("d", json!(null)) };
    let note = conversations::reply(&app, &bob, &id, note).await.unwrap();
    let carol = operator(&app, "carol").await;
    let edit = || Wish::Edit(Edit { text: "better".into() });
    assert!(matches!(conversations::amend(&app, &carol, &id, &note.id, edit()).await, Err(Error::NotYours)));
    let edited = conversations::amend(&app, &bob, &id, &note.id, edit()).await.unwrap();
    assert_eq!((edited.text.as_str(), edited.amendment), ("better", None));
    let view = conversations::view(&app, &bob, &id).await.unwrap();
    assert_eq!(view.last_message.unwrap().text, "hi", "a note is not what lists show");
    assert!(conversations::amend(&app, &bob, &id, &note.id, Wish::Delete).await.unwrap().deleted_at.is_some());
    app.abilities.set("chat", None);
    let place = json!({"location": {"latitude": 1, "longitude": 2}});
    let unknown = NewReply { kind: Some("location".into()), ..reply("f", place) };
    assert!(matches!(conversations::reply(&app, &bob, &id, unknown).await, Err(Error::NoLine)));
}
