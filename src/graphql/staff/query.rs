//! Reading roles and who works in the shop.

use async_graphql::{Context, Object, connection::Connection};

use super::types::Role;
use crate::{
    domain::{page::SortValue, staff},
    graphql::{
        account::{AccountConnection, AccountTotal},
        context::ContextExt,
        cost::{COUNT, PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        page::{Cursor, List, PageArgs, connection},
    },
};

/// Queries on roles and staff.
#[derive(Default)]
pub struct StaffQuery;

#[Object]
impl StaffQuery {
    /// The roles that can be given to people who work in the shop, by name. Takes `STAFF_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    async fn roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many roles from the start, at most 100; 20 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "Only roles behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many roles from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only roles before this cursor.")] before: Option<String>,
    ) -> Result<RoleConnection, ResolverError> {
        let page = PageArgs { first, after, last, before }.decode(&ROLES)?;
        let roles = staff::roles(ctx.op(), &page).await?;
        Ok(connection(&ROLES, roles, staff::role_position, RoleTotal))
    }

    /// The accounts of staff and admins, by their addresses. Takes `STAFF_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = list_size::apply(PAGE, page_arguments()))]
    async fn staff_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many accounts from the start, at most 100; 20 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "Only accounts behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many accounts from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only accounts before this cursor.")] before: Option<String>,
    ) -> Result<AccountConnection, ResolverError> {
        let page = PageArgs { first, after, last, before }.decode(&MEMBERS)?;
        let members = staff::members(ctx.op(), &page).await?;
        Ok(connection(&MEMBERS, members, staff::member_position, AccountTotal::Staff))
    }
}

const ROLES: List = List { name: "role.name", sample: SortValue::Text(String::new()) };
const MEMBERS: List = List { name: "staff.email", sample: SortValue::Text(String::new()) };

/// A page of a list of roles.
pub type RoleConnection = Connection<Cursor, Role, RoleTotal>;

/// What a connection of roles knows beyond its page.
pub struct RoleTotal;

#[Object]
impl RoleTotal {
    /// How many roles there are on all pages. Counted only when asked for.
    #[graphql(directive = cost::apply(COUNT))]
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64, ResolverError> {
        Ok(staff::count_roles(ctx.op()).await?)
    }
}
