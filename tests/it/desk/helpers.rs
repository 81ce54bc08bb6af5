//! Canned responses and articles: who sees, who changes, what customers are given.

use trunkline::access::{Caller, Role};
use trunkline::app::App;
use trunkline::articles::{self, ArticleChange, NewArticle};
use trunkline::canned::{self, CannedResponseChange, NewCannedResponse, Sharing};
use trunkline::http::PageQuery;

use super::{caller, customer, operator, write};
use crate::support::{Store, each_store};

each_store!(
    canned_responses_are_listed_for_those_who_may_use_them,
    a_canned_response_is_filled_in_for_a_conversation,
    only_published_articles_are_shared_and_changes_are_counted,
    articles_are_found_by_words_in_any_case,
);

async fn canned_responses_are_listed_for_those_who_may_use_them(store: Store) {
    let app = store.app().await;
    let (ann, bob, eve) = (caller("ann", Role::Operator), caller("bob", Role::Operator), caller("eve", Role::Supervisor));
    for id in ["ann", "bob", "eve"] {
        operator(&app, id).await;
    }
    write(&app, "INSERT INTO teams (id, name, created_at) VALUES ('t1', 'Sales', 1)", &[]).await;
    write(&app, "INSERT INTO team_members (team_id, operator_id) VALUES ('t1', 'bob')", &[]).await;
    let own = canned::create(&app, &ann, &new("Hello", Sharing::Personal, None)).await.unwrap();
    let team = canned::create(&app, &eve, &new("help", Sharing::Team, Some("t1"))).await.unwrap();
    let shared = canned::create(&app, &eve, &new("bye", Sharing::Shared, None)).await.unwrap();
    assert!(canned::create(&app, &ann, &new("x", Sharing::Shared, None)).await.is_err());
    assert!(canned::create(&app, &eve, &new("x", Sharing::Team, Some("none"))).await.is_err());
    assert!(canned::create(&app, &eve, &new("x", Sharing::Team, None)).await.is_err());
    for (who, prefix, expected) in [
        (&ann, "", vec!["bye", "hello"]),
        (&bob, "", vec!["bye", "help"]),
        (&eve, "", vec!["bye", "help"]),
        (&ann, "HE", vec!["hello"]),
        (&bob, "he", vec!["help"]),
        (&ann, "%", vec![]),
    ] {
        assert_eq!(shortcuts(&app, who, prefix).await, expected, "{} {prefix}", who.operator_id);
    }
    let change = CannedResponseChange { content: Some("new".to_owned()), ..CannedResponseChange::default() };
    assert!(matches!(canned::change(&app, &bob, &own.id, &change).await, Err(canned::Error::NotFound)));
    assert!(matches!(canned::delete(&app, &bob, &team.id).await, Err(canned::Error::Forbidden(_))));
    assert_eq!(canned::change(&app, &eve, &shared.id, &change).await.unwrap().content, "new");
    canned::delete(&app, &ann, &own.id).await.unwrap();
    assert!(matches!(canned::get(&app, &ann, &own.id).await, Err(canned::Error::NotFound)));
}

async fn a_canned_response_is_filled_in_for_a_conversation(store: Store) {
    let app = store.app().await;
    let ann = caller("ann", Role::Operator);
    operator(&app, "ann").await;
    customer(&app, "bob", "{{7*7}} {{operator_name}}").await;
    let mut greeting = new("hi", Sharing::Personal, None);
    greeting.content = "Dear {{customer_name}}, {{conversation_subject}}, {{channel}}, {{operator_name}}".to_owned();
    let greeting = canned::create(&app, &ann, &greeting).await.unwrap();
    let done = canned::render_for(&app, &ann, &greeting.id, "c-bob").await.unwrap();
    assert_eq!(done.text, "Dear {{7*7}} {{operator_name}}, {{conversation_subject}}, web_chat, ann the operator");
    assert_eq!(done.missing, ["conversation_subject"]);
    let nowhere = canned::render_for(&app, &ann, &greeting.id, "none").await;
    assert!(matches!(nowhere, Err(canned::Error::NoConversation)), "{nowhere:?}");
}

