//! Accounts, sessions, and what can go wrong at a login.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject, Union};
use entity::{AccountId, account, address as address_row};

use super::session::Session;
use crate::{
    domain::{
        account::{LoggedIn, LoginError as DomainLoginError},
        staff,
    },
    graphql::{
        address::{Address, AddressesOf},
        context::ContextExt,
        cost::list_size,
        error::ResolverError,
        id::Node,
        permission::{self, Permission},
        scalar::Timestamp,
        staff::{Role, RolesOf},
    },
};

/// Somebody who can log in.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Account {
    #[graphql(skip)]
    key: AccountId,
    #[graphql(skip)]
    row_kind: account::Kind,
    /// The account's global id.
    pub(in crate::graphql) id: ID,
    /// The address to log in with.
    email: String,
    /// What its owner is called; may be empty.
    name: String,
    /// What the account is to the shop.
    kind: AccountKind,
    /// When the account was made.
    created_at: Timestamp,
    /// Since when the account is blocked, so that nobody can log in to it; null when it is not.
    blocked_at: Option<Timestamp>,
}

impl From<&account::Model> for Account {
    fn from(account: &account::Model) -> Self {
        Self {
            key: account.id,
            row_kind: account.kind,
            id: account.id.global(),
            email: account.email.clone(),
            name: account.name.clone(),
            kind: account.kind.into(),
            created_at: Timestamp(account.created_at),
            blocked_at: account.blocked_at.map(Timestamp),
        }
    }
}

impl From<account::Model> for Account {
    fn from(account: account::Model) -> Self {
        Self::from(&account)
    }
}

#[ComplexObject]
impl Account {
    /// The account's address book, the oldest address first.
    #[graphql(directive = list_size::apply(5, None))]
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Vec<Address>, ResolverError> {
        let addresses = ctx.loader().load_one(AddressesOf(self.key)).await?;
        ctx.take_rows(addresses.as_ref().map_or(0, |addresses| addresses.len()))?;
        Ok(addresses.iter().flat_map(|addresses| addresses.iter()).cloned().map(Address::from).collect())
    }

    /// The roles of somebody who works in the shop, by name; empty for customers.
    #[graphql(directive = list_size::apply(3, None))]
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<Role>, ResolverError> {
        let roles = ctx.loader().load_one(RolesOf(self.key)).await?;
        ctx.take_rows(roles.as_ref().map_or(0, |roles| roles.len()))?;
        Ok(roles.iter().flat_map(|roles| roles.iter()).map(Role::from).collect())
    }

    /// What the account may do in the shop beyond what every customer may. For the viewer's own account, what the session
    /// of this request allows; for others, what their kind and their roles give.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Vec<Permission>, ResolverError> {
        let roles = ctx.loader().load_one(RolesOf(self.key)).await?;
        let roles = roles.as_deref().unwrap_or_default();
        Ok(permission::list(staff::permissions(ctx.op(), self.key, self.row_kind, roles)))
    }

    /// Whether the viewer has no permissions in this session because the shop requires a second factor of its staff, and
    /// the session was opened without one. False for all accounts but the viewer's own.
    async fn needs_second_factor(&self, ctx: &Context<'_>) -> bool {
        staff::needs_second_factor(ctx.op(), self.key)
    }

    /// Where orders go unless the customer says otherwise; null when no address is chosen for that.
    async fn default_shipping_address(&self, ctx: &Context<'_>) -> Option<Result<Address, ResolverError>> {
        self.address(ctx, |address| address.is_default_shipping).await.transpose()
    }

    /// Where invoices go unless the customer says otherwise; null when no address is chosen for that.
    async fn default_billing_address(&self, ctx: &Context<'_>) -> Option<Result<Address, ResolverError>> {
        self.address(ctx, |address| address.is_default_billing).await.transpose()
    }
}

impl Account {
    /// The first of the account's addresses that is `wanted`.
    async fn address(
        &self,
        ctx: &Context<'_>,
        wanted: fn(&address_row::Model) -> bool,
    ) -> Result<Option<Address>, ResolverError> {
        let addresses = ctx.loader().load_one(AddressesOf(self.key)).await?;
        let mut addresses = addresses.iter().flat_map(|addresses| addresses.iter());
        Ok(addresses.find(|address| wanted(address)).cloned().map(Address::from))
    }
}

/// What an account is to the shop.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "account::Kind")]
enum AccountKind {
    /// Shops for itself.
    Customer,
    /// Works in the shop, and may do what its roles allow.
    Staff,
    /// May do everything, also appoint staff.
    Admin,
}

/// How a client keeps its session.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub(super) enum SessionTransport {
    /// The answer holds the token; the client sends it as `Authorization: Bearer TOKEN`. For programs and apps.
    #[default]
    Bearer,
    /// The answer sets a cookie that scripts cannot read. For browsers.
    Cookie,
}

/// What a login needs.
#[derive(InputObject)]
pub(super) struct LoginInput {
    /// The account's address, in capital or small letters.
    pub(super) email: String,
    /// The account's password.
    #[graphql(secret)]
    pub(super) password: String,
    /// How the client keeps its session.
    #[graphql(default)]
    pub(super) transport: SessionTransport,
    /// Whether the client keeps the session when it is closed. Otherwise it ends after a few hours, and a cookie with the
    /// browser.
    #[graphql(default = true)]
    pub(super) remember_me: bool,
}

/// What became of a login.
#[derive(SimpleObject)]
pub(super) struct LoginPayload {
    /// The session; null when the login failed.
    session: Option<Session>,
    /// Whose session it is; null when the login failed.
    account: Option<Account>,
    /// Why the login failed; empty when it did not.
    errors: Vec<LoginError>,
}

/// Why a login failed.
#[derive(Union)]
pub(super) enum LoginError {
    InvalidCredentials(InvalidCredentials),
    RateLimited(RateLimited),
}

/// The email address or the password is wrong; which of the two is not said.
#[derive(SimpleObject)]
pub struct InvalidCredentials {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// Too many attempts; waiting helps.
#[derive(SimpleObject)]
pub struct RateLimited {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
    /// After how many seconds the next attempt is allowed.
    pub(super) retry_after: u32,
}

impl LoginPayload {
    /// The payload of a login that went well.
    pub(super) fn success(login: &LoggedIn, transport: SessionTransport) -> Self {
        Self {
            session: Some(Session::opened(login, transport == SessionTransport::Bearer)),
            account: Some((&*login.account).into()),
            errors: Vec::new(),
        }
    }

    /// The payload of a login that failed for one of its own reasons.
    pub(super) fn failure(error: DomainLoginError) -> Result<Self, ResolverError> {
        let (message, path) = (error.to_string(), None);
        let error = match error {
            DomainLoginError::InvalidCredentials => {
                LoginError::InvalidCredentials(InvalidCredentials { message, path })
            }
            DomainLoginError::RateLimited { retry_after } => {
                LoginError::RateLimited(RateLimited::new(message, retry_after))
            }
            DomainLoginError::Fault(fault) => return Err(fault.into()),
        };
        Ok(Self { session: None, account: None, errors: vec![error] })
    }
}

/// What became of a logout.
#[derive(SimpleObject)]
pub(super) struct LogoutPayload {
    /// Whether a session ended; false when the caller had none.
    pub(super) logged_out: bool,
}
