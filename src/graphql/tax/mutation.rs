//! Changing tax classes, rates and settings, and exemptions of customers.

use async_graphql::{Context, Object};
use entity::{AccountId, TaxClassId, TaxRateId};

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

    /// Deletes a tax class with its rates. Variants and shipping methods must not have it, and it must not be the shop's default.
    /// Requires `PRODUCTS_EDIT`.
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

    /// Changes settings of tax. Fields that are missing stay as they are. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn tax_settings_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: TaxSettingsUpdateInput,
    ) -> Result<TaxSettingsUpdatePayload, ResolverError> {
        let change = input.decode()?;
        TaxSettingsUpdatePayload::from_result(tax::tax_settings_update(ctx.op(), change).await)
    }

    /// Creates a rate of a tax class at a place. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn tax_rate_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rate.")] input: TaxRateCreateInput,
    ) -> Result<TaxRateCreatePayload, ResolverError> {
        TaxRateCreatePayload::from_result(tax::tax_rate_create(ctx.op(), input.decode()?).await)
    }

    /// Changes name, percentage or reason of a rate. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn tax_rate_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rate, and the fields to change.")] input: TaxRateUpdateInput,
    ) -> Result<TaxRateUpdatePayload, ResolverError> {
        let id = TaxRateId::from_global(&input.id, "input.id")?;
        TaxRateUpdatePayload::from_result(tax::tax_rate_update(ctx.op(), id, input.into()).await)
    }

    /// Deletes a rate. Requires `SETTINGS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::SettingsEdit))]
    async fn tax_rate_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rate.")] input: TaxRateDeleteInput,
    ) -> Result<TaxRateDeletePayload, ResolverError> {
        let id = TaxRateId::from_global(&input.id, "input.id")?;
        let deleted = tax::tax_rate_delete(ctx.op(), id).await;
        TaxRateDeletePayload::from_result(deleted.map(|()| id.global()))
    }

    /// Exempts a customer from tax, or ends the exemption. Without `CUSTOMERS_VIEW` no customer is found. Requires
    /// `CUSTOMERS_EDIT`.
    #[graphql(directive = cost::apply(STATEMENT), directive = requires::apply(Permission::CustomersEdit))]
    async fn customer_tax_exemption_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer, and the exemption.")] input: CustomerTaxExemptionSetInput,
    ) -> Result<CustomerTaxExemptionSetPayload, ResolverError> {
        let id = AccountId::from_global(&input.id, "input.id")?;
        let (reason, tax_id) = (input.reason.map(Into::into), input.tax_id.as_deref());
        let set = tax::customer_tax_exemption_set(ctx.op(), id, reason, tax_id).await;
        CustomerTaxExemptionSetPayload::from_result(set)
    }
}
