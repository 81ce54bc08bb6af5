//! What the operators' console asks of the daemon.

mod account;
mod counts;
mod unread;
mod watching;
