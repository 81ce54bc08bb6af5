//! Passwords: argon2id, computed beside the event loop, a few at a time.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use trunkline_channel::Secret;

use super::operators::{sign_out_of_everything, tell};
use super::store::operators::{self as store, Operator};
use super::{Caller, Error, sessions};
use crate::app::App;

pub const MIN_CHARS: usize = 10;
/// Longer ones only cost time.
pub const MAX_CHARS: usize = 256;
/// Hashes computed at once: each takes 19 MiB and a core for some tens of milliseconds.
const AT_ONCE: usize = 2;
/// Sign-ins that may wait for their turn; more are refused.
const WAITING: usize = 64;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
static QUEUE: Semaphore = Semaphore::const_new(AT_ONCE + WAITING);
/// Threads of their own: on those of the daemon's pool, any of hundreds, the allocator kept a hash's memory for each that had ever
/// computed one.
static HASHERS: LazyLock<std::io::Result<Runtime>> =
    LazyLock::new(|| Builder::new_current_thread().max_blocking_threads(AT_ONCE).thread_name("hasher").build());

/// A hash of no password, in the form of [`hash`] with argon2's default costs: an unknown account is checked against
/// it, so that its refusal takes as long as that of a known one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Refuses what is too short or too long.
pub fn check(password: &Secret) -> Result<(), Error> {
    let chars = password.expose().chars().count();
    match chars {
        MIN_CHARS..=MAX_CHARS => Ok(()),
        _ => Err(Error::invalid("/password", format!("must be {MIN_CHARS} to {MAX_CHARS} characters long"))),
    }
}

/// The hash to store, as a PHC string.
pub async fn hash(password: &Secret) -> Result<String, Error> {
    let password = password.clone();
    in_turn(move || match Argon2::default().hash_password(password.expose().as_bytes()) {
        Ok(hash) => Ok(PasswordHash::to_string(&hash)),
        Err(_) => Err(Error::Hashing),
    })
    .await?
}

/// Whether the password belongs to the stored hash; false, after the same work, where there is none.
pub async fn verify(password: &Secret, stored: Option<&str>) -> Result<bool, Error> {
    if password.expose().chars().count() > MAX_CHARS {
        return Ok(false);
    }
    let (password, known) = (password.clone(), stored.is_some());
    let stored = stored.unwrap_or(NOBODY).to_owned();
    in_turn(move || {
        let hash = PasswordHash::new(&stored).map_err(|_| Error::Hashing)?;
        let fits = Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok();
        Ok(fits && known)
    })
    .await?
}

/// Changes one's own password. All sessions and API tokens end; the token returned starts a new session.
pub async fn change_own(app: &App, caller: &Caller, current: &Secret, new: &Secret) -> Result<Secret, Error> {
    check(new)?;
    let before = store::by_id(&app.db, &caller.operator_id).await?.ok_or(Error::Unauthorized)?;
    let attempt = app.sign_ins.attempt(&before.email, None)?;
    if !verify(current, Some(&before.password_hash)).await? {
        return Err(Error::WrongCredentials);
    }
    attempt.succeeded();
    let password_hash = hash(new).await?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let operator = store::for_change(&mut tx, &before.id).await?.filter(|now| now.password_hash == before.password_hash);
    let operator = Operator { password_hash, updated_at: now, ..operator.ok_or(Error::WrongCredentials)? };
    store::update(&mut tx, &operator).await?;
    sign_out_of_everything(&mut tx, &operator.id, now).await?;
    let session = sessions::start(app, &mut tx, &operator.id).await?;
    tell(app, &mut tx, &operator);
    tx.commit().await?;
    Ok(session)
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let place = QUEUE.try_acquire().map_err(|_| Error::Busy)?;
    let turn = TURNS.acquire().await.map_err(|_| Error::Busy)?;
    let hashers = HASHERS.as_ref().map_err(|_| Error::Hashing)?;
    // The work keeps its turn even when the one who asked has gone away.
    let hashing = hashers.spawn_blocking(move || {
        let _held = (place, turn);
        work()
    });
    hashing.await.map_err(|_| Error::Hashing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_its_hash() {
        let right = Secret::new("correct horse");
        let stored = hash(&right).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify(&right, Some(&stored)).await.unwrap());
        assert!(!verify(&Secret::new("correct horsf"), Some(&stored)).await.unwrap());
        assert!(!verify(&right, None).await.unwrap());
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(check(&Secret::new("пароль-пар")).is_ok());
        assert!(check(&Secret::new("пароль-па")).is_err());
        assert!(check(&Secret::new("x".repeat(MAX_CHARS + 1))).is_err());
    }
}
