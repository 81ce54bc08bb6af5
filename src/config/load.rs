//! Reading the layers and refusing what nobody meant.

use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use thiserror::Error;

use super::Config;

/// Every key with its default, commented; loaded first.
pub const DEFAULTS: &str = include_str!("../../config.toml");

#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("the configuration file {0} does not exist")]
    NoFile(String),
    #[error("{0}")]
    Invalid(#[from] Box<figment::Error>),
    #[error("{key}: {problem}")]
    Value { key: String, problem: String },
}

/// Loads defaults, the user's file (where one is given) and the environment.
pub fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    let mut layers = Figment::from(Toml::string(DEFAULTS));
    if let Some(file) = file {
        if !file.is_file() {
            return Err(ConfigError::NoFile(file.display().to_string()));
        }
        layers = layers.merge(Toml::file_exact(file));
    }
    layers.merge(Env::prefixed("TRUNKLINE__").split("__")).extract().map_err(|error| ConfigError::Invalid(Box::new(error)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_file_is_a_whole_configuration() {
        let config = super::load(None).unwrap();
        assert!(config.inboxes.contains_key("website"));
    }
}
