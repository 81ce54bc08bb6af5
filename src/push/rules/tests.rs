use serde_json::{Value, json};

use super::{Level, Occasion, Person, Reason, Standing, Wishes};
use crate::access::{Availability, Role};
use crate::events::LoggedEvent;

const NOW: i64 = 1_767_600_000_000_000;

fn event(kind: &str, payload: &Value) -> LoggedEvent {
    LoggedEvent {
        seq: 7,
        id: "e".into(),
        stream: "conversation:c".into(),
        kind: kind.into(),
        audience: "everyone".into(),
        conversation_id: Some("c".into()),
        payload: payload.to_string(),
        at: NOW,
    }
}

fn written() -> Occasion {
    let payload = json!({"message": {"id": "m", "sender_type": "customer", "kind": "text", "extra": {}}});
    Occasion::of(&event("message.created", &payload)).unwrap()
}

fn moved(kind: &str, by: &str) -> Occasion {
    Occasion::of(&event(kind, &json!({"conversation": {}, "by": {"id": by, "name": "Bob"}}))).unwrap()
}

fn standing(state: &str, assignee: Option<&str>, team: Option<&str>) -> Standing {
    let (assignee_id, team_id) = (assignee.map(str::to_owned), team.map(str::to_owned));
    Standing { id: "c".into(), state: state.into(), assignee_id, team_id, escalated: false }
}

fn ann(level: Level) -> Person {
    Person {
        id: "ann".into(),
        role: Role::Operator,
        availability: Availability::Offline,
        last_active_at: None,
        wishes: Wishes { level, privacy: false },
        teams: vec!["sales".into()],
        teammates: vec!["ann".into(), "bob".into()],
    }
}

#[test]
fn wishes_have_defaults_whatever_the_preferences_hold() {
    for nothing in
        [json!({}), json!(null), json!({"notifications": 7}), json!({"notifications": {"push": "loud", "privacy": "?"}})]
    {
        assert_eq!(Wishes::of(&nothing), Wishes { level: Level::Mine, privacy: false }, "{nothing}");
    }
    let chosen = json!({"notifications": {"push": "everything", "privacy": true}});
    assert_eq!(Wishes::of(&chosen), Wishes { level: Level::Everything, privacy: true });
    assert_eq!(Wishes::of(&json!({"notifications": {"push": "off"}})).level, Level::Off);
}

#[test]
fn a_customers_words_reach_whoever_holds_the_conversation() {
    let (mine, bobs) = (standing("active", Some("ann"), None), standing("active", Some("bob"), None));
    let elsewhere = standing("active", Some("eve"), None);
    for (level, own, mates, others) in [
        (Level::Off, false, false, false),
        (Level::Mine, true, false, false),
        (Level::Team, true, true, false),
        (Level::Everything, true, true, true),
    ] {
        let told = |standing| ann(level).told(&written(), standing, NOW) == Some(Reason::Message);
        assert_eq!((told(&mine), told(&bobs), told(&elsewhere)), (own, mates, others), "{level:?}");
    }
    let of_team = standing("active", Some("eve"), Some("sales"));
    assert_eq!(ann(Level::Team).told(&written(), &of_team, NOW), Some(Reason::Message));
}

#[test]
fn the_queue_is_told_to_those_who_could_accept_from_it() {
    let online = |level| Person { availability: Availability::Online, ..ann(level) };
    let free = standing("new", None, None);
    assert_eq!(online(Level::Mine).told(&written(), &free, NOW), Some(Reason::Queue));
    assert_eq!(ann(Level::Mine).told(&written(), &free, NOW), None, "not while offline");
    assert_eq!(ann(Level::Team).told(&moved("conversation.created", "bob"), &free, NOW), Some(Reason::Queue));
    for (team, told) in [("sales", true), ("support", false)] {
        let for_team = standing("transferred", None, Some(team));
        let reason = online(Level::Mine).told(&moved("conversation.transferred", "bob"), &for_team, NOW);
        assert_eq!(reason.is_some(), told, "{team}");
    }
    let escalated = Standing { escalated: true, ..standing("transferred", None, None) };
    let event = moved("conversation.escalated", "bob");
    assert_eq!(online(Level::Mine).told(&event, &escalated, NOW), None);
    let supervisor = Person { role: Role::Supervisor, ..online(Level::Mine) };
    assert_eq!(supervisor.told(&event, &escalated, NOW), Some(Reason::Queue));
    let auditor = Person { role: Role::Auditor, ..ann(Level::Team) };
    assert_eq!(auditor.told(&written(), &free, NOW), None);
}

#[test]
fn what_is_handed_over_is_told_to_the_receiver_and_not_to_whoever_did_it() {
    let to_ann = standing("transferred", Some("ann"), None);
    for kind in ["conversation.transferred", "conversation.assigned", "conversation.escalated"] {
        assert_eq!(ann(Level::Mine).told(&moved(kind, "bob"), &to_ann, NOW), Some(Reason::HandedOver), "{kind}");
        assert_eq!(ann(Level::Mine).told(&moved(kind, "ann"), &to_ann, NOW), None, "{kind}");
    }
    let taken_meanwhile = standing("active", Some("bob"), None);
    assert_eq!(ann(Level::Everything).told(&moved("conversation.created", "eve"), &taken_meanwhile, NOW), None);
}

#[test]
fn a_mention_is_told_to_those_named_and_other_notes_to_nobody() {
    let note = |mentions: Value| {
        let message = json!({"id": "m", "sender_type": "operator", "sender_id": "bob", "kind": "note", "extra": mentions});
        Occasion::of(&event("message.created", &json!({ "message": message })))
    };
    let elsewhere = standing("active", Some("eve"), None);
    let named = note(json!({"mentions": ["ann", "bob"]})).unwrap();
    assert_eq!(ann(Level::Mine).told(&named, &elsewhere, NOW), Some(Reason::Mention));
    assert_eq!(Person { id: "bob".into(), ..ann(Level::Mine) }.told(&named, &elsewhere, NOW), None, "his own words");
    assert_eq!(Person { id: "eve".into(), ..ann(Level::Everything) }.told(&named, &elsewhere, NOW), None);
    assert_eq!(note(json!({})), None);
    let reply = json!({"message": {"id": "m", "sender_type": "operator", "kind": "text", "extra": {}}});
    assert_eq!(Occasion::of(&event("message.created", &reply)), None);
    assert_eq!(Occasion::of(&event("conversation.closed", &json!({}))), None);
}

#[test]
fn whoever_is_at_work_sees_it_there() {
    let mine = standing("active", Some("ann"), None);
    let since = |seconds: i64| Person { last_active_at: Some(NOW - seconds * 1_000_000), ..ann(Level::Mine) };
    assert_eq!(since(29).told(&written(), &mine, NOW), None);
    assert_eq!(since(30).told(&written(), &mine, NOW), Some(Reason::Message));
}
