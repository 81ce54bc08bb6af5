//! Reading and changing rows of `conversations`.

use std::collections::HashMap;

use serde_json::Value;
use trunkline_channel::Micros;

use crate::access::Visitor;
use crate::conversations::views::{ContactRef, ConversationView, LastMessage, MailHandover, PersonRef, TransferView};
use crate::conversations::{Priority, State};
use crate::db::{Arg, Conn, Db, DbError, Tx, bulk, json_array, sql};

/// What rules look at before a conversation is changed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Facts {
    pub id: String,
    pub inbox_id: String,
    pub channel: String,
    pub contact_id: String,
    pub identity_id: String,
    pub state: String,
    pub assignee_id: Option<String>,
    pub assignee_name: Option<String>,
    pub team_id: Option<String>,
    pub transfer_from: Option<String>,
    pub escalated: bool,
    pub last_number: i64,
    pub customer_seen: i64,
    pub operator_seen: i64,
    pub last_inbound_at: Option<Micros>,
}

impl Facts {
    #[must_use]
    pub fn state(&self) -> State {
        State::parse(&self.state).unwrap_or(State::Archived)
    }
}

pub async fn facts<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<Facts>, DbError> {
    sql("SELECT c.id, c.inbox_id, c.channel, c.contact_id, c.identity_id, c.state, c.assignee_id, o.name AS assignee_name, c.team_id, \
         c.transfer_from, c.escalated, c.last_number, c.customer_seen, c.operator_seen, c.last_inbound_at \
         FROM conversations c LEFT JOIN operators o ON o.id = c.assignee_id WHERE c.id = $1")
        .bind(id)
        .optional(on)
        .await
}

/// The facts of a conversation that is about to be changed: others who want to change it wait for this transaction.
pub async fn hold(tx: &mut Tx, id: &str) -> Result<Option<Facts>, DbError> {
    if let Some(lock) = tx.row_lock() {
        let text = format!("SELECT id FROM conversations WHERE id = $1{lock}");
        sql(text).bind(id).optional::<(String,)>(&mut *tx).await?;
    }
    facts(tx, id).await
}

/// Changes of one conversation, applied only while it is still in the state the rules saw.
#[derive(Debug, Default)]
pub struct Patch {
    sets: Vec<(&'static str, Arg)>,
}

impl Patch {
    #[must_use]
    pub fn set(mut self, column: &'static str, value: impl Into<Arg>) -> Self {
        self.sets.push((column, value.into()));
        self
    }

    #[must_use]
    pub fn state(self, state: State) -> Self {
        self.set("state", state.as_str())
    }

