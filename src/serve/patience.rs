//! How long a client may keep us waiting: before its first request line, within a body, while it reads nothing.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A body must arrive at this many bytes a second on average, beside its pauses: a byte now and then is no upload.
const SLOWEST_BYTES_PER_S: u64 = 512;
/// How an HTTP/2 connection begins (RFC 9113, 3.4). Until the bytes tell the version, hyper waits without a limit.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection that ends when its client sends no beginning, or does not read what it is sent.
pub struct PatientStream<S> {
    inner: S,
    /// How much of the preface has been seen; `None` once the version is known.
    preface_seen: Option<usize>,
    beginning: Pin<Box<Sleep>>,
    pause: Duration,
    stalled_write: Option<Pin<Box<Sleep>>>,
}

impl<S> PatientStream<S> {
    pub fn new(inner: S, beginning: Duration, pause: Duration) -> Self {
        Self { inner, preface_seen: Some(0), beginning: Box::pin(sleep(beginning)), pause, stalled_write: None }
    }

    fn see(&mut self, bytes: &[u8]) {
        let Some(seen) = self.preface_seen else { return };
        let expected = PREFACE.get(seen..).unwrap_or_default();
        let still_open = bytes.len() < expected.len() && expected.starts_with(bytes);
        self.preface_seen = still_open.then_some(seen + bytes.len());
    }

    /// Passes a finished write on; ends one that has waited for the client for too long.
    fn patient<T>(&mut self, cx: &mut Context<'_>, write: Poll<std::io::Result<T>>) -> Poll<std::io::Result<T>> {
        if write.is_ready() {
            self.stalled_write = None;
            return write;
        }
        let pause = self.pause;
        let stalled = self.stalled_write.get_or_insert_with(|| Box::pin(sleep(pause)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(timed_out("the client does not read")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PatientStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.inner).poll_read(cx, buf);
        if read.is_ready() {
            this.see(buf.filled().get(before..).unwrap_or_default());
        } else if this.preface_seen.is_some() && this.beginning.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(timed_out("the client sends no request")));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PatientStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        let this = self.get_mut();
        let write = Pin::new(&mut this.inner).poll_write(cx, buf);
        this.patient(cx, write)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let this = self.get_mut();
        let write = Pin::new(&mut this.inner).poll_write_vectored(cx, bufs);
        this.patient(cx, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let flush = Pin::new(&mut this.inner).poll_flush(cx);
        this.patient(cx, flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let shutdown = Pin::new(&mut this.inner).poll_shutdown(cx);
        this.patient(cx, shutdown)
    }
}

/// A request body that fails when the client stops sending it, or sends it drop by drop.
pub struct PatientBody<B = Incoming> {
    inner: B,
    pause: Duration,
    begun: Instant,
    received: u64,
    deadline: Pin<Box<Sleep>>,
}

impl<B> PatientBody<B> {
    pub fn new(inner: B, pause: Duration) -> Self {
        Self { inner, pause, begun: Instant::now(), received: 0, deadline: Box::pin(sleep(pause)) }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for PatientBody<B>
where
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            if let Some(Ok(frame)) = &frame {
                this.received += frame.data_ref().map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX));
                let at_slowest = Duration::from_secs(this.received / SLOWEST_BYTES_PER_S);
                let deadline = (this.begun + this.pause + at_slowest).min(Instant::now() + this.pause);
                this.deadline.as_mut().reset(deadline);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        ready!(this.deadline.as_mut().poll(cx));
        Poll::Ready(Some(Err(timed_out("the client stopped sending the body").into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn timed_out(why: &'static str) -> Error {
    Error::new(ErrorKind::TimedOut, why)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::PatientStream;

    const PATIENCE: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_client_that_does_not_begin_is_cut_and_one_that_has_begun_is_not() {
        for (sent, is_cut) in
            [("", true), ("PRI * HT", true), ("G", false), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false), ("POST", false)]
        {
            let (mut client, server) = tokio::io::duplex(64);
            let mut server = PatientStream::new(server, PATIENCE, PATIENCE);
            client.write_all(sent.as_bytes()).await.unwrap();
            let reading = tokio::time::timeout(4 * PATIENCE, async {
                let mut buffer = [0; 64];
                while server.read(&mut buffer).await? > 0 {}
                Ok::<(), std::io::Error>(())
            });
            assert_eq!(reading.await.is_ok(), is_cut, "{sent:?}");
        }
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_cut() {
        let (_client, server) = tokio::io::duplex(16);
        let mut server = PatientStream::new(server, PATIENCE, PATIENCE);
        let error = server.write_all(&[0; 1024]).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    }
}
