//! The viewer's profile.

use std::sync::Arc;

use entity::account;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::{Value, json};

use super::Name;
use crate::domain::{
    audit::AuditEntry,
    context::OpContext,
    kernel::{fault::Fault, operation_error::operation_error, text::InvalidField},
};

operation_error! {
    pub enum ProfileUpdateError {
        #[error("{0}")]
        Invalid(#[from] InvalidField),
    }
}

/// Changes the viewer's name; `None` keeps it.
#[tracing::instrument(name = "account::profile_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn profile_update(
    ctx: &OpContext,
    name: Option<&str>,
) -> Result<Arc<account::Model>, ProfileUpdateError> {
    let viewer = ctx.authenticated_account().await?;
    let name = name.map(|name| Name::of_field("name", name)).transpose()?.map(String::from);
    let Some(name) = name.filter(|name| *name != viewer.account.name) else {
        return Ok(viewer.account.clone());
    };
    let mut account = account::Model::clone(&viewer.account).into_active_model();
    account.name = Set(name);
    account.updated_at = Set(ctx.now());
    let entry = AuditEntry::new("profileUpdate")
        .about("Account", viewer.account.id)
        .change(Value::Null, json!({ "name": "changed" }));
    let account = ctx
        .write(|txn| {
            async {
                let account = account.clone().update(txn).await?;
                txn.audit(entry.clone()).await?;
                Ok::<_, Fault>(account)
            }
            .scope_boxed()
        })
        .await?;
    Ok(Arc::new(account))
}
