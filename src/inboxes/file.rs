//! Inboxes of the configuration file: a row for each name, so that its id stays the same over all starts.

use thiserror::Error;

use super::store::{self, InboxRow};
use super::{after, options_json};
use crate::app::App;
use crate::connectors::ChannelKind;
use crate::db::DbError;

#[derive(Debug, Error)]
pub enum FileError {
    #[error("inboxes.{name}: there is no channel \"{channel}\"; there are {}", known_channels())]
    UnknownChannel { name: String, channel: String },
    #[error("inboxes.{name}: was of the channel {was} before; give an inbox of another channel another name")]
    OtherChannel { name: String, was: String },
    #[error("inboxes.{name}: an inbox of this name was made by the API; choose another name")]
    NameTaken { name: String },
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Brings the rows in line with the file: new names become inboxes, changed options are taken over, names that are gone
/// are removed. A pause that an admin set stays.
pub async fn take_from_file(app: &App) -> Result<(), FileError> {
    let mut tx = app.db.begin().await?;
    for (name, inbox) in &app.config.inboxes {
        let kind = ChannelKind::parse(&inbox.channel)
            .ok_or_else(|| FileError::UnknownChannel { name: name.clone(), channel: inbox.channel.clone() })?;
        let options = options_json(&inbox.options);
        match store::by_name(&mut tx, name).await? {
            None => {
                let now = app.now();
                let row = InboxRow {
                    id: app.ids.next(),
                    channel: kind.as_str().to_owned(),
                    name: name.clone(),
                    source: "file".to_owned(),
                    settings: String::new(),
                    options,
                    state: "running".to_owned(),
                    held_until: 0,
                    created_at: now,
                    updated_at: now,
                };
                store::insert(&mut tx, &row).await?;
            }
            Some(row) if row.source != "file" => return Err(FileError::NameTaken { name: name.clone() }),
            Some(row) if row.channel != kind.as_str() => {
                return Err(FileError::OtherChannel { name: name.clone(), was: row.channel });
            }
            Some(row) if row.options != options || row.state == "removed" => {
                let state = if row.state == "removed" { "running".to_owned() } else { row.state.clone() };
                let row = InboxRow { options, state, updated_at: after(&row, app), ..row };
                store::update(&mut tx, &row).await?;
            }
            Some(_) => {}
        }
    }
    for row in store::all_in(&mut tx).await? {
        if row.source == "file" && !app.config.inboxes.contains_key(&row.name) {
            tracing::info!(inbox = row.name, "the configuration no longer names this inbox");
            let row = InboxRow { state: "removed".to_owned(), updated_at: after(&row, app), ..row };
            store::update(&mut tx, &row).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

fn known_channels() -> String {
    ChannelKind::ALL.map(ChannelKind::as_str).join(", ")
}
