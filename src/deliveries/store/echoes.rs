//! The SQL of echoes that came before our send returned.

use crate::db::{DbError, Tx, json_array, sql};

/// A message that intake made of an echo.
#[derive(Debug, sqlx::FromRow)]
pub struct EchoRow {
    pub id: String,
    pub conversation_id: String,
    pub external_id: String,
}

/// Messages of the business itself that came in under these ids.
pub async fn messages_of_echoes(tx: &mut Tx, inbox_id: &str, external_ids: &[&str]) -> Result<Vec<EchoRow>, DbError> {
    sql("SELECT id, conversation_id, external_id FROM messages WHERE inbox_id = $2 \
         AND external_id IN (SELECT value FROM each_text($1)) AND sender_type <> 'customer'")
    .bind(json_array(external_ids.iter().copied()))
    .bind(inbox_id)
    .all(tx)
    .await
}

/// Takes the echo's message away; what people did to it meanwhile is done to ours.
pub async fn replace(tx: &mut Tx, echo: &EchoRow, ours: &str) -> Result<(), DbError> {
    let both = |text: &'static str| sql(text).bind(ours).bind(&echo.id);
    both("UPDATE external_ids SET message_id = $1 WHERE message_id = $2").execute(&mut *tx).await?;
    both(
        "INSERT INTO reactions (message_id, actor, emoji, at) SELECT $1, actor, emoji, at FROM reactions WHERE message_id = $2 \
          ON CONFLICT (message_id, actor) DO NOTHING",
    )
    .execute(&mut *tx)
    .await?;
    both("UPDATE messages SET reply_to = $1 WHERE reply_to = $2 AND conversation_id = $3")
        .bind(&echo.conversation_id)
        .execute(&mut *tx)
        .await?;
    for text in [
        "DELETE FROM reactions WHERE message_id = $1",
        "DELETE FROM message_revisions WHERE message_id = $1",
        "DELETE FROM awaited_messages WHERE message_id = $1",
        "DELETE FROM attachments WHERE message_id = $1",
        "DELETE FROM messages WHERE id = $1",
    ] {
        sql(text).bind(&echo.id).execute(&mut *tx).await?;
    }
    Ok(())
}
