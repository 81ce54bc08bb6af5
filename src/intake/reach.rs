//! Whether a customer lets us write to them.

use serde_json::json;
use trunkline_channel::Micros;

use super::{lines, store};
use crate::app::App;
use crate::contacts;
use crate::contacts::store::identities;
use crate::db::{DbError, Tx};

/// Takes note of news from the provider, or of a message that is news itself: who writes can be written to.
pub async fn changed(app: &App, tx: &mut Tx, inbox_id: &str, peer: &str, reachable: bool, at: Micros) -> Result<(), DbError> {
    let Some(account) = identities::find(tx, inbox_id, peer, app.now()).await? else { return Ok(()) };
    let blocked_at = (!reachable).then_some(at);
    if !identities::set_blocked(tx, &account.id, blocked_at, at).await? {
        return Ok(());
    }
    if let Some(conversation_id) = store::open_conversation_of(tx, inbox_id, peer, app.now()).await? {
        let text = if reachable {
            "The customer can be written to again."
        } else {
            "The customer has blocked us here: answers do not reach them."
        };
        lines::system_line(app, tx, &conversation_id, inbox_id, text, &json!({ "reachable": reachable })).await?;
    }
    contacts::tell_updated(app, tx, &account.contact_id, None).await.map(|_| ())
}
