//! The authenticated sender of a request.

use std::sync::Arc;

use entity::{
    Permission, Permissions,
    account::{self, Kind},
    api_key,
};

use super::session::{Session, SessionConfig};
use crate::domain::kernel::{fault::Fault, words};

pub(in crate::domain) const UNKNOWN_SESSION: Fault = Fault::Unauthenticated(
    "The session token is unknown, expired or was logged out. Log in again, or leave the token out.",
);

/// The authenticated sender of a request.
#[derive(Clone, Debug)]
pub enum Viewer {
    Anonymous,
    Account(Arc<AuthenticatedAccount>),
    ApiClient(Arc<ApiClient>),
}

/// An account with its session.
#[derive(Debug)]
pub struct AuthenticatedAccount {
    pub account: Arc<account::Model>,
    pub session: Session,
    /// Permissions in this session.
    pub permissions: Permissions,
}

/// A program with an API key.
#[derive(Debug)]
pub struct ApiClient {
    pub key: api_key::Model,
    /// Permissions at present: those of the key that the account which created it still has.
    pub permissions: Permissions,
}

/// The viewer does not have these permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", words::permissions_required(.0.iter().map(Permission::name)))]
pub struct NotHeld(pub Permissions);

pub(in crate::domain) const NO_CREDENTIALS: Fault =
    Fault::Unauthenticated("A session is required. Log in first.");

impl AuthenticatedAccount {
    /// Whether the account has the permissions of a customer until it uses a second factor.
    pub fn needs_second_factor(&self, config: &SessionConfig) -> bool {
        config.staff_second_factor && self.account.kind != Kind::Customer && !self.session.is_strong
    }
}

impl Viewer {
    /// Rejects permissions that the viewer does not have, and so cannot grant.
    pub(in crate::domain) fn must_hold(&self, permissions: Permissions) -> Result<(), NotHeld> {
        let missing = permissions.without(self.permissions());
        if missing == Permissions::NONE { Ok(()) } else { Err(NotHeld(missing)) }
    }

    /// Permissions of the viewer.
    pub fn permissions(&self) -> Permissions {
        match self {
            Self::Anonymous => Permissions::NONE,
            Self::Account(account) => account.permissions,
            Self::ApiClient(program) => program.permissions,
        }
    }
}
