//! The settings of one mailbox, and how they become a connector.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;
use trunkline_channel::{Connector, Secret, SettingsError, Setup};

use crate::connector::Email;
use crate::oauth::TokenSource;
use crate::timeouts::Timeouts;
use crate::tls::Tls;

/// One mailbox, as it stands in the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address customers write to; also the sender of every answer.
    pub address: String,
    /// Shown beside the address where an answer names no operator.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Further addresses that arrive in this mailbox (aliases): mail from them is our own.
    #[serde(default)]
    pub aliases: Vec<String>,
    pub imap: ImapSettings,
    pub smtp: SmtpSettings,
    pub auth: AuthSettings,
    /// Takes in mail from this day on at the first connection; without it only what arrives later.
    #[serde(default)]
    pub import_since: Option<Date>,
    /// Sets `\Seen` on what is safely stored. Off, the folder is opened read-only.
    #[serde(default = "yes")]
    pub mark_seen: bool,
    /// Puts a copy of every answer into this folder of the mailbox (such as `Sent`), which is made where it is missing.
    /// Leave it out where the provider does so by itself, as Gmail and Microsoft 365 do.
    #[serde(default)]
    pub sent_folder: Option<String>,
    /// PEM file of further certificate authorities, for private mail servers.
    #[serde(default)]
    pub extra_ca_file: Option<PathBuf>,
    #[serde(default)]
    pub timeouts: Timeouts,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImapSettings {
    pub host: String,
    #[serde(default = "imap_port")]
    pub port: u16,
    #[serde(default)]
    pub tls: TlsMode,
    #[serde(default = "inbox_folder")]
    pub folder: String,
    /// The address where it is absent.
    #[serde(default)]
    pub username: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    pub host: String,
    #[serde(default = "smtp_port")]
    pub port: u16,
    #[serde(default)]
    pub tls: TlsMode,
    /// The address where it is absent.
    #[serde(default)]
    pub username: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// TLS from the first byte (RFC 8314): ports 993 and 465.
    #[default]
    Implicit,
    /// Ports 143 and 587; a server that does not offer it is refused.
    Starttls,
    /// Only to this machine.
    None,
}

/// How both servers are told who we are.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AuthSettings {
    Password {
        #[serde(default)]
        password: Option<Secret>,
        #[serde(default)]
        password_file: Option<PathBuf>,
    },
    Xoauth2 {
        client_id: String,
        #[serde(default)]
        client_secret: Option<Secret>,
        #[serde(default)]
        client_secret_file: Option<PathBuf>,
        #[serde(default)]
        refresh_token: Option<Secret>,
        #[serde(default)]
        refresh_token_file: Option<PathBuf>,
        token_url: String,
    },
}

/// What the transport needs, checked.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub imap: Server,
    pub smtp: Server,
    pub folder: String,
    pub mark_seen: bool,
    pub sent_folder: Option<String>,
    pub import_since: Option<Date>,
    pub auth: Auth,
    pub tls: Tls,
    pub timeouts: Timeouts,
    /// What we call ourselves in EHLO.
    pub hello: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub host: String,
    pub port: u16,
    pub mode: TlsMode,
    pub username: String,
}

#[derive(Debug, Clone)]
pub(crate) enum Auth {
    Password(Secret),
    Xoauth2(Arc<TokenSource>),
}

impl Settings {
    /// Checks everything that can be checked without a network and makes the connector.
    ///
    /// # Errors
    /// [`SettingsError`] with the key and what is wrong with it.
    pub fn build(self, setup: Setup) -> Result<Arc<dyn Connector>, SettingsError> {
        let hello = domain_of("address", &self.address)?.to_owned();
        for alias in &self.aliases {
            domain_of("aliases", alias)?;
        }
        if self.display_name.as_deref().is_some_and(|name| name.chars().any(char::is_control)) {
            return Err(SettingsError::new("display_name", "holds control characters"));
        }
        self.timeouts.check()?;
        check_line("imap.folder", &self.imap.folder)?;
        if let Some(folder) = &self.sent_folder {
            check_line("sent_folder", folder)?;
        }
        let tls = Tls::new(self.extra_ca_file.as_deref()).map_err(|problem| SettingsError::new("extra_ca_file", problem))?;
        let imap =
            server("imap.host", "imap.tls", self.imap.host, self.imap.port, self.imap.tls, self.imap.username, &self.address)?;
        let smtp =
            server("smtp.host", "smtp.tls", self.smtp.host, self.smtp.port, self.smtp.tls, self.smtp.username, &self.address)?;
        let account = Account {
            imap,
            smtp,
            folder: self.imap.folder,
            mark_seen: self.mark_seen,
            sent_folder: self.sent_folder,
            import_since: self.import_since,
            auth: self.auth.read(&tls, &setup)?,
            tls,
            timeouts: self.timeouts,
            hello,
        };
        let own = std::iter::once(self.address.clone()).chain(self.aliases).map(|a| a.to_lowercase()).collect();
        Ok(Arc::new(Email::new(account, self.address, self.display_name, own, setup)))
    }
}

