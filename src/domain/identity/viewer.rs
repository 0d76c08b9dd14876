//! A request's sender as far as it matters to rules.

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

/// Who asks, as far as it matters to rules.
#[derive(Clone, Debug)]
pub enum Viewer {
    Anonymous,
    Account(Arc<AuthenticatedAccount>),
    ApiClient(Arc<ApiClient>),
}

/// Somebody who is logged in.
#[derive(Debug)]
pub struct AuthenticatedAccount {
    pub account: Arc<account::Model>,
    pub session: Session,
    /// What they may do by this session.
    pub permissions: Permissions,
}

/// A program with an API key.
#[derive(Debug)]
pub struct ApiClient {
    pub key: api_key::Model,
    /// What it may do now: what the key was made with, as far as its maker still may do it.
    pub permissions: Permissions,
}

/// The viewer does not have these permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", words::permissions_required(.0.iter().map(Permission::name)))]
pub struct NotHeld(pub Permissions);

pub(in crate::domain) const NO_CREDENTIALS: Fault =
    Fault::Unauthenticated("This needs a session. Log in first.");

impl AuthenticatedAccount {
    /// Whether the shop lets them do nothing more than a customer until they show a second factor.
    pub fn needs_second_factor(&self, config: &SessionConfig) -> bool {
        config.staff_second_factor && self.account.kind != Kind::Customer && !self.session.is_strong
    }
}

impl Viewer {
    /// Refuses permissions that they do not have: nobody hands those out.
    pub(in crate::domain) fn must_hold(&self, permissions: Permissions) -> Result<(), NotHeld> {
        let missing = permissions.without(self.permissions());
        if missing == Permissions::NONE { Ok(()) } else { Err(NotHeld(missing)) }
    }

    /// What they may do.
    pub fn permissions(&self) -> Permissions {
        match self {
            Self::Anonymous => Permissions::NONE,
            Self::Account(account) => account.permissions,
            Self::ApiClient(program) => program.permissions,
        }
    }
}
