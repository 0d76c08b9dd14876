//! Reading who works in the shop and which roles they have.

use std::{collections::HashMap, sync::Arc};

use entity::{
    AccountId, Permission, Permissions,
    account::{self, Kind},
    account_role, role,
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, Select};

use crate::domain::{
    Fault, Op, Viewer, account as accounts,
    page::{self, Page, PageRequest, Position, SortValue},
};

/// A role, and who has it.
#[derive(FromQueryResult)]
pub(super) struct Given {
    pub(super) account_id: AccountId,
    #[sea_orm(nested)]
    pub(super) role: role::Model,
}

/// A page of the accounts that work in the shop, by their addresses.
#[tracing::instrument(name = "staff::members", level = "debug", skip_all, err(level = "debug"))]
pub async fn members(op: &Op, request: &PageRequest) -> Result<Page<account::Model>, Fault> {
    op.require(Permission::StaffEdit).await?;
    let column = (account::Entity, account::Column::Email);
    let id = (account::Entity, account::Column::Id);
    page::fetch(query(), column, id, false, request, op.db.connection()).await
}

/// How many accounts work in the shop.
#[tracing::instrument(name = "staff::count_members", level = "debug", skip_all, err(level = "debug"))]
pub async fn count_members(op: &Op) -> Result<u64, Fault> {
    op.require(Permission::StaffEdit).await?;
    Ok(query().count(op.db.connection()).await?)
}

/// Where an account stands in the list of [`members`].
pub fn member_position(account: &account::Model) -> Position {
    Position { value: SortValue::Text(account.email.clone()), id: account.id.0 }
}

fn query() -> Select<account::Entity> {
    account::Entity::find().filter(account::Column::Kind.ne(Kind::Customer))
}

/// The roles of each of these accounts, by name, in one statement.
///
/// It does not ask who the viewer is: whoever has been given an account may see all of it.
#[tracing::instrument(name = "staff::roles_of", level = "debug", skip_all, err(level = "debug"))]
pub async fn roles_of(
    op: &Op,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Arc<[role::Model]>>, Fault> {
    let chosen = op.db.any_of(account_role::Column::AccountId, accounts.iter().map(|id| id.0));
    let given = role::Entity::given().filter(chosen).into_model::<Given>().all(op.db.connection()).await?;
    let mut roles: HashMap<AccountId, Vec<role::Model>> = HashMap::new();
    for given in given {
        roles.entry(given.account_id).or_default().push(given.role);
    }
    Ok(roles.into_iter().map(|(account, roles)| (account, roles.into())).collect())
}

/// What an account of this kind with these roles may do; the viewer's own account: as much of it as their session allows.
/// `login` tells of an account that was just logged in to whether a second factor was shown.
pub fn permissions(
    op: &Op,
    account: AccountId,
    kind: Kind,
    roles: &[role::Model],
    login: Option<bool>,
) -> Permissions {
    match (login, op.known_viewer()) {
        (Some(false), _) if op.accounts.staff_second_factor => Permissions::NONE,
        (None, Some(Viewer::Account(viewer))) if viewer.account.id == account => viewer.permissions,
        _ => accounts::permissions_with(kind, roles),
    }
}

/// Whether this is the viewer's own account, and their session lets them do nothing more than a customer until they show a
/// second factor. `login` is that of [`permissions`].
pub fn needs_second_factor(op: &Op, account: AccountId, kind: Kind, login: Option<bool>) -> bool {
    match (login, op.known_viewer()) {
        (Some(is_strong), _) => op.accounts.staff_second_factor && kind != Kind::Customer && !is_strong,
        (None, Some(Viewer::Account(viewer))) => {
            viewer.account.id == account && viewer.needs_second_factor(&op.accounts)
        }
        _ => false,
    }
}
