//! How much an operator holds.

use serde::Serialize;

use super::Error;
use super::store::operators as store;
use crate::app::App;

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Workload {
    pub operator_id: String,
    /// `online`, `away` or `offline`.
    pub availability: String,
    /// Conversations accepted and not closed.
    pub active_conversations: i64,
    /// Conversations held at once at most.
    pub capacity: i64,
    pub free_slots: i64,
}

pub async fn of(app: &App, operator_id: &str) -> Result<Workload, Error> {
    let operator = store::by_id(&app.db, operator_id).await?.ok_or(Error::NotFound("operator"))?;
    let active = store::active_conversations(&app.db, operator_id).await?;
    Ok(Workload {
        operator_id: operator.id,
        availability: operator.availability,
        active_conversations: active,
        capacity: operator.capacity,
        free_slots: (operator.capacity - active).max(0),
    })
}
