//! Table `articles`.

use trunkline_channel::Micros;

use super::{ArticleView, Filter};
use crate::db::{Arg, Conn, Db, DbError, Tx, sql, words_like};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Article {
    pub id: String,
    pub title: String,
    pub body: String,
    pub state: String,
    pub version: i64,
    pub author_id: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

pub async fn get<'c>(on: impl Into<Conn<'c>>, id: &str) -> Result<Option<Article>, DbError> {
    sql("SELECT id, title, body, state, version, author_id, created_at, updated_at FROM articles WHERE id = $1")
        .bind(id)
        .optional(on)
        .await
}

/// Latest change first, after a position. A knowledge base is small: its search column is read through.
pub async fn list(db: &Db, filter: &Filter, after: Option<(Micros, String)>, limit: i64) -> Result<Vec<Article>, DbError> {
    let mut query = sql("SELECT id, title, body, state, version, author_id, created_at, updated_at FROM articles WHERE 1 = 1");
    if let Some(state) = filter.state {
        query = query.push_bound(" AND state = ?", vec![state.as_str().into()]);
    }
    for pattern in words_like(filter.words.as_deref().unwrap_or_default()) {
        query = query.push_bound(" AND search_text LIKE ? ESCAPE '\\'", vec![pattern.into()]);
    }
    if let Some((at, id)) = after {
        query = query.push_bound(" AND (updated_at, id) < (?, ?)", vec![Arg::from(at), id.into()]);
    }
    query.push_bound(" ORDER BY updated_at DESC, id DESC LIMIT ?", vec![limit.into()]).all(db).await
}

pub async fn insert(tx: &mut Tx, article: &ArticleView) -> Result<(), DbError> {
    sql("INSERT INTO articles (id, title, body, search_text, state, version, author_id, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(&article.id)
    .bind(&article.title)
    .bind(&article.body)
    .bind(search_text(article))
    .bind(article.state.as_str())
    .bind(article.version)
    .bind(article.author_id.clone())
    .bind(article.created_at)
    .bind(article.updated_at)
    .execute(tx)
    .await
    .map(|_| ())
}

/// False when the version is not the one that was read.
pub async fn update(tx: &mut Tx, article: &ArticleView, seen_version: i64) -> Result<bool, DbError> {
    sql("UPDATE articles SET title = $1, body = $2, search_text = $3, state = $4, version = $5, updated_at = $6 \
         WHERE id = $7 AND version = $8")
    .bind(&article.title)
    .bind(&article.body)
    .bind(search_text(article))
    .bind(article.state.as_str())
    .bind(article.version)
    .bind(article.updated_at)
    .bind(&article.id)
    .bind(seen_version)
    .execute(tx)
    .await
    .map(|changed| changed == 1)
}

/// Lower case is made here: the databases only know it for some alphabets.
fn search_text(article: &ArticleView) -> String {
    format!("{}\n{}", article.title, article.body).to_lowercase()
}
