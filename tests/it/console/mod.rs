//! What the operators' console asks of the daemon.

mod account;
mod counts;
mod drafts;
mod unread;
mod watching;
