//! Connections to mail servers: TCP, TLS from the first byte or after STARTTLS.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::settings::Server;

/// Finds dead peers on quiet IDLE connections long before the next command would.
const KEEP_ALIVE: Duration = Duration::from_secs(90);

/// Whom we trust: the web's authorities and those of `extra_ca_file`.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    config: Arc<ClientConfig>,
    pub extra: Vec<CertificateDer<'static>>,
}

/// A connection, before or after its TLS handshake.
#[derive(Debug)]
pub(crate) enum Wire {
    Plain(TcpStream),
    Secured(Box<TlsStream<TcpStream>>),
}

#[derive(Debug, Error)]
pub(crate) enum ConnectError {
    #[error("{host} does not answer within {seconds} s")]
    Slow { host: String, seconds: u64 },
    #[error("no connection to {host}: {}", reason(.source))]
    Tcp { host: String, source: io::Error },
    /// An untrusted, expired or foreign certificate, or no TLS at all on that port.
    #[error("TLS with {host} failed: {source}")]
    Tls { host: String, source: io::Error },
    #[error("{0} is not a host name")]
    Name(String),
}

impl Tls {
    /// # Errors
    /// A sentence about the file that cannot be used.
    pub fn new(extra_ca_file: Option<&Path>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let mut extra = Vec::new();
        if let Some(path) = extra_ca_file {
            let found = CertificateDer::pem_file_iter(path).map_err(|_| format!("{} cannot be read", path.display()))?;
            for certificate in found {
                let certificate = certificate.map_err(|_| format!("{} is not PEM", path.display()))?;
                roots.add(certificate.clone()).map_err(|error| format!("{}: {error}", path.display()))?;
                extra.push(certificate);
            }
            if extra.is_empty() {
                return Err(format!("{} holds no certificate", path.display()));
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { config: Arc::new(config), extra })
    }

    /// Secures a connection; the host name is checked against the certificate.
    pub async fn secure(&self, wire: Wire, host: &str, limit: Duration) -> Result<Wire, ConnectError> {
        let Wire::Plain(tcp) = wire else { return Ok(wire) };
        let name = ServerName::try_from(host.to_owned()).map_err(|_| ConnectError::Name(host.to_owned()))?;
        let handshake = TlsConnector::from(self.config.clone()).connect(name, tcp);
        match timeout(limit, handshake).await {
            Ok(Ok(stream)) => Ok(Wire::Secured(Box::new(stream))),
            Ok(Err(source)) => Err(ConnectError::Tls { host: host.to_owned(), source }),
            Err(_) => Err(ConnectError::Slow { host: host.to_owned(), seconds: limit.as_secs() }),
        }
    }
}

/// Opens the TCP connection.
pub(crate) async fn dial(server: &Server, limit: Duration) -> Result<Wire, ConnectError> {
    let tcp = match timeout(limit, TcpStream::connect((server.host.as_str(), server.port))).await {
        Ok(Ok(tcp)) => tcp,
        Ok(Err(source)) => return Err(ConnectError::Tcp { host: server.host.clone(), source }),
        Err(_) => return Err(ConnectError::Slow { host: server.host.clone(), seconds: limit.as_secs() }),
    };
    // Both only make things better: a connection without them still works.
    let _ = tcp.set_nodelay(true);
    let _ = socket2::SockRef::from(&tcp).set_tcp_keepalive(&socket2::TcpKeepalive::new().with_time(KEEP_ALIVE));
    Ok(Wire::Plain(tcp))
}

impl ConnectError {
    /// Whether only a person can mend it.
    pub fn is_misconfigured(&self) -> bool {
        match self {
            Self::Name(_) => true,
            // A cut during the handshake is an ordinary network fault; what rustls itself refuses is not.
            Self::Tls { source, .. } => source.kind() == io::ErrorKind::InvalidData,
            Self::Slow { .. } | Self::Tcp { .. } => false,
        }
    }
}

fn reason(error: &io::Error) -> String {
    error.kind().to_string()
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Secured(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Secured(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Secured(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Secured(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
