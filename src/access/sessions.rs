//! Sessions of operators: made by email and password, kept in a cookie.

use std::net::IpAddr;

use trunkline_channel::{Micros, Secret};

use super::store::operators::{self, Operator};
use super::store::sessions as store;
use super::{Error, passwords, secrets};
use crate::app::App;
use crate::db::Tx;
use crate::push;

const HOUR: Micros = 3_600_000_000;
/// Sessions of one operator; the one used longest ago gives way.
const MAX_SESSIONS: i64 = 50;
/// A session's last use is written at most this often.
pub(super) const TOUCH_EVERY: Micros = 300_000_000;

/// Checks the password and starts a session: the token for the cookie, and whom it stands for. An unknown account, a
/// disabled one and a wrong password give one answer after the same work.
pub async fn sign_in(app: &App, address: IpAddr, email: &str, password: &Secret) -> Result<(Secret, Operator), Error> {
    let attempt = app.sign_ins.attempt(email, Some(address))?;
    let found = match super::operators::normal_email(email) {
        Ok(email) => operators::by_email(&app.db, &email).await?,
        Err(_) => None,
    };
    let fits = passwords::verify(password, found.as_ref().map(|operator| operator.password_hash.as_str())).await?;
    let operator = found.filter(|operator| fits && operator.disabled_at.is_none()).ok_or(Error::WrongCredentials)?;
    attempt.succeeded();
    let mut tx = app.db.begin().await?;
    store::delete_expired(&mut tx, app.now()).await?;
    // The password may have been changed while the hash was computed.
    let still = operators::by_id(&mut tx, &operator.id).await?;
    if !still.is_some_and(|still| still.password_hash == operator.password_hash && still.disabled_at.is_none()) {
        return Err(Error::WrongCredentials);
    }
    let token = start(app, &mut tx, &operator.id).await?;
    tx.commit().await?;
    Ok((token, operator))
}

/// A new session, always with a new token.
pub(super) async fn start(app: &App, tx: &mut Tx, operator_id: &str) -> Result<Secret, Error> {
    let token = secrets::new_secret("");
    store::end_oldest(tx, operator_id, MAX_SESSIONS - 1).await?;
    store::insert(tx, &secrets::hash(token.expose()), operator_id, app.now(), expiry(app)).await?;
    Ok(token)
}

/// A session without a password, for whoever the daemon itself vouches for.
pub async fn open(app: &App, operator_id: &str) -> Result<Secret, Error> {
    let mut tx = app.db.begin().await?;
    let token = start(app, &mut tx, operator_id).await?;
    tx.commit().await?;
    Ok(token)
}

/// Ends the session of a cookie; one that has ended already is no error.
pub async fn sign_out(app: &App, token_hash: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    store::end(&mut tx, token_hash).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends all sessions of an operator; browsers that were subscribed are told nothing any more.
pub async fn sign_out_everywhere(app: &App, operator_id: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    store::end_all(&mut tx, operator_id).await?;
    push::forget_browsers_of(&mut tx, operator_id).await?;
    tx.commit().await?;
    Ok(())
}

/// When a session used now ends.
pub(super) fn expiry(app: &App) -> Micros {
    let hours = i64::try_from(app.config.access.session_hours).unwrap_or(i64::MAX);
    app.now().saturating_add(hours.saturating_mul(HOUR))
}
