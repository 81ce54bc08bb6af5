//! A small town of customers: a stand-in of every provider with one business connected to it, ready for a daemon. What the
//! demo runs on, and what tests of all channels at once can use.

mod account;
mod browser;
mod mailbox;

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::{Fault, Faults};
use crate::graph::{self, messenger, whatsapp};
use crate::phone::Phone;
use crate::telegram::TelegramStandIn;
use crate::vk::{self, VkStandIn};
use account::Account;

const TELEGRAM_TOKEN: &str = "7100001:AAHdemo_demodemodemodemodemodemodem";

/// A person with a phone (or a browser, or a mail program).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Customer {
    /// As the provider knows the person.
    pub id: &'static str,
    pub name: &'static str,
}

/// Tells a provider that sends by itself where to.
type Hook = Box<dyn Fn(&str) + Send + Sync>;

type Cut = Box<dyn Fn(&Fault) + Send + Sync>;

/// One channel from both ends: what a daemon must be told to connect, and the customers' side of it.
pub struct Line {
    pub channel: &'static str,
    /// The inbox's settings, as they stand in a daemon's configuration.
    pub settings: Value,
    pub customers: &'static [Customer],
    pub phone: Arc<dyn Phone>,
    /// Where the stand-in speaks HTTP.
    pub faults: Option<Faults>,
    /// A part of the path of every request that sends a message.
    pub send_path: &'static str,
    /// A provider's id for the n-th of any number of further people.
    pub stranger: fn(usize) -> String,
    hook: Option<Hook>,
    /// Breaks the next send off, where a provider stands between.
    cut: Option<Cut>,
    account: Option<Arc<dyn Account>>,
    _running: Box<dyn Any + Send + Sync>,
}

impl Line {
    /// The daemon listens: events may be sent to this address (providers that are asked by polling have no use for it).
    pub fn connect(&self, webhook: &str) {
        if let Some(hook) = &self.hook {
            hook(webhook);
        }
    }

    /// Whether there is a provider whose sends can be broken off.
    #[must_use]
    pub fn can_cut(&self) -> bool {
        self.cut.is_some() || self.faults.is_some()
    }

    /// The next send is broken off at this point, one of [`Fault::CUTS`].
    pub fn cut(&self, point: &Fault) {
        match (&self.cut, &self.faults) {
            (Some(cut), _) => cut(point),
            (None, Some(faults)) => faults.arm(self.send_path, point.clone(), 1),
            (None, None) => {}
        }
    }

    /// The account's token is dead from now on.
    pub fn end_token(&self) {
        if let Some(account) = &self.account {
            account.end_token();
        }
    }

    /// The account is given another token, which alone is taken from now on.
    pub fn set_token(&self, token: &str) {
        if let Some(account) = &self.account {
            account.set_token(token);
        }
    }

    /// Moves the provider's clock.
    pub fn advance(&self, by: Duration) {
        if let Some(account) = &self.account {
            account.advance(by);
        }
    }
}

/// Starts everybody. `daemon` is the address it will listen on.
///
/// # Errors
/// When a port cannot be had.
pub async fn start(daemon: &str) -> anyhow::Result<Vec<Line>> {
    Ok(vec![
        browser::line(daemon)?,
        telegram().await?,
        whats_app().await?,
        messenger().await?,
        vk().await?,
        mailbox::line().await?,
    ])
}

/// Starts one messenger alone; what is posted goes nowhere before [`Line::connect`].
///
/// # Errors
/// When a port cannot be had, or there is no such messenger.
pub async fn messenger_line(channel: &str) -> anyhow::Result<Line> {
    match channel {
        "telegram" => telegram().await,
        "whatsapp" => whats_app().await,
        "messenger" => messenger().await,
        "vk" => vk().await,
        _ => anyhow::bail!("there is no messenger {channel}"),
    }
}

/// The town lives in real time.
#[expect(clippy::disallowed_methods, reason = "customers are people, and people cannot be set to another time")]
fn now() -> jiff::Zoned {
    jiff::Zoned::now()
}

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

