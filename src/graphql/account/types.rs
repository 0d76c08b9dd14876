//! Accounts, and what can go wrong with more than one of their operations.

use std::time::Duration;

use async_graphql::{ComplexObject, Context, Enum, ID, SimpleObject};
use entity::{AccountId, account, address as address_row};

use crate::{
    domain::{
        account::{LoggedIn, second_factor},
        quota::whole_seconds,
        staff,
    },
    graphql::{
        account::{loader::SecondFactorOf, second_factor_types::SecondFactor},
        address::{Address, AddressesOf},
        context::ContextExt,
        cost::{STATEMENT, cost, list_size},
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
    /// Whether whoever gets this has just logged in to it, and then whether with a second factor.
    #[graphql(skip)]
    login: Option<bool>,
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
            login: None,
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
    /// The account's address book, the oldest address first. Of somebody who works in the shop only they themselves see it;
    /// to others it is empty.
    #[graphql(directive = list_size::apply(5, None))]
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Vec<Address>, ResolverError> {
        if !self.shows_addresses(ctx) {
            return Ok(Vec::new());
        }
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
        Ok(permission::list(staff::permissions(ctx.op(), self.key, self.row_kind, roles, self.login)))
    }

    /// Whether the viewer has no permissions in this session because the shop requires a second factor of its staff, and
    /// the session was opened without one. False for all accounts but the viewer's own.
    async fn needs_second_factor(&self, ctx: &Context<'_>) -> bool {
        staff::needs_second_factor(ctx.op(), self.key, self.row_kind, self.login)
    }

    /// Where orders go unless the customer says otherwise; null when no address is chosen for that.
    async fn default_shipping_address(&self, ctx: &Context<'_>) -> Option<Result<Address, ResolverError>> {
        self.address(ctx, |address| address.is_default_shipping).await.transpose()
    }

    /// Where invoices go unless the customer says otherwise; null when no address is chosen for that.
    async fn default_billing_address(&self, ctx: &Context<'_>) -> Option<Result<Address, ResolverError>> {
        self.address(ctx, |address| address.is_default_billing).await.transpose()
    }

    /// The account's second factor; null when it has none, and to everybody but its owner.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn second_factor(&self, ctx: &Context<'_>) -> Option<Result<SecondFactor, ResolverError>> {
        if self.login.is_none() && !second_factor::is_own(ctx.op(), self.key) {
            return None;
        }
        let factor = ctx.loader().load_one(SecondFactorOf(self.key)).await;
        factor.map(|factor| factor.map(SecondFactor::from)).map_err(ResolverError::from).transpose()
    }
}

impl Account {
    /// Whether the viewer gets to see addresses: their own, and customers'.
    fn shows_addresses(&self, ctx: &Context<'_>) -> bool {
        let is_own = self.login.is_some() || second_factor::is_own(ctx.op(), self.key);
        is_own || self.row_kind == account::Kind::Customer
    }

    /// For the answer to a login, which belongs to nobody yet who could be asked for.
    pub(super) fn at_login(login: &LoggedIn) -> Self {
        Self { login: Some(login.session.is_strong), ..(&*login.account).into() }
    }

    /// The first of the account's addresses that is `wanted`.
    async fn address(
        &self,
        ctx: &Context<'_>,
        wanted: fn(&address_row::Model) -> bool,
    ) -> Result<Option<Address>, ResolverError> {
        if !self.shows_addresses(ctx) {
            return Ok(None);
        }
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

/// The email address or the password is wrong; a login does not say which.
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
    retry_after: u32,
}

impl RateLimited {
    /// With the words of an operation's error.
    pub(in crate::graphql) fn new(message: String, retry_after: &Duration) -> Self {
        let retry_after = whole_seconds(retry_after).try_into().unwrap_or(u32::MAX);
        Self { message, path: None, retry_after }
    }
}
