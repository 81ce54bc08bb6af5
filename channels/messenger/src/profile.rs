//! A person's name.

use serde::Deserialize;
use trunkline_channel::{FetchError, Peer, Profile, text};
use trunkline_meta::Class;

use crate::errors::RULES;
use crate::page::Page;

#[derive(Deserialize)]
struct Person {
    first_name: Option<String>,
    last_name: Option<String>,
}

/// Facebook names people to approved apps only, and not all of them: without a name there is nothing to be done.
pub(crate) async fn ask(page: &Page, peer: &Peer) -> Result<Option<Profile>, FetchError> {
    // An id that is no number would ask for something else.
    let numbered = !peer.external_id.is_empty() && peer.external_id.bytes().all(|byte| byte.is_ascii_digit());
    if !numbered {
        return Ok(None);
    }
    let person: Person = match page.about(&peer.external_id, "first_name,last_name").await {
        Ok(person) => person,
        Err(error) => {
            let again = matches!(error.class(RULES), Class::Temporary | Class::Rate | Class::PairRate | Class::Token);
            return if again { Err(FetchError::Retry(error.to_string())) } else { Ok(None) };
        }
    };
    let parts: Vec<&str> = [&person.first_name, &person.last_name].into_iter().flatten().map(String::as_str).collect();
    let name = text::clean_name(&parts.join(" "));
    Ok(name.map(|name| Profile { name: Some(name), ..Profile::default() }))
}
