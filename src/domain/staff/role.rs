//! Making, changing and deleting roles. Whoever changes one holds its row meanwhile, so that nobody gives it to somebody as
//! it was.

use std::collections::HashMap;

use entity::{
    AccountId, Permission, Permissions, RoleId,
    account::{self, Kind},
    account_role, role,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::LockType,
};
use serde_json::{Value, json};

use super::{member::Given, names};
use crate::domain::{
    Fault, Op, Viewer,
    account::{self as accounts, Name},
    audit::{self, Entry},
    database::{self, AsFault},
};

/// The text cannot be the name of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("A role's name has 1 to {} characters, all on one line.", Name::MAX_CHARS)]
pub struct InvalidRoleName;

macro_rules! role_error {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, thiserror::Error)]
        pub enum $name {
            $($own)*
            /// The role is to hold, or holds, permissions that the viewer does not have: these.
            #[error("You do not have all permissions of this role yourself: {0} is missing.")]
            NotHeld(Permissions),
            #[error(transparent)]
            Fault(#[from] Fault),
        }

        impl AsFault for $name {
            fn as_fault(&self) -> Option<&Fault> {
                match self {
                    Self::Fault(fault) => Some(fault),
                    _ => None,
                }
            }
        }
    };
}

role_error! {
    /// Why a role was not made.
    CreateRoleError {
        #[error("{0}")]
        InvalidName(#[from] InvalidRoleName),
        /// Another role has this name.
        #[error("There is a role with this name already.")]
        NameTaken,
    }
}

role_error! {
    /// Why a role was not changed.
    UpdateRoleError {
        /// There is no such role.
        #[error("There is no role with this id.")]
        NotFound,
        #[error("{0}")]
        InvalidName(#[from] InvalidRoleName),
        /// Another role has this name.
        #[error("There is a role with this name already.")]
        NameTaken,
    }
}

role_error! {
    /// Why a role was not deleted.
    DeleteRoleError {
        /// There is no such role.
        #[error("There is no role with this id.")]
        NotFound,
        /// Somebody has it.
        #[error("Accounts that have this role: {accounts}. Take it from them first.")]
        InUse {
            /// How many accounts have it, at least one.
            accounts: u64,
        },
    }
}

/// A change of a role. `None` leaves a field as it is.
#[derive(Debug, Default)]
pub struct RoleChange {
    /// What it is called.
    pub name: Option<String>,
    /// What those who have it may do.
    pub permissions: Option<Permissions>,
}

/// Makes a role.
#[tracing::instrument(name = "staff::create_role", level = "debug", skip_all, err(level = "debug"))]
pub async fn create_role(
    op: &Op,
    name: &str,
    permissions: Permissions,
) -> Result<role::Model, CreateRoleError> {
    let viewer = op.require(Permission::StaffEdit).await?;
    let name = role_name(name)?;
    held(&viewer, permissions).map_err(CreateRoleError::NotHeld)?;
    let now = op.clock.now();
    let id = RoleId(op.random.id(now));
    let role = role::ActiveModel {
        id: Set(id),
        name: Set(name.clone()),
        permissions: Set(permissions),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let told = json!({ "name": name, "permissions": names(permissions) });
    let entry = Entry::new("roleCreate").about("Role", id).change(Value::Null, told);
    op.db
        .write(|transaction| {
            async {
                let role = role.clone().insert(transaction).await;
                let role = role.map_err(|error| taken(error, CreateRoleError::NameTaken))?;
                audit::record(op, transaction, entry.clone()).await?;
                Ok(role)
            }
            .scope_boxed()
        })
        .await
}

/// Changes a role. Whoever may do more by that logs in anew.
#[tracing::instrument(name = "staff::update_role", level = "debug", skip_all, err(level = "debug"))]
pub async fn update_role(op: &Op, id: RoleId, change: RoleChange) -> Result<role::Model, UpdateRoleError> {
    let viewer = op.require(Permission::StaffEdit).await?;
    let change = RoleChange { name: change.name.as_deref().map(role_name).transpose()?, ..change };
    let updated =
        op.db.write(|transaction| update_in_txn(op, transaction, &viewer, id, &change).scope_boxed());
    let (role, risen) = updated.await?;
    for account in risen {
        accounts::end_all(op, account).await;
    }
    Ok(role)
}

async fn update_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    viewer: &Viewer,
    id: RoleId,
    change: &RoleChange,
) -> Result<(role::Model, Vec<AccountId>), UpdateRoleError> {
    let before = hold(transaction, id).await?.ok_or(UpdateRoleError::NotFound)?;
    let permissions = change.permissions.unwrap_or(before.permissions);
    held(viewer, before.permissions.with(permissions)).map_err(UpdateRoleError::NotHeld)?;
    let name = change.name.clone().unwrap_or_else(|| before.name.clone());
    let (mut was, mut is) = (json!({}), json!({}));
    if name != before.name {
        (was["name"], is["name"]) = (json!(before.name), json!(name));
    }
    if permissions != before.permissions {
        (was["permissions"], is["permissions"]) = (names(before.permissions), names(permissions));
    }
    if was == is {
        return Ok((before, Vec::new()));
    }
    let risen = risen(op, transaction, &before, permissions).await?;
    let mut row = before.into_active_model();
    row.name = Set(name);
    row.permissions = Set(permissions);
    row.updated_at = Set(op.clock.now());
    let role = row.update(transaction).await.map_err(|error| taken(error, UpdateRoleError::NameTaken))?;
    for account in &risen {
        accounts::next_epoch(transaction, *account).await?;
    }
    let entry = Entry::new("roleUpdate").about("Role", id).change(was, is);
    audit::record(op, transaction, entry).await?;
    Ok((role, risen))
}

/// Who may do more when `role` holds these permissions.
async fn risen(
    op: &Op,
    transaction: &DatabaseTransaction,
    role: &role::Model,
    permissions: Permissions,
) -> Result<Vec<AccountId>, Fault> {
    let new = permissions.without(role.permissions);
    if new == Permissions::NONE {
        return Ok(Vec::new());
    }
    let holders = account_role::Entity::find()
        .select_only()
        .column(account_role::Column::AccountId)
        .filter(account_role::Column::RoleId.eq(role.id));
    let holders: Vec<AccountId> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::Kind.eq(Kind::Staff))
        .filter(account::Column::Id.in_subquery(holders.into_query()))
        .into_tuple()
        .all(transaction)
        .await?;
    let chosen = op.db.any_of(account_role::Column::AccountId, holders.iter().map(|id| id.0));
    let given = role::Entity::given().filter(chosen).into_model::<Given>().all(transaction).await?;
    let mut had: HashMap<AccountId, Permissions> = HashMap::new();
    for Given { account_id, role } in given {
        let all = had.entry(account_id).or_default();
        *all = all.with(role.permissions);
    }
    Ok(had.into_iter().filter(|(_, had)| !had.cover(new)).map(|(account, _)| account).collect())
}

/// Deletes a role that nobody has.
#[tracing::instrument(name = "staff::delete_role", level = "debug", skip_all, err(level = "debug"))]
pub async fn delete_role(op: &Op, id: RoleId) -> Result<(), DeleteRoleError> {
    let viewer = op.require(Permission::StaffEdit).await?;
    op.db.write(|transaction| delete_in_txn(op, transaction, &viewer, id).scope_boxed()).await
}

async fn delete_in_txn(
    op: &Op,
    transaction: &DatabaseTransaction,
    viewer: &Viewer,
    id: RoleId,
) -> Result<(), DeleteRoleError> {
    let role = hold(transaction, id).await?.ok_or(DeleteRoleError::NotFound)?;
    held(viewer, role.permissions).map_err(DeleteRoleError::NotHeld)?;
    let given = account_role::Entity::find().filter(account_role::Column::RoleId.eq(id));
    let accounts = given.count(transaction).await.map_err(Fault::from)?;
    if accounts > 0 {
        return Err(DeleteRoleError::InUse { accounts });
    }
    role::Entity::delete_by_id(id).exec(transaction).await.map_err(Fault::from)?;
    let told = json!({ "name": role.name, "permissions": names(role.permissions) });
    let entry = Entry::new("roleDelete").about("Role", id).change(told, Value::Null);
    Ok(audit::record(op, transaction, entry).await?)
}

/// Holds a role's row until the transaction ends: nobody gives the role to anybody meanwhile.
async fn hold(transaction: &DatabaseTransaction, id: RoleId) -> Result<Option<role::Model>, Fault> {
    Ok(role::Entity::find_by_id(id).lock(LockType::Update).one(transaction).await?)
}

/// Whether the viewer has all of these; the ones that are missing otherwise.
pub(super) fn held(viewer: &Viewer, permissions: Permissions) -> Result<(), Permissions> {
    let missing = permissions.without(viewer.permissions());
    if missing == Permissions::NONE { Ok(()) } else { Err(missing) }
}

fn role_name(text: &str) -> Result<String, InvalidRoleName> {
    let name = text.parse::<Name>().map_err(|_| InvalidRoleName)?.to_string();
    if name.is_empty() { Err(InvalidRoleName) } else { Ok(name) }
}

fn taken<E: From<Fault>>(error: DbErr, name_taken: E) -> E {
    if database::is_duplicate(&error, "role", "name") { name_taken } else { Fault::from(error).into() }
}
