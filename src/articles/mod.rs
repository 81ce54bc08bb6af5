//! Knowledge articles.

use crate::db::{Conn, DbError, sql};

/// What is copied into a conversation.
#[derive(Debug, sqlx::FromRow)]
pub struct SharedArticle {
    pub id: String,
    pub title: String,
    pub body: String,
    pub version: i64,
}

/// A published article.
pub async fn for_sharing<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<SharedArticle>, DbError> {
    sql("SELECT id, title, body, version FROM articles WHERE id = $1 AND state = 'published'").bind(id).optional(on).await
}
