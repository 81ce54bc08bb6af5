//! What the operators' console asks for that is of no other capability: what to know once, what each operator has set,
//! and what they have begun to write.

pub mod api;
mod drafts;
mod preferences;
mod settings;
mod store;

pub use drafts::{Draft, DraftKind, Drafts, MAX_DRAFT_BYTES, drafts, drop_draft, keep_draft};
pub use preferences::{MAX_PREFERENCES_BYTES, preferences, set_preferences};
pub use settings::{Settings, WaitingSettings, settings};
