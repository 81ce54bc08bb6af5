//! Operators: who they are, and the first of them.

use serde::Serialize;
use trunkline_channel::{Micros, Secret};

use super::store::operators::{self as store, Operator};
use super::{Error, Role, passwords};
use crate::app::App;
use crate::db::{DbError, Tx};

/// Characters of a name.
pub const MAX_NAME: usize = 200;
/// RFC 5321 §4.5.3.1.3, less the brackets.
const MAX_EMAIL: usize = 254;
/// Conversations an operator holds at once unless set otherwise.
pub const DEFAULT_CAPACITY: i64 = 10;

/// An operator as the API shows one.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OperatorView {
    pub id: String,
    pub name: String,
    pub email: String,
    pub role: String,
    /// `online`, `away` or `offline`.
    pub availability: String,
    /// Conversations held at once at most.
    pub capacity: i64,
    pub skills: Vec<String>,
    pub last_active_at: Option<Micros>,
    pub disabled_at: Option<Micros>,
    pub created_at: Micros,
}

impl From<Operator> for OperatorView {
    fn from(row: Operator) -> Self {
        Self {
            id: row.id,
            name: row.name,
            email: row.email,
            role: row.role,
            availability: row.availability,
            capacity: row.capacity,
            skills: serde_json::from_str(&row.skills).unwrap_or_default(),
            last_active_at: row.last_active_at,
            disabled_at: row.disabled_at,
            created_at: row.created_at,
        }
    }
}

/// Makes an admin from the command line or the set-up link; the id is returned.
pub async fn create_admin(app: &App, email: &str, name: &str, password: &Secret) -> Result<String, Error> {
    let operator = prepare(app, email, name, Role::Admin, password).await?;
    let mut tx = app.db.begin().await?;
    insert(&mut tx, &operator).await?;
    tx.commit().await?;
    Ok(operator.id)
}

/// Checks everything and hashes the password, before any transaction is open.
pub(super) async fn prepare(app: &App, email: &str, name: &str, role: Role, password: &Secret) -> Result<Operator, Error> {
    let (email, name) = (normal_email(email)?, normal_name(name)?);
    passwords::check(password)?;
    let now = app.now();
    Ok(Operator {
        id: app.ids.next(),
        email,
        name,
        role: role.as_str().to_owned(),
        password_hash: passwords::hash(password).await?,
        availability: "offline".to_owned(),
        capacity: DEFAULT_CAPACITY,
        skills: "[]".to_owned(),
        last_active_at: None,
        disabled_at: None,
        created_at: now,
        updated_at: now,
    })
}

pub(super) async fn insert(tx: &mut Tx, operator: &Operator) -> Result<(), Error> {
    store::insert(tx, operator).await.map_err(|error| match error {
        DbError::Taken { .. } => Error::EmailTaken,
        other => other.into(),
    })
}

/// The form in which addresses are stored and compared: without spaces around, in lower case.
pub(super) fn normal_email(email: &str) -> Result<String, Error> {
    let email = email.trim().to_lowercase();
    let plausible = email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if !plausible || email.len() > MAX_EMAIL || email.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::invalid("/email", "is not an email address"));
    }
    Ok(email)
}

pub(super) fn normal_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid("/name", format!("must be 1 to {MAX_NAME} characters long")));
    }
    Ok(name.to_owned())
}
