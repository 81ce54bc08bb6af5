//! Keeps a mail server from filling our memory, overflowing our stack or leaving us waiting for ever.
//!
//! The IMAP parser behind it buffers up to 512 MiB of one answer and follows nested parentheses without a limit, so
//! sizes and depth are watched here, byte by byte, before it sees them. Silence is watched here too: a deadline for
//! each read instead of for a whole command lets a slow line carry a large mail and still finds a dead one.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// The largest answer: one mail of [`super::MAIL_MAX`] and what stands around it.
const ANSWER_MAX: u64 = super::MAIL_MAX + 64 * 1024;
/// The longest line outside literals; the numbers of a hundred thousand mails.
const LINE_MAX: u64 = 1024 * 1024;
const DEPTH_MAX: u32 = 64;

#[derive(Debug)]
pub(super) struct Guard<S> {
    inner: S,
    scan: Scan,
    patience: Option<Duration>,
    deadline: Pin<Box<Sleep>>,
}

impl<S> Guard<S> {
    pub fn new(inner: S, patience: Duration) -> Self {
        Self { inner, scan: Scan::default(), patience: Some(patience), deadline: Box::pin(sleep(patience)) }
    }

    /// How long the peer may be silent; `None` while nothing is owed (IDLE).
    pub fn set_patience(&mut self, patience: Option<Duration>) {
        self.patience = patience;
        self.restart();
    }

    pub fn into_inner(self) -> S {
        self.inner
    }

    fn restart(&mut self) {
        if let Some(patience) = self.patience {
            self.deadline.as_mut().reset(Instant::now() + patience);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        if let Poll::Ready(done) = Pin::new(&mut this.inner).poll_read(cx, buf) {
            done?;
            let read = buf.filled().get(before..).unwrap_or_default();
            this.scan.take(read).map_err(|problem| io::Error::new(io::ErrorKind::InvalidData, problem))?;
            this.restart();
            return Poll::Ready(Ok(()));
        }
        if this.patience.is_some() {
            ready!(this.deadline.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

/// Follows the grammar as far as sizes need it: lines, quoted strings, literals.
#[derive(Debug, Default)]
struct Scan {
    answer: u64,
    line: u64,
    depth: u32,
    quoted: bool,
    escaped: bool,
    /// Bytes of a literal still to come.
    literal: u64,
    size: Size,
    start: [u8; 3],
}

/// How much of `{123}` CR LF has been seen.
#[derive(Debug, Default, Clone, Copy)]
enum Size {
    #[default]
    Nowhere,
    Digits(u64),
    Closed(u64),
}

impl Scan {
    fn take(&mut self, mut bytes: &[u8]) -> Result<(), &'static str> {
        while !bytes.is_empty() {
            if self.literal > 0 {
                let skipped = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
                self.literal -= skipped as u64;
                bytes = bytes.get(skipped..).unwrap_or_default();
            } else if let Some((&byte, rest)) = bytes.split_first() {
                self.byte(byte)?;
                bytes = rest;
            }
        }
        Ok(())
    }

    fn byte(&mut self, byte: u8) -> Result<(), &'static str> {
        if let Some(slot) = usize::try_from(self.answer).ok().and_then(|at| self.start.get_mut(at)) {
            *slot = byte;
        }
        self.answer += 1;
        self.line += 1;
        if self.line > LINE_MAX {
            return Err("the mail server sent an endless line");
        }
        if self.quoted {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' | b'\n' => self.quoted = false,
                _ => {}
            }
            if byte != b'\n' {
                return Ok(());
            }
        }
        self.size = match (byte, self.size) {
            (b'{', _) => Size::Digits(0),
            (digit @ b'0'..=b'9', Size::Digits(so_far)) => {
                Size::Digits(so_far.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
            }
            (b'}', Size::Digits(size)) | (b'\r', Size::Closed(size)) => Size::Closed(size),
            (b'\n', Size::Closed(size)) => return self.literal(size),
            (b'\n', _) => {
                *self = Self::default();
                return Ok(());
            }
            _ => Size::Nowhere,
        };
        match byte {
            b'"' => self.quoted = self.is_data(),
            b'(' => self.depth += 1,
            b')' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth > DEPTH_MAX { Err("the mail server sent an answer nested too deeply") } else { Ok(()) }
    }

    fn literal(&mut self, size: u64) -> Result<(), &'static str> {
        self.size = Size::Nowhere;
        if !self.is_data() {
            *self = Self::default();
            return Ok(());
        }
        self.answer = self.answer.saturating_add(size);
        if self.answer > ANSWER_MAX {
            return Err("the mail server announced more bytes than a mail may have");
        }
        self.literal = size;
        self.line = 0;
        Ok(())
    }

    /// Only answers about a numbered mail (`* 12 FETCH …`) carry literals; `{5}` elsewhere is just text.
    fn is_data(&self) -> bool {
        matches!(self.start, [b'*', b' ', b'0'..=b'9'])
    }
}

#[cfg(test)]
mod tests {
    use super::{ANSWER_MAX, Scan};

    fn scan(parts: &[&[u8]]) -> Result<(), &'static str> {
        let mut scan = Scan::default();
        parts.iter().try_for_each(|part| scan.take(part))
    }

    #[test]
    fn literals_are_stepped_over_however_they_are_cut() {
        let answer = b"* 1 FETCH (BODY[] {9}\r\n((({99}\r\n)\r\n* 2 EXISTS\r\n";
        for cut in 0..answer.len() {
            let (one, two) = answer.split_at(cut);
            assert_eq!(scan(&[one, two]), Ok(()), "cut at {cut}");
        }
    }

    #[test]
    fn a_literal_that_is_too_large_is_refused_before_it_comes() {
        for size in ["999999999999", "99999999999999999999999999", &(ANSWER_MAX).to_string()] {
            assert!(scan(&[format!("* 1 FETCH (BODY[] {{{size}}}\r\n").as_bytes()]).is_err(), "{size}");
        }
        let many = "* 1 FETCH (BODY[] {20000000}\r\n".to_owned() + &"x".repeat(20_000_000) + " X {20000000}\r\n";
        assert!(scan(&[many.as_bytes()]).is_err());
    }

    #[test]
    fn depth_and_line_length_have_an_end() {
        assert!(scan(&[b"* 1 FETCH (BODYSTRUCTURE ", &[b'('; 100]]).is_err());
        assert!(scan(&[b"* OK ", &vec![b'a'; 1_100_000]]).is_err());
        assert_eq!(scan(&[b"* OK say {5}\r\n* 1 FETCH (X \"(((\\\"{7}\" Y 1)\r\n* BYE\r\n"]), Ok(()));
    }

    #[test]
    fn a_size_in_a_status_text_does_not_open_a_hole() {
        let hidden = [b"* OK {30000000}\r\n* 1 FETCH (BODYSTRUCTURE ".as_slice(), &[b'('; 100]].concat();
        assert!(scan(&[&hidden]).is_err());
    }
}