async fn telegram() -> anyhow::Result<Line> {
    let running = Arc::new(TelegramStandIn::start(anywhere(), TELEGRAM_TOKEN).await?);
    Ok(Line {
        channel: "telegram",
        settings: json!({ "token": TELEGRAM_TOKEN, "api_url": running.url(), "mode": "polling" }),
        customers: &[
            Customer { id: "50012345", name: "Ada" },
            Customer { id: "50012346", name: "Maksim" },
            Customer { id: "50012347", name: "Lena" },
        ],
        phone: running.phone(),
        faults: Some(running.faults().clone()),
        send_path: "send",
        stranger: |n| (60_000_000 + n).to_string(),
        hook: None,
        cut: None,
        account: Some(running.clone()),
        _running: Box::new(running),
    })
}

async fn whats_app() -> anyhow::Result<Line> {
    let running = Arc::new(whatsapp::start(anywhere()).await?);
    let settings = json!({
        "phone_number_id": whatsapp::PHONE_NUMBER_ID,
        "business_account_id": whatsapp::WABA_ID,
        "access_token": whatsapp::TOKEN,
        "app_secret": graph::APP_SECRET,
        "verify_token": graph::VERIFY_TOKEN,
        "api_url": running.url(),
        // The town says itself where the daemon is.
        "register_webhook": false,
        // Statuses take no longer here, and a demo shows what comes after.
        "status_wait_s": 2,
    });
    let hooked = running.clone();
    Ok(Line {
        channel: "whatsapp",
        settings,
        customers: &[
            Customer { id: "15557770001", name: "Amara" },
            Customer { id: "15557770002", name: "Paul" },
            Customer { id: "15557770003", name: "Sofia" },
        ],
        phone: running.phone(),
        faults: Some(running.faults().clone()),
        send_path: "/messages",
        stranger: |n| (15_558_000_000_u64 + n as u64).to_string(),
        hook: Some(Box::new(move |webhook| hooked.hook(webhook))),
        cut: None,
        account: Some(running.clone()),
        _running: Box::new(running),
    })
}

async fn messenger() -> anyhow::Result<Line> {
    let running = Arc::new(messenger::start(anywhere()).await?);
    let settings = json!({
        "page_id": messenger::PAGE_ID,
        "app_id": graph::APP_ID,
        "access_token": messenger::TOKEN,
        "app_secret": graph::APP_SECRET,
        "verify_token": graph::VERIFY_TOKEN,
        "api_url": running.url(),
        // Echoes take no longer here, and a demo shows what comes after.
        "echo_wait_s": 2,
    });
    let hooked = running.clone();
    Ok(Line {
        channel: "messenger",
        settings,
        customers: &[
            Customer { id: "7300000000000001", name: "Ines" },
            Customer { id: "7300000000000002", name: "Jonas" },
            Customer { id: "7300000000000003", name: "Sara" },
        ],
        phone: running.phone(),
        faults: Some(running.faults().clone()),
        send_path: "/messages",
        stranger: |n| (7_400_000_000_000_000 + n).to_string(),
        hook: Some(Box::new(move |webhook| hooked.hook(webhook))),
        cut: None,
        account: Some(running.clone()),
        _running: Box::new(running),
    })
}

async fn vk() -> anyhow::Result<Line> {
    let running = Arc::new(VkStandIn::start(anywhere()).await?);
    Ok(Line {
        channel: "vk",
        settings: json!({ "group_id": vk::GROUP_ID, "token": vk::TOKEN, "mode": "long_poll", "api_url": running.url(),
            "trusted_media_urls": [running.url(), running.media_url()] }),
        customers: &[
            Customer { id: "50012345", name: "Vera" },
            Customer { id: "50012346", name: "Oleg" },
            Customer { id: "50012347", name: "Mila" },
        ],
        phone: running.phone(),
        faults: Some(running.faults().clone()),
        send_path: "messages.send",
        stranger: |n| (60_000_000 + n).to_string(),
        hook: None,
        cut: None,
        account: Some(running.clone()),
        _running: Box::new(running),
    })
}
