//! The one line that the transport puts before a mail: when the server received it, and why its body is missing.

use std::fmt;

use trunkline_channel::Micros;

/// Read only as the very first line, so that a sender cannot set it.
const HEADER: &str = "X-Trunkline-Received";
const LINE_MAX: usize = 200;

/// A Date this far after the reception is nonsense.
const MAX_DATE_AHEAD: Micros = 24 * 3600 * 1_000_000;
/// 1990-01-01: no mail of an earlier date is sent to us.
const EARLIEST_DATE: Micros = 631_152_000_000_000;
/// 2100-01-01.
const LATEST_DATE: Micros = 4_102_444_800_000_000;

/// Why there is a header but no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Larger than what is fetched.
    Oversize { bytes: u64 },
    /// The server could not hand it over, however often it was asked.
    Unfetchable,
}

/// What the line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Received {
    /// Unix seconds.
    pub at: Option<i64>,
    pub missing: Option<Missing>,
}

impl Received {
    /// Takes the line off the front; everything behind it is the mail.
    pub fn split(raw: &[u8]) -> (Self, &[u8]) {
        let end = raw.iter().take(LINE_MAX).position(|b| *b == b'\n').map_or(raw.len(), |p| p + 1);
        let (line, rest) = raw.split_at_checked(end).unwrap_or((raw, &[]));
        let line = String::from_utf8_lossy(line.get(..line.len().min(LINE_MAX)).unwrap_or_default());
        let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case(HEADER)) else {
            return (Self::default(), raw);
        };
        let mut words = value.split(';').map(str::trim);
        let at = words.next().and_then(|seconds| seconds.parse().ok());
        let missing = match words.next() {
            Some("oversize") => {
                let bytes = words.next().and_then(|size| size.strip_prefix("size=")).and_then(|size| size.parse().ok());
                Some(Missing::Oversize { bytes: bytes.unwrap_or_default() })
            }
            Some("unfetchable") => Some(Missing::Unfetchable),
            _ => None,
        };
        (Self { at, missing }, rest)
    }

    pub fn micros(&self) -> Option<Micros> {
        self.at.and_then(|seconds| seconds.checked_mul(1_000_000))
    }

    /// The mail's Date, unless it is missing or nonsense; then the reception.
    pub(super) fn sent_at(&self, date: Option<Micros>) -> Option<Micros> {
        let latest = self.micros().map_or(LATEST_DATE, |at| at.saturating_add(MAX_DATE_AHEAD));
        date.filter(|date| (EARLIEST_DATE..=latest).contains(date)).or(self.micros())
    }
}

/// The line with its end.
impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEADER}: {}", self.at.unwrap_or_default())?;
        match self.missing {
            Some(Missing::Oversize { bytes }) => write!(f, "; oversize; size={bytes}")?,
            Some(Missing::Unfetchable) => f.write_str("; unfetchable")?,
            None => {}
        }
        f.write_str("\r\n")
    }
}

impl Missing {
    /// The word that the line has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oversize { .. } => "oversize",
            Self::Unfetchable => "unfetchable",
        }
    }

    /// What the operator reads in place of the mail.
    pub fn shown(self) -> String {
        match self {
            Self::Oversize { bytes } => {
                format!("(this mail of {} MB is too large to be fetched: read it in the mailbox)", bytes.div_ceil(1_000_000))
            }
            Self::Unfetchable => "(the mail server could not hand over this mail: read it in the mailbox)".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Missing, Received};

    #[test]
    fn the_line_is_read_as_it_was_written() {
        for missing in [None, Some(Missing::Oversize { bytes: 40_000_000 }), Some(Missing::Unfetchable)] {
            let received = Received { at: Some(1_793_577_600), missing };
            let raw = format!("{received}Subject: x\r\n\r\n");
            assert_eq!(Received::split(raw.as_bytes()), (received, b"Subject: x\r\n\r\n".as_slice()));
        }
    }

    #[test]
    fn a_line_further_down_is_the_senders() {
        let raw = b"Subject: x\r\nX-Trunkline-Received: 5; oversize\r\n\r\n";
        assert_eq!(Received::split(raw), (Received::default(), raw.as_slice()));
        assert_eq!(Received::split(b"").0, Received::default());
        assert_eq!(Received::split(b"X-Trunkline-Received: soon\r\n").0, Received::default());
    }
}
