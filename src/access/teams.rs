//! Teams: sets of operators for which a conversation can wait.

use serde::{Deserialize, Serialize};
use trunkline_channel::Micros;

use super::Error;
use super::operators::normal_name;
use super::store::operators;
use super::store::teams::{self as store, Member, Team};
use crate::app::App;
use crate::db::DbError;

/// Teams of one installation: all are listed at once.
const MAX_TEAMS: i64 = 500;

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TeamView {
    pub id: String,
    pub name: String,
    /// By name.
    pub members: Vec<MemberView>,
    pub created_at: Micros,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemberView {
    pub id: String,
    pub name: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Teams {
    pub items: Vec<TeamView>,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeam {
    pub name: String,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamChange {
    pub name: String,
}

pub async fn list(app: &App) -> Result<Teams, Error> {
    let teams = store::list(&app.db, MAX_TEAMS).await?;
    let members = store::members(&app.db).await?;
    Ok(Teams { items: teams.into_iter().map(|team| view(team, &members)).collect() })
}

pub async fn create(app: &App, new: NewTeam) -> Result<TeamView, Error> {
    let team = Team { id: app.ids.next(), name: normal_name(&new.name)?, created_at: app.now() };
    let mut tx = app.db.begin().await?;
    if store::count(&mut tx).await? >= MAX_TEAMS {
        return Err(Error::invalid("/name", format!("there are {MAX_TEAMS} teams already")));
    }
    store::insert(&mut tx, &team).await.map_err(name_taken)?;
    tx.commit().await?;
    Ok(view(team, &[]))
}

pub async fn change(app: &App, id: &str, change: TeamChange) -> Result<TeamView, Error> {
    let name = normal_name(&change.name)?;
    let mut tx = app.db.begin().await?;
    if store::rename(&mut tx, id, &name).await.map_err(name_taken)? == 0 {
        return Err(Error::NotFound("team"));
    }
    let team = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound("team"))?;
    let members = store::members_of(&mut tx, id).await?;
    tx.commit().await?;
    Ok(view(team, &members))
}

/// Removes a team that no conversation and no canned response refers to.
pub async fn delete(app: &App, id: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    store::by_id(&mut tx, id).await?.ok_or(Error::NotFound("team"))?;
    if store::is_used(&mut tx, id).await? {
        return Err(Error::TeamInUse);
    }
    store::delete(&mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

/// An operator who is in the team already stays in it.
pub async fn add_member(app: &App, id: &str, operator_id: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    store::by_id(&mut tx, id).await?.ok_or(Error::NotFound("team"))?;
    operators::by_id(&mut tx, operator_id).await?.ok_or(Error::NotFound("operator"))?;
    store::add_member(&mut tx, id, operator_id).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn remove_member(app: &App, id: &str, operator_id: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if store::remove_member(&mut tx, id, operator_id).await? == 0 {
        return Err(Error::NotFound("member"));
    }
    tx.commit().await?;
    Ok(())
}

fn view(team: Team, members: &[Member]) -> TeamView {
    let own = members.iter().filter(|member| member.team_id == team.id);
    let members = own.map(|member| MemberView { id: member.operator_id.clone(), name: member.name.clone() }).collect();
    TeamView { id: team.id, name: team.name, members, created_at: team.created_at }
}

fn name_taken(error: DbError) -> Error {
    match error {
        DbError::Taken { .. } => Error::NameTaken,
        other => other.into(),
    }
}
