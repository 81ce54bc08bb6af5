//! From a host name to an authenticated session. No password is sent before TLS (RFC 8314; `none` is for this machine).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::commands::quoted;
use super::wire::{Answer, Imap, ImapError, Said, refused};
use crate::oauth::{TokenError, xoauth2};
use crate::settings::{Account, Auth, TlsMode};
use crate::tls::dial;

/// How often a server may ask on in one AUTHENTICATE.
const CHALLENGES_MAX: usize = 3;

/// Connects and secures; not yet logged in.
pub(super) async fn connect(account: &Account) -> Result<Imap, ImapError> {
    let limits = account.timeouts;
    let server = &account.imap;
    let mut wire = dial(server, limits.connect()).await?;
    if server.mode == TlsMode::Implicit {
        wire = account.tls.secure(wire, &server.host, limits.connect()).await?;
    }
    let mut imap = Imap::open(wire, limits.answer(), false).await?;
    if server.mode == TlsMode::Starttls {
        imap.ask_capabilities().await?;
        if !imap.can("STARTTLS") {
            return Err(ImapError::NotOffered("STARTTLS"));
        }
        imap.command("STARTTLS", "STARTTLS", |_| {}).await?;
        let wire = account.tls.secure(imap.into_wire(), &server.host, limits.connect()).await?;
        imap = Imap::open(wire, limits.answer(), true).await?;
    }
    imap.ask_capabilities().await?;
    Ok(imap)
}

/// Logs in and asks for the capabilities again: they change.
pub(super) async fn log_in(imap: &mut Imap, account: &Account) -> Result<(), ImapError> {
    let username = &account.imap.username;
    match &account.auth {
        Auth::Password(password) if imap.can("AUTH=PLAIN") => {
            authenticate(imap, "PLAIN", &format!("\0{username}\0{}", password.expose())).await?;
        }
        Auth::Password(_) if imap.can("LOGINDISABLED") => return Err(ImapError::NotOffered("a login by password")),
        Auth::Password(password) => {
            let line = format!("LOGIN {} {}", quoted(username), quoted(password.expose()));
            imap.command("LOGIN", &line, |_| {}).await.map_err(login_refused)?;
        }
        Auth::Xoauth2(source) => {
            let token = source.token().await.map_err(|error| match error {
                TokenError::Refused(_) => ImapError::Login(error.to_string()),
                TokenError::Unavailable(text) => ImapError::Refused { step: "the token request", text },
            })?;
            authenticate(imap, "XOAUTH2", &xoauth2(username, &token)).await?;
        }
    }
    imap.ask_capabilities().await
}

/// AUTHENTICATE with one response of ours, at once where the server knows SASL-IR (RFC 4959).
///
/// A further challenge tells why the login fails; without an empty line in return the server would wait for ever.
async fn authenticate(imap: &mut Imap, mechanism: &str, response: &str) -> Result<(), ImapError> {
    let encoded = STANDARD.encode(response);
    let mut given = imap.can("SASL-IR");
    let line = if given { format!("AUTHENTICATE {mechanism} {encoded}") } else { format!("AUTHENTICATE {mechanism}") };
    let tag = imap.send(&line).await?;
    for _ in 0..=CHALLENGES_MAX {
        match next_of_login(imap).await? {
            Answer::Continue if given => imap.write("\r\n").await?,
            Answer::Continue => {
                imap.write(&format!("{encoded}\r\n")).await?;
                given = true;
            }
            Answer::Tagged { tag: answered, said: Said::Ok, .. } if answered == tag => return Ok(()),
            Answer::Tagged { said, text, .. } => return Err(login_refused(refused("LOGIN", said, text))),
            Answer::Untagged { .. } => {}
        }
    }
    Err(ImapError::Nonsense("a login without an end"))
}

async fn next_of_login(imap: &mut Imap) -> Result<Answer, ImapError> {
    loop {
        match imap.answer().await? {
            Answer::Untagged { .. } => {}
            answer => return Ok(answer),
        }
    }
}

/// NO to a login is about the credentials unless the server says that it is about itself (RFC 5530).
fn login_refused(error: ImapError) -> ImapError {
    match error {
        ImapError::Refused { step, text } => {
            let upper = text.to_ascii_uppercase();
            let passing = ["[UNAVAILABLE]", "[LIMIT]", "[INUSE]", "[SERVERBUG]", "[THROTTLED]", "TRY AGAIN", "BUSY", "TOO MANY"];
            if passing.iter().any(|word| upper.contains(word)) {
                ImapError::Refused { step, text }
            } else {
                ImapError::Login(text)
            }
        }
        other => other,
    }
}
