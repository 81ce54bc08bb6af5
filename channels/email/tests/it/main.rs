//! The connector against stand-ins that break everything, and against Dovecot and Postfix.

#![allow(clippy::unwrap_used, clippy::allow_attributes, clippy::string_slice)]

mod imap_faults;
mod imap_ways;
mod oauth;
mod real;
mod round_trip;
mod smtp;
mod support;
