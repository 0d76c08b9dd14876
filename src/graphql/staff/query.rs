//! Reading roles and staff.

use async_graphql::{Context, Object};

use super::types::{MemberConnection, RoleConnection};
use crate::{
    domain::staff,
    graphql::kit::{
        context::ContextExt,
        cost::{PAGE, STATEMENT, cost, list_size, page_arguments},
        error::ResolverError,
        listing::connection,
        page::PageArgs,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct StaffQuery;

#[Object]
impl StaffQuery {
    /// The roles of the shop, by name. Requires `STAFF_EDIT`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(PAGE, page_arguments()),
        directive = requires::apply(Permission::StaffEdit)
    )]
    async fn roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Maximum number of roles from the start, 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of roles from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<RoleConnection, ResolverError> {
        connection(ctx, staff::roles(ctx.op()).await?, PageArgs { first, after, last, before }).await
    }

    /// The accounts of staff and admins, by email. Requires `STAFF_EDIT`.
    #[graphql(
        directive = cost::apply(STATEMENT),
        directive = list_size::apply(PAGE, page_arguments()),
        directive = requires::apply(Permission::StaffEdit)
    )]
    async fn staff_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Maximum number of accounts from the start, 0 to 100; default 20.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(desc = "Maximum number of accounts from the end, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<MemberConnection, ResolverError> {
        connection(ctx, staff::members(ctx.op()).await?, PageArgs { first, after, last, before }).await
    }
}
