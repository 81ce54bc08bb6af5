//! Operators: who they are and what may be changed about them.

use serde::{Deserialize, Serialize};
use serde_json::json;
use trunkline_channel::{Micros, Secret};

use super::store::operators::Operator;
use super::store::{operators as store, sessions, tokens};
use super::{Availability, Error, Role, passwords};
use crate::app::App;
use crate::db::{DbError, Tx, json_array};
use crate::events::{Audience, EventKind, NewEvent};
use crate::http::{ApiError, Page, PageQuery};
use crate::push;

/// Characters of a name.
pub const MAX_NAME: usize = 200;
/// RFC 5321 §4.5.3.1.3, less the brackets.
const MAX_EMAIL: usize = 254;
/// Conversations an operator holds at once unless set otherwise.
pub const DEFAULT_CAPACITY: i64 = 10;
const MAX_CAPACITY: i64 = 1000;
const MAX_SKILLS: usize = 50;
/// Characters of a skill.
const MAX_SKILL: usize = 64;

/// An operator as the API shows one.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OperatorView {
    pub id: String,
    pub name: String,
    pub email: String,
    #[schema(value_type = Role)]
    pub role: String,
    #[schema(value_type = Availability)]
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

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOperator {
    pub email: String,
    pub name: String,
    pub role: Role,
    #[schema(value_type = String)]
    pub password: Secret,
    #[serde(default)]
    pub skills: Vec<String>,
    /// Conversations held at once at most; 10 when left out.
    pub capacity: Option<i64>,
}

/// What is left out stays as it is.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OperatorChange {
    pub email: Option<String>,
    pub name: Option<String>,
    pub role: Option<Role>,
    #[schema(value_type = Option<String>)]
    pub password: Option<Secret>,
    pub skills: Option<Vec<String>>,
    pub capacity: Option<i64>,
    /// A disabled operator cannot sign in; what they wrote stays.
    pub disabled: Option<bool>,
}

/// Makes an admin from the command line; the id is returned.
pub async fn create_admin(app: &App, email: &str, name: &str, password: &Secret) -> Result<String, Error> {
    let operator = prepare(app, email, name, Role::Admin, password).await?;
    let mut tx = app.db.begin().await?;
    insert(&mut tx, &operator).await?;
    tx.commit().await?;
    Ok(operator.id)
}

/// The id of the operator with this address.
pub async fn operator_of_email(app: &App, email: &str) -> Result<Option<String>, Error> {
    Ok(store::by_email(&app.db, &normal_email(email)?).await?.map(|operator| operator.id))
}

pub async fn create(app: &App, new: NewOperator) -> Result<OperatorView, Error> {
    let capacity = checked_capacity(new.capacity.unwrap_or(DEFAULT_CAPACITY))?;
    let skills = normal_skills(&new.skills)?;
    let mut operator = prepare(app, &new.email, &new.name, new.role, &new.password).await?;
    (operator.capacity, operator.skills) = (capacity, skills);
    let mut tx = app.db.begin().await?;
    insert(&mut tx, &operator).await?;
    tell(app, &mut tx, &operator);
    tx.commit().await?;
    Ok(operator.into())
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
    store::insert(tx, operator).await.map_err(email_taken)
}

pub async fn list(app: &App, page: &PageQuery) -> Result<Page<OperatorView>, ApiError> {
    let limit = page.limit()?;
    let after: Option<String> = page.position()?;
    let rows = store::list(&app.db, after.as_deref(), limit + 1).await?;
    Ok(Page::cut(rows.into_iter().map(OperatorView::from).collect(), limit, |operator| operator.id.clone()))
}

pub async fn get(app: &App, id: &str) -> Result<OperatorView, Error> {
    Ok(store::by_id(&app.db, id).await?.ok_or(Error::NotFound("operator"))?.into())
}

