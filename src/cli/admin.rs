//! `trunkline admin`: for installations without a terminal to click a set-up link.

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use trunkline_channel::Secret;

use crate::access;
use crate::config::Config;
use crate::serve;

#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Make an operator with the role admin. Works beside a running daemon.
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// File that holds the password; `-` reads one line from standard input.
        #[arg(long, value_name = "FILE")]
        password_file: PathBuf,
    },
}

pub async fn run(command: Admin, config: Config) -> anyhow::Result<()> {
    let Admin::Create { email, name, password_file } = command;
    let password = read_password(&password_file)?;
    let app = serve::open(config).await?;
    let id = access::create_admin(&app, &email, &name, &password).await?;
    app.db.close().await;
    println!("made the admin {id}");
    Ok(())
}

/// Never from an argument: those are seen by everybody on the machine.
fn read_password(file: &std::path::Path) -> anyhow::Result<Secret> {
    let text = if file.as_os_str() == "-" {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).context("cannot read the password from standard input")?;
        line
    } else {
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
    };
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}
