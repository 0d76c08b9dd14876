//! One-time tokens of mails: creation, use, deletion.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, account,
    one_time_token::{self, Purpose},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::LockType,
};

use crate::domain::{
    identity::Token,
    kernel::{fault::Fault, ports::Random},
};

/// Creates a token that is valid for `within` from `now`, and stores its hash in `row`. Also deletes expired tokens.
pub(in crate::domain) async fn create_token(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    random: &dyn Random,
    row: one_time_token::ActiveModel,
    within: TimeDelta,
) -> Result<Token, Fault> {
    one_time_token::Entity::delete_many().filter(one_time_token::Column::ExpiresAt.lt(now)).exec(db).await?;
    let token = Token::new(random.secret());
    let row = one_time_token::ActiveModel {
        token_hash: Set(token.hash().as_bytes().to_vec()),
        attempts: Set(0),
        created_at: Set(now),
        expires_at: Set(now + within),
        ..row
    };
    one_time_token::Entity::insert(row).exec_without_returning(db).await?;
    Ok(token)
}

/// Uses a token for its purpose; `None` if it was used, has expired, or never existed.
///
/// Locks the account before the token is deleted: every transaction locks accounts first, so that two tokens of one
/// account cannot cause a deadlock.
pub(in crate::domain) async fn consume_token(
    txn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    token: &Token,
    purpose: Purpose,
) -> Result<Option<one_time_token::Model>, Fault> {
    let hash = token.hash();
    let found = one_time_token::Entity::live(hash.as_bytes(), purpose, now).one(txn).await?;
    let Some(found) = found else { return Ok(None) };
    if let Some(account) = found.account_id {
        let locked = account::Entity::find_by_id(account)
            .select_only()
            .column(account::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .into_tuple::<AccountId>();
        if locked.one(txn).await?.is_none() {
            return Ok(None);
        }
    }
    // One of two concurrent requests deletes it.
    let removed = one_time_token::Entity::delete_by_id(hash.as_bytes().to_vec()).exec(txn).await?;
    Ok((removed.rows_affected == 1).then_some(found))
}

/// Deletes all one-time tokens of an account.
pub(in crate::domain) async fn drop_tokens(
    txn: &impl ConnectionTrait,
    account: AccountId,
) -> Result<(), Fault> {
    let tokens = one_time_token::Entity::delete_many().filter(one_time_token::Column::AccountId.eq(account));
    tokens.exec(txn).await?;
    Ok(())
}
