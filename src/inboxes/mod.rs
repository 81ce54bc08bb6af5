//! Inboxes: the connected accounts, from the configuration file and from the API.

pub mod api;
mod examine;
mod file;
pub(crate) mod sealed;
mod secrets;
mod store;
mod templates;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use trunkline_channel::{InboxRef, Setup};

use crate::access::{Caller, Role};
use crate::app::App;
use crate::config::InboxOptions;
use crate::connectors::{BuildError, Built, ChannelKind};
use crate::db::DbError;
use crate::http::ApiError;

pub use crate::supervisor::Supervisor;
pub use examine::examine;
pub use file::{FileError, take_from_file};
pub use sealed::Unreadable;
pub use secrets::{SecretFileError, hidden as hidden_settings, read_files as read_secret_files};
pub use store::{InboxRow, all, by_id};

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 80;

#[derive(Debug, Error)]
pub enum Error {
    #[error("there is no such inbox")]
    NotFound,
    #[error("only admins change inboxes")]
    Forbidden,
    #[error("{0}")]
    BadName(&'static str),
    #[error("another inbox has this name")]
    NameTaken,
    /// Its settings are in the configuration file and are changed there.
    #[error("this inbox comes from the configuration file; change it there")]
    FromFile,
    #[error(transparent)]
    Settings(#[from] BuildError),
    #[error(transparent)]
    Sealed(#[from] Unreadable),
    #[error(transparent)]
    SecretFile(#[from] SecretFileError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found("inbox"),
            Error::Forbidden => Self::forbidden("only admins change inboxes"),
            Error::BadName(problem) => Self::invalid("/name", problem),
            Error::NameTaken => Self::conflict("name_taken", "another inbox has this name"),
            Error::FromFile => Self::conflict("from_file", error.to_string()),
            Error::Settings(BuildError::Shape(problem)) => Self::invalid("/settings", problem),
            Error::Settings(BuildError::Value(problem)) => Self::invalid(&format!("/settings/{}", problem.key), problem.problem),
            Error::Sealed(_) | Error::SecretFile(_) => {
                tracing::error!(%error, "the settings of an inbox cannot be read");
                Self::internal()
            }
            Error::Db(error) => error.into(),
        }
    }
}

/// A new inbox.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInbox {
    pub name: String,
    pub channel: ChannelKind,
    /// The channel's own settings.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Value,
    #[serde(default)]
    pub options: InboxOptions,
}

/// What is given changes; a secret given as it was shown stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxChange {
    pub name: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Value>,
    pub options: Option<InboxOptions>,
}

pub async fn get(app: &App, id: &str) -> Result<InboxRow, Error> {
    store::by_id(&app.db, id).await?.ok_or(Error::NotFound)
}

/// The inbox of mail that somebody means by its id or its name; `None` where there is none.
pub async fn mail_inbox(app: &App, id_or_name: &str) -> Result<Option<InboxRow>, Error> {
    let found = match store::by_id(&app.db, id_or_name).await? {
        Some(row) => Some(row),
        None => store::by_name(&app.db, id_or_name).await?,
    };
    let is_mail = |row: &InboxRow| ChannelKind::parse(&row.channel).is_some_and(ChannelKind::is_mail) && row.state != "removed";
    Ok(found.filter(is_mail))
}

pub async fn create(app: &App, caller: &Caller, new: NewInbox) -> Result<InboxRow, Error> {
    must_be_admin(caller)?;
    let name = checked_name(&new.name)?;
    let id = app.ids.next();
    check(app, new.channel, &new.settings, &id, &name)?;
    let now = app.now();
    let row = InboxRow {
        settings: sealed::seal(&app.keys.sealing, &id, &new.settings)?,
        options: options_json(&new.options),
        channel: new.channel.as_str().to_owned(),
        source: "api".to_owned(),
        state: "running".to_owned(),
        held_until: 0,
        created_at: now,
        updated_at: now,
        id,
        name,
    };
    let mut tx = app.db.begin().await?;
    store::insert(&mut tx, &row).await.map_err(name_taken)?;
    tx.commit().await?;
    Ok(row)
}

pub async fn update(app: &App, caller: &Caller, id: &str, change: InboxChange) -> Result<InboxRow, Error> {
    must_be_admin(caller)?;
    let mut tx = app.db.begin().await?;
    let mut row = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if row.source == "file" {
        return Err(Error::FromFile);
    }
    if let Some(name) = &change.name {
        row.name = checked_name(name)?;
    }
    if let Some(options) = &change.options {
        row.options = options_json(options);
    }
    if let Some(settings) = &change.settings {
        let settings = secrets::restored(settings, &sealed::open(&app.keys.sealing, id, &row.settings)?);
        check(app, kind_of(&row)?, &settings, id, &row.name)?;
        row.settings = sealed::seal(&app.keys.sealing, id, &settings)?;
    }
    row.updated_at = after(&row, app);
    store::update(&mut tx, &row).await.map_err(name_taken)?;
    tx.commit().await?;
    Ok(row)
}