async fn only_published_articles_are_shared_and_changes_are_counted(store: Store) {
    let app = store.app().await;
    let (ann, eve) = (caller("ann", Role::Operator), caller("eve", Role::Supervisor));
    operator(&app, "ann").await;
    let draft = articles::create(&app, &ann, &article("Refunds", "Within 14 days")).await.unwrap();
    assert_eq!(articles::for_sharing(&app.db, &draft.id).await.unwrap(), None);
    let publish = ArticleChange { state: Some(articles::State::Published), ..ArticleChange::default() };
    assert!(matches!(articles::change(&app, &ann, &draft.id, &publish).await, Err(articles::Error::Forbidden(_))));
    assert_eq!(articles::change(&app, &eve, &draft.id, &publish).await.unwrap().version, 1);
    let rewrite = ArticleChange { body: Some("Within 30 days".to_owned()), version: Some(1), ..ArticleChange::default() };
    assert_eq!(articles::change(&app, &eve, &draft.id, &rewrite).await.unwrap().version, 2);
    let late = articles::change(&app, &eve, &draft.id, &rewrite).await;
    assert!(matches!(late, Err(articles::Error::Changed { version: 2 })), "{late:?}");
    let shared = articles::for_sharing(&app.db, &draft.id).await.unwrap().unwrap();
    assert_eq!((shared.version, shared.body.as_str()), (2, "Within 30 days"));
    let archive = ArticleChange { state: Some(articles::State::Archived), ..ArticleChange::default() };
    articles::change(&app, &eve, &draft.id, &archive).await.unwrap();
    assert_eq!(articles::for_sharing(&app.db, &draft.id).await.unwrap(), None);
}

async fn articles_are_found_by_words_in_any_case(store: Store) {
    let app = store.app().await;
    let ann = caller("ann", Role::Operator);
    operator(&app, "ann").await;
    for (title, body) in [("Возврат денег", "В течение 14 дней"), ("100% refund", "c:\\_new"), ("Other", "")]
    {
        articles::create(&app, &ann, &article(title, body)).await.unwrap();
    }
    for (words, expected) in [("ВОЗВРАТ дней", 1), ("0%", 1), ("%", 1), ("_", 1), ("\\", 1), ("refund дней", 0), ("", 3)]
    {
        let filter = articles::Filter { state: None, words: Some(words.to_owned()) };
        let found = articles::list(&app, &ann, &filter, &PageQuery::default()).await.unwrap();
        assert_eq!(found.items.len(), expected, "{words}");
    }
    let page = PageQuery { limit: Some(2), cursor: None };
    let first = articles::list(&app, &ann, &articles::Filter::default(), &page).await.unwrap();
    let page = PageQuery { limit: Some(2), cursor: first.next_cursor };
    let second = articles::list(&app, &ann, &articles::Filter::default(), &page).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.next_cursor), (2, 1, None));
}

fn new(shortcut: &str, sharing: Sharing, team_id: Option<&str>) -> NewCannedResponse {
    NewCannedResponse {
        shortcut: shortcut.to_owned(),
        title: None,
        content: "text".to_owned(),
        sharing: Some(sharing),
        team_id: team_id.map(str::to_owned),
    }
}

fn article(title: &str, body: &str) -> NewArticle {
    NewArticle { title: title.to_owned(), body: body.to_owned(), state: None }
}

/// Read page by page, to see that nothing is lost between pages.
async fn shortcuts(app: &App, who: &Caller, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut page = PageQuery { limit: Some(1), cursor: None };
    loop {
        let next = canned::list(app, who, prefix, &page).await.unwrap();
        found.extend(next.items.into_iter().map(|item| item.shortcut));
        match next.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return found,
        }
    }
}
