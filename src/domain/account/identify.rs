//! Who a request comes from.

use std::sync::Arc;

use entity::{
    Permissions,
    account::{self, Kind},
    api_key, role,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::{Session, TokenHash, permissions_with};
use crate::domain::{Credentials, Fault, Op, Ports, Program, SignedIn, Viewer, fault::with_causes};

/// The last use of an API key is written at most this often.
const NOTE_USE_EVERY: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

pub(in crate::domain) const UNKNOWN: Fault = Fault::Unauthenticated(
    "The session token is unknown, expired or was logged out. Log in again, or leave the token out.",
);
const UNKNOWN_KEY: Fault = Fault::Unauthenticated("The API key is unknown, expired or was revoked.");
const MALFORMED: Fault = Fault::Unauthenticated(
    "The session token is malformed. Send it as `Authorization: Bearer TOKEN`, as `login` returned it.",
);

/// Finds out who shows these credentials. A token that opens no session is an error and not somebody anonymous: its
/// bearer believes to be logged in.
#[tracing::instrument(name = "account::identify", level = "debug", skip_all, err(level = "debug"))]
pub async fn identify(op: &Op) -> Result<Viewer, Fault> {
    match &op.caller().credentials {
        Credentials::None => Ok(Viewer::Anonymous),
        Credentials::Malformed => Err(MALFORMED),
        Credentials::Token(token) => {
            let (account, session) = live(op, &token.hash()).await?.ok_or(UNKNOWN)?;
            let permissions = permissions(op, &account, &session).await?;
            Ok(Viewer::Account(Arc::new(SignedIn { account: Arc::new(account), session, permissions })))
        }
        Credentials::ApiKey(token) => program(op, &token.hash()).await,
    }
}

/// The session with this token and its account, if it is alive, which counts as use.
pub(super) async fn live(
    ports: &Ports,
    token: &TokenHash,
) -> Result<Option<(account::Model, Session)>, Fault> {
    let Some(session) = ports.sessions.touch(token, ports.clock.now()).await? else { return Ok(None) };
    let account = account::Entity::find_by_id(session.account_id).one(ports.db.connection()).await?;
    let account =
        account.filter(|account| account.session_epoch == session.epoch && account.blocked_at.is_none());
    Ok(account.map(|account| (account, session)))
}

/// What an account may do by a session. Where the shop requires a second factor of its staff, nothing without it.
async fn permissions(op: &Op, account: &account::Model, session: &Session) -> Result<Permissions, Fault> {
    if op.accounts.staff_second_factor && !session.is_strong {
        return Ok(Permissions::NONE);
    }
    of_account(op, account).await
}

/// What an account may do by its kind and its roles.
pub(in crate::domain) async fn of_account(
    ports: &Ports,
    account: &account::Model,
) -> Result<Permissions, Fault> {
    let roles = match account.kind {
        Kind::Staff => role::Entity::of_account(account.id).all(ports.db.connection()).await?,
        Kind::Customer | Kind::Admin => Vec::new(),
    };
    Ok(permissions_with(account.kind, &roles))
}

async fn program(op: &Op, key: &TokenHash) -> Result<Viewer, Fault> {
    let now = op.clock.now();
    let db = op.db.connection();
    let key = api_key::Entity::live(key.as_bytes(), now).one(db).await?.ok_or(UNKNOWN_KEY)?;
    if key.last_used_at.is_none_or(|last| now - last >= NOTE_USE_EVERY) {
        let noted = api_key::Entity::update_many()
            .col_expr(api_key::Column::LastUsedAt, Expr::value(now))
            .filter(api_key::Column::Id.eq(key.id))
            .exec(db)
            .await;
        if let Err(error) = noted {
            tracing::warn!(cause = with_causes(&error), "the use of an API key was not noted");
        }
    }
    Ok(Viewer::Program(Arc::new(Program { key })))
}
