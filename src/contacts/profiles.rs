//! Names of customers whose messages came without one: asked for at the provider after the message is stored, tried
//! again a few times, given up then. A conversation never waits for it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use trunkline_channel::text::{clean_name, without_nul};
use trunkline_channel::{FetchError, Micros, Peer, Profile};

use super::store::profiles::{self as store, Nameless};
use super::{MAX_LANGUAGE_CHARS, marks, tell_updated};
use crate::app::App;
use crate::chores::{self, Chores};
use crate::db::{DbError, Tx};

/// One question takes no longer; afterwards it counts as failed for now.
const ASK_TIMEOUT: Duration = Duration::from_secs(30);
/// Waiting times after each failure, in microseconds; after the last the customer stays without a name.
const RETRIES_US: [i64; 3] = [10_000_000, 120_000_000, 3_600_000_000];
/// How long a question waits while its inbox is paused or runs elsewhere.
const NO_LINE_US: i64 = 30_000_000;
/// Rung by whoever stores an identity without a name.
pub const PROFILE_BELL: &str = "profiles";

/// The connectors, as far as profiles are concerned; given by the supervisor.
#[async_trait]
pub trait Profiles: Send + Sync + 'static {
    /// Asks the inbox's connector. The outer `None` when that inbox does not run in this process.
    async fn profile(&self, inbox_id: &str, peer: &Peer) -> Option<Result<Option<Profile>, FetchError>>;
}

/// The customers without a name, and whom to ask for it.
#[derive(Clone)]
pub struct Asking {
    pub app: App,
    pub lines: Arc<dyn Profiles>,
}

#[async_trait]
impl Chores for Asking {
    type Chore = Nameless;
    const NAME: &'static str = "profiles";
    const BELL: &'static str = PROFILE_BELL;
    const MAX_RUNNING: usize = 4;
    const CLAIM_US: Micros = 60_000_000;
    const POLL: Duration = Duration::from_secs(5);

    fn app(&self) -> &App {
        &self.app
    }

    async fn due(&self, now: Micros, limit: i64) -> Result<Vec<Nameless>, DbError> {
        store::due(&self.app.db, now, limit).await
    }

    async fn claim(&self, tx: &mut Tx, nameless: &Nameless, until: Micros) -> Result<bool, DbError> {
        store::claim(tx, nameless, until).await
    }

    async fn attempt(&self, nameless: Nameless) -> Result<(), DbError> {
        let answer = ask(&*self.lines, &nameless).await;
        settle(&self.app, &nameless, answer).await
    }
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
        FetchError::Retry(_) => chores::wait(&RETRIES_US, attempts),
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
