//! What the made-up customers do: a few ordinary stories, told on whatever phone the customer has.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trunkline_stand_ins::phone::{Phone, Said, SaidKind};
use trunkline_stand_ins::town::{Customer, Line};

/// Between the first customers of two lines: the queue fills before one's eyes.
const STAGGER: Duration = Duration::from_secs(2);
/// Between the customers of one line.
const NEXT_CUSTOMER: Duration = Duration::from_secs(45);
/// A customer gives up waiting for an answer after this long.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// How often a customer looks at the phone.
const GLANCE: Duration = Duration::from_millis(700);

enum Step {
    Say(&'static str),
    Send(SaidKind, &'static str),
    /// Changes the last message, where the channel lets a customer do that.
    Edit(&'static str),
    Type(u64),
    Wait(u64),
    /// Until the business has written something new.
    AwaitAnswer,
    Read,
    /// To the business's last message.
    React(&'static str),
}

use Step::{AwaitAnswer, Edit, React, Read, Say, Send, Type, Wait};

const STORIES: [&[Step]; 4] = [
    &[
        Say("Hello! I ordered the grey coat in size M on Monday. Has it been sent yet?"),
        Wait(4),
        Say("The order number is 4711."),
        AwaitAnswer,
        Type(2),
        Read,
        Say("Great, thank you for the quick answer!"),
        React("👍"),
        AwaitAnswer,
        Read,
        Say("That is all. 5 stars from me."),
    ],
    &[
        Say("Good morning, my parcel came today"),
        Send(SaidKind::Photo, "and this is what it looks like."),
        Wait(3),
        Say("Can I send it bakc?"),
        Edit("Can I send it back?"),
        AwaitAnswer,
        Read,
        Type(3),
        Say("How long does the refund take?"),
        AwaitAnswer,
        Read,
        React("❤"),
        Say("Perfect, thanks."),
    ],
    &[
        Send(SaidKind::Voice, ""),
        Say("I explained it in the voice message, it is quicker than typing :)"),
        AwaitAnswer,
        Read,
        Send(SaidKind::Location, ""),
        Say("This is where the courier should come, between 10 and 12."),
        AwaitAnswer,
        Read,
        Say("See you then!"),
    ],
    &[
        Say("Hi, do you have a shop in the city centre?"),
        AwaitAnswer,
        Read,
        Type(2),
        Say("And can I pay by invoice? I attach our company's order."),
        Send(SaidKind::Document, "order.pdf"),
        AwaitAnswer,
        Read,
        Say("Wonderful. I'll come by on Saturday."),
    ],
];

/// Lets everybody live until `stop`.
pub async fn live(lines: &[Line], stop: &CancellationToken) {
    let mut lives = JoinSet::new();
    for (l, line) in lines.iter().enumerate() {
        for (c, customer) in line.customers.iter().enumerate() {
            let begins = STAGGER * u32::try_from(l).unwrap_or(0) + NEXT_CUSTOMER * u32::try_from(c).unwrap_or(0);
            let story = STORIES[(l + c) % STORIES.len()];
            let (phone, customer) = (line.phone.clone(), *customer);
            lives.spawn(async move {
                tokio::time::sleep(begins).await;
                tell(phone, customer, story).await;
            });
        }
    }
    let all = async { while lives.join_next().await.is_some() {} };
    tokio::select! { () = stop.cancelled() => {} () = all => stop.cancelled().await }
    lives.shutdown().await;
}

/// Goes through a story; what this phone cannot do is left out.
async fn tell(phone: Arc<dyn Phone>, customer: Customer, story: &[Step]) {
    let mut last_said = None;
    let mut seen = 0;
    for step in story {
        let done = match step {
            Say(text) => say(&*phone, customer, SaidKind::Text, text, &mut last_said).await,
            Send(kind, text) => say(&*phone, customer, *kind, text, &mut last_said).await,
            Edit(text) => match &last_said {
                Some(message) => phone.edit(customer.id, message, text).await,
                None => Ok(()),
            },
            Type(seconds) => {
                let typed = phone.typing(customer.id).await;
                tokio::time::sleep(Duration::from_secs(*seconds)).await;
                typed
            }
            Wait(seconds) => {
                tokio::time::sleep(Duration::from_secs(*seconds)).await;
                Ok(())
            }
            AwaitAnswer => {
                let waited = tokio::time::timeout(PATIENCE, answer(&*phone, customer, &mut seen)).await;
                if waited.is_err() {
                    return;
                }
                Ok(())
            }
            Read => phone.read(customer.id).await,
            React(emoji) => match phone.shown(customer.id).iter().rev().find(|message| !message.mine) {
                Some(message) => phone.react(customer.id, &message.id, Some(emoji)).await,
                None => Ok(()),
            },
        };
        if let Err(error) = done {
            tracing::debug!(customer = customer.id, %error, "a customer could not do that here");
        }
    }
}

async fn say(phone: &dyn Phone, customer: Customer, kind: SaidKind, text: &str, last: &mut Option<String>) -> anyhow::Result<()> {
    let said = Said { name: Some(customer.name.to_owned()), text: text.to_owned(), kind, ..Said::default() };
    *last = Some(phone.say(customer.id, said).await?);
    Ok(())
}

/// Waits until the business has written more than `seen` messages.
async fn answer(phone: &dyn Phone, customer: Customer, seen: &mut usize) {
    loop {
        let written = phone.shown(customer.id).iter().filter(|message| !message.mine).count();
        if written > *seen {
            *seen = written;
            return;
        }
        tokio::time::sleep(GLANCE).await;
    }
}
