//! News about a message that overtook the message itself: over two connections, or after a provider's repeat, an edit can come
//! first. It waits for the message, and is applied as soon as that is there.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use trunkline_channel::{Inbound, Micros, Peer};

use super::effects;
use super::store::early as store;
use super::writer::Made;
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::ids::Ids;

/// News waiting for one message; a sender who exceeds this is not telling us anything new.
const MAX_WAITING: i64 = 20;
/// News whose message came unnoticed (at the same moment, through another daemon), joined at once.
const JOIN_BATCH: i64 = 100;
/// Messages that come later than this after their news do not come any more.
const KEPT: Micros = 86_400_000_000;

/// What can overtake its message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum Early {
    Edited { text: Option<String>, html: Option<String> },
    Deleted,
    Reaction { from: String, emoji: Option<String> },
}

impl Early {
    fn of(effect: &Inbound) -> Option<Self> {
        match effect {
            Inbound::Edited { text, html, .. } => Some(Self::Edited { text: text.clone(), html: html.clone() }),
            Inbound::Deleted { .. } => Some(Self::Deleted),
            Inbound::Reaction { peer, emoji, .. } => {
                Some(Self::Reaction { from: peer.external_id.clone(), emoji: emoji.clone() })
            }
            _ => None,
        }
    }

    fn into_effect(self, external_id: String, at: Micros) -> Inbound {
        let at = Some(at);
        match self {
            Self::Edited { text, html } => Inbound::Edited { external_id, text, html, at },
            Self::Deleted => Inbound::Deleted { external_id, at },
            Self::Reaction { from, emoji } => {
                Inbound::Reaction { external_id, peer: Peer { external_id: from, ..Peer::default() }, emoji, at }
            }
        }
    }
}

/// Keeps news whose message is not there (yet).
pub(super) async fn keep(
    tx: &mut Tx,
    ids: &Ids,
    inbox_id: &str,
    external_id: &str,
    effect: &Inbound,
    at: Micros,
) -> Result<(), DbError> {
    let Some(Ok(payload)) = Early::of(effect).map(|early| serde_json::to_string(&early)) else { return Ok(()) };
    store::insert(tx, &ids.next(), inbox_id, external_id, &payload, at, MAX_WAITING).await
}

/// Applies what waited for the messages that have just been made. `run`: each with its inbox, where news may overtake.
pub(super) async fn catch_up(app: &App, tx: &mut Tx, run: &[(&str, &Made<'_>)]) -> Result<(), DbError> {
    let made: HashSet<(&str, &str)> = run
        .iter()
        .filter(|(_, made)| made.view.is_some())
        .map(|(inbox, made)| (*inbox, made.stored.external_id.as_str()))
        .collect();
    if made.is_empty() {
        return Ok(());
    }
    let waited = store::take(tx, made).await?;
    apply(app, tx, waited).await
}

/// Joins news and messages that missed each other, and drops what waited too long.
pub(super) async fn tidy(app: &App, tx: &mut Tx) -> Result<(), DbError> {
    let waited = store::take_joinable(tx, JOIN_BATCH).await?;
    apply(app, tx, waited).await?;
    store::drop_before(tx, app.now().saturating_sub(KEPT)).await
}

async fn apply(app: &App, tx: &mut Tx, waited: Vec<store::Waiting>) -> Result<(), DbError> {
    for store::Waiting { inbox_id, external_id, payload, at, .. } in waited {
        // Written by `keep` above; what an older version wrote differently is worth no trouble.
        let Ok(early) = serde_json::from_str::<Early>(&payload) else { continue };
        // Nothing of these kinds is told outside the transaction.
        effects::apply(app, tx, &inbox_id, &early.into_effect(external_id, at), at, &mut Vec::new()).await?;
    }
    Ok(())
}
