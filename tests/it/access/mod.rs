//! Who gets in, and how far.

mod idempotency;
mod jwt;
mod operators;
mod roles;
mod sessions;
mod throttle;
mod tokens;
