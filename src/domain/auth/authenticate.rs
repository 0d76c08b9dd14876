//! Authentication of callers.

use std::sync::Arc;

use async_trait::async_trait;
use entity::{Permissions, account, api_key};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::domain::{
    account::permissions_of,
    context::{Authenticator, Services},
    identity::{
        ApiClient, AuthenticatedAccount, Caller, Credentials, Session, TokenHash, UNKNOWN_SESSION, Viewer,
    },
    kernel::fault::{Fault, with_causes},
};

/// Minimum interval between updates of an API key's last use.
const NOTE_USE_EVERY: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

const UNKNOWN_KEY: Fault = Fault::Unauthenticated("The API key is unknown, expired or was revoked.");

const MALFORMED: Fault = Fault::Unauthenticated(
    "The session token is malformed. Send it as `Authorization: Bearer TOKEN`, as `login` returned it.",
);

/// Authenticates callers by session tokens and API keys.
pub struct CredentialAuthenticator;

#[async_trait]
impl Authenticator for CredentialAuthenticator {
    #[tracing::instrument(name = "auth::authenticate", level = "debug", skip_all, err(level = "debug"))]
    async fn authenticate(&self, services: &Services, caller: &Caller) -> Result<Viewer, Fault> {
        match &caller.credentials {
            Credentials::None => Ok(Viewer::Anonymous),
            // Scripts cannot remove a cookie, so an invalid one counts as none.
            Credentials::Malformed | Credentials::ApiKey(_) if caller.by_cookie => Ok(Viewer::Anonymous),
            Credentials::Malformed => Err(MALFORMED),
            Credentials::Token(token) => {
                let Some((account, session)) = live(services, &token.hash()).await? else {
                    return if caller.by_cookie { Ok(Viewer::Anonymous) } else { Err(UNKNOWN_SESSION) };
                };
                let permissions = permissions(services, &account, &session).await?;
                let account = Arc::new(account);
                Ok(Viewer::Account(Arc::new(AuthenticatedAccount { account, session, permissions })))
            }
            Credentials::ApiKey(token) => api_client(services, &token.hash()).await,
        }
    }
}

/// The session with this token and its account, if it is valid. Counts as use of the session.
pub(super) async fn live(
    services: &Services,
    token: &TokenHash,
) -> Result<Option<(account::Model, Session)>, Fault> {
    let Some(session) = services.sessions.touch(token, services.clock.now()).await? else { return Ok(None) };
    let account = account::Entity::find_by_id(session.account_id).one(services.db.connection()).await?;
    let account =
        account.filter(|account| account.session_epoch == session.epoch && account.blocked_at.is_none());
    Ok(account.map(|account| (account, session)))
}

/// Permissions of an account in a session. None without a second factor, if the shop requires it of staff.
async fn permissions(
    services: &Services,
    account: &account::Model,
    session: &Session,
) -> Result<Permissions, Fault> {
    if services.session.staff_second_factor && !session.is_strong {
        return Ok(Permissions::NONE);
    }
    permissions_of(services.db.connection(), account).await
}

/// The API client with this key, with the permissions that the account which created the key has at present. A key
/// without such an account is invalid.
async fn api_client(services: &Services, key: &TokenHash) -> Result<Viewer, Fault> {
    let now = services.clock.now();
    let db = services.db.connection();
    let key = api_key::Entity::live(key.as_bytes(), now).one(db).await?.ok_or(UNKNOWN_KEY)?;
    let maker = account::Entity::find_by_id(key.created_by.ok_or(UNKNOWN_KEY)?).one(db).await?;
    let maker = maker.filter(|maker| maker.blocked_at.is_none()).ok_or(UNKNOWN_KEY)?;
    let permissions = key.permissions.common(permissions_of(db, &maker).await?);
    if key.last_used_at.is_none_or(|last| now - last >= NOTE_USE_EVERY) {
        let noted = api_key::Entity::update_many()
            .col_expr(api_key::Column::LastUsedAt, Expr::value(now))
            .filter(api_key::Column::Id.eq(key.id))
            .exec(db)
            .await;
        if let Err(error) = noted {
            tracing::warn!(cause = with_causes(&error), "cannot record the use of an API key");
        }
    }
    Ok(Viewer::ApiClient(Arc::new(ApiClient { key, permissions })))
}
