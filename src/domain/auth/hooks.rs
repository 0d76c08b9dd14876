//! Export of an account's sessions and second factor, without secrets.

use async_trait::async_trait;
use entity::{AccountId, recovery_code, second_factor};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::domain::{
    auth,
    context::{AccountHooks, Export, OpContext},
    identity::{Session, describe_device},
    kernel::{fault::Fault, global_id::GlobalId},
};

/// Sessions, one-time tokens, second factor and recovery codes of an account. All are deleted with the account;
/// sessions in Redis are removed after the commit.
pub struct AuthHooks;

#[async_trait]
impl AccountHooks for AuthHooks {
    fn tables(&self) -> &'static [&'static str] {
        &["session", "one_time_token", "second_factor", "recovery_code"]
    }

    async fn exported(&self, ctx: &OpContext, id: AccountId) -> Result<Export, Fault> {
        let sessions = auth::sessions(ctx).await?;
        Ok(vec![
            ("sessions", sessions.iter().map(session).collect()),
            ("secondFactor", factor(ctx, id).await?),
        ])
    }
}

fn session(session: &Session) -> Value {
    json!({
        "id": session.id.global_id(),
        "device": describe_device(session.user_agent.as_deref()),
        "userAgent": session.user_agent,
        "ipAddress": session.ip_address,
        "createdAt": session.created_at,
        "lastSeenAt": session.last_seen_at,
        "expiresAt": session.expires_at,
        "withSecondFactor": session.is_strong,
    })
}

async fn factor(ctx: &OpContext, account: AccountId) -> Result<Value, Fault> {
    let db = ctx.db();
    let Some(factor) = second_factor::Entity::find_by_id(account).one(db).await? else {
        return Ok(Value::Null);
    };
    let codes = recovery_code::Entity::find().filter(recovery_code::Column::AccountId.eq(account));
    Ok(json!({
        "createdAt": factor.created_at,
        "confirmedAt": factor.confirmed_at,
        "recoveryCodesLeft": codes.count(db).await?,
    }))
}
