//! How often somebody may fail to sign in: for each account, so that its password cannot be guessed, and for each
//! address, so that one cannot try many accounts. Whether an account exists makes no difference.

use std::net::IpAddr;
use std::sync::Arc;

use trunkline_channel::Clock;

use super::{Error, secrets};
use crate::config::Access;
use crate::http::address_key;
use crate::http::limit::Limiter;

/// Accounts, and addresses, that are remembered at once.
const MAX_KEYS: usize = 50_000;

/// One for the process.
#[derive(Clone)]
pub struct Throttle {
    accounts: Limiter,
    addresses: Limiter,
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
        Self { accounts: limiter(limits.login_per_account), addresses: limiter(limits.login_per_address) }
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
        Ok(Attempt { throttle: self, account, address })
    }
}

impl Attempt<'_> {
    pub fn succeeded(self) {
        self.throttle.accounts.give_back(&self.account);
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
}
