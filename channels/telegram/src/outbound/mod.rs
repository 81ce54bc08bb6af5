//! Sending: what is to go out becomes a row of calls (`plan`), which are made one after another.

mod amend;
mod plan;
mod upload;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use trunkline_channel::{Outbound, SendError, Sent};

use crate::address::{Address, MessageId};
use crate::api::{ApiError, BotApi};
use crate::connector::MAX_FILE_BYTES;
use crate::errors::Class;

pub(crate) use amend::amend;
use plan::{Step, plan};

/// Chat, topic and business account as the parameters of a call.
pub(crate) fn destination(address: &Address) -> Map<String, Value> {
    let mut parameters = Map::new();
    parameters.insert("chat_id".to_owned(), json!(address.chat));
    if let Some(topic) = address.topic {
        parameters.insert("message_thread_id".to_owned(), json!(topic));
    }
    if let Some(connection) = &address.business {
        parameters.insert("business_connection_id".to_owned(), json!(connection));
    }
    parameters
}

/// One attempt. A message of several parts that breaks after the first is never begun again: that would repeat what arrived.
pub(crate) async fn send(api: &BotApi, out: &Outbound) -> Result<Sent, SendError> {
    let mut address = Address::parse(&out.to.external_id).ok_or_else(|| rejected("address", "This is no chat of Telegram."))?;
    let files = read_files(out).await?;
    let steps = plan(out)?;
    let reply_to = out.reply_to.as_deref().and_then(MessageId::parse);
    let whole = steps.len();
    let mut external_ids = Vec::with_capacity(whole);
    for (at, step) in steps.iter().enumerate() {
        let answers = reply_to.as_ref().filter(|target| at == 0 && target.chat == address.chat);
        match perform(api, &mut address, step, answers, out, &files).await {
            Ok(numbers) => external_ids.extend(numbers.into_iter().map(|number| address.message(number).to_string())),
            Err(error) if at == 0 => return Err(error.into()),
            Err(error) => {
                let evidence = format!("{at} of {whole} parts arrived, then: {error}");
                return Err(SendError::MaybeDelivered { evidence });
            }
        }
    }
    Ok(Sent { external_ids, ..Sent::default() })
}

/// One call; where the server has refused it for a reason that a second one mends, that one too. The numbers of the new messages.
async fn perform(
    api: &BotApi,
    address: &mut Address,
    step: &Step,
    reply_to: Option<&MessageId>,
    out: &Outbound,
    files: &[Bytes],
) -> Result<Vec<i64>, ApiError> {
    let first = call(api, address, step, reply_to, out, files).await;
    let Err(ApiError::Refused(refusal)) = &first else { return first };
    if refusal.class() == Class::Migrate
        && let Some(chat) = refusal.migrate_to
    {
        *address = Address { chat, ..address.clone() };
        return call(api, address, step, None, out, files).await;
    }
    // A picture that Telegram cannot show is still a file that it can carry.
    let unfit = ["photo_invalid_dimensions", "image_process_failed", "photo_save_file_invalid"];
    if let Some(document) = step.as_document().filter(|_| unfit.iter().any(|text| refusal.says(text))) {
        return call(api, address, &document, reply_to, out, files).await;
    }
    first
}

async fn call(
    api: &BotApi,
    address: &Address,
    step: &Step,
    reply_to: Option<&MessageId>,
    out: &Outbound,
    files: &[Bytes],
) -> Result<Vec<i64>, ApiError> {
    let mut parameters = destination(address);
    if let Some(target) = reply_to {
        let reply = json!({"message_id": target.message, "allow_sending_without_reply": true});
        parameters.insert("reply_parameters".to_owned(), reply);
    }
    let answer: Value = match step {
        Step::Plain { method, parameters: own } => {
            parameters.extend(own.clone());
            api.call(method, &parameters.into()).await?
        }
        Step::File { file, caption, markup } => {
            let form = upload::single(parameters, *file, caption, markup.as_ref(), out, files)?;
            api.upload(file.method(), form).await?
        }
        Step::Album { files: album, caption } => {
            api.upload("sendMediaGroup", upload::album(parameters, album, caption, out, files)?).await?
        }
    };
    let messages = match &answer {
        Value::Array(messages) => messages.as_slice(),
        single => std::slice::from_ref(single),
    };
    let numbers: Option<Vec<i64>> = messages.iter().map(|message| message["message_id"].as_i64()).collect();
    // It went out, but nobody can say under which number.
    numbers.filter(|numbers| !numbers.is_empty()).ok_or(ApiError::Garbled { status: 200 })
}

/// All bytes before the first call: a file that cannot be read must not leave half a message behind.
async fn read_files(out: &Outbound) -> Result<Vec<Bytes>, SendError> {
    let mut files = Vec::with_capacity(out.attachments.len());
    for attachment in &out.attachments {
        if attachment.size > MAX_FILE_BYTES {
            return Err(rejected("file_size", "A bot can send files of up to 50 MB. Send a link instead."));
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
