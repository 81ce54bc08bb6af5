//! Fills a store with messages, through the project's own schema.

use trunkline::db::{self, Arg, bulk, sql};

/// Messages of one conversation; the last conversation takes the rest.
pub const PER_CONVERSATION: u64 = 500;
const PER_TRANSACTION: u64 = 5_000;
const WORDS: [&str; 16] = [
    "order", "parcel", "refund", "address", "delivery", "invoice", "colour", "size", "tomorrow", "please", "thanks", "broken",
    "missing", "payment", "courier", "warranty",
];

/// Brings the store to `messages` messages; returns the ids of the conversations made.
pub async fn fill(address: &str, messages: u64) -> anyhow::Result<Vec<String>> {
    let store = db::open(address, 4).await?;
    db::migrate(&store).await?;
    let inbox: String = sql("SELECT id FROM inboxes LIMIT 1").scalar(&store).await?;
    let mut made = Vec::new();
    let mut count = 0;
    while count < messages {
        let mut tx = store.begin().await?;
        let mut conversations = bulk(
            "INSERT INTO conversations (id, inbox_id, channel, contact_id, identity_id, state, last_number, created_at, updated_at)",
            9,
            "",
        );
        let mut contacts = bulk("INSERT INTO contacts (id, name, created_at, updated_at)", 4, "");
        let mut identities = bulk("INSERT INTO identities (id, contact_id, inbox_id, external_id, created_at)", 5, "");
        let mut rows = bulk(
            "INSERT INTO messages (id, conversation_id, number, inbox_id, sender_type, kind, text, status, external_id, created_at)",
            10,
            "",
        );
        for _ in 0..PER_TRANSACTION / PER_CONVERSATION {
            let (id, contact, identity) = (new_id(), new_id(), new_id());
            contacts.row([contact.as_str().into(), "Ann".into(), Arg::Int(Some(0)), Arg::Int(Some(0))]);
            identities.row([
                identity.as_str().into(),
                contact.as_str().into(),
                inbox.as_str().into(),
                identity.as_str().into(),
                Arg::Int(Some(0)),
            ]);
            let at = i64::try_from(count)?;
            conversations.row([
                id.as_str().into(),
                inbox.as_str().into(),
                "web_chat".into(),
                contact.into(),
                identity.into(),
                "closed".into(),
                i64::try_from(PER_CONVERSATION)?.into(),
                at.into(),
                at.into(),
            ]);
            for number in 1..=PER_CONVERSATION {
                let message = new_id();
                rows.row([
                    message.as_str().into(),
                    id.as_str().into(),
                    i64::try_from(number)?.into(),
                    inbox.as_str().into(),
                    "customer".into(),
                    "text".into(),
                    text(count).into(),
                    "received".into(),
                    message.as_str().into(),
                    i64::try_from(count)?.into(),
                ]);
                count += 1;
            }
            made.push(id);
        }
        contacts.execute(&mut tx).await?;
        identities.execute(&mut tx).await?;
        conversations.execute(&mut tx).await?;
        rows.execute(&mut tx).await?;
        tx.commit().await?;
    }
    store.close().await;
    Ok(made)
}

/// Ten common words in changing order, one that only every thousandth message has, and one of its own.
pub fn text(i: u64) -> String {
    let mut words = Vec::with_capacity(12);
    let mut seed = i.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    for _ in 0..10 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        words.push(WORDS[usize::try_from(seed >> 60).unwrap_or(0) % WORDS.len()].to_owned());
    }
    words.push(format!("group{}", i % 1000));
    words.push(format!("number{i}"));
    words.join(" ")
}

pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
