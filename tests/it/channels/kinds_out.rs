//! Everything an operator can send.

use serde_json::{Value, json};
use trunkline_stand_ins::samples;

use super::{Channel, Talk};
use crate::support::{Store, talk};

each_channel!(every_kind_goes_out, a_long_text_goes_whole_in_its_parts, buttons_come_back_pressed);

async fn every_kind_goes_out(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;

    // An answer to the question.
    let answer = talk.reply(json!({"text": "Yes, in M", "reply_to": talk.asked.0})).await;
    let seen = talk.shown("the answer", |shown| shown.text == "Yes, in M").await;
    assert_eq!(seen.reply_to.as_ref(), Some(&talk.asked.1));
    talk.sent(&answer).await;

    // Files; a document keeps its name and its words.
    let video = talk.channel.video_out;
    for (shown, sample) in [("photo", samples::photo()), ("voice", samples::voice()), (video, samples::video())] {
        let file = talk.upload(sample.name, sample.bytes).await;
        let message = talk.reply(json!({"text": "", "attachments": [file]})).await;
        talk.shown(sample.name, |on_phone| on_phone.kind == shown).await;
        talk.sent(&message).await;
    }
    let offer = talk.upload("offer.pdf", samples::document().bytes).await;
    let message = talk.reply(json!({"text": "our offer", "attachments": [offer]})).await;
    let document = talk.shown("the document", |shown| shown.file_name.as_deref() == Some("offer.pdf")).await;
    assert_eq!(document.kind, "document");
    talk.shown("its words", |shown| shown.text == "our offer").await;
    talk.sent(&message).await;

    // A place; where the business cannot send one, it is a link to a map.
    let place = json!({"latitude": 48.2, "longitude": 16.37, "name": "Our shop"});
    let message = talk.reply(json!({"kind": "location", "text": "", "extra": {"location": place}})).await;
    let kind = if talk.channel.places { "location" } else { "text" };
    let shown = talk.shown("the place", |shown| shown.kind == kind && shown.text.contains("Our shop")).await;
    assert!(talk.channel.places || shown.text.contains("48.2"), "{shown:?}");
    talk.sent(&message).await;

    // A contact card; where there are none, it is written down.
    let card = json!([{"name": "Carol", "phones": ["+15550199"]}]);
    let message = talk.reply(json!({"kind": "contact", "text": "", "extra": {"contacts": card}})).await;
    let kind = if talk.channel.cards { "contact" } else { "text" };
    let names = |text: &str| talk.channel.cards || (text.contains("Carol") && text.contains("15550199"));
    talk.shown("the card", |shown| shown.kind == kind && names(&shown.text) && shown.id != document.id).await;
    talk.sent(&message).await;

    // Templates where the provider has them; elsewhere they are refused at once.
    let template = json!({"name": "order_ready", "language": "en_US", "parameters": [{"text": "Ann"}, {"text": "4711"}]});
    let template = json!({"kind": "template", "text": "", "extra": {"template": template}});
    if talk.channel.name == "whatsapp" {
        let message = talk.reply(template).await;
        talk.shown("the template", |shown| shown.kind == "template" && shown.text.contains("4711")).await;
        talk.sent(&message).await;
    } else {
        talk.refused(template).await;
    }

    // Everything came once: our own echoes are no messages of their own.
    let ours = talk::messages(&talk.bob, &talk.path).await;
    let ours: Vec<&Value> = ours.iter().filter(|message| message["sender_type"] == "operator").collect();
    assert_eq!(ours.len(), if talk.channel.name == "whatsapp" { 8 } else { 7 }, "{ours:?}");
    talk.end().await;
}

async fn a_long_text_goes_whole_in_its_parts(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    // Letters that are two units to some providers and one to others.
    let long = "🦊 fox ".repeat(talk.channel.text / 4);
    let message = talk.answer(&long).await;
    talk.sent(&message).await;
    let phone = talk.line.phone.shown(talk.customer);
    let parts: Vec<&str> = phone.iter().filter(|shown| !shown.mine).map(|shown| shown.text.as_str()).collect();
    assert!(parts.len() > 1 && parts.iter().all(|part| part.chars().count() <= talk.channel.text), "{}", parts.len());
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(parts.iter().flat_map(|part| words(part)).collect::<Vec<_>>(), words(&long), "nothing lost, doubled or moved");
    let kept = talk::messages(&talk.bob, &talk.path).await;
    assert_eq!(kept.iter().filter(|message| message["sender_type"] == "operator").count(), 1, "one message here");
    talk.end().await;
}

async fn buttons_come_back_pressed(channel: Channel, store: Store) {
    let talk = Talk::begin(channel, &store).await;
    let buttons = json!([{"id": "m", "title": "M"}, {"id": "l", "title": "L"}]);
    let message = talk.reply(json!({"text": "Which size?", "extra": {"buttons": buttons}})).await;
    let offered = talk.shown("the buttons", |shown| shown.buttons == ["M", "L"]).await;
    talk.sent(&message).await;
    talk.line.phone.press(talk.customer, &offered.id, 1).await.unwrap();
    let choice = talk.message("the choice", |message| message["kind"] == "interactive").await;
    assert_eq!((&choice["extra"]["choice"]["id"], &choice["extra"]["choice"]["title"]), (&json!("l"), &json!("L")), "{choice}");

    // A page to open, beside an answer where the provider takes both.
    let link = json!([{"title": "Sizes", "url": "https://example.com/sizes"}]);
    let message = talk.reply(json!({"text": "See here:", "extra": {"buttons": link}})).await;
    talk.shown("the link", |shown| shown.buttons == ["Sizes"]).await;
    talk.sent(&message).await;
    let many: Vec<Value> = (0..40).map(|n| json!({"id": n.to_string(), "title": n.to_string()})).collect();
    let problem = talk.refused(json!({"text": "Too many", "extra": {"buttons": many}})).await;
    assert!(problem.to_string().contains("/extra/buttons"), "{problem}");
    talk.end().await;
}
