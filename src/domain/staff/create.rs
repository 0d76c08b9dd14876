//! Creation of accounts with roles by the operator. No permission is checked: the operator has access to the database.

use entity::{
    AccountId, Permission, Permissions, RoleId,
    account::{self, Kind},
    account_role, role,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use super::assign::audit_json;
use crate::domain::{
    account::{self as accounts, CreateAccountError, NewAccount},
    audit::AuditEntry,
    context::{Services, Txn},
    kernel::{fault::Fault, operation_error::operation_error},
    mail::masked,
};

/// Name of the default role for staff: all permissions but those to appoint staff and to change settings.
pub const SHOP_STAFF: &str = "Shop staff";

operation_error! {
    pub enum CreateMemberError {
        #[error("there is no role named {0:?}")]
        NoRole(String),
        #[error("only staff accounts have roles")]
        NotStaff,
        #[error("{0}")]
        Account(#[from] CreateAccountError),
    }
}

/// Creates an account of any kind. Staff get the roles with these names, or [`SHOP_STAFF`] if none is named.
#[tracing::instrument(name = "staff::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(
    services: &Services,
    new: NewAccount,
    roles: &[String],
) -> Result<account::Model, CreateMemberError> {
    if new.kind != Kind::Staff && !roles.is_empty() {
        return Err(CreateMemberError::NotStaff);
    }
    let row = accounts::prepare(services, new).await?;
    services.write(|txn| create_in_txn(txn, row.clone(), roles).scope_boxed()).await
}

async fn create_in_txn(
    txn: &Txn<'_>,
    row: account::ActiveModel,
    names: &[String],
) -> Result<account::Model, CreateMemberError> {
    let account = accounts::insert(txn, row).await?;
    let mut roles: Vec<role::Model> = Vec::new();
    for name in names {
        let role = role::Entity::with_name(name).one(txn).await?;
        let role = role.ok_or_else(|| CreateMemberError::NoRole(name.clone()))?;
        if roles.iter().all(|other| other.id != role.id) {
            roles.push(role);
        }
    }
    if account.kind == Kind::Staff && roles.is_empty() {
        roles.push(shop_staff_in_txn(txn).await?);
    }
    for role in &roles {
        give_in_txn(txn, account.id, role.id).await?;
    }
    let mut is = audit_json(account.kind, &roles);
    is["email"] = json!(masked(&account.email));
    let entry = AuditEntry::new("accountCreate").about("Account", account.id).change(Value::Null, is);
    txn.audit(entry).await?;
    Ok(account)
}

/// The role [`SHOP_STAFF`], created if there is none of this name.
pub async fn shop_staff_in_txn(txn: &Txn<'_>) -> Result<role::Model, Fault> {
    if let Some(role) = role::Entity::with_name(SHOP_STAFF).one(txn).await? {
        return Ok(role);
    }
    let now = txn.now();
    let kept_back = [Permission::StaffEdit, Permission::SettingsEdit].into_iter().collect();
    let role = role::ActiveModel {
        id: Set(RoleId(txn.random().id(now))),
        name: Set(SHOP_STAFF.to_owned()),
        permissions: Set(Permissions::all().without(kept_back)),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Ok(role.insert(txn).await?)
}

/// Adds a role to an account that does not have it.
pub(in crate::domain) async fn give_in_txn(
    txn: &Txn<'_>,
    account: AccountId,
    role: RoleId,
) -> Result<(), Fault> {
    let row = account_role::ActiveModel { account_id: Set(account), role_id: Set(role) };
    account_role::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}
