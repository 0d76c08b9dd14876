//! Sessions in the shop's own database, for an installation without Redis: they survive a restart.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use entity::session;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::domain::{
    Fault,
    account::{Session, TokenHash},
    database::Database,
    port::SessionStore,
};

/// A use moves the idle end only when it moves it by at least this share of the idle time, so that reading with a
/// session does not write each time.
const SLIDE_SHARE: i32 = 60;

/// Keeps sessions in the table `session`.
pub struct SqlSessionStore {
    db: Database,
}

impl SqlSessionStore {
    /// In this database.
    pub fn new(db: Database) -> Self {
        Self { db }
    }
}

#[async_trait]
impl SessionStore for SqlSessionStore {
    async fn insert(&self, token: &TokenHash, session: &Session, idle: Duration) -> Result<(), Fault> {
        let db = self.db.connection();
        // Nothing else removes rows that ended by themselves; the index makes this cheap when there are none.
        session::Entity::delete_many()
            .filter(session::Column::IdleExpiresAt.lt(session.created_at))
            .exec(db)
            .await?;
        let row = session::ActiveModel {
            token_hash: Set(token.as_bytes().to_vec()),
            account_id: Set(session.account_id),
            created_at: Set(session.created_at),
            idle_expires_at: Set(idle_end(session.created_at, session.expires_at, idle)?),
            expires_at: Set(session.expires_at),
        };
        row.insert(db).await?;
        Ok(())
    }

    async fn touch(
        &self,
        token: &TokenHash,
        now: DateTime<Utc>,
        idle: Duration,
    ) -> Result<Option<Session>, Fault> {
        let db = self.db.connection();
        let Some(row) = session::Entity::live(token.as_bytes(), now).one(db).await? else { return Ok(None) };
        let idle_expires_at = idle_end(now, row.expires_at, idle)?;
        if idle_expires_at - row.idle_expires_at >= delta(idle)? / SLIDE_SHARE {
            session::Entity::update_many()
                .col_expr(session::Column::IdleExpiresAt, Expr::value(idle_expires_at))
                .filter(session::Column::TokenHash.eq(token.as_bytes()))
                .exec(db)
                .await?;
        }
        Ok(Some(session(&row)))
    }

    async fn remove(&self, token: &TokenHash) -> Result<Option<Session>, Fault> {
        let delete = session::Entity::delete_by_id(token.as_bytes().to_vec());
        let row = delete.exec_with_returning(self.db.connection()).await?;
        Ok(row.as_ref().map(session))
    }
}

fn session(row: &session::Model) -> Session {
    Session { account_id: row.account_id, created_at: row.created_at, expires_at: row.expires_at }
}

fn idle_end(now: DateTime<Utc>, expires_at: DateTime<Utc>, idle: Duration) -> Result<DateTime<Utc>, Fault> {
    Ok(expires_at.min(now + delta(idle)?))
}

fn delta(duration: Duration) -> Result<TimeDelta, Fault> {
    TimeDelta::from_std(duration).map_err(Fault::internal)
}
