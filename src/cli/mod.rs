//! The command line.

mod admin;
mod check;
mod doctor;
mod files;
mod translate;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::config::{self, Config};
use crate::{db, observe, serve};

/// One queue for every channel your customers write on.
#[derive(Debug, Parser)]
#[command(name = "trunkline", version, disable_help_subcommand = true)]
struct Cli {
    /// Configuration file; needs only the keys that differ from the defaults (`trunkline config default` shows all).
    #[arg(long, short, global = true, env = "TRUNKLINE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon.
    Serve,
    /// Try it without any account: made-up customers on all channels, data that is forgotten at the end.
    Demo(crate::demo::Demo),
    /// Check configuration, data directory, database and inboxes, and change nothing.
    Check,
    /// Bring the database schema up to date and end; `serve` does the same when it starts.
    Migrate,
    /// Operators without the console.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Write a backup while the daemon runs.
    Backup(files::Backup),
    /// Fill an empty data directory from a backup.
    Restore(files::Restore),
    /// Make every check of an inbox that a person would make by hand. Works beside a running daemon.
    Doctor(doctor::Doctor),
    /// Show what Trunkline makes of a webhook body, an update, a poll's answer or a mail, one JSON object a line.
    Translate(translate::Translate),
    /// Show the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// The configuration in force, without secrets.
    Print,
    /// The default configuration file with its comments.
    Default,
}

/// Runs the command of this process's arguments. Failures are told on standard error with their causes.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("trunkline: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    if matches!(cli.command, Command::Config(ConfigCommand::Default)) {
        print!("{}", config::DEFAULTS);
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Translate(translate) = cli.command {
        return translate.run();
    }
    if let Command::Demo(demo) = cli.command {
        anyhow::ensure!(cli.config.is_none(), "the demo takes no configuration file: it never touches a real account");
        return demo.run();
    }
    let config = config::load(cli.config.as_deref()).context("configuration")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    match cli.command {
        Command::Serve => {
            observe::init_logs(&config.log).context("cannot start logging")?;
            observe::install_metrics().context("cannot start counting")?;
            runtime.block_on(serve::serve(config))?;
        }
        Command::Check => return runtime.block_on(check::check(&config)),
        Command::Migrate => runtime.block_on(migrate(&config))?,
        Command::Admin(command) => runtime.block_on(admin::run(command, config))?,
        Command::Backup(backup) => runtime.block_on(files::backup(backup, &config))?,
        Command::Restore(restore) => runtime.block_on(files::restore(restore, &config))?,
        Command::Doctor(doctor) => return runtime.block_on(doctor.run(config)),
        // These need no configuration: done above.
        Command::Translate(translate) => return translate.run(),
        Command::Demo(demo) => return demo.run(),
        Command::Config(_) => print!("{}", shown(&config)?),
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    let _lock = serve::prepare(&config.store)?;
    let db = db::open(&config.store.address(), config.store.max_connections).await?;
    db::migrate(&db).await?;
    db.close().await;
    println!("the schema is up to date");
    Ok(())
}

/// The configuration as TOML; secrets hide themselves, those of channels by the names of their keys.
fn shown(config: &Config) -> anyhow::Result<String> {
    let mut config = config.clone();
    for inbox in config.inboxes.values_mut() {
        inbox.settings = crate::inboxes::hidden_settings(&inbox.settings);
    }
    Ok(toml::to_string(&config)?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use serde_json::json;
    use trunkline_channel::Secret;

    use super::{Cli, shown};
    use crate::config;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_printed_configuration_holds_no_secret() {
        let mut config = config::load(None).unwrap();
        config.store.database = Secret::new("postgres://ann:hunter2@db/trunkline");
        let website = config.inboxes.get_mut("website").unwrap();
        website.settings = json!({"identity_secret": "hunter2", "allowed_origins": ["https://shop.example"]});
        let printed = shown(&config).unwrap();
        assert!(!printed.contains("hunter2") && printed.contains("https://shop.example") && printed.contains("drain_s"));
    }
}
