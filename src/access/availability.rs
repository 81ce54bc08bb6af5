//! Whether an operator can be given work now.

use serde::{Deserialize, Serialize};

use super::operators::tell;
use super::store::operators as store;
use super::{Caller, Error};
use crate::app::App;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    Online,
    Away,
    Offline,
}

impl Availability {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Offline => "offline",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Online, Self::Away, Self::Offline].into_iter().find(|availability| availability.as_str() == name)
    }
}

/// Changes it, and tells everybody where it was different before.
pub async fn set_availability(app: &App, caller: &Caller, availability: Availability) -> Result<(), Error> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if store::set_availability(&mut tx, &caller.operator_id, availability.as_str(), now).await? {
        let operator = store::by_id(&mut tx, &caller.operator_id).await?.ok_or(Error::NotFound("operator"))?;
        tell(app, &mut tx, &operator);
    }
    tx.commit().await?;
    Ok(())
}

/// Whether customers find somebody there.
pub async fn anybody_online(app: &App) -> Result<bool, Error> {
    Ok(store::any_online(&app.db).await?)
}

/// A sign of life: noted, and whoever was away is back.
pub async fn note_activity(app: &App, caller: &Caller) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    store::note_activity(&mut tx, &caller.operator_id, app.now()).await?;
    tx.commit().await?;
    set_availability(app, caller, Availability::Online).await
}
