//! Mail servers: misbehaving ones of our own, and real ones.
//!
//! [`ImapStandIn`] and [`SmtpStandIn`] speak the protocols from the RFCs and break them on demand, once for each
//! [`ImapFault`] or [`SmtpFault`] handed in. [`real::RealMail`] starts Dovecot and Postfix.

mod answers;
mod authority;
mod imap;
mod line;
pub mod real;
mod smtp;
mod token;

pub use answers::Client;
pub use authority::Authority;
pub use imap::{ImapDoes, ImapFault, ImapOptions, ImapStandIn, ImapStep};
pub use smtp::{Accepted, SmtpDoes, SmtpFault, SmtpOptions, SmtpStandIn, SmtpStep};
pub use token::TokenStandIn;

/// How a stand-in's port is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    #[default]
    Plain,
    Implicit,
    /// Offered as STARTTLS.
    Starttls,
}

/// The only account of a stand-in.
pub const USERNAME: &str = "support@example.test";
pub const PASSWORD: &str = "correct horse \"battery\" staple";
