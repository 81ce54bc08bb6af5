//! API tokens: what programs show instead of a session.

use serde::{Deserialize, Serialize};
use trunkline_channel::{Micros, Secret};

use super::identify::{Credential, Identity, Principal};
use super::operators::normal_name;
use super::store::tokens::{self as store, ApiToken};
use super::{Caller, Error, Role, secrets};
use crate::app::App;

/// Usable tokens of one operator.
const MAX_TOKENS: i64 = 50;

/// A token without what would let anybody use it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokenView {
    pub id: String,
    pub operator_id: String,
    pub name: String,
    #[schema(value_type = Role)]
    pub role: String,
    pub created_at: Micros,
    /// Written every few minutes at most.
    pub last_used_at: Option<Micros>,
    pub expires_at: Option<Micros>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Tokens {
    /// Newest first.
    pub items: Vec<TokenView>,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// One's own role or a lesser one; one's own when left out.
    pub role: Option<Role>,
    /// Never, when left out.
    pub expires_at: Option<Micros>,
}

impl From<ApiToken> for TokenView {
    fn from(row: ApiToken) -> Self {
        let ApiToken { id, operator_id, name, role, created_at, last_used_at, expires_at } = row;
        Self { id, operator_id, name, role, created_at, last_used_at, expires_at }
    }
}

/// Tokens that can still be used.
pub async fn list(app: &App, caller: &Caller) -> Result<Tokens, Error> {
    let of = (caller.role != Role::Admin).then_some(caller.operator_id.as_str());
    let rows = store::usable(&app.db, of, app.now()).await?;
    Ok(Tokens { items: rows.into_iter().map(TokenView::from).collect() })
}

/// Makes a token for whoever asks. A token cannot make another: a stolen one would outlive its own end.
pub async fn create(app: &App, identity: &Identity, new: NewToken) -> Result<(Secret, TokenView), Error> {
    let (Principal::Operator(caller), Credential::Session { .. }) = (&identity.principal, &identity.credential) else {
        return Err(Error::Forbidden("tokens are made by operators who signed in by password"));
    };
    let now = app.now();
    let role = new.role.unwrap_or(caller.role);
    if !caller.role.covers(role) {
        return Err(Error::Forbidden("a token cannot do more than its owner"));
    }
    if new.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::invalid("/expires_at", "must be in the future"));
    }
    let row = ApiToken {
        id: app.ids.next(),
        operator_id: caller.operator_id.clone(),
        name: normal_name(&new.name)?,
        role: role.as_str().to_owned(),
        created_at: now,
        last_used_at: None,
        expires_at: new.expires_at,
    };
    let secret = secrets::new_secret(secrets::API_TOKEN_PREFIX);
    let mut tx = app.db.begin().await?;
    if store::count_usable(&mut tx, &caller.operator_id, now).await? >= MAX_TOKENS {
        return Err(Error::invalid("/name", format!("there are {MAX_TOKENS} tokens already; revoke one first")));
    }
    store::insert(&mut tx, &row, &secrets::hash(secret.expose())).await?;
    tx.commit().await?;
    Ok((secret, row.into()))
}

/// Ends a token of one's own; admins end anybody's.
pub async fn revoke(app: &App, caller: &Caller, id: &str) -> Result<(), Error> {
    let of = (caller.role != Role::Admin).then_some(caller.operator_id.as_str());
    let mut tx = app.db.begin().await?;
    if store::revoke(&mut tx, id, of, app.now()).await? == 0 {
        return Err(Error::NotFound("token"));
    }
    tx.commit().await?;
    Ok(())
}
