//! Changing tax classes.

use async_graphql::{Context, Object};
use entity::TaxClassId;

use super::types::*;
use crate::{
    domain::tax,
    graphql::kit::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
        permission::{Permission, requires},
    },
};

#[derive(Default)]
pub struct TaxMutation;

#[Object]
impl TaxMutation {
    /// Creates a tax class. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn tax_class_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tax class.")] input: TaxClassCreateInput,
    ) -> Result<TaxClassCreatePayload, ResolverError> {
        TaxClassCreatePayload::from_result(tax::tax_class_create(ctx.op(), &input.name).await)
    }

    /// Renames a tax class. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn tax_class_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tax class, and its new name.")] input: TaxClassUpdateInput,
    ) -> Result<TaxClassUpdatePayload, ResolverError> {
        let id = TaxClassId::from_global(&input.id, "input.id")?;
        TaxClassUpdatePayload::from_result(tax::tax_class_update(ctx.op(), id, &input.name).await)
    }

    /// Deletes a tax class that no variant and no shipping method has. Requires `PRODUCTS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::ProductsEdit))]
    async fn tax_class_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tax class.")] input: TaxClassDeleteInput,
    ) -> Result<TaxClassDeletePayload, ResolverError> {
        let id = TaxClassId::from_global(&input.id, "input.id")?;
        let deleted = tax::tax_class_delete(ctx.op(), id).await;
        TaxClassDeletePayload::from_result(deleted.map(|()| id.global()))
    }
}
