//! How much there is to do, for the one who asks.

use serde::Serialize;

use super::{Error, store};
use crate::access::Caller;
use crate::app::App;

/// Each number is the length of a list: the filters that give it are named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Counts {
    /// Wait to be accepted by the caller (`queue=true`).
    pub queue: i64,
    /// Open and assigned to the caller (`state=open&assignee=me`).
    pub mine: i64,
    /// Of these, those in which the customer has written something unseen (`unread=true`).
    pub mine_unread: i64,
    /// Open ones of the caller's teams (`state=open&team=mine`).
    pub team: i64,
    /// Open ones that nobody holds (`state=open&assignee=none`).
    pub unassigned: i64,
    /// `state=open`
    pub all_open: i64,
    /// `state=closed`; 10000 stands for that many or more.
    pub closed: i64,
    /// Open ones with an answer that failed or may not have arrived (`state=open&troubled=true`).
    pub troubled: i64,
}

pub async fn counts(app: &App, caller: &Caller) -> Result<Counts, Error> {
    let row = store::counts(&app.db, &caller.operator_id, caller.role.supervises()).await?;
    Ok(Counts {
        queue: row.queue,
        mine: row.mine,
        mine_unread: row.mine_unread,
        team: row.team,
        unassigned: row.unassigned,
        all_open: row.all_open,
        closed: row.closed,
        troubled: row.troubled,
    })
}
