//! Export of an account's exemption from tax.

use async_trait::async_trait;
use entity::{AccountId, account_tax};
use sea_orm::EntityTrait;
use serde_json::json;

use crate::domain::{
    context::{AccountHooks, Export, OpContext},
    kernel::{fault::Fault, global_id::enum_name},
};

/// Exemption of an account from tax. Deleted with the account.
pub struct TaxHooks;

#[async_trait]
impl AccountHooks for TaxHooks {
    fn tables(&self) -> &'static [&'static str] {
        &["account_tax"]
    }

    async fn exported(&self, ctx: &OpContext, id: AccountId) -> Result<Export, Fault> {
        let exemption = account_tax::Entity::find_by_id(id).one(ctx.db()).await?;
        let exemption = exemption.map(|row| json!({ "reason": enum_name(&row.reason), "taxId": row.tax_id }));
        Ok(vec![("taxExemption", exemption.unwrap_or_default())])
    }
}
