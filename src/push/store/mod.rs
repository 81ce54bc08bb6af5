//! SQL of notifications.

pub mod facts;
pub mod keys;
pub mod notices;
pub mod subscriptions;
