//! Making accounts with roles from the operator's side: no rule about who asks, because whoever holds the database does.

use entity::{
    AccountId, Permission, Permissions, RoleId,
    account::{self, Kind},
    account_role, role,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait};
use serde_json::{Value, json};

use super::assign::told;
use crate::domain::{
    Fault, Ports,
    account::{self as accounts, CreateAccountError, NewAccount},
    audit::{self, Entry},
    database::AsFault,
    mail::masked,
};

/// The role that every shop can have without making it: all permissions but those to appoint staff and to change how the
/// shop works.
pub const SHOP_STAFF: &str = "Shop staff";

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateMemberError {
    /// There is no role with this name.
    #[error("there is no role named {0:?}")]
    NoRole(String),
    /// Roles are for staff.
    #[error("only staff has roles")]
    NotStaff,
    #[error(transparent)]
    Account(#[from] CreateAccountError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AsFault for CreateMemberError {
    fn as_fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) | Self::Account(CreateAccountError::Fault(fault)) => Some(fault),
            _ => None,
        }
    }
}

/// Makes an account of any kind. Staff gets the roles with these names, or [`SHOP_STAFF`] when none is named.
#[tracing::instrument(name = "staff::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(
    ports: &Ports,
    new: NewAccount,
    roles: &[String],
) -> Result<account::Model, CreateMemberError> {
    if new.kind != Kind::Staff && !roles.is_empty() {
        return Err(CreateMemberError::NotStaff);
    }
    let row = accounts::prepare(ports, new).await?;
    ports.db.write(|transaction| create_in_txn(ports, transaction, row.clone(), roles).scope_boxed()).await
}

async fn create_in_txn(
    ports: &Ports,
    transaction: &DatabaseTransaction,
    row: account::ActiveModel,
    names: &[String],
) -> Result<account::Model, CreateMemberError> {
    let account = accounts::insert(transaction, row).await?;
    let mut roles: Vec<role::Model> = Vec::new();
    for name in names {
        let role = role::Entity::with_name(name).one(transaction).await.map_err(Fault::from)?;
        let role = role.ok_or_else(|| CreateMemberError::NoRole(name.clone()))?;
        if roles.iter().all(|other| other.id != role.id) {
            roles.push(role);
        }
    }
    if account.kind == Kind::Staff && roles.is_empty() {
        roles.push(shop_staff_in_txn(ports, transaction).await?);
    }
    for role in &roles {
        give_in_txn(transaction, account.id, role.id).await?;
    }
    let mut is = told(account.kind, &roles);
    is["email"] = json!(masked(&account.email));
    let entry = Entry::new("accountCreate").about("Account", account.id).change(Value::Null, is);
    audit::record_operator(ports, transaction, entry).await?;
    Ok(account)
}

/// The role [`SHOP_STAFF`], made if there is none of this name.
pub async fn shop_staff_in_txn(
    ports: &Ports,
    transaction: &DatabaseTransaction,
) -> Result<role::Model, Fault> {
    if let Some(role) = role::Entity::with_name(SHOP_STAFF).one(transaction).await? {
        return Ok(role);
    }
    let now = ports.clock.now();
    let kept_back = [Permission::StaffEdit, Permission::SettingsEdit].into_iter().collect();
    let role = role::ActiveModel {
        id: Set(RoleId(ports.random.id(now))),
        name: Set(SHOP_STAFF.to_owned()),
        permissions: Set(Permissions::all().without(kept_back)),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Ok(role.insert(transaction).await?)
}

/// Gives a role to an account that does not have it.
pub(in crate::domain) async fn give_in_txn(
    transaction: &DatabaseTransaction,
    account: AccountId,
    role: RoleId,
) -> Result<(), Fault> {
    let row = account_role::ActiveModel { account_id: Set(account), role_id: Set(role) };
    account_role::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}
