//! Sending: files are uploaded, then the messages that a message of ours becomes (`plan`) are sent one after another.

mod plan;
pub(crate) mod standing;
mod tag;
mod upload;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use trunkline_channel::{Amendment, Change, Micros, Outbound, Peer, SendError, Sent, Signal};

use crate::inbound::USER_REF;
use crate::page::{Page, is_window};
pub(crate) use plan::MAX_QUICK_REPLIES;
use plan::Plan;
use standing::Standing;
pub(crate) use tag::PartTag;

#[derive(Deserialize)]
struct Taken {
    message_id: String,
}

/// One attempt. A message of several parts that breaks after the first is never begun again: that would repeat what arrived.
pub(crate) async fn send(page: &Page, out: &Outbound, now: Micros) -> Result<Sent, SendError> {
    let plan = Plan::of(out)?;
    let mut standing = Standing::of(out, now, page)?;
    let uploaded = upload::all(page, out).await?;
    let whole = plan.steps.len();
    let mut external_ids = Vec::with_capacity(whole);
    for at in 0..whole {
        let mut body = recipient(&out.to);
        let metadata = PartTag::write(&out.delivery_id, at + 1, whole);
        body.insert("message".to_owned(), plan.message(at, &metadata, &uploaded).into());
        if let Some(target) = out.reply_to.as_deref().filter(|target| at == 0 && is_theirs(target)) {
            body.insert("reply_to".to_owned(), json!({ "mid": target }));
        }
        match part(page, body, &mut standing, out).await {
            Ok(taken) => external_ids.push(taken.message_id),
            Err(error) if at == 0 => return Err(error),
            Err(error) => {
                let evidence = format!("{at} of {whole} parts arrived, then: {error}");
                return Err(SendError::MaybeDelivered { evidence });
            }
        }
    }
    Ok(Sent { external_ids, ..Sent::default() })
}

/// One message; where the window has closed by the platform's clock only, once more by the longer right.
async fn part(page: &Page, body: Map<String, Value>, standing: &mut Standing, out: &Outbound) -> Result<Taken, SendError> {
    let with = |standing: Standing| {
        let mut body = body.clone();
        body.extend(standing.parameters());
        Value::Object(body)
    };
    match page.say(&with(*standing)).await {
        Ok(taken) => Ok(taken),
        Err(error) if is_window(&error) => {
            if *standing == Standing::HumanAgent || !standing::may_use_hand(out, page.human_agent) {
                return Err(page.unsent(error));
            }
            *standing = Standing::HumanAgent;
            page.say(&with(*standing)).await.map_err(|error| page.unsent(error))
        }
        Err(error) => Err(page.unsent(error)),
    }
}

/// A reaction of ours; pages can neither edit nor unsend over the API.
pub(crate) async fn amend(page: &Page, amendment: &Amendment) -> Result<(), SendError> {
    let Change::React { emoji } = &amendment.change else {
        return Err(rejected("unsupported", "Facebook lets no program edit or unsend what a page has sent."));
    };
    let Some(message_id) = amendment.external_ids.first().filter(|id| is_theirs(id)) else {
        return Err(rejected("no_message", "Messenger does not know this message."));
    };
    let mut body = recipient(&amendment.to);
    let (action, payload) = match emoji {
        Some(emoji) => ("react", json!({"message_id": message_id, "reaction": emoji})),
        None => ("unreact", json!({"message_id": message_id})),
    };
    body.insert("sender_action".to_owned(), json!(action));
    body.insert("payload".to_owned(), payload);
    let _: Value = page.say(&body.into()).await.map_err(|error| page.unsent(error))?;
    Ok(())
}

pub(crate) async fn signal(page: &Page, to: &Peer, signal: Signal) -> Result<(), SendError> {
    let mut body = recipient(to);
    let action = match signal {
        Signal::Typing => "typing_on",
        Signal::Seen => "mark_seen",
    };
    body.insert("sender_action".to_owned(), json!(action));
    let _: Value = page.say(&body.into()).await.map_err(|error| page.unsent(error))?;
    Ok(())
}

/// Somebody who has only ticked a box is known by its reference until they write.
fn recipient(to: &Peer) -> Map<String, Value> {
    let who = match to.external_id.strip_prefix(USER_REF) {
        Some(reference) => json!({ "user_ref": reference }),
        None => json!({ "id": to.external_id }),
    };
    Map::from_iter([("recipient".to_owned(), who)])
}

/// Whether Messenger knows this id; what has none there (a followed link, a pressed button of old) has one of ours.
fn is_theirs(id: &str) -> bool {
    id.starts_with("m_") || id.starts_with("mid.")
}

fn rejected(code: &str, shown: &str) -> SendError {
    SendError::Rejected { code: code.to_owned(), shown: shown.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trunkline_channel::Peer;

    use super::recipient;

    #[test]
    fn who_only_ticked_a_box_is_written_to_by_its_reference() {
        let to = |id: &str| recipient(&Peer { external_id: id.to_owned(), ..Peer::default() });
        assert_eq!(serde_json::Value::from(to("7300000000000001")), json!({"recipient": {"id": "7300000000000001"}}));
        assert_eq!(serde_json::Value::from(to("user_ref:ref-77")), json!({"recipient": {"user_ref": "ref-77"}}));
    }
}
