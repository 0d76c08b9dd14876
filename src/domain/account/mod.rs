//! Accounts: registration, changes by the owner, blocking, and visibility. Logins are in `auth`.

mod authorization;
mod block;
mod create;
mod email_change;
mod email_job;
mod hooks;
mod network;
mod password;
mod profile;
mod registration;

pub(in crate::domain) use authorization::{
    is_visible, lock, lock_with_admins, outranks, permissions_of, permissions_with, revoke_keys_in_txn,
};
pub use block::{BlockError, UnblockError, block, unblock};
pub use create::{CreateAccountError, NewAccount, create};
pub(in crate::domain) use create::{insert, prepare};
pub use email_change::{
    EmailChangeConfirmError, EmailChangeRequestError, email_change_confirm, email_change_request,
};
pub use email_job::{CHANGE_WITHIN, EmailJobHandler, RESET_WITHIN, VERIFY_WITHIN};
pub(in crate::domain) use email_job::{EmailJob, Notification, notify};
pub use hooks::OwnHooks;
pub(in crate::domain) use network::{is_known, note_login_in_txn, remember_in_txn};
pub(in crate::domain) use password::{confirm_password, hash_of_choice};
pub use profile::{ProfileUpdateError, profile_update};
pub(in crate::domain) use registration::request_mail;
pub use registration::{
    EmailVerifyError, RegisterError, Registration, RequestMailError, email_verify, email_verify_resend,
    register,
};

use std::{collections::HashMap, sync::Arc};

use entity::{AccountId, Permission, account};
use sea_orm::{EntityTrait, QueryFilter};

use crate::domain::{
    context::OpContext,
    identity::Viewer,
    kernel::{fault::Fault, text::Line},
};

/// Name of an account's owner; may be empty.
pub type Name = Line<0, 100>;

/// The viewer's own account; `None` for anonymous callers and API keys.
#[tracing::instrument(name = "account::me", level = "debug", skip_all, err(level = "debug"))]
pub async fn me(ctx: &OpContext) -> Result<Option<Arc<account::Model>>, Fault> {
    Ok(match ctx.viewer().await? {
        Viewer::Anonymous | Viewer::ApiClient(_) => None,
        Viewer::Account(viewer) => Some(viewer.account.clone()),
    })
}

/// The accounts with these ids that the viewer may see, in one statement: its own, customers with
/// [`Permission::CustomersView`], staff with [`Permission::StaffEdit`].
#[tracing::instrument(name = "account::by_ids", level = "debug", skip_all, err(level = "debug"))]
pub async fn by_ids(ctx: &OpContext, ids: &[AccountId]) -> Result<HashMap<AccountId, account::Model>, Fault> {
    let viewer = ctx.viewer().await?;
    let own = me(ctx).await?;
    let may = viewer.permissions();
    let mut seen = HashMap::new();
    let mut others = Vec::new();
    for id in ids {
        match &own {
            Some(own) if own.id == *id => {
                seen.insert(*id, account::Model::clone(own));
            }
            _ => others.push(id.0),
        }
    }
    if !others.is_empty() && (may.has(Permission::CustomersView) || may.has(Permission::StaffEdit)) {
        let chosen = ctx.services().db.any_of(account::Column::Id, others);
        let accounts = account::Entity::find().filter(chosen).all(ctx.db()).await?;
        let seen_by_right = accounts.into_iter().filter(|account| is_visible(&viewer, account));
        seen.extend(seen_by_right.map(|account| (account.id, account)));
    }
    Ok(seen)
}
