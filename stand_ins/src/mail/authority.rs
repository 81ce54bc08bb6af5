//! A throwaway certificate authority.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use rustls::ServerConfig;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Signs certificates for names of its caller's choice; lives as long as the test.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, as PEM and for rustls.
pub struct Issued {
    pub certificate_pem: String,
    pub key_pem: String,
    pub server: Arc<ServerConfig>,
}

impl Authority {
    /// # Errors
    /// When no key can be made.
    pub fn new() -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Throwaway authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), pem })
    }

    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn write_pem(&self, path: &Path) -> anyhow::Result<()> {
        std::fs::write(path, &self.pem).context("the authority's file")
    }

    /// A certificate for `localhost` and 127.0.0.1.
    ///
    /// # Errors
    /// When no certificate can be made.
    pub fn issue(&self) -> anyhow::Result<Issued> {
        self.issue_for(&[SanType::DnsName("localhost".try_into()?), SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST))])
    }

    /// A certificate that is good, but for somebody else.
    ///
    /// # Errors
    /// When no certificate can be made.
    pub fn issue_for_stranger(&self) -> anyhow::Result<Issued> {
        self.issue_for(&[SanType::DnsName("mail.stranger.test".try_into()?)])
    }

    fn issue_for(&self, names: &[SanType]) -> anyhow::Result<Issued> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names.to_vec();
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)?;
        Ok(Issued { certificate_pem: certificate.pem(), key_pem: key.serialize_pem(), server: Arc::new(server) })
    }
}
