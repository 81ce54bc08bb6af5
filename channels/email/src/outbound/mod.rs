//! Mail out: one message of ours becomes the bytes that are handed to the mail server. Pure: the moment is given.

pub mod address;
pub mod message_id;
mod parts;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{Address, Message};
use thiserror::Error;
use trunkline_channel::{Micros, Outbound, OutboundAttachment, Secret, text};

pub use self::address::AddressProblem;
use crate::inbound::{LOOP_HEADER, subject};

/// Largest message handed to a server, in bytes; providers take about 25 MB.
pub const MAX_MESSAGE_BYTES: usize = 25 * 1000 * 1000;
/// Earlier messages named besides the first one of the thread.
const MAX_LAST_REFERENCES: usize = 20;
/// Longer Message-IDs are not repeated: they would not fit a header line.
const MAX_REFERENCE_BYTES: usize = 250;
/// Most people a reply goes to besides the customer.
const MAX_COPIES: usize = 50;
/// Shown where the thread has no subject.
const NO_SUBJECT: &str = "Your message";
/// Stands for the Message-ID of mail that had none; nobody else knows it.
const GENERATED_DOMAIN: &str = "@generated.invalid";

/// Who an inbox is towards its customers.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// The address in From.
    pub address: String,
    /// Shown where a message has no author.
    pub name: Option<String>,
    /// Where answers should go, when not to `address`.
    pub reply_to: Option<String>,
    /// Where bounces go, when not to `address`.
    pub bounce_address: Option<String>,
    /// Marks our mail, so that it is known when it comes back.
    pub instance_id: String,
}

/// A message ready for SMTP.
#[derive(Debug, Clone)]
pub struct Composed {
    /// Without brackets; the same for every attempt.
    pub message_id: String,
    /// MAIL FROM.
    pub envelope_from: Address,
    /// RCPT TO: the customer first, then who gets a copy.
    pub recipients: Vec<Address>,
    /// Copies that were left out because their addresses cannot be used.
    pub refused_copies: Vec<(String, AddressProblem)>,
    /// Header and body with CRLF line ends; the dots are doubled by the transport.
    pub bytes: Vec<u8>,
}

/// Why a message cannot be sent as it is; trying again cannot help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ComposeError {
    #[error("the customer's address cannot be used: {0}")]
    Recipient(AddressProblem),
    #[error("the address of this inbox cannot be used: {0}")]
    Identity(AddressProblem),
    #[error("the ids of conversation and message do not fit into a message id")]
    Ids,
    #[error("the message has {bytes} bytes, {max} are allowed")]
    TooLarge { bytes: usize, max: usize },
    #[error("the message could not be built: {0}")]
    Build(String),
}

/// Builds the message. Everything in it that a customer can choose is cleaned or refused, so that it cannot add headers.
///
/// # Errors
/// See [`ComposeError`]; none is worth another try.
pub fn compose(
    out: &Outbound,
    from: &Identity,
    attachments: &[(OutboundAttachment, Bytes)],
    now: Micros,
    key: &Secret,
) -> Result<Composed, ComposeError> {
    let sender = address::parse(&from.address).map_err(ComposeError::Identity)?;
    let customer = out.to.handle.as_deref().unwrap_or(&out.to.external_id);
    let to = address::parse(customer).map_err(ComposeError::Recipient)?;
    let files: usize = attachments.iter().map(|(_, bytes)| bytes.len().div_ceil(3) * 4).sum();
    refuse_above_limit(files + out.text.len())?;
    let message_id = message_id::make(key, &out.conversation_id, &out.message_id, sender.domain()).ok_or(ComposeError::Ids)?;

    let mut builder = Message::builder()
        .from(mailbox(out.author.as_deref().or(from.name.as_deref()), sender.clone()))
        .to(mailbox(out.to.name.as_deref(), to.clone()))
        .subject(subject_of(out))
        .date(moment(now))
        .message_id(Some(format!("<{message_id}>")))
        .raw_header(header(LOOP_HEADER, &from.instance_id));
    if let Some(reply_to) = &from.reply_to {
        builder = builder.reply_to(mailbox(None, address::parse(reply_to).map_err(ComposeError::Identity)?));
    }
    let mut recipients = vec![to];
    let mut refused_copies = Vec::new();
    for copy in out.thread.copies.iter().take(MAX_COPIES) {
        let given = copy.handle.as_deref().unwrap_or(&copy.external_id);
        match address::parse(given) {
            Ok(address) if address == sender || recipients.contains(&address) => {}
            Ok(address) => {
                builder = builder.cc(mailbox(copy.name.as_deref(), address.clone()));
                recipients.push(address);
            }
            Err(problem) => refused_copies.push((given.to_owned(), problem)),
        }
    }
    builder = with_thread(builder, out);
    if out.automatic {
        let kind = if last_inbound(out).is_some() { "auto-replied" } else { "auto-generated" };
        builder = builder.raw_header(header("Auto-Submitted", kind)).raw_header(header("X-Auto-Response-Suppress", "All"));
    }
    let envelope_from = match &from.bounce_address {
        Some(address) => address::parse(address).map_err(ComposeError::Identity)?,
        None => sender,
    };
    let bytes = parts::build(builder, out, attachments, &message_id, key)?.formatted();
    refuse_above_limit(bytes.len())?;
    Ok(Composed { message_id, envelope_from, recipients, refused_copies, bytes })
}

