//! Creation, change and deletion of roles. A change locks the role's row, so that no concurrent request assigns the
//! role as it was before.

use std::collections::HashMap;

use entity::{
    AccountId, Permission, Permissions, RoleId,
    account::{self, Kind},
    account_role, role,
};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::LockType,
};
use serde_json::{Value, json};

use super::{member::RoleAssignment, names};
use crate::domain::{
    audit::AuditEntry,
    context::{OpContext, Txn},
    database,
    identity::{NotHeld, Viewer},
    kernel::{
        fault::Fault,
        operation_error::operation_error,
        text::{FieldProblem, InvalidField, Line},
    },
};

/// Name of a role.
type RoleName = Line<1, 100>;

operation_error! {
    pub enum RoleCreateError {
        #[error("{0}")]
        Invalid(#[from] InvalidField),
        /// The viewer lacks permissions of the new role.
        #[error("{0}")]
        NotHeld(#[from] NotHeld),
    }
}

operation_error! {
    pub enum RoleUpdateError {
        #[error("There is no role with this id.")]
        NotFound(RoleId),
        #[error("{0}")]
        Invalid(#[from] InvalidField),
        /// The viewer lacks permissions that the role has, or would have.
        #[error("{0}")]
        NotHeld(#[from] NotHeld),
    }
}

operation_error! {
    pub enum RoleDeleteError {
        #[error("There is no role with this id.")]
        NotFound(RoleId),
        #[error("{accounts} accounts have this role. Remove it from them first.")]
        InUse {
            accounts: u64,
        },
        /// The viewer lacks permissions of the role.
        #[error("{0}")]
        NotHeld(#[from] NotHeld),
    }
}

/// A change of a role. `None` keeps a field.
#[derive(Debug, Default)]
pub struct RoleChange {
    pub name: Option<String>,
    pub permissions: Option<Permissions>,
}

/// Creates a role.
#[tracing::instrument(name = "staff::role_create", level = "debug", skip_all, err(level = "debug"))]
pub async fn role_create(
    ctx: &OpContext,
    name: &str,
    permissions: Permissions,
) -> Result<role::Model, RoleCreateError> {
    let viewer = ctx.require_person(Permission::StaffEdit).await?;
    let name = String::from(RoleName::of_field("name", name)?);
    viewer.must_hold(permissions)?;
    let now = ctx.now();
    let id = RoleId(ctx.random().id(now));
    let role = role::ActiveModel {
        id: Set(id),
        name: Set(name.clone()),
        permissions: Set(permissions),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let audit_json = json!({ "name": name, "permissions": names(permissions) });
    let entry = AuditEntry::new("roleCreate").about("Role", id).change(Value::Null, audit_json);
    ctx.write(|txn| {
        async {
            let role = role.clone().insert(txn).await;
            let role = role.map_err(name_error::<RoleCreateError>)?;
            txn.audit(entry.clone()).await?;
            Ok(role)
        }
        .scope_boxed()
    })
    .await
}

/// Changes a role. Accounts that gain permissions have to log in again.
#[tracing::instrument(name = "staff::role_update", level = "debug", skip_all, err(level = "debug"))]
pub async fn role_update(
    ctx: &OpContext,
    id: RoleId,
    change: RoleChange,
) -> Result<role::Model, RoleUpdateError> {
    let viewer = ctx.require_person(Permission::StaffEdit).await?;
    let change = RoleChange { name: change.name.as_deref().map(role_name).transpose()?, ..change };
    ctx.write(|txn| update_in_txn(txn, &viewer, id, &change).scope_boxed()).await
}

async fn update_in_txn(
    txn: &Txn<'_>,
    viewer: &Viewer,
    id: RoleId,
    change: &RoleChange,
) -> Result<role::Model, RoleUpdateError> {
    let before = lock_for_update(txn, id).await?.ok_or(RoleUpdateError::NotFound(id))?;
    let permissions = change.permissions.unwrap_or(before.permissions);
    viewer.must_hold(before.permissions.with(permissions))?;
    let name = change.name.clone().unwrap_or_else(|| before.name.clone());
    let (mut was, mut is) = (json!({}), json!({}));
    if name != before.name {
        (was["name"], is["name"]) = (json!(before.name), json!(name));
    }
    if permissions != before.permissions {
        (was["permissions"], is["permissions"]) = (names(before.permissions), names(permissions));
    }
    if was == is {
        return Ok(before);
    }
    let gained = gained(txn, &before, permissions).await?;
    let mut row = before.into_active_model();
    row.name = Set(name);
    row.permissions = Set(permissions);
    row.updated_at = Set(txn.now());
    let role = row.update(txn).await.map_err(name_error::<RoleUpdateError>)?;
    for account in &gained {
        txn.end_sessions(*account).await?;
    }
    let entry = AuditEntry::new("roleUpdate").about("Role", id).change(was, is);
    txn.audit(entry).await?;
    Ok(role)
}

/// Accounts that gain permissions when `role` has these.
async fn gained(
    txn: &Txn<'_>,
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
        .order_by_asc(account::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .filter(account::Column::Kind.eq(Kind::Staff))
        .filter(account::Column::Id.in_subquery(holders.into_query()))
        .into_tuple()
        .all(txn)
        .await?;
    let chosen = txn.services().db.any_of(account_role::Column::AccountId, holders.iter().map(|id| id.0));
    let given = role::Entity::given().filter(chosen).into_model::<RoleAssignment>().all(txn).await?;
    let mut had: HashMap<AccountId, Permissions> = HashMap::new();
    for RoleAssignment { account_id, role } in given {
        let all = had.entry(account_id).or_default();
        *all = all.with(role.permissions);
    }
    Ok(holders.into_iter().filter(|account| had.get(account).is_none_or(|had| !had.cover(new))).collect())
}

/// Deletes a role that no account has.
#[tracing::instrument(name = "staff::role_delete", level = "debug", skip_all, err(level = "debug"))]
pub async fn role_delete(ctx: &OpContext, id: RoleId) -> Result<(), RoleDeleteError> {
    let viewer = ctx.require_person(Permission::StaffEdit).await?;
    ctx.write(|txn| delete_in_txn(txn, &viewer, id).scope_boxed()).await
}

async fn delete_in_txn(txn: &Txn<'_>, viewer: &Viewer, id: RoleId) -> Result<(), RoleDeleteError> {
    let role = lock_for_update(txn, id).await?.ok_or(RoleDeleteError::NotFound(id))?;
    viewer.must_hold(role.permissions)?;
    let given = account_role::Entity::find().filter(account_role::Column::RoleId.eq(id));
    let accounts = given.count(txn).await?;
    if accounts > 0 {
        return Err(RoleDeleteError::InUse { accounts });
    }
    role::Entity::delete_by_id(id).exec(txn).await?;
    let audit_json = json!({ "name": role.name, "permissions": names(role.permissions) });
    let entry = AuditEntry::new("roleDelete").about("Role", id).change(audit_json, Value::Null);
    Ok(txn.audit(entry).await?)
}

/// Locks a role's row until the transaction ends, so that no concurrent request assigns the role.
async fn lock_for_update(txn: &Txn<'_>, id: RoleId) -> Result<Option<role::Model>, Fault> {
    Ok(role::Entity::find_by_id(id).lock(LockType::Update).one(txn).await?)
}

fn role_name(text: &str) -> Result<String, InvalidField> {
    RoleName::of_field("name", text).map(String::from)
}

fn name_error<E: From<InvalidField> + From<DbErr>>(error: DbErr) -> E {
    match database::is_duplicate(&error, "role", "name") {
        true => {
            InvalidField::new("name", FieldProblem::Taken, "A role with this name exists already.").into()
        }
        false => error.into(),
    }
}
