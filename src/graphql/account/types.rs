//! Accounts, and what can go wrong with more than one of their operations.

use std::time::Duration;

use async_graphql::{ComplexObject, Context, Enum, ID, SimpleObject};
use entity::{AccountId, account, address as address_row};

use crate::{
    domain::{account::second_factor, quota::whole_seconds},
    graphql::{
        account::{loader::SecondFactorOf, second_factor_types::SecondFactor},
        address::{Address, AddressesOf},
        context::ContextExt,
        cost::{STATEMENT, cost, list_size},
        error::ResolverError,
        id::Node,
        scalar::Timestamp,
    },
};

/// Somebody who can log in.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Account {
    #[graphql(skip)]
    key: AccountId,
    /// Whether whoever gets this has just logged in to it.
    #[graphql(skip)]
    is_login: bool,
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
}

impl From<&account::Model> for Account {
    fn from(account: &account::Model) -> Self {
        Self {
            key: account.id,
            is_login: false,
            id: account.id.global(),
            email: account.email.clone(),
            name: account.name.clone(),
            kind: account.kind.into(),
            created_at: Timestamp(account.created_at),
        }
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
        if !self.is_login && !second_factor::is_own(ctx.op(), self.key) {
            return None;
        }
        let factor = ctx.loader().load_one(SecondFactorOf(self.key)).await;
        factor.map(|factor| factor.map(SecondFactor::from)).map_err(ResolverError::from).transpose()
    }
}

impl Account {
    /// For the answer to a login, which belongs to nobody yet who could be asked for.
    pub(super) fn at_login(account: &account::Model) -> Self {
        Self { is_login: true, ..account.into() }
    }

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
