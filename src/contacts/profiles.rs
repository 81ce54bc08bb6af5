//! Names of customers whose messages came without one: asked for at the provider after the message is stored, tried
//! again a few times, given up then. A conversation never waits for it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trunkline_channel::text::{clean_name, without_nul};
use trunkline_channel::{FetchError, Peer, Profile};

use super::store::profiles::{self as store, Nameless};
use super::{MAX_LANGUAGE_CHARS, marks, tell_updated};
use crate::app::App;
use crate::db::DbError;

/// Profiles asked for side by side.
const MAX_RUNNING: usize = 4;
/// One question takes no longer; afterwards it counts as failed for now.
const ASK_TIMEOUT: Duration = Duration::from_secs(30);
/// Nobody else takes a claimed identity before this: longer than a question can last.
const CLAIM_US: i64 = 60_000_000;
/// Waiting times after each failure, in microseconds; after the last the customer stays without a name.
const RETRIES_US: [i64; 3] = [10_000_000, 120_000_000, 3_600_000_000];
/// How long a question waits while its inbox is paused or runs elsewhere.
const NO_LINE_US: i64 = 30_000_000;
/// Due questions are looked for at least this often.
const POLL: Duration = Duration::from_secs(5);
/// Rung by whoever stores an identity without a name.
pub const PROFILE_BELL: &str = "profiles";

/// The connectors, as far as profiles are concerned; given by the supervisor.
#[async_trait]
pub trait Profiles: Send + Sync + 'static {
    /// Asks the inbox's connector. The outer `None` when that inbox does not run in this process.
    async fn profile(&self, inbox_id: &str, peer: &Peer) -> Option<Result<Option<Profile>, FetchError>>;
}

/// Asks until `stop`. What is running then is given up and taken again after a restart.
pub async fn run(app: App, lines: Arc<dyn Profiles>, stop: CancellationToken) {
    let bell = app.db.bell(PROFILE_BELL);
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        if let Err(error) = start_due(&app, &lines, &mut running).await {
            tracing::warn!(error = %error, "cannot look for customers without a name");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = bell.notified() => {}
            Some(_) = running.join_next() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    running.shutdown().await;
}

async fn start_due(app: &App, lines: &Arc<dyn Profiles>, running: &mut JoinSet<()>) -> Result<(), DbError> {
    while running.try_join_next().is_some() {}
    let free = MAX_RUNNING.saturating_sub(running.len());
    if free == 0 {
        return Ok(());
    }
    let now = app.now();
    let due = store::due(&app.db, now, i64::try_from(free).unwrap_or(1)).await?;
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    let mut claimed = Vec::with_capacity(due.len());
    for nameless in due {
        if store::claim(&mut tx, &nameless, now + CLAIM_US).await? {
            claimed.push(nameless);
        }
    }
    tx.commit().await?;
    for nameless in claimed {
        let (app, lines) = (app.clone(), lines.clone());
        running.spawn(async move {
            let answer = ask(&*lines, &nameless).await;
            if let Err(error) = settle(&app, &nameless, answer).await {
                // The claim runs out and the question is asked again.
                tracing::warn!(identity_id = nameless.id, error = %error, "cannot settle a profile");
            }
        });
    }
    Ok(())
}

async fn ask(lines: &dyn Profiles, nameless: &Nameless) -> Option<Result<Option<Profile>, FetchError>> {
    let peer = Peer {
        external_id: nameless.external_id.clone(),
        handle: nameless.handle.clone(),
        verified: nameless.verified,
        ..Peer::default()
    };
    match tokio::time::timeout(ASK_TIMEOUT, lines.profile(&nameless.inbox_id, &peer)).await {
        Ok(answer) => answer,
        Err(_) => Some(Err(FetchError::Retry("it took too long".to_owned()))),
    }
}

async fn settle(app: &App, nameless: &Nameless, answer: Option<Result<Option<Profile>, FetchError>>) -> Result<(), DbError> {
    let now = app.now();
    let attempts = nameless.profile_attempts + 1;
    let mut tx = app.db.begin().await?;
    match answer {
        None => store::ask_again(&mut tx, &nameless.id, nameless.profile_attempts, Some(now + NO_LINE_US)).await?,
        Some(Err(error)) => {
            let next_at = next_try(&error, attempts).map(|wait| now + wait);
            store::ask_again(&mut tx, &nameless.id, attempts, next_at).await?;
            if next_at.is_none() {
                tracing::info!(
                    identity_id = nameless.id,
                    inbox_id = nameless.inbox_id,
                    attempts,
                    "a customer stays without a name"
                );
            }
        }
        Some(Ok(profile)) => {
            store::ask_again(&mut tx, &nameless.id, attempts, None).await?;
            let profile = clean(profile.unwrap_or_default());
            if let Some(contact_id) = store::fill(&mut tx, &nameless.id, &profile, now).await? {
                marks::refresh(&mut tx, &nameless.id).await?;
                tell_updated(app, &mut tx, &contact_id, None).await?;
            }
        }
    }
    tx.commit().await.map(|_| ())
}

/// What providers pass on is what people have typed there.
fn clean(profile: Profile) -> Profile {
    let language = profile.language.map(|language| without_nul(language.trim()).replace('_', "-"));
    Profile {
        name: profile.name.as_deref().and_then(clean_name),
        handle: profile.handle.as_deref().and_then(clean_name),
        language: language.filter(|language| (1..=MAX_LANGUAGE_CHARS).contains(&language.chars().count())),
    }
}

/// How long to wait after this many attempts; `None` when another one makes no sense.
fn next_try(error: &FetchError, attempts: i64) -> Option<i64> {
    match error {
        FetchError::Retry(_) => usize::try_from(attempts - 1).ok().and_then(|i| RETRIES_US.get(i).copied()),
        FetchError::TooLarge(_) | FetchError::Gone | FetchError::Refused => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{RETRIES_US, clean, next_try};
    use trunkline_channel::{FetchError, Profile};

    #[test]
    fn a_provider_is_asked_until_the_schedule_ends_and_never_after_a_refusal() {
        let later = FetchError::Retry(String::new());
        let waits: Vec<_> = (1..=4).map(|attempts| next_try(&later, attempts)).collect();
        assert_eq!(waits.iter().flatten().copied().collect::<Vec<_>>(), RETRIES_US);
        assert_eq!(waits[3], None);
        assert_eq!(next_try(&FetchError::Gone, 1), None);
    }

    #[test]
    fn what_a_profile_says_is_made_fit_for_display() {
        let said =
            Profile { name: Some(" Ann\n\u{202e}Smith\0".into()), handle: Some(" \t".into()), language: Some("pt_BR".into()) };
        let cleaned = clean(said);
        assert_eq!(
            (cleaned.name.as_deref(), cleaned.handle, cleaned.language.as_deref()),
            (Some("Ann Smith"), None, Some("pt-BR"))
        );
        assert_eq!(clean(Profile { language: Some("x".repeat(99)), ..Profile::default() }).language, None);
    }
}
