//! The task that follows the event log and puts down who is to be told.
//!
//! Its place in the log is moved in the transaction that writes the notices, and held in it: of several daemons that see
//! the same event one writes them, and a daemon that dies in between has written nothing.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use trunkline_channel::Micros;

use super::rules::{KINDS, Occasion, Person, Standing, Wishes};
use super::store::facts::{self, Browser, Member};
use super::store::notices::{self as store, NewNotice};
use super::store::subscriptions;
use super::{Push, outbox};
use crate::access::{Availability, Role};
use crate::app::App;
use crate::db::DbError;
use crate::events::store as log;

/// Events read from the log at once.
const PAGE: i64 = 500;
/// What comes within this time is one notification.
const GATHER: Duration = Duration::from_millis(250);
/// The log is looked at this often even when nobody announces anything: another process may have written to it.
const POLL: Duration = Duration::from_secs(1);
/// How long there is a point in telling something, in microseconds; what is older when it is read is not told at all.
pub const LIFE_US: Micros = 3600 * 1_000_000;
/// Notices that may wait; more are dropped.
const MAX_WAITING: i64 = 10_000;
/// How often the place is kept while there is nothing to tell, in microseconds.
const KEEP_US: Micros = 30 * 1_000_000;

/// How far this daemon has read.
pub struct Place {
    seq: i64,
    kept: i64,
    kept_at: Micros,
}

/// The place where the last daemon stopped; the end of the log on the first start.
pub async fn place(push: &Push) -> Result<Place, DbError> {
    let app = push.app();
    let seq = match store::position(&app.db).await? {
        Some(seq) => seq,
        None => {
            let (last, _) = log::bounds(&app.db).await?;
            keep(app, last).await?;
            last
        }
    };
    Ok(Place { seq, kept: seq, kept_at: app.now() })
}

/// Follows until `stop`.
pub async fn run(push: Push, mut place: Place, stop: CancellationToken) {
    let mut head = push.app().db.head();
    let mut healthy = true;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            changed = head.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(POLL) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(GATHER) => {}
        }
        match look(push.app(), &mut place).await {
            Ok(()) => healthy = true,
            // Said once for each time the store goes away; the next look tries again.
            Err(error) if healthy => {
                healthy = false;
                tracing::error!(%error, "nobody is notified until the store works again");
            }
            Err(_) => {}
        }
    }
}

/// Reads what is new.
async fn look(app: &App, place: &mut Place) -> Result<(), DbError> {
    let (last, _) = log::bounds(&app.db).await?;
    if last > place.seq && !subscriptions::any(&app.db).await? {
        place.seq = last;
    }
    while place.seq < last {
        let page = log::of_kinds_after(&app.db, &KINDS, place.seq, PAGE).await?;
        let full = i64::try_from(page.len()).is_ok_and(|events| events == PAGE);
        let read = page.last().map_or(place.seq, |event| event.seq);
        // What was committed since the end was asked for may be on the page as well.
        let until = if full { read } else { read.max(last) };
        let oldest = app.now() - LIFE_US;
        let occasions: Vec<Occasion> = page.iter().filter(|event| event.at > oldest).filter_map(Occasion::of).collect();
        if !occasions.is_empty() {
            put_down(app, occasions, until).await?;
            (place.kept, place.kept_at) = (until, app.now());
        }
        place.seq = until;
    }
    if place.seq > place.kept && app.now() - place.kept_at > KEEP_US {
        keep(app, place.seq).await?;
        (place.kept, place.kept_at) = (place.seq, app.now());
    }
    Ok(())
}

/// Writes the notices of these occasions, unless another daemon has, and moves the place.
async fn put_down(app: &App, occasions: Vec<Occasion>, until: i64) -> Result<(), DbError> {
    let conversations = occasions.iter().map(|occasion| occasion.conversation_id.as_str());
    let standings = facts::standings(&app.db, conversations).await?;
    let (people, browsers) = (people(app).await?, facts::browsers(&app.db).await?);
    let now = app.now();

    let mut tx = app.db.begin().await?;
    let done = store::hold_position(&mut tx).await?;
    let news: Vec<Occasion> = occasions.into_iter().filter(|occasion| occasion.seq > done).collect();
    let mut notices = notices(&news, &standings, &people, &browsers, now);
    let room = usize::try_from((MAX_WAITING - store::waiting(&mut tx).await?).max(0)).unwrap_or(0);
    if notices.len() > room {
        let dropped = notices.len() - room;
        tracing::warn!(dropped, "more notifications wait than may wait");
        metrics::counter!("trunkline_push_dropped_total").increment(u64::try_from(dropped).unwrap_or(u64::MAX));
        notices.truncate(room);
    }
    if !notices.is_empty() {
        store::put(&mut tx, notices, now).await?;
        tx.ring(outbox::BELL.to_owned());
    }
    store::set_position(&mut tx, until).await?;
    tx.commit().await.map(|_| ())
}

/// The latest of each browser and conversation.
fn notices(
    occasions: &[Occasion],
    standings: &[Standing],
    people: &[Person],
    browsers: &[Browser],
    now: Micros,
) -> Vec<NewNotice> {
    let standings: HashMap<&str, &Standing> = standings.iter().map(|standing| (standing.id.as_str(), standing)).collect();
    let mut latest: HashMap<(&str, &str), NewNotice> = HashMap::new();
    for occasion in occasions {
        let Some(&standing) = standings.get(occasion.conversation_id.as_str()) else { continue };
        for person in people {
            let Some(reason) = person.told(occasion, standing, now) else { continue };
            for browser in browsers.iter().filter(|browser| browser.operator_id == person.id && browser.created_at <= occasion.at)
            {
                let notice = NewNotice {
                    subscription_id: browser.id.clone(),
                    conversation_id: occasion.conversation_id.clone(),
                    reason: reason.as_str(),
                    message_id: occasion.message_id.clone(),
                    seq: occasion.seq,
                    expires_at: occasion.at + LIFE_US,
                };
                latest.insert((browser.id.as_str(), standing.id.as_str()), notice);
            }
        }
    }
    let mut notices: Vec<NewNotice> = latest.into_values().collect();
    notices.sort_by_key(|notice| notice.seq);
    notices
}

/// Everybody who can be told, with their teams.
async fn people(app: &App) -> Result<Vec<Person>, DbError> {
    let (operators, members) = (facts::operators(&app.db, app.now()).await?, facts::members(&app.db).await?);
    let known = |operator: facts::Operator| {
        let teams: Vec<String> = of(&members, |member| member.operator_id == operator.id, |member| &member.team_id);
        let teammates = of(&members, |member| teams.contains(&member.team_id), |member| &member.operator_id);
        let preferences: Value = serde_json::from_str(&operator.preferences).unwrap_or_default();
        Some(Person {
            role: Role::parse(&operator.role)?,
            availability: Availability::parse(&operator.availability)?,
            id: operator.id,
            last_active_at: operator.last_active_at,
            wishes: Wishes::of(&preferences),
            teams,
            teammates,
        })
    };
    Ok(operators.into_iter().filter_map(known).collect())
}

fn of(members: &[Member], which: impl Fn(&Member) -> bool, what: impl Fn(&Member) -> &String) -> Vec<String> {
    members.iter().filter(|member| which(member)).map(|member| what(member).clone()).collect()
}

async fn keep(app: &App, seq: i64) -> Result<(), DbError> {
    let mut tx = app.db.begin().await?;
    store::set_position(&mut tx, seq).await?;
    tx.commit().await.map(|_| ())
}
