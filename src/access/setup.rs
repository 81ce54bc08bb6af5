//! The first admin: made through a link that only the daemon's log and terminal show, and that works once.

use trunkline_channel::{Micros, Secret};

use super::store::{operators as store, setup_links};
use super::{Error, Role, operators, secrets, sessions};
use crate::app::App;

/// How long a link works.
pub const LINK_LIFE: Micros = 30 * 60_000_000;

/// A new link while there is no operator; `None` afterwards. The token is in the fragment, which browsers send to no
/// server and no log.
pub async fn ensure(app: &App) -> Result<Option<String>, Error> {
    if !is_open(app).await? {
        return Ok(None);
    }
    let token = secrets::new_secret("");
    let mut tx = app.db.begin().await?;
    setup_links::insert(&mut tx, &secrets::hash(token.expose()), app.now() + LINK_LIFE).await?;
    tx.commit().await?;
    Ok(Some(format!("{}/setup#token={}", app.config.server.public_url.trim_end_matches('/'), token.expose())))
}

/// Whether nobody is set up yet.
pub async fn is_open(app: &App) -> Result<bool, Error> {
    Ok(!store::any(&app.db).await?)
}

/// Makes the first admin, signed in by the token returned, and uses the link up.
pub async fn complete(
    app: &App,
    token: &Secret,
    email: &str,
    name: &str,
    password: &Secret,
) -> Result<(Secret, store::Operator), Error> {
    let token_hash = secrets::hash(token.expose());
    // Before the expensive hash, so that strangers cannot make the daemon compute any.
    if !setup_links::is_good(&app.db, &token_hash, app.now()).await? {
        return Err(Error::StaleSetupLink);
    }
    let operator = operators::prepare(app, email, name, Role::Admin, password).await?;
    let mut tx = app.db.begin().await?;
    if !setup_links::consume(&mut tx, &token_hash, app.now()).await? || store::any(&mut tx).await? {
        return Err(Error::StaleSetupLink);
    }
    operators::insert(&mut tx, &operator).await?;
    setup_links::delete_all(&mut tx).await?;
    let session = sessions::start(app, &mut tx, &operator.id).await?;
    tx.commit().await?;
    Ok((session, operator))
}