fn refuse_above_limit(bytes: usize) -> Result<(), ComposeError> {
    if bytes > MAX_MESSAGE_BYTES { Err(ComposeError::TooLarge { bytes, max: MAX_MESSAGE_BYTES }) } else { Ok(()) }
}

/// lettre panics on a display name with CR, LF or NUL, so no name reaches it uncleaned.
fn mailbox(name: Option<&str>, address: Address) -> Mailbox {
    Mailbox::new(name.and_then(text::clean_name), address)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    let visible: String = value.chars().filter(|c| !c.is_control()).collect();
    HeaderValue::new(HeaderName::new_from_ascii_str(name), visible)
}

/// `Re:` and the subject of the thread, however often it was answered already.
fn subject_of(out: &Outbound) -> String {
    let given: String =
        out.thread.subject.as_deref().unwrap_or_default().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let joined = given.split_whitespace().collect::<Vec<_>>().join(" ");
    let base: String = subject::without_reply_prefixes(&joined).chars().take(subject::MAX_SUBJECT_CHARS).collect();
    let base = if base.is_empty() { NO_SUBJECT.to_owned() } else { base };
    if last_inbound(out).is_some() { format!("Re: {base}") } else { base }
}

fn with_thread(mut builder: MessageBuilder, out: &Outbound) -> MessageBuilder {
    // Where the customer has not written yet, a second mail follows our own first one.
    let own = || out.thread.references.iter().rev().find_map(|id| usable_id(id));
    let Some(answered) = last_inbound(out).or_else(own) else { return builder };
    builder = builder.in_reply_to(format!("<{answered}>"));
    let mut chain: Vec<&str> = Vec::new();
    for id in out.thread.references.iter().filter_map(|id| usable_id(id)).filter(|id| *id != answered).chain([answered]) {
        if !chain.contains(&id) {
            chain.push(id);
        }
    }
    // Programs build the tree from the first and the newest ids; the middle can be left out.
    if chain.len() > MAX_LAST_REFERENCES + 1 {
        chain.drain(1..chain.len() - MAX_LAST_REFERENCES);
    }
    builder.references(chain.iter().map(|id| format!("<{id}>")).collect::<Vec<_>>().join(" "))
}

fn last_inbound(out: &Outbound) -> Option<&str> {
    out.reply_to.as_deref().and_then(usable_id).or_else(|| out.thread.last_inbound.as_deref().and_then(usable_id))
}

/// An id that other programs know and that can stand in a header: a customer chose it, so anything odd is dropped.
fn usable_id(id: &str) -> Option<&str> {
    let bare = id.trim_matches(['<', '>', ' ']);
    let plain = bare.bytes().all(|b| (33..=126).contains(&b) && !matches!(b, b'<' | b'>'));
    (plain && !bare.is_empty() && bare.len() <= MAX_REFERENCE_BYTES && !bare.ends_with(GENERATED_DOMAIN)).then_some(bare)
}

/// Any moment becomes one that a Date header can tell.
fn moment(now: Micros) -> SystemTime {
    const YEAR_9999: u64 = 253_370_764_800_000_000;
    SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(now).unwrap_or_default().min(YEAR_9999))
}
