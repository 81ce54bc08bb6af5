//! Contacts that may be one person, each with the evidence. People decide.

use std::collections::BTreeMap;

use serde::Serialize;

use super::store::marks;
use super::{ContactView, Error, with_identities};
use crate::access::Caller;
use crate::app::App;

/// Suggestions of one answer, the strongest first.
const MAX_SUGGESTIONS: usize = 20;
/// Common marks looked at: an address that hundreds share tells nothing of any of them.
const MAX_MARKS: i64 = 200;

/// Another contact that may be the same person.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Suggestion {
    pub contact: ContactView,
    pub evidence: Vec<Evidence>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Evidence {
    pub kind: EvidenceKind,
    /// What both have, in one spelling.
    pub value: String,
    /// Enough by itself. What is not only supports the rest.
    pub strong: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// One account at the provider, proved in two inboxes.
    Account,
    Phone,
    Email,
    /// People share names.
    Name,
}

impl EvidenceKind {
    fn of_mark(kind: &str) -> Option<Self> {
        Some(match kind {
            "account" => Self::Account,
            "phone" => Self::Phone,
            "email" => Self::Email,
            _ => return None,
        })
    }
}

pub async fn suggestions(app: &App, _caller: &Caller, id: &str) -> Result<Vec<Suggestion>, Error> {
    let contact = super::view(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut evidence: BTreeMap<String, Vec<Evidence>> = BTreeMap::new();
    for (other, kind, value) in marks::shared(&app.db, id, MAX_MARKS).await? {
        let Some(kind) = EvidenceKind::of_mark(&kind) else { continue };
        evidence.entry(other).or_default().push(Evidence { kind, value, strong: true });
    }
    let ids: Vec<&str> = evidence.keys().map(String::as_str).collect();
    let others = with_identities(app, marks::contacts(&app.db, &ids).await?).await?;
    let mut found: Vec<Suggestion> = others
        .into_iter()
        .map(|other| {
            let mut evidence = evidence.remove(&other.id).unwrap_or_default();
            evidence.extend(same_name(&contact, &other));
            evidence.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| a.value.cmp(&b.value)));
            Suggestion { contact: other, evidence }
        })
        .collect();
    found.sort_by(|a, b| b.evidence.len().cmp(&a.evidence.len()).then_with(|| a.contact.id.cmp(&b.contact.id)));
    found.truncate(MAX_SUGGESTIONS);
    Ok(found)
}

/// A name that both go by, in any of their accounts.
fn same_name(one: &ContactView, other: &ContactView) -> Option<Evidence> {
    let names = |contact: &ContactView| -> Vec<String> {
        let all = contact.identities.iter().filter_map(|identity| identity.name.as_ref()).chain(&contact.name);
        all.map(|name| name.to_lowercase()).collect()
    };
    let theirs = names(other);
    let shared = names(one).into_iter().find(|name| theirs.contains(name))?;
    // A contact without a name is shown under its address, which is no further evidence.
    let is_mark = super::marks::email(&shared).is_some() || super::marks::phone(&shared).is_some();
    (!is_mark).then_some(Evidence { kind: EvidenceKind::Name, value: shared, strong: false })
}
