//! Sending: one session for one mail.
//!
//! The client is our own because lettre 0.11 cannot do three things that the promises about deliveries rest on: its
//! `send` gives up at the first refused recipient, an error of it does not tell whether the final dot had been
//! written, and its STARTTLS keeps what was buffered before the handshake. lettre builds the mails; it does not send them.

mod body;
mod client;
mod reply;
mod verdict;

use std::time::Duration;

use trunkline_channel::{RecipientResult, SendError};

use crate::settings::{Account, Auth};
use client::{Failure, Session, Stage, Trouble};

/// Attempts on which a temporary refusal of one recipient holds the mail back for all: a second sending would give
/// the others a double. After them the mail goes to those who take it.
const PATIENT_ATTEMPTS: u32 = 3;

/// One mail with its envelope.
#[derive(Debug)]
pub(crate) struct Letter<'a> {
    pub from: &'a str,
    /// The customer first, then the copies.
    pub recipients: &'a [String],
    pub mail: &'a [u8],
    /// 1 for the first attempt.
    pub attempt: u32,
}

/// Makes one attempt; says what became of each recipient.
pub(crate) async fn deliver(account: &Account, letter: &Letter<'_>) -> Result<Vec<RecipientResult>, SendError> {
    for address in letter.recipients.iter().map(String::as_str).chain([letter.from]) {
        if !is_safe(address) {
            return Err(rejected("address", "The address cannot be used for mail."));
        }
    }
    let mut session = log_in(account).await.map_err(verdict::of_failure)?;
    let outcome = transact(&mut session, account, letter).await;
    session.quit().await;
    outcome
}

/// What the channel doctor wants to know of the sending side.
pub(crate) async fn probe(account: &Account, address: &str) -> Vec<(&'static str, Result<String, String>)> {
    let session = match Session::open(account).await {
        Ok(session) => session,
        Err(failure) => return vec![("smtp_connect", Err(failure.to_string()))],
    };
    session.quit().await;
    let mut steps = vec![("smtp_connect", Ok(format!("{}:{} answers", account.smtp.host, account.smtp.port)))];
    match log_in(account).await {
        Ok(mut session) => {
            steps.push(("smtp_login", Ok(format!("logged in as {}", account.smtp.username))));
            let taken = session.sender(address, "").await;
            steps.push(("smtp_sender", taken.map(|()| format!("may send as {address}")).map_err(|failure| failure.to_string())));
            session.quit().await;
        }
        Err(failure) => steps.push(("smtp_login", Err(failure.to_string()))),
    }
    steps
}

/// An access token that is refused is renewed once: it may have been taken back early.
async fn log_in(account: &Account) -> Result<Session, Failure> {
    let mut session = Session::open(account).await?;
    match session.log_in(account).await {
        Ok(()) => Ok(session),
        Err(Failure { stage: Stage::Login, trouble: Trouble::Refused(reply) }) if !reply.is_temporary() => {
            let Auth::Xoauth2(source) = &account.auth else {
                return Err(Failure { stage: Stage::Login, trouble: Trouble::Refused(reply) });
            };
            source.forget();
            let mut session = Session::open(account).await?;
            session.log_in(account).await.map(|()| session)
        }
        Err(failure) => Err(failure),
    }
}

async fn transact(session: &mut Session, account: &Account, letter: &Letter<'_>) -> Result<Vec<RecipientResult>, SendError> {
    let parameters = parameters(session, letter)?;
    session.sender(letter.from, &parameters).await.map_err(verdict::of_failure)?;
    let mut results = Vec::with_capacity(letter.recipients.len());
    let mut first_refusal = None;
    for (position, address) in letter.recipients.iter().enumerate() {
        let reply = session.recipient(address).await.map_err(verdict::of_failure)?;
        if reply.is_positive() {
            results.push(RecipientResult { handle: address.clone(), refused: None });
            continue;
        }
        if reply.is_temporary() && (position == 0 || letter.attempt <= PATIENT_ATTEMPTS) {
            return Err(verdict::of_reply(Stage::Recipient, &reply));
        }
        let refused = Some(format!("{} {}", reply.shown_code(), reply.shown()));
        results.push(RecipientResult { handle: address.clone(), refused });
        first_refusal.get_or_insert(reply);
    }
    if results.iter().all(|result| result.refused.is_some()) {
        return Err(match &first_refusal {
            Some(reply) => verdict::of_reply(Stage::Recipient, reply),
            None => rejected("recipients", "The mail has no recipient."),
        });
    }
    let patience = Duration::from_millis(account.timeouts.after_data_ms);
    session.data(&body::on_the_wire(letter.mail), patience).await.map_err(verdict::of_failure)?;
    Ok(results)
}

/// What MAIL must announce; a mail the server cannot carry is rejected before a byte of it is sent.
fn parameters(session: &Session, letter: &Letter<'_>) -> Result<String, SendError> {
    let mut parameters = String::new();
    if let Some(words) = session.offers("SIZE") {
        let limit = words.first().and_then(|word| word.parse::<usize>().ok()).filter(|limit| *limit > 0);
        if limit.is_some_and(|limit| letter.mail.len() > limit) {
            return Err(rejected("size", "The mail is larger than the mail server takes. Send a link instead of the file."));
        }
        parameters.push_str(&format!(" SIZE={}", letter.mail.len()));
    }
    if !letter.mail.is_ascii() {
        if session.offers("8BITMIME").is_none() {
            return Err(rejected("8bitmime", "The mail server does not take mail with 8-bit characters."));
        }
        parameters.push_str(" BODY=8BITMIME");
    }
    if !letter.from.is_ascii() || !letter.recipients.iter().all(|address| address.is_ascii()) {
        if session.offers("SMTPUTF8").is_none() {
            return Err(rejected("smtputf8", "The mail server does not take addresses with letters beyond ASCII."));
        }
        parameters.push_str(" SMTPUTF8");
    }
    Ok(parameters)
}

/// Nothing that could end the command or smuggle in another.
fn is_safe(address: &str) -> bool {
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>');
    !address.is_empty() && address.len() <= 320 && !address.contains(odd) && !address.starts_with('-') && address.contains('@')
}

fn rejected(code: &str, shown: &str) -> SendError {
    SendError::Rejected { code: code.to_owned(), shown: shown.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn addresses_cannot_carry_commands() {
        assert!(is_safe("customer@example.test") && is_safe("юзер@example.test"));
        for address in ["", "a@b>\r\nRCPT TO:<x@y", "a b@c", "a@b>", "-oQ@x", "nobody"] {
            assert!(!is_safe(address), "{address:?}");
        }
    }
}
