//! Reading the layers and refusing what nobody meant.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format, Toml};
use thiserror::Error;
use trunkline_channel::Secret;

use super::{Config, check};

/// Every key with its default, commented; loaded first.
pub const DEFAULTS: &str = include_str!("../../config.toml");

/// What the environment's keys begin with.
const ENV_PREFIX: &str = "TRUNKLINE__";
/// How alike (0 to 1) a known key must be to an unknown one to be suggested.
const ALIKE: f64 = 0.7;

#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("the configuration file {} does not exist", .0.display())]
    NoFile(PathBuf),
    #[error("{key}: there is no such key in {source_name}{}", suggestion.as_ref().map(|known| format!("; did you mean {known}?")).unwrap_or_default())]
    UnknownKey { key: String, source_name: String, suggestion: Option<String> },
    #[error("{key}: {problem}")]
    Value { key: String, problem: String },
    #[error("{key}: cannot read {}", file.display())]
    SecretFile { key: String, file: PathBuf, source: std::io::Error },
}

/// The defaults alone, whatever the surroundings say.
pub fn defaults() -> Result<Config, ConfigError> {
    Figment::from(Toml::string(DEFAULTS)).extract().map_err(explained)
}

/// Loads defaults, the user's file (where one is given) and the environment, and checks the values.
pub fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    let mut layers = Figment::from(Toml::string(DEFAULTS));
    if let Some(file) = file {
        if !file.is_file() {
            return Err(ConfigError::NoFile(file.to_owned()));
        }
        layers = layers.merge(Toml::file_exact(file));
    }
    let mut config: Config = layers.merge(Env::prefixed(ENV_PREFIX).split("__")).extract().map_err(explained)?;
    read_secret_files(&mut config)?;
    check::values(&config)?;
    Ok(config)
}

fn read_secret_files(config: &mut Config) -> Result<(), ConfigError> {
    let file = &config.store.database_file;
    if file.as_os_str().is_empty() {
        return Ok(());
    }
    let key = "store.database_file".to_owned();
    if !config.store.database.is_empty() {
        return Err(ConfigError::Value { key, problem: "store.database is set as well; use one of them".to_owned() });
    }
    let text = std::fs::read_to_string(file).map_err(|source| ConfigError::SecretFile { key, file: file.clone(), source })?;
    config.store.database = Secret::new(text.trim_end_matches(['\r', '\n']));
    Ok(())
}

