//! Stands where reading and writing of mails will be.

use bytes::Bytes;
use thiserror::Error;
use trunkline_channel::{Inbound, InboundMessage, Micros, Outbound, Peer, Secret, Translation, Translator};

pub(crate) struct MailTranslator {
    pub own_addresses: Vec<String>,
    pub instance_id: String,
    pub signing_key: Secret,
}

impl Translator for MailTranslator {
    fn translate(&self, raw: &[u8]) -> Translation {
        let text = String::from_utf8_lossy(raw).into_owned();
        let message = InboundMessage { peer: Peer::default(), text: Some(text), ..InboundMessage::default() };
        Translation::of(vec![Inbound::Message(Box::new(message))])
    }
}

pub(crate) struct Identity {
    pub address: String,
    pub display_name: Option<String>,
    pub instance_id: String,
}

pub(crate) struct Composed {
    pub from: String,
    pub recipients: Vec<String>,
    pub bytes: Vec<u8>,
    pub message_id: String,
}

#[derive(Debug, Error)]
pub(crate) enum ComposeError {
    #[error("the customer has no address")]
    NoAddress,
}

pub(crate) fn compose(
    out: &Outbound,
    identity: &Identity,
    _attachments: &[Bytes],
    _now: Micros,
    _key: &Secret,
) -> Result<Composed, ComposeError> {
    let to = out.to.handle.clone().ok_or(ComposeError::NoAddress)?;
    let message_id = format!("{}@trunkline.invalid", out.delivery_id);
    let copies = out.thread.copies.iter().filter_map(|peer| peer.handle.clone());
    let recipients: Vec<String> = std::iter::once(to.clone()).chain(copies).collect();
    let bytes =
        format!("From: {}\r\nTo: {to}\r\nMessage-ID: <{message_id}>\r\nSubject: Re\r\n\r\n{}", identity.address, out.text);
    Ok(Composed { from: identity.address.clone(), recipients, bytes: bytes.into_bytes(), message_id })
}
