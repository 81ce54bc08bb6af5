//! The contract between the daemon and its channel connectors.
//!
//! A connector knows one provider and nothing else: no database, no HTTP server, no other channel. The daemon knows
//! conversations and no provider. Everything they say to each other is in this crate:
//!
//! * [`Connector`]: what a channel can do, as few methods as possible; abilities are data ([`Capabilities`]).
//! * [`Inbound`]: what a provider told us, made by a pure [`Translator`] out of raw bytes that are already stored.
//! * [`Outbound`]: one message to send, answered with [`Sent`] or the closed vocabulary [`SendError`]; [`Amendment`]: a
//!   change of one that was sent.
//! * [`rich`]: places, contact cards, buttons and templates, one shape both ways; [`Http`]: the way to a provider.
//! * [`Context`]: all that a running connector may touch.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]

mod capabilities;
mod clock;
mod connector;
mod health;
pub mod http;
mod inbound;
mod outbound;
pub mod rich;
mod secret;
mod setup;
pub mod signature;
pub mod text;

pub use capabilities::{Ambiguity, ButtonLimits, Capabilities, CountBy, Lasting, Rate, TextLimit, Threads, Window};
pub use clock::{Clock, ManualClock, Micros, SystemClock};
pub use connector::{
    Check, CheckState, Connector, Context, Cursor, CursorError, Cursors, FetchError, Fetched, InboxRef, Intake, IntakeError,
    MediaRef, Outcome, Profile, RawEvent, Receipt, RunError, SECRET_CURSOR, Siblings, Signal, StoredMessage,
};
pub use health::{Health, HealthReport, HealthReporter};
pub use http::Http;
pub use inbound::{
    Attachment, Direction, Fault, Hints, Inbound, InboundMessage, Kind, Media, Peer, ReceiptStatus, ReceiptTarget, Translation,
    Translator,
};
pub use outbound::{Amendment, Blob, Change, Outbound, OutboundAttachment, RecipientResult, SendError, Sent, ThreadContext};
pub use rich::Rich;
pub use secret::Secret;
pub use setup::{SettingsError, Setup};
