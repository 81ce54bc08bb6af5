//! How often somebody may fail to sign in: for each account, so that its password cannot be guessed, and for each
//! address, so that one cannot try many accounts. Whether an account exists makes no difference.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use trunkline_channel::{Clock, Micros};

use super::{Error, secrets};
use crate::config::Access;
use crate::http::address_key;
use crate::http::limit::Limiter;

/// Accounts, and addresses, that are remembered at once.
const MAX_KEYS: usize = 50_000;

/// Failures in a row after which an account is slowed down more with each further one.
const FREE_FAILURES: u32 = 10;
/// The first such delay; doubled each time.
const FIRST_DELAY: Micros = 30 * SECOND;
/// Whoever has forgotten their password waits no longer, and whoever guesses has four guesses an hour.
const LONGEST_DELAY: Micros = 15 * 60 * SECOND;
/// Failures are forgotten when nobody has tried for so long.
const FORGOTTEN: Micros = 24 * 3600 * SECOND;
const SECOND: Micros = 1_000_000;

/// One for the process.
#[derive(Clone)]
pub struct Throttle {
    clock: Arc<dyn Clock>,
    failures: Arc<Mutex<HashMap<String, Failures>>>,
    accounts: Limiter,
    addresses: Limiter,
}

/// Attempts on one account since the last that succeeded.
#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    count: u32,
    last: Micros,
    /// No attempt before.
    until: Micros,
}

/// What an attempt took; given back when the password was right.
#[must_use]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    account: String,
    address: Option<String>,
}

impl Throttle {
    #[must_use]
    pub fn new(clock: &Arc<dyn Clock>, limits: &Access) -> Self {
        let limiter = |per_minute| Limiter::new(clock.clone(), per_minute, MAX_KEYS);
        let (clock, failures) = (clock.clone(), Arc::default());
        Self { clock, failures, accounts: limiter(limits.login_per_account), addresses: limiter(limits.login_per_address) }
    }

    /// Counts an attempt before its password is looked at: many at once must not slip through. `address` is left out
    /// where whoever asks is signed in already.
    pub fn attempt(&self, account: &str, address: Option<IpAddr>) -> Result<Attempt<'_>, Error> {
        let too_many = |retry_after_s| Error::TooMany { retry_after_s };
        let address = address.map(address_key);
        if let Some(address) = &address {
            self.addresses.try_take(address).map_err(too_many)?;
        }
        // What people typed may be long, or a password in the wrong field.
        let account = secrets::hash(&account.trim().to_lowercase());
        self.accounts.try_take(&account).map_err(too_many)?;
        self.count(&account).map_err(too_many)?;
        Ok(Attempt { throttle: self, account, address })
    }

    /// Counts an attempt as a failure until it succeeds; the error is the seconds to wait.
    fn count(&self, account: &str) -> Result<(), u64> {
        let now = self.clock.now();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MAX_KEYS && !failures.contains_key(account) {
            failures.retain(|_, failed| now - failed.last < FORGOTTEN);
            // Full of fresh ones: somebody tries accounts by the thousand, and those that were tried least can go.
            if failures.len() >= MAX_KEYS {
                failures.retain(|_, failed| failed.count > FREE_FAILURES);
            }
            if failures.len() >= MAX_KEYS {
                return Err(1);
            }
        }
        let failed = failures.entry(account.to_owned()).or_default();
        if now - failed.last >= FORGOTTEN {
            *failed = Failures::default();
        }
        if now < failed.until {
            return Err(u64::try_from((failed.until - now + SECOND - 1) / SECOND).unwrap_or(1));
        }
        failed.count = failed.count.saturating_add(1);
        failed.last = now;
        failed.until = now + delay(failed.count);
        Ok(())
    }
}

/// How long an account rests after so many failures in a row.
fn delay(failures: u32) -> Micros {
    match failures.checked_sub(FREE_FAILURES) {
        None => 0,
        Some(more) => FIRST_DELAY.saturating_mul(1 << more.min(20)).min(LONGEST_DELAY),
    }
}

impl Attempt<'_> {
    pub fn succeeded(self) {
        self.throttle.accounts.give_back(&self.account);
        self.throttle.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.account);
        if let Some(address) = &self.address {
            self.throttle.addresses.give_back(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use trunkline_channel::{Clock, ManualClock};

    use super::Throttle;
    use crate::access::Error;

    #[test]
    fn failures_are_counted_by_account_and_by_address_and_forgotten_with_time() {
        let clock = ManualClock::at(1_767_600_000_000_000);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let throttle = Throttle::new(&shared, &crate::config::load(None).unwrap().access);
        let address = |n: u8| Some(IpAddr::from([198, 51, 100, n]));
        let fails = |account: &str, n| throttle.attempt(account, address(n)).map(|_| ());

        for n in 0..5 {
            fails("ann@example.com", n).unwrap();
        }
        assert!(matches!(fails(" ANN@example.com", 9), Err(Error::TooMany { retry_after_s: 12 })), "one account, many addresses");
        for n in 0..19 {
            fails(&format!("{n}@example.com"), 100).unwrap();
        }
        throttle.attempt("bob@example.com", address(100)).unwrap().succeeded();
        fails("eve@example.com", 100).unwrap();
        assert!(fails("bob@example.com", 100).is_err(), "one address, many accounts");
        fails("bob@example.com", 101).unwrap();
        clock.advance(Duration::from_secs(12));
        fails("ann@example.com", 1).unwrap();
        assert!(fails("ann@example.com", 1).is_err());
    }

    #[test]
    fn an_account_that_fails_again_and_again_rests_longer_each_time() {
        let clock = ManualClock::at(1_767_600_000_000_000);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let throttle = Throttle::new(&shared, &crate::config::load(None).unwrap().access);
        let address = |n: u64| Some(IpAddr::from([198, 51, 100, u8::try_from(n % 200).unwrap()]));
        let fails = |n| throttle.attempt("ann@example.com", address(n)).map(|_| ());
        for n in 0..10 {
            clock.advance(Duration::from_secs(60));
            fails(n).unwrap();
        }
        for (n, rest) in (10..).zip([30, 60, 120, 240, 480, 900, 900]) {
            clock.advance(Duration::from_secs(rest - 1));
            assert!(matches!(fails(n), Err(Error::TooMany { retry_after_s: 1 })), "{rest}");
            clock.advance(Duration::from_secs(1));
            fails(n).unwrap();
        }
        clock.advance(Duration::from_secs(900));
        throttle.attempt("ann@example.com", address(30)).unwrap().succeeded();
        fails(31).unwrap();
        clock.advance(Duration::from_secs(60));
        fails(32).unwrap();
    }
}
