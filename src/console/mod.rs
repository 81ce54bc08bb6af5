//! What the operators' console asks for that is of no other capability: what to know once, and what each operator has set.

pub mod api;
mod preferences;
mod settings;
mod store;

pub use preferences::{MAX_PREFERENCES_BYTES, preferences, set_preferences};
pub use settings::{Settings, WaitingSettings, settings};
