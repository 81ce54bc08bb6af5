//! `trunkline backup` and `trunkline restore`.

use std::path::PathBuf;

use clap::Args;

use crate::backup;
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Backup {
    /// The archive to write, such as trunkline-2026-01-31.tar.zst; must not exist yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// On PostgreSQL: archive attachments and key, leaving the database to pg_dump.
    #[arg(long)]
    without_database: bool,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The archive to read.
    #[arg(value_name = "FILE")]
    archive: PathBuf,
}

pub async fn backup(args: Backup, config: &Config) -> anyhow::Result<()> {
    let written = backup::create(config, &args.out, args.without_database).await?;
    println!("wrote {}: {} files, {} bytes before compression", args.out.display(), written.files.len(), written.bytes());
    println!("It holds the installation's key: keep it as safe as the customers' messages in it.");
    if let Some(hint) = backup::database_hint(config) {
        println!("The database is not in it. {hint}");
    }
    Ok(())
}

pub async fn restore(args: Restore, config: &Config) -> anyhow::Result<()> {
    let restored = backup::restore(config, &args.archive).await?;
    println!("restored {} files into {}", restored.files, config.store.data_dir.display());
    println!(
        "{} replies were on their way when the backup was made. Nobody can know which of them have left since: \
         they wait as `uncertain` until an operator sends them again or cancels them.",
        restored.held
    );
    Ok(())
}
