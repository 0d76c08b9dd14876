//! Accounts, and what changes them.

mod change;
mod registration;

use async_graphql::{ComplexObject, Context, Enum, ID, SimpleObject};
use entity::{AccountId, account as row, address as address_row};

pub(in crate::graphql) use change::*;
pub(in crate::graphql) use registration::*;

use crate::{
    domain::{account, staff},
    graphql::{
        address::{Address, AddressesOf},
        auth::{SecondFactor, SecondFactorOf},
        cart::{Cart, CartOf},
        customer::TagsOfCustomer,
        kit::{
            context::ContextExt,
            cost::{STATEMENT, cost, list_size},
            error::ResolverError,
            id::Node,
            listing::ListConnection,
            load,
            loader::loader,
            payload::user_errors,
            permission::{self, Permission},
            scalar::Timestamp,
        },
        staff::{Role, RolesOf},
        tax::{TaxExemption, TaxExemptionOf},
    },
};

pub type AccountConnection = ListConnection<Account>;

loader!(AccountId => row::Model, account::by_ids);

user_errors! {
    /// The account has permissions that the viewer does not have, so the viewer cannot change it.
    AccountMayDoMore

    /// The account is the last admin who can log in, so it must remain one.
    LastAdmin

    /// The account is the viewer's own.
    CannotBlockYourself

    /// The current password is wrong.
    WrongPassword

    /// The token of an email has expired, was used before, or never existed.
    InvalidToken

    /// The email address was registered more than once; the password shows which registration the token belongs to.
    PasswordRequired
}

/// Person who can log in: a customer, a member of staff or an admin.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Account {
    #[graphql(skip)]
    key: AccountId,
    #[graphql(skip)]
    row_kind: row::Kind,
    /// The account's global id.
    pub(in crate::graphql) id: ID,
    /// Email address to log in with.
    email: String,
    /// Name of the account's owner; may be empty.
    name: String,
    /// Kind of account.
    kind: AccountKind,
    /// Time at which the account was created.
    created_at: Timestamp,
    /// Time at which the account was blocked; null when it is not blocked. A blocked account cannot log in.
    blocked_at: Option<Timestamp>,
}

/// Kind of account.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "row::Kind")]
pub(in crate::graphql) enum AccountKind {
    /// Buys in the shop.
    Customer,
    /// Works in the shop, with the permissions of its roles.
    Staff,
    /// Works in the shop, with all permissions; also appoints staff.
    Admin,
}

impl From<&row::Model> for Account {
    fn from(account: &row::Model) -> Self {
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

impl From<row::Model> for Account {
    fn from(account: row::Model) -> Self {
        Self::from(&account)
    }
}

#[ComplexObject]
impl Account {
    /// Cart of the account; null if there is none, and for other viewers than the owner.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn cart(&self, ctx: &Context<'_>) -> Option<Result<Cart, ResolverError>> {
        load::optional(ctx, CartOf(self.key)).await
    }

    /// Address book of the account, oldest address first. Only the account's owner sees addresses of staff; for others the
    /// list is empty.
    #[graphql(directive = list_size::apply(5, None))]
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Vec<Address>, ResolverError> {
        load::list(ctx, AddressesOf(self.key)).await
    }

    /// Roles of a member of staff, by name; empty for customers.
    #[graphql(directive = list_size::apply(3, None))]
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<Role>, ResolverError> {
        load::list(ctx, RolesOf(self.key)).await
    }

    /// Permissions of the account. For the viewer's own account, those of the session of this request; for others, those
    /// of their kind and their roles.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Vec<Permission>, ResolverError> {
        let roles = ctx.loader().load_one(RolesOf(self.key)).await?;
        let roles = roles.as_deref().unwrap_or_default();
        Ok(permission::list(staff::permissions(ctx.op(), self.key, self.row_kind, roles)))
    }

    /// Whether the viewer has no permissions in this session because the shop requires a second factor of its staff and
    /// the session was opened without one. False for all accounts but the viewer's own.
    async fn needs_second_factor(&self, ctx: &Context<'_>) -> bool {
        staff::needs_second_factor(ctx.op(), self.key, self.row_kind)
    }

    /// Default address to ship orders to; null when none is chosen.
    async fn default_shipping_address(&self, ctx: &Context<'_>) -> Option<Result<Address, ResolverError>> {
        self.address(ctx, |address| address.is_default_shipping).await.transpose()
    }

    /// Default address to send invoices to; null when none is chosen.
    async fn default_billing_address(&self, ctx: &Context<'_>) -> Option<Result<Address, ResolverError>> {
        self.address(ctx, |address| address.is_default_billing).await.transpose()
    }

    /// Second factor of the account; null when it has none, and for all viewers but the account's owner.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn second_factor(&self, ctx: &Context<'_>) -> Option<Result<SecondFactor, ResolverError>> {
        load::optional(ctx, SecondFactorOf(self.key)).await
    }

    /// Tags of a customer, in alphabetical order, which discounts can require. Null for viewers without `CUSTOMERS_VIEW`.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn tags(&self, ctx: &Context<'_>) -> Option<Result<Vec<String>, ResolverError>> {
        let tags = ctx.loader().load_one(TagsOfCustomer(self.key)).await;
        tags.map(|tags| tags.map(|tags| tags.to_vec())).map_err(ResolverError::from).transpose()
    }

    /// Exemption from tax; null for none, and for all viewers but the account's owner and, if the owner is a customer, those
    /// with `CUSTOMERS_VIEW`.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn tax_exemption(&self, ctx: &Context<'_>) -> Option<Result<TaxExemption, ResolverError>> {
        load::optional(ctx, TaxExemptionOf(self.key)).await
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
