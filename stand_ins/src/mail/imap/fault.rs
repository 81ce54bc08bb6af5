//! What can go wrong, and when.

use std::time::Duration;

/// A moment of the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImapStep {
    Greeting,
    /// The TLS handshake, implicit or after STARTTLS.
    Handshake,
    Capability,
    Starttls,
    Login,
    Select,
    Search,
    /// FETCH of sizes and dates.
    List,
    /// FETCH of a source.
    Source,
    Store,
    Idle,
    /// While idling, when the next change of the folder would be announced.
    Announce,
    Noop,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImapDoes {
    /// The connection ends without an answer.
    Cut,
    /// The data is given, then the connection ends before the tagged OK.
    CutBeforeOk,
    /// The connection ends in the middle of the literal.
    CutInLiteral {
        percent: usize,
    },
    /// `* BYE`, and the end.
    Bye,
    /// Nothing more is said; the connection stays.
    Silent,
    No(&'static str),
    Bad(&'static str),
    /// `* OK [ALERT] …` before the ordinary answer.
    Alert(&'static str),
    /// The literal announces another size than it has.
    Announces(&'static str),
    /// The answer comes in packets of this many bytes.
    Dribble {
        bytes: usize,
    },
    Late(Duration),
    /// These bytes before the ordinary answer.
    Says(String),
    /// These bytes behind the ordinary answer, in the same packet.
    SaysAfter(String),
    /// This mail arrives just now, is told in this answer, and not again.
    Arrives(String),
    /// The answer with a tag nobody gave.
    WrongTag,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImapFault {
    pub at: ImapStep,
    pub does: ImapDoes,
}
