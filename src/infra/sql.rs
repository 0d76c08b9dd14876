//! Sessions in the database, for installations without Redis. They survive a restart.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{AccountId, session};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::domain::{
    database::Database,
    identity::{Session, SessionSelector, SessionStore, TokenHash},
    kernel::fault::Fault,
};

/// The idle end is written only if it moves by at least this fraction (1/60) of the idle timeout, so that not every
/// read causes a write.
const SLIDE_SHARE: u32 = 60;

/// Keeps sessions in the table `session`.
pub struct SqlSessionStore {
    db: Database,
}

impl SqlSessionStore {
    pub fn new(db: Database) -> Self {
        Self { db }
    }
}

#[async_trait]
impl SessionStore for SqlSessionStore {
    async fn insert(&self, token: &TokenHash, session: &Session) -> Result<(), Fault> {
        let db = self.db.connection();
        // Nothing else removes expired rows; thanks to the index this is cheap when there are none.
        session::Entity::delete_many()
            .filter(session::Column::IdleExpiresAt.lt(session.created_at))
            .exec(db)
            .await?;
        let row = session::ActiveModel {
            token_hash: Set(token.as_bytes().to_vec()),
            id: Set(session.id),
            account_id: Set(session.account_id),
            epoch: Set(session.epoch),
            is_strong: Set(session.is_strong),
            user_agent: Set(session.user_agent.clone()),
            ip_address: Set(session.ip_address.to_string()),
            created_at: Set(session.created_at),
            last_seen_at: Set(session.last_seen_at),
            idle_seconds: Set(session.idle.as_secs().try_into().map_err(Fault::internal)?),
            idle_expires_at: Set(session.idle_end()),
            expires_at: Set(session.expires_at),
        };
        row.insert(db).await?;
        Ok(())
    }

    async fn touch(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Session>, Fault> {
        let db = self.db.connection();
        let Some(row) = session::Entity::live(token.as_bytes(), now).one(db).await? else { return Ok(None) };
        let mut session = session(row)?;
        if now - session.last_seen_at
            >= TimeDelta::from_std(session.idle / SLIDE_SHARE).map_err(Fault::internal)?
        {
            session.last_seen_at = now;
            session::Entity::update_many()
                .col_expr(session::Column::IdleExpiresAt, Expr::value(session.idle_end()))
                .col_expr(session::Column::LastSeenAt, Expr::value(now))
                .filter(session::Column::TokenHash.eq(token.as_bytes()))
                .exec(db)
                .await?;
        }
        Ok(Some(session))
    }

    async fn remove(&self, token: &TokenHash) -> Result<Option<Session>, Fault> {
        let delete = session::Entity::delete_by_id(token.as_bytes().to_vec());
        let row = delete.exec_with_returning(self.db.connection()).await?;
        row.map(session).transpose()
    }

    async fn of_account(&self, account: AccountId, now: DateTime<Utc>) -> Result<Vec<Session>, Fault> {
        let rows = session::Entity::live_of(account, now).all(self.db.connection()).await?;
        rows.into_iter().map(session).collect()
    }

    async fn remove_of(&self, account: AccountId, which: SessionSelector) -> Result<Vec<Session>, Fault> {
        let delete = session::Entity::delete_many().filter(session::Column::AccountId.eq(account));
        let delete = match which {
            SessionSelector::All => delete,
            SessionSelector::One(id) => delete.filter(session::Column::Id.eq(id)),
            SessionSelector::AllBut(id) => delete.filter(session::Column::Id.ne(id)),
        };
        let rows = delete.exec_with_returning(self.db.connection()).await?;
        rows.into_iter().map(session).collect()
    }
}

fn session(row: session::Model) -> Result<Session, Fault> {
    Ok(Session {
        id: row.id,
        account_id: row.account_id,
        epoch: row.epoch,
        is_strong: row.is_strong,
        user_agent: row.user_agent,
        ip_address: row.ip_address.parse().map_err(Fault::internal)?,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        idle: Duration::from_secs(row.idle_seconds.try_into().map_err(Fault::internal)?),
        expires_at: row.expires_at,
    })
}