/// Changes an operator. What was signed in under another role or password, or while enabled, ends.
pub async fn change(app: &App, id: &str, change: OperatorChange) -> Result<OperatorView, Error> {
    let email = change.email.as_deref().map(normal_email).transpose()?;
    let name = change.name.as_deref().map(normal_name).transpose()?;
    let skills = change.skills.as_deref().map(normal_skills).transpose()?;
    let capacity = change.capacity.map(checked_capacity).transpose()?;
    let password_hash = match &change.password {
        Some(password) => {
            passwords::check(password)?;
            // Unknown ids must not make the daemon compute hashes.
            get(app, id).await?;
            Some(passwords::hash(password).await?)
        }
        None => None,
    };
    let now = app.now();
    let mut tx = app.db.begin().await?;
    // Read under the lock: of two admins who disable each other, the second must see what the first did.
    let admins = store::enabled_admins(&mut tx).await?;
    let before = store::for_change(&mut tx, id).await?.ok_or(Error::NotFound("operator"))?;
    let disabled_at = match change.disabled {
        Some(true) => before.disabled_at.or(Some(now)),
        Some(false) => None,
        None => before.disabled_at,
    };
    let role = change.role.map_or_else(|| before.role.clone(), |role| role.as_str().to_owned());
    let stays_admin = role == Role::Admin.as_str() && disabled_at.is_none();
    if !stays_admin && admins.iter().all(|admin| admin == id) && !admins.is_empty() {
        return Err(Error::LastAdmin);
    }
    let ends = role != before.role || password_hash.is_some() || (disabled_at.is_some() && before.disabled_at.is_none());
    let after = Operator {
        email: email.unwrap_or_else(|| before.email.clone()),
        name: name.unwrap_or_else(|| before.name.clone()),
        role,
        password_hash: password_hash.unwrap_or_else(|| before.password_hash.clone()),
        skills: skills.unwrap_or_else(|| before.skills.clone()),
        capacity: capacity.unwrap_or(before.capacity),
        availability: if disabled_at.is_some() { "offline".to_owned() } else { before.availability.clone() },
        disabled_at,
        updated_at: now,
        ..before
    };
    store::update(&mut tx, &after).await.map_err(email_taken)?;
    if ends {
        sign_out_of_everything(&mut tx, id, now).await?;
    }
    tell(app, &mut tx, &after);
    tx.commit().await?;
    Ok(after.into())
}

/// Ends all sessions and API tokens of an operator; their sockets end with the credential they were opened by. Browsers
/// that were subscribed are told nothing any more.
pub(super) async fn sign_out_of_everything(tx: &mut Tx, id: &str, now: Micros) -> Result<(), DbError> {
    sessions::end_all(tx, id).await?;
    tokens::revoke_all(tx, id, now).await?;
    push::forget_browsers_of(tx, id).await
}

/// Tells the staff, and the sockets that may have to end.
pub(super) fn tell(app: &App, tx: &mut Tx, operator: &Operator) {
    tx.emit(NewEvent {
        id: app.ids.next(),
        stream: "operators".to_owned(),
        kind: EventKind::OperatorUpdated,
        audience: Audience::Staff,
        conversation_id: None,
        payload: json!({ "operator": OperatorView::from(operator.clone()) }),
        at: app.now(),
    });
}

fn email_taken(error: DbError) -> Error {
    match error {
        DbError::Taken { .. } => Error::EmailTaken,
        other => other.into(),
    }
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

fn checked_capacity(capacity: i64) -> Result<i64, Error> {
    match capacity {
        0..=MAX_CAPACITY => Ok(capacity),
        _ => Err(Error::invalid("/capacity", format!("must be 0 to {MAX_CAPACITY}"))),
    }
}

/// As stored: a sorted JSON array of trimmed skills, each once.
fn normal_skills(skills: &[String]) -> Result<String, Error> {
    let skills: std::collections::BTreeSet<&str> = skills.iter().map(|skill| skill.trim()).collect();
    let fits = |skill: &&str| !skill.is_empty() && skill.chars().count() <= MAX_SKILL && !skill.chars().any(char::is_control);
    if skills.len() > MAX_SKILLS || !skills.iter().all(fits) {
        let problem = format!("must be at most {MAX_SKILLS}, of 1 to {MAX_SKILL} characters each");
        return Err(Error::invalid("/skills", problem));
    }
    Ok(json_array(skills))
}

#[cfg(test)]
mod tests {
    use super::{normal_email, normal_skills};

    #[test]
    fn addresses_have_one_form() {
        assert_eq!(normal_email(" Ann@Example.COM ").unwrap(), "ann@example.com");
        for wrong in ["", "ann", "@example.com", "ann@", "a b@example.com", "ann@example.com\r\nBcc: bob@example.com"] {
            assert!(normal_email(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn skills_are_a_set_of_short_words() {
        assert_eq!(normal_skills(&["refunds ".into(), "english".into(), "refunds".into()]).unwrap(), r#"["english","refunds"]"#);
        assert!(normal_skills(&[" ".into()]).is_err());
        assert!(normal_skills(&["ж".repeat(65)]).is_err());
        assert!(normal_skills(&(0..51).map(|n| n.to_string()).collect::<Vec<_>>()).is_err());
    }
}
