//! The ids under which a provider knows one person: table `identity_aliases`, and the columns of `identities` that change.

use serde_json::json;
use trunkline_channel::text::without_nul;
use trunkline_channel::{Micros, Peer};

use crate::db::{DbError, Tx, bulk, json_array, sql};

/// An identity as far as it decides about itself.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Account {
    pub id: String,
    pub contact_id: String,
    pub inbox_id: String,
    pub external_id: String,
    pub handle: Option<String>,
    pub name: Option<String>,
    pub verified: bool,
    pub blocked_at: Option<Micros>,
}

/// Who goes by an id: (inbox, one of a person's ids, identity).
pub type Owner = (String, String, String);

/// The identity of an inbox that goes by an id, as an expression; `NULL` for a stranger. An id that the provider has
/// given to somebody else since is theirs.
#[must_use]
pub fn identity_of(inbox: &str, external_id: &str, now: &str) -> String {
    format!(
        "COALESCE((SELECT o.id FROM identities o WHERE o.inbox_id = {inbox} AND o.external_id = {external_id}), \
         (SELECT a.identity_id FROM identity_aliases a WHERE a.inbox_id = {inbox} AND a.external_id = {external_id} \
         AND (a.until IS NULL OR a.until > {now})))"
    )
}

/// Who goes by these (inbox, id), where anybody does.
pub async fn owners(tx: &mut Tx, wanted: &[(&str, &str)], now: Micros) -> Result<Vec<Owner>, DbError> {
    let wanted: Vec<_> = wanted.iter().map(|(inbox, id)| json!({ "i": inbox, "e": without_nul(id) })).collect();
    let text = format!(
        "SELECT j.value->>'i', j.value->>'e', i.id FROM each($1) AS j JOIN identities i ON i.id = {}",
        identity_of("j.value->>'i'", "j.value->>'e'", "$2")
    );
    sql(text).bind(json!(wanted).to_string()).bind(now).all(tx).await
}

/// Who goes by an id of an inbox.
pub async fn find(tx: &mut Tx, inbox_id: &str, external_id: &str, now: Micros) -> Result<Option<Account>, DbError> {
    let text = format!(
        "SELECT id, contact_id, inbox_id, external_id, handle, name, verified, blocked_at FROM identities WHERE id = {}",
        identity_of("$1", "$2", "$3")
    );
    sql(text).bind(inbox_id).bind(external_id).bind(now).optional(tx).await
}

/// Identities that are about to be changed, in the order of their ids: others who want to wait.
pub async fn hold(tx: &mut Tx, ids: &[&str]) -> Result<Vec<Account>, DbError> {
    let lock = tx.row_lock().unwrap_or_default();
    sql("SELECT id, contact_id, inbox_id, external_id, handle, name, verified, blocked_at FROM identities \
         WHERE id IN (SELECT value FROM each_text($1)) ORDER BY id")
    .push(lock)
    .bind(json_array(ids.iter().copied()))
    .all(tx)
    .await
}

/// Makes `external_id` the one under which the person is written to. The id before stays an alias, `until` then.
pub async fn promote(tx: &mut Tx, account: &Account, external_id: &str, until: Option<Micros>) -> Result<(), DbError> {
    if account.external_id == external_id {
        return Ok(());
    }
    sql("DELETE FROM identity_aliases WHERE inbox_id = $1 AND external_id = $2")
        .bind(&account.inbox_id)
        .bind(external_id)
        .execute(&mut *tx)
        .await?;
    sql("UPDATE identities SET external_id = $2 WHERE id = $1").bind(&account.id).bind(external_id).execute(&mut *tx).await?;
    add_alias(tx, account, &account.external_id, until).await
}

/// Notes another id of the same person; one that the provider took from somebody else passes over.
pub async fn add_alias(tx: &mut Tx, account: &Account, external_id: &str, until: Option<Micros>) -> Result<(), DbError> {
    sql("INSERT INTO identity_aliases (inbox_id, external_id, identity_id, until) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (inbox_id, external_id) DO UPDATE SET identity_id = excluded.identity_id, until = excluded.until")
    .bind(&account.inbox_id)
    .bind(external_id)
    .bind(&account.id)
    .bind(until)
    .execute(tx)
    .await
    .map(|_| ())
}

/// Aliases of new identities: (inbox, alias, identity). One that somebody has meanwhile makes the batch start again.
pub async fn insert_aliases(tx: &mut Tx, aliases: &[Owner], now: Micros) -> Result<(), DbError> {
    if aliases.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = aliases.iter().map(|(inbox, id, _)| json!({ "i": inbox, "e": without_nul(id) })).collect();
    sql("DELETE FROM identity_aliases WHERE until <= $1 \
         AND (inbox_id, external_id) IN (SELECT j.value->>'i', j.value->>'e' FROM each($2) AS j)")
    .bind(now)
    .bind(json!(ids).to_string())
    .execute(&mut *tx)
    .await?;
    let mut rows = bulk("INSERT INTO identity_aliases (inbox_id, external_id, identity_id)", 3, "");
    for (inbox_id, external_id, identity_id) in aliases {
        rows.row([inbox_id.into(), external_id.into(), identity_id.into()]);
    }
    rows.execute(tx).await.map(|_| ())
}

