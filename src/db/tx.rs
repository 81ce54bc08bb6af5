//! A write transaction that carries its events to the log.

use sqlx::{Postgres, Sqlite, Transaction};

use super::query::{Conn, bulk, sql};
use super::{Db, DbError, Pools};
use crate::events::NewEvent;

/// Held by PostgreSQL transactions from writing their events until they are committed, so that event numbers become
/// visible in order. Any fixed number does.
const LOG_ORDER_LOCK: i64 = 0x7472_756e_6b01;

/// Changes and the events that tell of them, committed together. Dropping it rolls everything back.
pub struct Tx {
    inner: Inner,
    events: Vec<NewEvent>,
    bells: Vec<String>,
    db: Db,
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(super) async fn begin(db: &Db) -> Result<Self, DbError> {
        let inner = match &db.0.pools {
            // IMMEDIATE: a transaction that began as a reader could not become the writer once somebody else wrote.
            Pools::Sqlite { write, .. } => Inner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        };
        Ok(Self { inner, events: Vec::new(), bells: Vec::new(), db: db.clone() })
    }

    pub(super) fn conn(&mut self) -> Conn<'_> {
        match &mut self.inner {
            Inner::Sqlite(tx) => Conn::Sqlite(tx),
            Inner::Postgres(tx) => Conn::Postgres(tx),
        }
    }

    #[must_use]
    pub fn backend(&self) -> super::Backend {
        self.db.backend()
    }

    /// What a SELECT ends with to keep its rows from others until the commit. On SQLite a write transaction is alone.
    #[must_use]
    pub fn row_lock(&self) -> Option<&'static str> {
        match self.inner {
            Inner::Sqlite(_) => None,
            Inner::Postgres(_) => Some(" FOR UPDATE"),
        }
    }

    /// Adds an event; it is written last, just before the commit.
    pub fn emit(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Rings a bell once this transaction is committed.
    pub fn ring(&mut self, bell: String) {
        if !self.bells.contains(&bell) {
            self.bells.push(bell);
        }
    }

    /// Writes the events, commits, and announces them. Returns the number of the last event, 0 when there was none.
    pub async fn commit(mut self) -> Result<i64, DbError> {
        let events = std::mem::take(&mut self.events);
        let mut last = 0;
        let written = events.len();
        if !events.is_empty() {
            if matches!(self.inner, Inner::Postgres(_)) {
                sql("SELECT CAST(1 AS BIGINT) FROM (SELECT pg_advisory_xact_lock($1)) AS held")
                    .bind(LOG_ORDER_LOCK)
                    .scalar::<i64>(&mut self)
                    .await?;
            }
            let mut rows =
                bulk("INSERT INTO events (id, stream, kind, audience, conversation_id, payload, at)", 7, "RETURNING seq");
            for event in events {
                rows.row([
                    event.id.into(),
                    event.stream.into(),
                    event.kind.as_str().into(),
                    event.audience.as_str().into(),
                    event.conversation_id.into(),
                    event.payload.to_string().into(),
                    event.at.into(),
                ]);
            }
            last = rows.all::<(i64,)>(&mut self).await?.into_iter().map(|(seq,)| seq).max().unwrap_or(0);
        }
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        if written > 0 {
            metrics::counter!("trunkline_events_emitted_total").increment(u64::try_from(written).unwrap_or(u64::MAX));
        }
        for bell in &self.bells {
            self.db.0.bells.ring(bell);
        }
        if last > 0 {
            self.db.announce(last);
        }
        Ok(last)
    }

    pub async fn rollback(self) -> Result<(), DbError> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}
