//! How much one visitor, and all visitors behind one address, may do.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use trunkline_channel::Micros;
use trunkline_web_chat::Settings;

use crate::http::ApiError;
use crate::realtime::meter::{Allowance, Meter};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// Many people share an address; a crowd of machines must not.
const NEW_VISITORS_PER_ADDRESS: Allowance = Allowance { times: 120, per: HOUR };
const STARTS_PER_ADDRESS: Allowance = Allowance { times: 240, per: HOUR };
/// Mails to addresses of other people must not be worth the trouble.
const ADDRESSES_PER_VISITOR: Allowance = Allowance { times: 5, per: HOUR };
const ADDRESSES_PER_ADDRESS: Allowance = Allowance { times: 40, per: HOUR };
/// A person reads a page before the next one.
const PAGES_PER_VISITOR: Allowance = Allowance { times: 60, per: Duration::from_secs(600) };
const MESSAGES_PER_ADDRESS: Allowance = Allowance { times: 1200, per: MINUTE };

/// Counts of this process; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Quotas(Arc<Meter>);

impl Quotas {
    pub fn new_visitor(&self, address: IpAddr, now: Micros) -> Result<(), ApiError> {
        self.take(&format!("enter:{address}"), NEW_VISITORS_PER_ADDRESS, now)
    }

    pub fn start(&self, visitor: &str, address: IpAddr, site: &Settings, now: Micros) -> Result<(), ApiError> {
        self.take(&format!("start:{visitor}"), Allowance { times: site.quotas.starts_per_hour, per: HOUR }, now)?;
        self.take(&format!("start:{address}"), STARTS_PER_ADDRESS, now)
    }

    pub fn message(&self, visitor: &str, address: IpAddr, site: &Settings, now: Micros) -> Result<(), ApiError> {
        self.take(&format!("say:{visitor}"), Allowance { times: site.quotas.messages_per_minute, per: MINUTE }, now)?;
        self.take(&format!("say:{address}"), MESSAGES_PER_ADDRESS, now)
    }

    pub fn page(&self, visitor: &str, now: Micros) -> Result<(), ApiError> {
        self.take(&format!("page:{visitor}"), PAGES_PER_VISITOR, now)
    }

    pub fn leave_email(&self, visitor: &str, address: IpAddr, now: Micros) -> Result<(), ApiError> {
        self.take(&format!("email:{visitor}"), ADDRESSES_PER_VISITOR, now)?;
        self.take(&format!("email:{address}"), ADDRESSES_PER_ADDRESS, now)
    }

    fn take(&self, key: &str, allowance: Allowance, now: Micros) -> Result<(), ApiError> {
        self.0.take(key, allowance, now).map_err(ApiError::too_many)
    }
}
