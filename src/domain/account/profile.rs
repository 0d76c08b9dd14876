//! What an account's owner says about themselves.

use std::sync::Arc;

use entity::account;
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::{Value, json};

use super::{InvalidName, Name};
use crate::domain::{
    Fault, Op,
    audit::{self, Entry},
};

/// Why a profile was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateProfileError {
    #[error("{0}")]
    InvalidName(#[from] InvalidName),
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Changes what the viewer is called; `None` leaves it.
#[tracing::instrument(name = "account::update_profile", level = "debug", skip_all, err(level = "debug"))]
pub async fn update_profile(op: &Op, name: Option<&str>) -> Result<Arc<account::Model>, UpdateProfileError> {
    let viewer = op.signed_in().await?;
    let name = name.map(str::parse::<Name>).transpose()?.map(|name| name.to_string());
    let Some(name) = name.filter(|name| *name != viewer.account.name) else {
        return Ok(viewer.account.clone());
    };
    let mut account = account::Model::clone(&viewer.account).into_active_model();
    account.name = Set(name);
    account.updated_at = Set(op.clock.now());
    let entry = Entry::new("profileUpdate")
        .about("Account", viewer.account.id)
        .change(Value::Null, json!({ "name": "changed" }));
    let account = op
        .db
        .write(|transaction| {
            async {
                let account = account.clone().update(transaction).await?;
                audit::record(op, transaction, entry.clone()).await?;
                Ok::<_, Fault>(account)
            }
            .scope_boxed()
        })
        .await?;
    Ok(Arc::new(account))
}
