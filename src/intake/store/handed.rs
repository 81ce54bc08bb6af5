//! Conversations that were handed over to mail, and who goes on in them there.

use std::collections::HashSet;

use trunkline_channel::{Micros, Threads};

use super::world::{MaybeThread, THREAD, World};
use crate::db::{DbError, Tx, json_array, sql};
use crate::intake::handed::Handed;
use crate::intake::plan::{Identity, Run};

#[derive(sqlx::FromRow)]
struct HandedRow {
    conversation_id: String,
    mail_inbox: String,
    email: String,
    home_inbox: String,
    home_channel: String,
    identity_id: String,
    identity_contact: String,
    blocked_at: Option<Micros>,
    contact_name: Option<String>,
    #[sqlx(flatten)]
    thread: MaybeThread,
}

/// For every conversation that a mail of the run refers to: whose it is, and where their next message belongs.
pub(super) async fn load_handed(tx: &mut Tx, run: &Run<'_>, world: &mut World) -> Result<(), DbError> {
    let mails = run.items.iter().filter(|item| item.line.threads == Threads::Many);
    let mut referred: HashSet<&str> = HashSet::new();
    for item in mails {
        referred.extend(item.message.hints.conversation_id.as_deref());
        for id in item.message.reply_to.iter().chain(&item.message.hints.references) {
            let known = world.known.get(&(item.inbox_id.to_owned(), id.clone()));
            referred.extend(known.map(|known| known.conversation_id.as_str()));
        }
    }
    if referred.is_empty() {
        return Ok(());
    }
    let lock = tx.row_lock().map(|_| " FOR KEY SHARE OF i").unwrap_or_default();
    let text = format!(
        "SELECT h.conversation_id, h.inbox_id AS mail_inbox, h.email, i.inbox_id AS home_inbox, o.channel AS home_channel, \
         i.id AS identity_id, i.contact_id AS identity_contact, i.blocked_at, ct.name AS contact_name, {THREAD} \
         FROM mail_handovers h JOIN conversations o ON o.id = h.conversation_id JOIN identities i ON i.id = o.identity_id \
         JOIN contacts ct ON ct.id = i.contact_id \
         LEFT JOIN conversations c ON c.id = (SELECT x.id FROM conversations x WHERE x.identity_id = i.id \
         AND x.state <> 'archived' ORDER BY x.state = 'closed', x.created_at DESC LIMIT 1) \
         WHERE h.conversation_id IN (SELECT value FROM each_text($1)){lock}"
    );
    for row in sql(text).bind(json_array(referred)).all::<HandedRow>(tx).await? {
        let identity = Identity {
            id: row.identity_id.clone(),
            contact_id: row.identity_contact,
            contact_name: row.contact_name.clone(),
            blocked: row.blocked_at.is_some(),
            is_new: false,
        };
        if let Some(thread) = row.thread.into_thread(row.contact_name) {
            world.threads.entry(row.identity_id).or_insert(thread);
        }
        let handed = Handed {
            mail_inbox: row.mail_inbox,
            email: row.email,
            home_inbox: row.home_inbox,
            home_channel: row.home_channel,
            identity,
        };
        world.handed.insert(row.conversation_id, handed);
    }
    Ok(())
}