/// One sentence that begins with the key; never with a value, which may be a secret.
fn explained(error: figment::Error) -> ConfigError {
    let section = error.path.join(".");
    match &error.kind {
        Kind::UnknownField(name, known) => {
            let source_name = error.metadata.as_ref().map_or("the configuration", |metadata| match metadata.name.as_ref() {
                name if name.contains("environment") => "the environment",
                _ => "the configuration file",
            });
            // Figment's path ends with the unknown key where it knows where that came from.
            let section = section.strip_suffix(name.as_str()).unwrap_or(&section).trim_end_matches('.').to_owned();
            let whole = |key: &str| if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
            let nearest =
                known.iter().map(|known| (strsim::jaro_winkler(name, known), *known)).max_by(|a, b| a.0.total_cmp(&b.0));
            let suggestion = nearest.filter(|(alike, _)| *alike >= ALIKE).map(|(_, known)| whole(known));
            ConfigError::UnknownKey { key: whole(name), source_name: source_name.to_owned(), suggestion }
        }
        Kind::MissingField(name) => {
            let key = if section.is_empty() { name.to_string() } else { format!("{section}.{name}") };
            ConfigError::Value { key, problem: "is missing".to_owned() }
        }
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            ConfigError::Value { key: section, problem: format!("is not {expected}") }
        }
        Kind::UnknownVariant(_, known) => {
            ConfigError::Value { key: section, problem: format!("must be one of {}", known.join(", ")) }
        }
        // A parser's message of TOML names line and column; serde's custom messages (addresses) name what was expected.
        Kind::Message(message) if section.is_empty() => {
            ConfigError::Value { key: "the configuration file".to_owned(), problem: message.clone() }
        }
        Kind::Message(message) => ConfigError::Value { key: section, problem: message.clone() },
        _ => ConfigError::Value { key: section, problem: "does not fit".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{ConfigError, DEFAULTS, Toml, load};
    use crate::config::Config;
    use figment::Figment;
    use figment::providers::Format;

    fn refused(toml: &str) -> String {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(toml.as_bytes()).unwrap();
        load(Some(file.path())).unwrap_err().to_string()
    }

    /// Section, key and line number of every key of the embedded file outside `[inboxes]`.
    fn keys() -> Vec<(String, String, usize)> {
        let mut section = String::new();
        let mut keys = Vec::new();
        for (number, line) in DEFAULTS.lines().enumerate() {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']').to_owned();
            } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
                keys.push((section.clone(), key.to_owned(), number));
            }
        }
        keys.retain(|(section, ..)| !section.starts_with("inboxes"));
        keys
    }

    #[test]
    fn the_embedded_file_is_a_whole_configuration() {
        let config = load(None).unwrap();
        assert!(config.inboxes.contains_key("website"));
    }

    #[test]
    fn the_embedded_file_is_the_only_default() {
        for (section, key, number) in keys() {
            let without: String =
                DEFAULTS.lines().enumerate().filter(|(i, _)| *i != number).map(|(_, line)| format!("{line}\n")).collect();
            let error = Figment::from(Toml::string(&without)).extract::<Config>().unwrap_err();
            assert!(error.to_string().contains(&format!("`{key}`")), "{section}.{key} has another default: {error}");
        }
    }

    #[test]
    fn every_key_is_documented_in_the_embedded_file() {
        let config = serde_json::to_value(load(None).unwrap()).unwrap();
        let documented = keys();
        let sections = config.as_object().unwrap().iter().filter(|(name, _)| *name != "inboxes");
        for (section, values) in sections {
            for key in values.as_object().unwrap().keys() {
                assert!(documented.iter().any(|(s, k, _)| s == section && k == key), "{section}.{key}");
            }
        }
        let lines: Vec<&str> = DEFAULTS.lines().collect();
        for (section, key, number) in documented {
            let above =
                lines[..number].iter().rev().find(|line| line.starts_with('#') || line.starts_with('[') || line.is_empty());
            assert!(above.is_some_and(|line| line.starts_with('#')), "{section}.{key} has no comment");
        }
    }

    #[test]
    fn unknown_keys_are_refused_with_the_one_that_was_meant() {
        assert_eq!(
            refused("[server]\nlisen = \"127.0.0.1:1\"\n"),
            "server.lisen: there is no such key in the configuration file; did you mean server.listen?"
        );
        assert_eq!(refused("[sevrer]\n"), "sevrer: there is no such key in the configuration file; did you mean server?");
        assert_eq!(refused("[log]\nzzzz = 1\n"), "log.zzzz: there is no such key in the configuration file");
    }

    #[test]
    fn wrong_values_name_their_key_and_never_repeat_the_value() {
        for (toml, begins) in [
            ("[server]\nlisten = \"hunter2\"\n", "server.listen: "),
            ("[server]\ndrain_s = \"hunter2\"\n", "server.drain_s: "),
            ("[server]\ndrain_s = 0\n", "server.drain_s: "),
            ("[server]\npublic_url = \"ftp://hunter2\"\n", "server.public_url: "),
            ("[server]\nmetrics_listen = \"hunter2\"\n", "server.metrics_listen: "),
            ("[store]\ndatabase = \"mysql://hunter2\"\n", "store.database: "),
            ("[store]\ndatabase = [\"hunter2\"]\n", "store.database: "),
            ("[log]\nformat = \"hunter2\"\n", "log.format: "),
            ("[log]\nlevel = \"hunter2=nonsense=x\"\n", "log.level: "),
            ("[uploads]\nmax_bytes = -1\n", "uploads.max_bytes: "),
            ("[console]\nwarn_after_s = 0\n", "console.warn_after_s: "),
            ("[console]\nwarn_after_s = 901\n", "console.breach_after_s: "),
            ("[console]\nbreach_after_s = 299\n", "console.breach_after_s: "),
            ("[console]\nclose_reasons = [\"hunter2\", \"hunter2\"]\n", "console.close_reasons: "),
            ("[console]\nclose_reasons = [\"problem_solved\"]\n", "console.close_reasons: "),
            ("[console]\nclose_reasons = [\" hunter2\"]\n", "console.close_reasons: "),
            ("[console]\nclose_reasons = \"hunter2\"\n", "console.close_reasons: "),
        ] {
            let told = refused(toml);
            assert!(told.starts_with(begins) && !told.contains("hunter2"), "{told}");
        }
        assert!(matches!(load(Some("/nonexistent/x.toml".as_ref())), Err(ConfigError::NoFile(_))));
    }

    #[test]
    fn the_database_address_may_stand_in_a_file_of_its_own() {
        let mut secret = tempfile::NamedTempFile::new().unwrap();
        secret.write_all(b"postgres://u:p@h/d\n").unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "[store]\ndatabase_file = {:?}", secret.path()).unwrap();
        assert_eq!(load(Some(file.path())).unwrap().store.database.expose(), "postgres://u:p@h/d");
        writeln!(file, "database = \"postgres://x\"").unwrap();
        assert!(load(Some(file.path())).unwrap_err().to_string().starts_with("store.database_file: "));
    }
}