/// Stops the line; what customers write meanwhile waits at the provider, and answers wait here.
pub async fn pause(app: &App, caller: &Caller, id: &str) -> Result<InboxRow, Error> {
    set_state(app, caller, id, "paused").await
}

pub async fn resume(app: &App, caller: &Caller, id: &str) -> Result<InboxRow, Error> {
    set_state(app, caller, id, "running").await
}

/// Takes the inbox out of use. Its conversations stay; its name becomes free.
pub async fn remove(app: &App, caller: &Caller, id: &str) -> Result<(), Error> {
    must_be_admin(caller)?;
    let mut tx = app.db.begin().await?;
    let mut row = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if row.source == "file" {
        return Err(Error::FromFile);
    }
    row.name = format!("{} (removed, {})", row.name, row.id);
    "removed".clone_into(&mut row.state);
    row.settings = sealed::seal(&app.keys.sealing, id, &Value::Null)?;
    row.updated_at = after(&row, app);
    store::update(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(())
}

/// Settings in the clear, wherever they are kept.
pub fn settings(app: &App, row: &InboxRow) -> Result<Value, Error> {
    if row.source == "api" {
        return Ok(sealed::open(&app.keys.sealing, &row.id, &row.settings)?);
    }
    let settings = app.config.inboxes.get(&row.name).map(|inbox| inbox.settings.clone()).unwrap_or_default();
    Ok(secrets::read_files(&settings, std::path::Path::new(""))?)
}

/// The connector of an inbox, ready to run.
pub fn build(app: &App, row: &InboxRow) -> Result<Built, Error> {
    Ok(kind_of(row)?.build(&settings(app, row)?, setup(app, &row.id, &row.name))?)
}

/// Options as stored; those an older version did not know have their defaults.
#[must_use]
pub fn options(row: &InboxRow) -> InboxOptions {
    serde_json::from_str(&row.options).unwrap_or_default()
}

/// Whether settings that came by the API can work.
fn check(app: &App, kind: ChannelKind, settings: &Value, id: &str, name: &str) -> Result<(), BuildError> {
    if let Some(key) = secrets::named_file(settings) {
        return Err(BuildError::Shape(format!("{key}: files can be named in the configuration file only")));
    }
    kind.build(settings, setup(app, id, name)).map(|_| ())
}

async fn set_state(app: &App, caller: &Caller, id: &str, state: &str) -> Result<InboxRow, Error> {
    must_be_admin(caller)?;
    let mut tx = app.db.begin().await?;
    let mut row = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if row.state != state {
        state.clone_into(&mut row.state);
        row.updated_at = after(&row, app);
        store::update(&mut tx, &row).await?;
        tx.commit().await?;
    }
    Ok(row)
}

fn setup(app: &App, id: &str, name: &str) -> Setup {
    Setup {
        inbox: InboxRef { id: id.to_owned(), name: name.to_owned() },
        instance_id: app.keys.instance_id.clone(),
        signing_key: app.keys.threads.clone(),
        clock: app.clock.clone(),
        http: app.http.clone(),
        public_url: Some(app.config.server.public_url.trim_end_matches('/').to_owned()),
    }
}

fn kind_of(row: &InboxRow) -> Result<ChannelKind, BuildError> {
    ChannelKind::parse(&row.channel).ok_or_else(|| BuildError::Shape(format!("there is no channel {}", row.channel)))
}

/// The change's time is also its version: two changes never have the same.
fn after(row: &InboxRow, app: &App) -> i64 {
    app.now().max(row.updated_at + 1)
}

fn options_json(options: &InboxOptions) -> String {
    serde_json::to_string(options).unwrap_or_else(|_| "{}".to_owned())
}

fn must_be_admin(caller: &Caller) -> Result<(), Error> {
    if caller.role == Role::Admin { Ok(()) } else { Err(Error::Forbidden) }
}

fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Error::BadName("must not be empty or hold control characters"));
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(Error::BadName("is longer than 80 characters"));
    }
    Ok(name.to_owned())
}

fn name_taken(error: DbError) -> Error {
    if matches!(error, DbError::Taken { .. }) { Error::NameTaken } else { error.into() }
}
