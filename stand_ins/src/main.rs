//! A stand-in as a program of its own, for clients that are not written in Rust.
//!
//! `trunkline-stand-ins <telegram | graph | vk> [--listen 127.0.0.1:0]` prints one line of JSON with the address and what a client needs,
//! then serves until its standard input ends or it is told to stop.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use trunkline_stand_ins::graph::{self, messenger, whatsapp};
use trunkline_stand_ins::telegram::TelegramStandIn;
use trunkline_stand_ins::vk::{self, VkStandIn};

/// Any token of the usual form will do.
const TELEGRAM_TOKEN: &str = "7100001:AAHstand-in_stand-in_stand-in_stand";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let provider = arguments.first().map(String::as_str).unwrap_or_default();
    let address = match arguments.get(1..).unwrap_or_default() {
        [] => SocketAddr::from(([127, 0, 0, 1], 0)),
        [flag, address] if flag == "--listen" => address.parse().context("--listen takes an address and a port")?,
        _ => bail!("only --listen <address:port> may follow the provider"),
    };
    let (_running, line) = start(provider, address).await?;
    #[expect(clippy::print_stdout, reason = "this line is what the program is for")]
    {
        println!("{line}");
    }
    until_told_to_stop().await
}

/// The running stand-in, and what a client of it must know.
async fn start(provider: &str, address: SocketAddr) -> anyhow::Result<(Box<dyn Send>, Value)> {
    match provider {
        "telegram" => {
            let running = TelegramStandIn::start(address, TELEGRAM_TOKEN).await?;
            let line = json!({"url": running.url(), "token": TELEGRAM_TOKEN});
            Ok((Box::new(running), line))
        }
        "graph" => {
            // One API, and two products that customers know; only the first may ask for a port of its own choice.
            let whats_app = whatsapp::start(address).await?;
            let messenger = messenger::start(SocketAddr::new(address.ip(), 0)).await?;
            let app = |url: &str, token: &str| {
                json!({"url": url, "token": token, "app_id": graph::APP_ID, "app_secret": graph::APP_SECRET,
                    "verify_token": graph::VERIFY_TOKEN})
            };
            let mut line =
                json!({"whatsapp": app(whats_app.url(), whatsapp::TOKEN), "messenger": app(messenger.url(), messenger::TOKEN)});
            line["whatsapp"]["phone_number_id"] = json!(whatsapp::PHONE_NUMBER_ID);
            line["whatsapp"]["waba_id"] = json!(whatsapp::WABA_ID);
            line["messenger"]["page_id"] = json!(messenger::PAGE_ID);
            Ok((Box::new((whats_app, messenger)), line))
        }
        "vk" => {
            let running = VkStandIn::start(address).await?;
            let line = json!({"url": running.url(), "token": vk::TOKEN, "group_id": vk::GROUP_ID, "secret": vk::SECRET,
                "confirmation": vk::CONFIRMATION});
            Ok((Box::new(running), line))
        }
        _ => bail!("which provider? telegram, graph, vk"),
    }
}

async fn until_told_to_stop() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let (ended, input_ended) = oneshot::channel();
    // A thread of its own, because a read of the standard input cannot be given up.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = ended.send(());
    });
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
        _ = input_ended => {}
    }
    Ok(())
}
