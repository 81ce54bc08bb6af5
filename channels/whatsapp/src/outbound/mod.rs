//! Sending: what is to go out becomes a row of messages (`plan`), files are uploaded, then the messages go one after another.

mod amend;
mod interactive;
mod plan;
mod recipient;
mod upload;

use serde_json::{Value, json};
use trunkline_channel::{Kind, Micros, Outbound, SendError, Sent};
use trunkline_meta::GraphError;

use crate::connector::WINDOW;
use crate::errors::{WAY_OUT, of_send};
use crate::inbound::is_message_id;
use crate::number::Number;
use crate::templates;

pub(crate) use amend::react;
pub(crate) use interactive::{MAX_CHOICES, MAX_ID_BYTES, MAX_TITLE_CHARS};
use plan::{Step, plan};
use recipient::Recipient;
pub(crate) use upload::MAX_FILE_BYTES;

/// "The recipient must be given by number": of a user id, where the message allows none.
const NUMBER_WANTED: i64 = 131_062;

/// One attempt. A message of several parts that breaks after the first is never begun again: that would repeat what arrived.
pub(crate) async fn send(number: &Number, out: &Outbound, now: Micros) -> Result<Sent, SendError> {
    let to = Recipient::of(&out.to).ok_or_else(|| rejected("address", "This is no number and no user id of WhatsApp."))?;
    if out.kind != Kind::Template && is_closed(out.last_inbound_at, now) {
        return Err(SendError::WindowClosed { shown: WAY_OUT.to_owned() });
    }
    let steps = plan(out, &number.list_button)?;
    let media = upload::all(number, out).await?;
    let mut contents = Vec::with_capacity(steps.len());
    for step in steps {
        contents.push(match step {
            Step::Ready { kind, content } => (kind, content),
            Step::File { file, caption } => (file.form.as_str(), file.content(&media, caption.as_deref(), out)?),
            Step::Template { wanted, header } => {
                let header = header.map(|file| file.parameter(&media, out)).transpose()?;
                ("template", templates::message(number, &wanted, header).await?)
            }
        });
    }
    let whole = contents.len();
    let mut external_ids = Vec::with_capacity(whole);
    for (at, (kind, content)) in contents.into_iter().enumerate() {
        let mut body = json!({"messaging_product": "whatsapp", "type": kind, kind: content});
        if let (0, Some(answered)) = (at, out.reply_to.as_deref().filter(|id| is_message_id(id))) {
            body["context"] = json!({ "message_id": answered });
        }
        // Statuses carry it back. Only the last part has it: news of an earlier one must not stand for the whole.
        if at + 1 == whole {
            body["biz_opaque_callback_data"] = json!(out.delivery_id);
        }
        match deliver(number, &to, body).await {
            Ok(id) => external_ids.push(id),
            Err(error) if at == 0 => return Err(of_send(error)),
            Err(error) => {
                let evidence = format!("{at} of {whole} parts arrived, then: {error}");
                return Err(SendError::MaybeDelivered { evidence });
            }
        }
    }
    Ok(Sent { external_ids, ..Sent::default() })
}

/// One call; where Meta refuses the user id and the number is known, one more with the number. The id of the new message.
async fn deliver(number: &Number, to: &Recipient, mut body: Value) -> Result<String, GraphError> {
    to.address(&mut body);
    let mut answer = number.message(&body).await;
    if let (Err(GraphError::Refused(refusal)), Some(by_number)) = (&answer, to.by_number())
        && refusal.code == Some(NUMBER_WANTED)
    {
        by_number.address(&mut body);
        answer = number.message(&body).await;
    }
    let id = answer?["messages"][0]["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
    // It went out, but nobody can say as what.
    id.ok_or(GraphError::Garbled { status: 200 })
}

/// Whether the customer has been silent for so long that only templates may go out. Who never wrote has opened no window.
fn is_closed(last_inbound_at: Option<Micros>, now: Micros) -> bool {
    let free = Micros::try_from(WINDOW.free.as_micros()).unwrap_or(Micros::MAX);
    last_inbound_at.is_none_or(|at| now.saturating_sub(at) >= free)
}

fn rejected(code: &str, shown: &str) -> SendError {
    SendError::Rejected { code: code.to_owned(), shown: shown.to_owned() }
}
