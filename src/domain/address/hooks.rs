//! Export of an account's addresses.

use async_trait::async_trait;
use entity::{AccountId, address};
use serde_json::json;

use crate::domain::{
    context::{AccountHooks, Export, OpContext},
    kernel::{fault::Fault, global_id::GlobalId},
};

/// Address book of an account. Deleted with the account.
pub struct AddressHooks;

#[async_trait]
impl AccountHooks for AddressHooks {
    fn tables(&self) -> &'static [&'static str] {
        &["address"]
    }

    async fn exported(&self, ctx: &OpContext, id: AccountId) -> Result<Export, Fault> {
        let rows = address::Entity::of_account(id).all(ctx.db()).await?;
        let address = |row: &address::Model| {
            json!({
                "id": row.id.global_id(),
                "name": row.name,
                "company": row.company,
                "line1": row.line1,
                "line2": row.line2,
                "city": row.city,
                "subdivision": row.subdivision,
                "postalCode": row.postal_code,
                "country": row.country,
                "phone": row.phone,
                "isDefaultShipping": row.is_default_shipping,
                "isDefaultBilling": row.is_default_billing,
                "createdAt": row.created_at,
                "updatedAt": row.updated_at,
            })
        };
        Ok(vec![("addresses", rows.iter().map(address).collect())])
    }
}
