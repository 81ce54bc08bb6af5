//! Fills a store for the console's figures: a long conversation and a long list.

use anyhow::Context;
use trunkline::db::{self, Arg, Bulk, Db, bulk, sql};
use trunkline_channel::{Clock, SystemClock};

use crate::seed::{new_id, text};

/// Messages added to the one conversation.
pub const MESSAGES: u64 = 50_000;
/// Conversations added beside it, of one message each.
pub const CONVERSATIONS: u64 = 100_000;
const PER_TRANSACTION: u64 = 5_000;
/// Between two messages of the long conversation, and between two conversations of the list.
const MINUTE_US: i64 = 60_000_000;
const NAMES: [&str; 8] = ["Ann", "Bob", "Carol", "Dan", "Eve", "Frank", "Grace", "Heidi"];
const PRIORITIES: [i64; 8] = [1, 1, 1, 2, 1, 0, 1, 3];
const TAGS: [&str; 4] = ["refund", "delivery", "wholesale", "warranty"];

/// Puts `MESSAGES` into a conversation that is there already, and `CONVERSATIONS` into the lists of the first operator.
pub async fn fill(address: &str, conversation: &str) -> anyhow::Result<()> {
    let store = db::open(address, 4).await?;
    db::migrate(&store).await?;
    let now = SystemClock.now();
    let inbox: String = sql("SELECT inbox_id FROM conversations WHERE id = $1")
        .bind(conversation)
        .optional::<(String,)>(&store)
        .await?
        .context("no such conversation")?
        .0;
    let operator: String = sql("SELECT id FROM operators LIMIT 1").scalar(&store).await?;
    talk(&store, conversation, &inbox, &operator, now).await?;
    list(&store, &inbox, &operator, now).await?;
    store.close().await;
    Ok(())
}

/// Two who answer each other for five weeks; some messages are a word, some a paragraph.
async fn talk(store: &Db, conversation: &str, inbox: &str, operator: &str, now: i64) -> anyhow::Result<()> {
    let begun: i64 = sql("SELECT last_number FROM conversations WHERE id = $1").bind(conversation).scalar(store).await?;
    let (mut number, mut at) = (begun, now - i64::try_from(MESSAGES)? * MINUTE_US);
    let mut last = String::new();
    for start in (0..MESSAGES).step_by(usize::try_from(PER_TRANSACTION)?) {
        let mut tx = store.begin().await?;
        let mut rows = messages();
        for i in start..(start + PER_TRANSACTION).min(MESSAGES) {
            number += 1;
            at += MINUTE_US;
            let lines = [1, 1, 2, 1, 4, 1, 1, 8][usize::try_from(i % 8)?];
            last = (0..lines).map(|line| text(i * 8 + line)).collect::<Vec<_>>().join(" ");
            rows.row(message(conversation, inbox, number, (i / 3 % 2 == 1).then_some(operator), &last, at));
        }
        rows.execute(&mut tx).await?;
        tx.commit().await?;
    }
    let mut tx = store.begin().await?;
    sql("UPDATE conversations SET state = 'active', assignee_id = $2, accepted_at = created_at, last_number = $3, operator_seen = $3, \
         customer_seen = $3, last_text = $4, last_sender = 'customer', last_message_at = $5, last_inbound_at = $5, updated_at = $5 WHERE id = $1")
        .bind(conversation)
        .bind(operator)
        .bind(number)
        .bind(last)
        .bind(at)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Open conversations in every state that a list shows, a minute apart.
async fn list(store: &Db, inbox: &str, operator: &str, now: i64) -> anyhow::Result<()> {
    for start in (0..CONVERSATIONS).step_by(usize::try_from(PER_TRANSACTION)?) {
        let mut tx = store.begin().await?;
        let mut contacts = bulk("INSERT INTO contacts (id, name, created_at, updated_at)", 4, "");
        let mut identities = bulk("INSERT INTO identities (id, contact_id, inbox_id, external_id, created_at)", 5, "");
        let mut rows = bulk(
            "INSERT INTO conversations (id, inbox_id, channel, contact_id, identity_id, state, subject, priority, assignee_id, last_number, \
             last_text, last_sender, last_message_at, last_inbound_at, waiting_since, operator_seen, created_at, updated_at, accepted_at)",
            19,
            "",
        );
        let mut tags = bulk("INSERT INTO conversation_tags (conversation_id, tag)", 2, "");
        let mut said = messages();
        for i in start..(start + PER_TRANSACTION).min(CONVERSATIONS) {
            let (id, contact, identity) = (new_id(), new_id(), new_id());
            let pick = usize::try_from(i)?;
            let at = now - i64::try_from(CONVERSATIONS - i)? * MINUTE_US;
            let words = text(i);
            let state = ["new", "active", "awaiting_response", "new"][pick % 4];
            let (taken, answered) = (state != "new", state == "awaiting_response");
            contacts.row([contact.as_str().into(), format!("{} {i}", NAMES[pick % 8]).into(), at.into(), at.into()]);
            identities.row([
                identity.as_str().into(),
                contact.as_str().into(),
                inbox.into(),
                identity.as_str().into(),
                at.into(),
            ]);
            rows.row([
                id.as_str().into(),
                inbox.into(),
                "web_chat".into(),
                contact.into(),
                identity.into(),
                state.into(),
                format!("Order {i}").into(),
                PRIORITIES[pick / 4 % 8].into(),
                Arg::Text(taken.then(|| operator.to_owned())),
                1_i64.into(),
                words.as_str().into(),
                if answered { "operator" } else { "customer" }.into(),
                at.into(),
                Arg::Int((!answered).then_some(at)),
                Arg::Int((!answered).then_some(at)),
                Arg::Int(Some(i64::from(taken))),
                at.into(),
                at.into(),
                Arg::Int(taken.then_some(at)),
            ]);
            if pick % 3 == 0 {
                tags.row([id.as_str().into(), TAGS[pick / 3 % 4].into()]);
            }
            said.row(message(&id, inbox, 1, answered.then_some(operator), &words, at));
        }
        for rows in [contacts, identities, rows, tags, said] {
            rows.execute(&mut tx).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn messages() -> Bulk {
    bulk(
        "INSERT INTO messages (id, conversation_id, number, inbox_id, sender_type, sender_id, sender_name, kind, text, status, created_at)",
        11,
        "",
    )
}

/// From the customer, or from the operator who is named.
fn message(conversation: &str, inbox: &str, number: i64, operator: Option<&str>, text: &str, at: i64) -> [Arg; 11] {
    [
        new_id().into(),
        conversation.into(),
        number.into(),
        inbox.into(),
        if operator.is_some() { "operator" } else { "customer" }.into(),
        operator.into(),
        operator.map(|_| "Ann").into(),
        "text".into(),
        text.into(),
        if operator.is_some() { "read" } else { "received" }.into(),
        at.into(),
    ]
}
