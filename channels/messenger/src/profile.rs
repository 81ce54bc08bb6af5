//! A person's name.

use serde::Deserialize;
use trunkline_channel::{FetchError, Peer, Profile, text};

use crate::inbound::USER_REF;
use crate::page::{Page, is_refusal};

#[derive(Deserialize)]
struct Person {
    first_name: Option<String>,
    last_name: Option<String>,
}

/// Facebook names people to approved apps only, and not all of them: without a name there is nothing to be done.
pub(crate) async fn ask(page: &Page, peer: &Peer) -> Result<Option<Profile>, FetchError> {
    // An id that is no number would ask for something else.
    let numbered = !peer.external_id.is_empty() && peer.external_id.bytes().all(|byte| byte.is_ascii_digit());
    if !numbered || peer.external_id.starts_with(USER_REF) {
        return Ok(None);
    }
    let person: Person = match page.get(&peer.external_id, &[("fields", "first_name,last_name")]).await {
        Ok(person) => person,
        Err(error) if is_refusal(&error) => return Ok(None),
        Err(error) => return Err(FetchError::Retry(error.to_string())),
    };
    let parts: Vec<&str> = [&person.first_name, &person.last_name].into_iter().flatten().map(String::as_str).collect();
    let name = text::clean_name(&parts.join(" "));
    Ok(name.map(|name| Profile { name: Some(name), ..Profile::default() }))
}