    /// False when the conversation has left that state or holder in the meantime.
    pub async fn apply(self, tx: &mut Tx, seen: &Facts, now: Micros) -> Result<bool, DbError> {
        let mut query = sql("UPDATE conversations SET updated_at = $1").bind(now);
        for (column, value) in self.sets {
            query = query.push_bound(&format!(", {column} = ?"), vec![value]);
        }
        let query = query.push_bound(" WHERE id = ? AND state = ?", vec![seen.id.as_str().into(), seen.state.as_str().into()]);
        let query = match &seen.assignee_id {
            Some(assignee) => query.push_bound(" AND assignee_id = ?", vec![assignee.into()]),
            None => query.push(" AND assignee_id IS NULL"),
        };
        Ok(query.execute(tx).await? == 1)
    }
}

/// All columns that a view needs, joined.
#[derive(Debug, sqlx::FromRow)]
struct ViewRow {
    id: String,
    inbox_id: String,
    channel: String,
    state: String,
    subject: Option<String>,
    priority: i64,
    required_skills: String,
    custom_fields: String,
    metadata: String,
    contact_id: String,
    contact_name: Option<String>,
    handle: Option<String>,
    verified: bool,
    blocked_at: Option<Micros>,
    assignee_id: Option<String>,
    assignee_name: Option<String>,
    team_id: Option<String>,
    team_name: Option<String>,
    transfer_from: Option<String>,
    transfer_from_name: Option<String>,
    transfer_comment: Option<String>,
    escalated: bool,
    last_number: i64,
    last_text: Option<String>,
    last_sender: Option<String>,
    last_kind: Option<String>,
    last_shown: Option<i64>,
    last_message_at: Option<Micros>,
    last_inbound_at: Option<Micros>,
    waiting_since: Option<Micros>,
    mail_email: Option<String>,
    mail_inbox_id: Option<String>,
    mail_at: Option<Micros>,
    customer_seen: i64,
    operator_seen: i64,
    operator_read: i64,
    close_reason: Option<String>,
    close_summary: Option<String>,
    flag: Option<String>,
    created_at: Micros,
    updated_at: Micros,
    accepted_at: Option<Micros>,
    closed_at: Option<Micros>,
    archived_at: Option<Micros>,
}

const VIEW: &str = "SELECT c.id, c.inbox_id, c.channel, c.state, c.subject, c.priority, c.required_skills, c.custom_fields, c.metadata, \
    c.contact_id, ct.name AS contact_name, i.handle, i.verified, i.blocked_at, c.assignee_id, o.name AS assignee_name, c.team_id, \
    t.name AS team_name, c.transfer_from, f.name AS transfer_from_name, c.transfer_comment, c.escalated, c.last_number, c.last_text, \
    c.last_sender, c.last_kind, c.last_shown, c.last_message_at, c.last_inbound_at, c.waiting_since, c.customer_seen, c.operator_seen, \
    c.operator_read, c.close_reason, \
    c.close_summary, c.flag, c.created_at, c.updated_at, c.accepted_at, c.closed_at, c.archived_at, \
    h.email AS mail_email, h.inbox_id AS mail_inbox_id, h.at AS mail_at \
    FROM conversations c JOIN contacts ct ON ct.id = c.contact_id JOIN identities i ON i.id = c.identity_id \
    LEFT JOIN operators o ON o.id = c.assignee_id LEFT JOIN operators f ON f.id = c.transfer_from LEFT JOIN teams t ON t.id = c.team_id \
    LEFT JOIN mail_handovers h ON h.conversation_id = c.id";

pub async fn view<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<ConversationView>, DbError> {
    // One connection answers both statements, so that a transaction sees its own changes.
    let mut conn = on.into();
    let rows = sql(VIEW).push_bound(" WHERE c.id = ?", vec![id.into()]).all::<ViewRow>(conn.again()).await?;
    Ok(with_tags(conn, rows).await?.pop())
}

/// Views of the given ids, in their order.
pub async fn views_of(db: &Db, ids: &[String]) -> Result<Vec<ConversationView>, DbError> {
    let wanted = json_array(ids.iter().map(String::as_str));
    let rows =
        sql(VIEW).push_bound(" WHERE c.id IN (SELECT value FROM each_text(?))", vec![wanted.into()]).all::<ViewRow>(db).await?;
    let mut found: HashMap<String, ConversationView> =
        with_tags(db.into(), rows).await?.into_iter().map(|view| (view.id.clone(), view)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

async fn with_tags(conn: Conn<'_>, rows: Vec<ViewRow>) -> Result<Vec<ConversationView>, DbError> {
    let ids = json_array(rows.iter().map(|row| row.id.as_str()));
    let tags: Vec<(String, String)> = sql(
        "SELECT conversation_id, tag FROM conversation_tags WHERE conversation_id IN (SELECT value FROM each_text($1)) ORDER BY tag",
    )
    .bind(ids)
    .all(conn)
    .await?;
    let mut by_conversation: HashMap<String, Vec<String>> = HashMap::new();
    for (id, tag) in tags {
        by_conversation.entry(id).or_default().push(tag);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let tags = by_conversation.remove(&row.id).unwrap_or_default();
            row.into_view(tags)
        })
        .collect())
}

impl ViewRow {
    fn into_view(self, tags: Vec<String>) -> ConversationView {
        let json = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
        let person = |id: Option<String>, name: Option<String>| id.map(|id| PersonRef { id, name: name.unwrap_or_default() });
        let state = State::parse(&self.state).unwrap_or(State::Archived);
        let transfer = (state == State::Transferred).then(|| TransferView {
            from: person(self.transfer_from, self.transfer_from_name),
            comment: self.transfer_comment,
            escalated: self.escalated,
        });
        let last_message = self.last_message_at.map(|at| LastMessage {
            number: self.last_shown.unwrap_or_default(),
            kind: self.last_kind.unwrap_or_default(),
            text: self.last_text.unwrap_or_default(),
            sender_type: self.last_sender.unwrap_or_default(),
            at,
        });
        let mail_handover = match (self.mail_email, self.mail_inbox_id, self.mail_at) {
            (Some(email), Some(inbox_id), Some(at)) => Some(MailHandover { email, inbox_id, at }),
            _ => None,
        };
        ConversationView {
            id: self.id,
            inbox_id: self.inbox_id,
            channel: self.channel,
            state,
            subject: self.subject,
            priority: Priority::from_rank(self.priority),
            required_skills: json(&self.required_skills),
            tags,
            custom_fields: json(&self.custom_fields),
            metadata: json(&self.metadata),
            contact: ContactRef {
                id: self.contact_id,
                name: self.contact_name,
                handle: self.handle,
                verified: self.verified,
                blocked_at: self.blocked_at,
            },
            assignee: person(self.assignee_id, self.assignee_name),
            team: person(self.team_id, self.team_name),
            transfer,
            last_message,
            last_number: self.last_number,
            last_inbound_at: self.last_inbound_at,
            mail_handover,
            reply_window: None,
            waiting_since: self.waiting_since,
            customer_seen: self.customer_seen,
            operator_seen: self.operator_seen,
            operator_read: self.operator_read,
            close_reason: self.close_reason,
            close_summary: self.close_summary,
            flag: self.flag,
            created_at: self.created_at,
            updated_at: self.updated_at,
            accepted_at: self.accepted_at,
            closed_at: self.closed_at,
            archived_at: self.archived_at,
        }
    }
}

/// Name of an operator who may still be given work.
pub async fn operator_name(tx: &mut Tx, id: &str) -> Result<Option<String>, DbError> {
    Ok(sql("SELECT name FROM operators WHERE id = $1 AND disabled_at IS NULL AND role <> 'auditor'")
        .bind(id)
        .optional::<(String,)>(tx)
        .await?
        .map(|(name,)| name))
}

pub async fn team_name(tx: &mut Tx, id: &str) -> Result<Option<String>, DbError> {
    Ok(sql("SELECT name FROM teams WHERE id = $1").bind(id).optional::<(String,)>(tx).await?.map(|(name,)| name))
}

/// Whether an operator is a member of a team.
pub async fn is_member(tx: &mut Tx, team_id: &str, operator_id: &str) -> Result<bool, DbError> {
    Ok(sql("SELECT team_id FROM team_members WHERE team_id = $1 AND operator_id = $2")
        .bind(team_id)
        .bind(operator_id)
        .optional::<(String,)>(tx)
        .await?
        .is_some())
}

/// Whether a conversation is a visitor's own.
pub async fn belongs_to<'c>(on: impl Into<Conn<'c>>, facts: &Facts, visitor: &Visitor) -> Result<bool, DbError> {
    // By identity, not by contact: that two visitors are one person is what operators think, not what visitors have shown.
    let identity: Option<(String,)> = sql("SELECT id FROM identities WHERE inbox_id = $1 AND external_id = $2")
        .bind(&visitor.inbox_id)
        .bind(&visitor.external_id)
        .optional(on)
        .await?;
    Ok(facts.inbox_id == visitor.inbox_id && identity.is_some_and(|(id,)| id == facts.identity_id))
}

