//! A request's sender as far as it matters to rules.

use std::sync::Arc;

use entity::{
    Permissions,
    account::{self, Kind},
    api_key,
};

use super::session::{Session, SessionConfig};
use crate::domain::kernel::fault::Fault;

pub(in crate::domain) const UNKNOWN_SESSION: Fault = Fault::Unauthenticated(
    "The session token is unknown, expired or was logged out. Log in again, or leave the token out.",
);

/// Who asks, as far as it matters to rules.
#[derive(Clone, Debug)]
pub enum Viewer {
    /// Somebody who showed nothing.
    Anonymous,
    /// Somebody who is logged in.
    Account(Arc<AuthenticatedAccount>),
    /// A program.
    ApiClient(Arc<ApiClient>),
}

/// Somebody who is logged in.
#[derive(Debug)]
pub struct AuthenticatedAccount {
    /// Who.
    pub account: Arc<account::Model>,
    /// By which session.
    pub session: Session,
    /// What they may do by this session.
    pub permissions: Permissions,
}

/// A program with an API key.
#[derive(Debug)]
pub struct ApiClient {
    /// The key.
    pub key: api_key::Model,
}

pub(in crate::domain) const NO_CREDENTIALS: Fault =
    Fault::Unauthenticated("This needs a session. Log in first.");

impl AuthenticatedAccount {
    /// Whether the shop lets them do nothing more than a customer until they show a second factor.
    pub fn needs_second_factor(&self, config: &SessionConfig) -> bool {
        config.staff_second_factor && self.account.kind != Kind::Customer && !self.session.is_strong
    }
}

impl Viewer {
    /// What they may do.
    pub fn permissions(&self) -> Permissions {
        match self {
            Self::Anonymous => Permissions::NONE,
            Self::Account(account) => account.permissions,
            Self::ApiClient(program) => program.key.permissions,
        }
    }
}
