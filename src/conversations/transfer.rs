//! Handing a conversation to somebody else, who has to accept it.

use serde::Deserialize;
use serde_json::json;

use super::changes::bounded;
use super::moves::{change, finish, may_act, step, system_message};
use super::store::{self, Patch};
use super::{ConversationView, Error, Move};
use crate::access::Caller;
use crate::app::App;
use crate::db::Arg;
use crate::events::{Audience, EventKind};

const MAX_COMMENT_CHARS: usize = 2_000;

/// To an operator or to a team, with a comment for the receiver.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    pub operator_id: Option<String>,
    pub team_id: Option<String>,
    pub comment: Option<String>,
}

/// To any supervisor, or to the specialist or team named.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalate {
    pub operator_id: Option<String>,
    pub team_id: Option<String>,
    pub comment: Option<String>,
}

pub async fn transfer(app: &App, caller: &Caller, id: &str, to: Transfer) -> Result<ConversationView, Error> {
    if to.operator_id.is_some() == to.team_id.is_some() {
        return Err(Error::invalid("/operator_id", "give either operator_id or team_id"));
    }
    let target = Target { operator_id: to.operator_id, team_id: to.team_id, comment: to.comment, escalated: false };
    hand_over(app, caller, id, target).await
}

pub async fn escalate(app: &App, caller: &Caller, id: &str, to: Escalate) -> Result<ConversationView, Error> {
    if to.operator_id.is_some() && to.team_id.is_some() {
        return Err(Error::invalid("/operator_id", "give operator_id, team_id or neither"));
    }
    let escalated = to.operator_id.is_none() && to.team_id.is_none();
    hand_over(app, caller, id, Target { operator_id: to.operator_id, team_id: to.team_id, comment: to.comment, escalated }).await
}

struct Target {
    operator_id: Option<String>,
    team_id: Option<String>,
    comment: Option<String>,
    escalated: bool,
}

async fn hand_over(app: &App, caller: &Caller, id: &str, to: Target) -> Result<ConversationView, Error> {
    let comment = to.comment.as_deref().map(|text| bounded("/comment", text, MAX_COMMENT_CHARS)).transpose()?;
    let mut tx = app.db.begin().await?;
    let facts = store::hold(&mut tx, id).await?.ok_or(Error::NotFound)?;
    may_act(caller, &facts)?;
    let next = step(&facts, Move::Transfer, "transferring")?;
    let receiver = match (&to.operator_id, &to.team_id) {
        (Some(operator), _) if *operator == caller.operator_id && facts.assignee_id.as_deref() == Some(operator) => {
            return Err(Error::invalid("/operator_id", "the conversation is already yours"));
        }
        (Some(operator), _) => store::operator_name(&mut tx, operator).await?.ok_or(Error::NoSuch("operator"))?,
        (None, Some(team)) => store::team_name(&mut tx, team).await?.ok_or(Error::NoSuch("team"))?,
        (None, None) => "supervisors".to_owned(),
    };
    let now = app.now();
    let patch = Patch::default()
        .state(next)
        .set("assignee_id", to.operator_id.as_deref())
        .set("team_id", to.team_id.as_deref())
        .set("transfer_from", caller.operator_id.as_str())
        .set("transfer_comment", comment.as_deref())
        .set("escalated", to.escalated)
        .set("accepted_at", Arg::Int(None));
    change(&mut tx, patch, &facts, now, "transferring").await?;
    if let Some(before) = &facts.assignee_id {
        store::leave(&mut tx, id, before, now).await?;
    }
    let (action, kind) = if to.escalated {
        ("escalated", EventKind::ConversationEscalated)
    } else {
        ("transferred", EventKind::ConversationTransferred)
    };
    let extra = json!({
        "action": action, "by": { "id": caller.operator_id, "name": caller.name }, "to": receiver,
        "operator_id": to.operator_id, "team_id": to.team_id, "comment": comment,
    });
    system_message(app, &mut tx, &facts, &format!("{} {action} the conversation to {receiver}", caller.name), &extra).await?;
    finish(app, tx, id, kind, Audience::Staff, Some(caller), json!({ "comment": comment })).await
}