/// The conversation a visitor finds again: the newest that is not archived.
pub async fn newest_of(db: &Db, visitor: &Visitor) -> Result<Option<String>, DbError> {
    let found: Option<(String,)> = sql("SELECT c.id FROM conversations c JOIN identities i ON i.id = c.identity_id \
         WHERE i.inbox_id = $1 AND i.external_id = $2 AND c.state <> 'archived' ORDER BY c.created_at DESC, c.id DESC LIMIT 1")
    .bind(&visitor.inbox_id)
    .bind(&visitor.external_id)
    .optional(db)
    .await?;
    Ok(found.map(|(id,)| id))
}

/// As [`belongs_to`], in one statement, where nothing else of the conversation is needed.
pub async fn is_own<'c>(on: impl Into<Conn<'c>>, id: &str, visitor: &Visitor) -> Result<bool, DbError> {
    let own: Option<(String,)> = sql("SELECT c.id FROM conversations c JOIN identities i ON i.id = c.identity_id \
                                      WHERE c.id = $1 AND i.inbox_id = $2 AND i.external_id = $3")
    .bind(id)
    .bind(&visitor.inbox_id)
    .bind(&visitor.external_id)
    .optional(on)
    .await?;
    Ok(own.is_some())
}

/// Replaces all tags.
pub async fn set_tags(tx: &mut Tx, id: &str, tags: &[String]) -> Result<(), DbError> {
    sql("DELETE FROM conversation_tags WHERE conversation_id = $1").bind(id).execute(&mut *tx).await?;
    let mut rows = bulk("INSERT INTO conversation_tags (conversation_id, tag)", 2, "");
    for tag in tags {
        rows.row([id.into(), tag.into()]);
    }
    rows.execute(tx).await.map(|_| ())
}