/// The provider has taken all ids of a person but these: what is late may still come under them, until then.
pub async fn retire_aliases(tx: &mut Tx, identity_id: &str, but: &[&str], until: Micros) -> Result<(), DbError> {
    sql("UPDATE identity_aliases SET until = $3 WHERE identity_id = $1 AND until IS NULL \
         AND external_id NOT IN (SELECT value FROM each_text($2))")
    .bind(identity_id)
    .bind(json_array(but.iter().copied()))
    .bind(until)
    .execute(tx)
    .await
    .map(|_| ())
}

/// What a provider now says of a person; what it does not say stays.
pub async fn describe(tx: &mut Tx, identity_id: &str, peer: &Peer) -> Result<(), DbError> {
    sql("UPDATE identities SET handle = COALESCE($2, handle), name = COALESCE($3, name) WHERE id = $1")
        .bind(identity_id)
        .bind(peer.handle.clone())
        .bind(peer.name.clone())
        .execute(tx)
        .await
        .map(|_| ())
}

/// Takes over what was not known before, of an identity that nobody has proved. Whether anything changed.
pub async fn fill_gaps(tx: &mut Tx, identity_id: &str, peer: &Peer, phone: Option<&str>) -> Result<bool, DbError> {
    let changed =
        sql("UPDATE identities SET handle = COALESCE(handle, $2), name = COALESCE(name, $3), phone = COALESCE(phone, $4) \
         WHERE id = $1 AND verified = FALSE AND ((handle IS NULL AND CAST($2 AS TEXT) IS NOT NULL) \
         OR (name IS NULL AND CAST($3 AS TEXT) IS NOT NULL) OR (phone IS NULL AND CAST($4 AS TEXT) IS NOT NULL))")
        .bind(identity_id)
        .bind(peer.handle.clone())
        .bind(peer.name.clone())
        .bind(phone)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// Names a contact that has no name.
pub async fn name_contact(tx: &mut Tx, contact_id: &str, name: Option<&str>) -> Result<(), DbError> {
    sql("UPDATE contacts SET name = $2 WHERE id = $1 AND name IS NULL").bind(contact_id).bind(name).execute(tx).await.map(|_| ())
}

/// Puts everything of one identity under another and takes the one away; its ids become aliases.
pub async fn absorb(tx: &mut Tx, keep: &Account, gone: &Account) -> Result<(), DbError> {
    let both = |text: &'static str| sql(text).bind(&keep.id).bind(&gone.id);
    both("UPDATE conversations SET identity_id = $1 WHERE identity_id = $2").execute(&mut *tx).await?;
    both(
        "INSERT INTO participants (conversation_id, kind, ref, role, joined_at, left_at) \
          SELECT conversation_id, kind, $1, role, joined_at, left_at FROM participants WHERE kind = 'identity' AND ref = $2 \
          ON CONFLICT (conversation_id, kind, ref) DO NOTHING",
    )
    .execute(&mut *tx)
    .await?;
    sql("DELETE FROM participants WHERE kind = 'identity' AND ref = $1").bind(&gone.id).execute(&mut *tx).await?;
    both("UPDATE identity_aliases SET identity_id = $1 WHERE identity_id = $2").execute(&mut *tx).await?;
    sql("DELETE FROM identity_marks WHERE identity_id = $1").bind(&gone.id).execute(&mut *tx).await?;
    sql("DELETE FROM identities WHERE id = $1").bind(&gone.id).execute(&mut *tx).await?;
    sql(
        "UPDATE identities SET handle = COALESCE(handle, $2), name = COALESCE(name, $3), verified = verified OR $4 WHERE id = $1",
    )
    .bind(&keep.id)
    .bind(gone.handle.clone())
    .bind(gone.name.clone())
    .bind(gone.verified)
    .execute(&mut *tx)
    .await?;
    add_alias(tx, keep, &gone.external_id, None).await
}

/// Open conversations of an identity: (id, thread, assignee, when it was written in last).
pub async fn open_threads(
    tx: &mut Tx,
    identity_id: &str,
) -> Result<Vec<(String, String, Option<String>, Option<Micros>)>, DbError> {
    sql("SELECT id, thread_key, assignee_id, last_message_at FROM conversations WHERE identity_id = $1 \
         AND state NOT IN ('closed', 'archived') ORDER BY id")
    .bind(identity_id)
    .all(tx)
    .await
}

/// Since when the customer of a conversation waits.
pub async fn waiting_since(tx: &mut Tx, conversation_id: &str) -> Result<Option<Micros>, DbError> {
    sql("SELECT waiting_since FROM conversations WHERE id = $1").bind(conversation_id).scalar(tx).await
}

/// False when it was so before, or when older news comes late.
pub async fn set_blocked(tx: &mut Tx, identity_id: &str, blocked_at: Option<Micros>, news_of: Micros) -> Result<bool, DbError> {
    let changed = match blocked_at {
        Some(at) => sql("UPDATE identities SET blocked_at = $2 WHERE id = $1 AND blocked_at IS NULL").bind(identity_id).bind(at),
        None => sql("UPDATE identities SET blocked_at = NULL WHERE id = $1 AND blocked_at <= $2").bind(identity_id).bind(news_of),
    };
    changed.execute(tx).await.map(|changed| changed == 1)
}
