//! What people do with deliveries: look, send again, settle a doubt, give up.

use super::store::{self, AttemptRow, DeliveryRow};
use super::{Error, State, bell, emit_updated};
use crate::access::{Caller, Role};
use crate::app::App;
use crate::db::DbError;

/// Filters of the list.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    pub state: Option<State>,
    pub inbox_id: Option<String>,
    /// Only deliveries made before this one.
    pub before: Option<String>,
}

/// Newest first.
pub async fn list(app: &App, _caller: &Caller, filter: &Filter, limit: i64) -> Result<Vec<DeliveryRow>, Error> {
    let state = filter.state.map(State::as_str);
    Ok(store::list(&app.db, state, filter.inbox_id.as_deref(), filter.before.as_deref(), limit).await?)
}

/// A message's delivery and the history of its attempts.
pub async fn of_message(app: &App, _caller: &Caller, message_id: &str) -> Result<(DeliveryRow, Vec<AttemptRow>), Error> {
    let row = store::by_message(&app.db, message_id).await?.ok_or(Error::NotFound)?;
    let attempts = store::attempts(&app.db, &row.id).await?;
    Ok((row, attempts))
}

/// Really sends again what failed or is in doubt; brings a waiting retry forward. Asking twice is asking once: what is
/// already on its way, or has arrived, stays as it is.
pub async fn retry(app: &App, caller: &Caller, id: &str) -> Result<DeliveryRow, Error> {
    act(app, caller, id, |state| match state {
        State::Failed | State::Uncertain | State::RetryWait => Ok(Some(Step::SendAgain)),
        State::Queued | State::Sending | State::Sent | State::Delivered | State::Read => Ok(None),
        State::Cancelled => Err(Error::WrongState(state.as_str())),
    })
    .await
}

/// A person knows that the message arrived.
pub async fn settle_as_sent(app: &App, caller: &Caller, id: &str) -> Result<DeliveryRow, Error> {
    act(app, caller, id, |state| match state {
        State::Uncertain => Ok(Some(Step::To(State::Sent))),
        State::Sent | State::Delivered | State::Read => Ok(None),
        _ => Err(Error::WrongState(state.as_str())),
    })
    .await
}

/// Gives up on a message that is waiting or in doubt; the next reply of its conversation may then go.
pub async fn cancel(app: &App, caller: &Caller, id: &str) -> Result<DeliveryRow, Error> {
    act(app, caller, id, |state| match state {
        State::Queued | State::RetryWait | State::Uncertain | State::Failed => Ok(Some(Step::To(State::Cancelled))),
        State::Cancelled => Ok(None),
        _ => Err(Error::WrongState(state.as_str())),
    })
    .await
}

enum Step {
    SendAgain,
    To(State),
}

/// Looks at the state, decides, and changes it if nobody else has done so meanwhile.
async fn act(
    app: &App,
    caller: &Caller,
    id: &str,
    decide: impl Fn(State) -> Result<Option<Step>, Error>,
) -> Result<DeliveryRow, Error> {
    if caller.role == Role::Auditor {
        return Err(Error::Forbidden);
    }
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let row = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let state = State::parse(&row.state).ok_or(Error::NotFound)?;
    let Some(step) = decide(state)? else { return Ok(row) };
    let changed = match step {
        Step::SendAgain => store::send_again(&mut tx, &row, now).await?,
        Step::To(to) => store::advance(&mut tx, &row, to, now).await?,
    };
    if !changed {
        return Err(Error::Db(DbError::Conflict));
    }
    let row = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    emit_updated(&mut tx, &app.ids, &row, now);
    tx.ring(bell(&row.inbox_id));
    tx.commit().await?;
    Ok(row)
}
