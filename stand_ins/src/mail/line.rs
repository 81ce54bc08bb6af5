//! A line-based connection that can turn to TLS.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Longer lines end the session.
const LINE_MAX: usize = 1024 * 1024;

pub(super) struct Lined {
    stream: Box<dyn Duplex>,
    ahead: Vec<u8>,
}

impl Lined {
    pub fn new(stream: impl Duplex + 'static) -> Self {
        Self { stream: Box::new(stream), ahead: Vec::new() }
    }

    /// One line without its CR LF; `None` when the client has gone. Cancel safe.
    pub async fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.ahead.drain(..=end).collect();
                return Ok(Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()));
            }
            if self.ahead.len() > LINE_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if self.fill().await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Bytes up to and with the line that is a lone dot; `stop_at` reads only so many and gives what there is.
    pub async fn until_dot(&mut self, stop_at: Option<usize>) -> io::Result<Option<Vec<u8>>> {
        loop {
            let whole = if self.ahead.starts_with(b".\r\n") {
                Some(3)
            } else {
                self.ahead.windows(5).position(|window| window == b"\r\n.\r\n").map(|at| at + 5)
            };
            if let Some(end) = whole {
                return Ok(Some(self.ahead.drain(..end).collect()));
            }
            if stop_at.is_some_and(|stop_at| self.ahead.len() >= stop_at) {
                return Ok(Some(std::mem::take(&mut self.ahead)));
            }
            if self.fill().await? == 0 {
                return Ok(None);
            }
        }
    }

    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// The TLS handshake as server.
    pub async fn secure(self, config: Arc<ServerConfig>) -> io::Result<Self> {
        let stream = TlsAcceptor::from(config).accept(self.stream).await?;
        Ok(Self { stream: Box::new(stream), ahead: Vec::new() })
    }

    async fn fill(&mut self) -> io::Result<usize> {
        let mut chunk = [0; 16 * 1024];
        let read = self.stream.read(&mut chunk).await?;
        self.ahead.extend_from_slice(chunk.get(..read).unwrap_or_default());
        Ok(read)
    }
}
