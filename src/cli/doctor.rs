//! `trunkline doctor`: the checks of one inbox, from the command line.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use trunkline_channel::CheckState;

use crate::config::Config;
use crate::inboxes::{self, InboxRow};
use crate::serve;

#[derive(Debug, Args)]
pub struct Doctor {
    /// Name or id of the inbox.
    inbox: String,
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// The exit code tells whether every check passed; a warning passes.
    pub async fn run(&self, config: Config) -> anyhow::Result<ExitCode> {
        let app = serve::open(config).await?;
        let found = self.find(inboxes::all(&app.db).await?);
        let checks = match &found {
            Some(row) => inboxes::examine(&app, row).await,
            None => Vec::new(),
        };
        app.db.close().await;
        if found.is_none() {
            bail!("there is no inbox {:?}", self.inbox);
        }
        for check in &checks {
            if self.json {
                println!("{}", serde_json::to_string(check)?);
            } else {
                let state = match check.state {
                    CheckState::Ok => "ok",
                    CheckState::Warning => "warning",
                    CheckState::Failed => "FAILED",
                };
                println!("{state:<8} {:<16} {}", check.name, check.detail);
            }
        }
        let healthy = checks.iter().all(|check| check.state != CheckState::Failed);
        Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn find(&self, rows: Vec<InboxRow>) -> Option<InboxRow> {
        rows.into_iter().find(|row| row.id == self.inbox || row.name == self.inbox)
    }
}