impl AuthSettings {
    fn read(self, tls: &Tls, setup: &Setup) -> Result<Auth, SettingsError> {
        match self {
            Self::Password { password, password_file } => {
                let secret = secret("auth.password", password, password_file)?;
                check_line("auth.password", secret.expose())?;
                Ok(Auth::Password(secret))
            }
            Self::Xoauth2 { client_id, client_secret, client_secret_file, refresh_token, refresh_token_file, token_url } => {
                let url = reqwest::Url::parse(&token_url).map_err(|_| SettingsError::new("auth.token_url", "is not a URL"))?;
                let local = url.host_str().is_some_and(is_loopback);
                if url.scheme() != "https" && !(url.scheme() == "http" && local) {
                    return Err(SettingsError::new("auth.token_url", "must begin with https://"));
                }
                let client_secret = match (client_secret, client_secret_file) {
                    (None, None) => None,
                    (value, file) => Some(secret("auth.client_secret", value, file)?),
                };
                let refresh_token = secret("auth.refresh_token", refresh_token, refresh_token_file)?;
                let source = TokenSource::new(url, client_id, client_secret, refresh_token, tls, setup.clock.clone())
                    .map_err(|problem| SettingsError::new("auth.token_url", problem))?;
                Ok(Auth::Xoauth2(Arc::new(source)))
            }
        }
    }
}

fn server(
    host_key: &'static str,
    tls_key: &'static str,
    host: String,
    port: u16,
    mode: TlsMode,
    username: Option<String>,
    address: &str,
) -> Result<Server, SettingsError> {
    if rustls_pki_types::ServerName::try_from(host.as_str()).is_err() {
        return Err(SettingsError::new(host_key, "is not a host name or an IP address"));
    }
    if mode == TlsMode::None && !is_loopback(&host) {
        return Err(SettingsError::new(tls_key, "`none` would send the password in the clear; use `implicit` or `starttls`"));
    }
    let username = username.unwrap_or_else(|| address.to_owned());
    check_line(host_key, &username)?;
    Ok(Server { host, port, mode, username })
}

fn secret(key: &'static str, value: Option<Secret>, file: Option<PathBuf>) -> Result<Secret, SettingsError> {
    let found = match (value, file) {
        (Some(_), Some(_)) => return Err(SettingsError::new(key, "is given both directly and as a file")),
        (Some(value), None) => value,
        (None, Some(path)) => {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| SettingsError::new(key, format!("{} cannot be read: {}", path.display(), error.kind())))?;
            Secret::new(text.trim_end_matches(['\r', '\n']))
        }
        (None, None) => return Err(SettingsError::new(key, "is missing (give it directly or as a file)")),
    };
    if found.is_empty() { Err(SettingsError::new(key, "is empty")) } else { Ok(found) }
}

fn domain_of<'a>(key: &'static str, address: &'a str) -> Result<&'a str, SettingsError> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | ',' | ';');
    match address.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !address.contains(odd) && !local.contains('@') => {
            Ok(domain)
        }
        _ => Err(SettingsError::new(key, "is not a mail address")),
    }
}

fn check_line(key: &'static str, value: &str) -> Result<(), SettingsError> {
    if value.is_empty() || value.contains(['\r', '\n', '\0']) {
        return Err(SettingsError::new(key, "is empty or holds line breaks"));
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn yes() -> bool {
    true
}

fn imap_port() -> u16 {
    993
}

fn smtp_port() -> u16 {
    465
}

fn inbox_folder() -> String {
    "INBOX".to_owned()
}
