//! The Graph API: what its two products share, and each of them.
//!
//! Beside the provider's addresses each product serves the phones ([`crate::phone`]), faults ([`crate::faults`]) and:
//! - `POST /_control/webhook` `{"url"?, "verify_token"?, "shake_hands"?, "hold"?, "release"?, "copies"?, "signing"?,
//!   "escaped"?, "scale"?}` for where and how webhooks go,
//! - `POST /_control/advance` `{"seconds"}`, which moves the server's clock,
//! - `POST /_control/events` `{"entry": […]}`, which sends any entries as they stand.

mod access;
mod app;
mod call;
mod hook;
#[cfg(test)]
mod listener;
pub mod messenger;
mod refusal;
pub mod whatsapp;

use rand::RngExt;

pub use app::App;
pub use hook::{Hook, Release, Sent, Signing};
pub use refusal::Refusal;

/// The app that both products belong to.
pub const APP_ID: &str = "700100200300400";
/// What signs webhooks.
pub const APP_SECRET: &str = "7f3a9c51e0d2486ba1c4e87d5b60f923";
/// What an app's dashboard was told to show a callback address.
pub const VERIFY_TOKEN: &str = "verify-me-please";

/// Letters and digits as in the ids and traces of the Graph API.
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn random_text(length: usize) -> String {
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
}

fn random_digits(length: usize) -> String {
    let mut rng = rand::rng();
    (0..length).map(|at| char::from(b'0' + rng.random_range(u8::from(at == 0)..10))).collect()
}

fn trace_id() -> String {
    format!("A{}", random_text(22))
}
