//! Sending: what is to go out becomes a row of VK's messages (`plan`), which are sent one after another. Each carries a number
//! made from the delivery and its place in it: VK sends nothing twice that comes with the same number, so an attempt may be
//! repeated whole whatever became of the one before.

mod amend;
mod plan;
#[cfg(test)]
mod plan_tests;
mod upload;

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use trunkline_channel::{Outbound, SendError, Sent};

use crate::address::MessageId;
use crate::api::{Api, ApiError, MAX_FILE_BYTES, recipient_refusal};

pub(crate) use amend::amend;
use plan::{Step, plan};

/// A message of ours is never more of VK's.
pub(crate) const MAX_PARTS: usize = 64;

/// The `random_id` of every part that a delivery may have, in order. Positive, of 31 bits: VK takes those everywhere.
pub(crate) fn random_ids(delivery_id: &str) -> impl Iterator<Item = i64> + '_ {
    (0..MAX_PARTS).map(move |part| random_id(delivery_id, part))
}

fn random_id(delivery_id: &str, part: usize) -> i64 {
    let digest = Sha256::digest(format!("{delivery_id}/{part}").as_bytes());
    let bits = digest.iter().take(4).fold(0_i64, |bits, byte| (bits << 8) | i64::from(*byte)) & 0x7fff_ffff;
    // 0 would switch VK's check off.
    bits.max(1)
}

pub(crate) async fn send(api: &Api, out: &Outbound) -> Result<Sent, SendError> {
    let peer: Option<i64> = out.to.external_id.parse().ok();
    let peer = peer.ok_or_else(|| rejected("address", "This is no chat of VK."))?;
    let files = read_files(out).await?;
    let steps = plan(out)?;
    let reply_to = out.reply_to.as_deref().and_then(MessageId::parse).filter(|target| target.peer == peer);
    let whole = steps.len();
    let mut external_ids = Vec::with_capacity(whole);
    for (at, step) in steps.iter().enumerate() {
        let answers = reply_to.filter(|_| at == 0);
        match perform(api, peer, step, answers, out, &files, at).await {
            Ok(id) => external_ids.push(id),
            // Whoever reads it must know that the customer has seen a beginning.
            Err(SendError::Rejected { code, shown }) if at > 0 => {
                return Err(SendError::Rejected { code, shown: format!("{at} of {whole} parts arrived. {shown}") });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Sent { external_ids, ..Sent::default() })
}

/// One of VK's messages; its name.
async fn perform(
    api: &Api,
    peer: i64,
    step: &Step,
    reply_to: Option<MessageId>,
    out: &Outbound,
    files: &[Bytes],
    part: usize,
) -> Result<String, SendError> {
    let mut attachments = Vec::with_capacity(step.files.len());
    for file in &step.files {
        let (Some(attachment), Some(bytes)) = (out.attachments.get(file.index), files.get(file.index)) else { continue };
        attachments.push(upload::upload(api, peer, file.form, attachment, bytes.clone()).await?);
    }
    // With a list of one, VK's answer also tells the number inside the conversation.
    let mut parameters = vec![("peer_ids", peer.to_string()), ("random_id", random_id(&out.delivery_id, part).to_string())];
    if !step.text.is_empty() {
        parameters.push(("message", step.text.clone()));
    }
    if !attachments.is_empty() {
        parameters.push(("attachment", attachments.join(",")));
    }
    if let Some((latitude, longitude)) = step.place {
        parameters.extend([("lat", latitude.to_string()), ("long", longitude.to_string())]);
    }
    if let Some(keyboard) = &step.keyboard {
        parameters.push(("keyboard", keyboard.to_string()));
    }
    if let Some(target) = reply_to {
        let forward = json!({"peer_id": target.peer, "conversation_message_ids": [target.cmid], "is_reply": true});
        parameters.push(("forward", forward.to_string()));
    }
    let first = asked(api, peer, &parameters).await;
    // What is answered may be gone by now: better said without it than not at all.
    if let (Err(ApiError::Refused(refusal)), Some(_)) = (&first, reply_to)
        && refusal.says_that_it_cannot_be_forwarded()
    {
        parameters.retain(|(name, _)| *name != "forward");
        return Ok(asked(api, peer, &parameters).await?);
    }
    Ok(first?)
}

async fn asked(api: &Api, peer: i64, parameters: &[(&'static str, String)]) -> Result<String, ApiError> {
    sent(peer, &api.call("messages.send", parameters).await?)
}

fn sent(peer: i64, answer: &Value) -> Result<String, ApiError> {
    let entry = answer.get(0).unwrap_or(answer);
    if let Some(error) = entry.get("error").filter(|error| error.is_object()) {
        return Err(recipient_refusal(error));
    }
    let positive = |value: Option<&Value>| value.and_then(Value::as_i64).filter(|id| *id > 0);
    if let Some(cmid) = positive(entry.get("conversation_message_id")).or_else(|| positive(entry.get("cmid"))) {
        return Ok(MessageId { peer, cmid }.to_string());
    }
    // It went out, but nobody can say under which number; its echo will.
    let id = positive(entry.get("message_id")).or_else(|| positive(Some(entry)));
    id.map(|id| format!("{peer}:id{id}")).ok_or(ApiError::Garbled { status: 200 })
}

/// All bytes before the first call: a file that cannot be read must not leave half a message behind.
async fn read_files(out: &Outbound) -> Result<Vec<Bytes>, SendError> {
    let mut files = Vec::with_capacity(out.attachments.len());
    for attachment in &out.attachments {
        if attachment.size > MAX_FILE_BYTES {
            return Err(rejected("file_size", "VK takes files of up to 200 MB. Send a link instead."));
        }
        let bytes = attachment.blob.read().await;
        files.push(
            bytes
                .map_err(|error| SendError::Retry { after: None, reason: format!("a file cannot be read: {}", error.kind()) })?,
        );
    }
    Ok(files)
}

fn rejected(code: &str, shown: &str) -> SendError {
    SendError::Rejected { code: code.to_owned(), shown: shown.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{MAX_PARTS, random_ids};

    #[test]
    fn numbers_are_stable_positive_and_differ_by_part() {
        let ids: Vec<i64> = random_ids("dlv_1").collect();
        assert_eq!(ids, random_ids("dlv_1").collect::<Vec<_>>());
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), MAX_PARTS);
        assert!(ids.iter().all(|id| (1..=i64::from(i32::MAX)).contains(id)));
        assert!(random_ids("dlv_2").all(|id| !ids.contains(&id)));
    }
}
