//! Roles: named sets of permissions that are assigned to staff.

use sea_orm::{
    QueryOrder, QuerySelect, QueryTrait, Select,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait},
};

use crate::{AccountId, Permissions, RoleId, account_role};

/// One role.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoleId,
    #[sea_orm(unique)]
    pub name: String,
    pub permissions: Permissions,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the roles of an account.
    pub fn of_account(account: AccountId) -> Select<Self> {
        let given = account_role::Entity::find()
            .select_only()
            .column(account_role::Column::RoleId)
            .filter(account_role::Column::AccountId.eq(account));
        Self::find().filter(Column::Id.in_subquery(sea_orm::QueryTrait::into_query(given)))
    }

    /// Selects the role with this name.
    pub fn with_name(name: &str) -> Select<Self> {
        Self::find().filter(COLUMN.name.eq(name))
    }

    /// Selects the roles, each with the `account_id` of an account that has it, by name.
    pub fn given() -> Select<Self> {
        let is_same =
            Expr::col((account_role::Entity, account_role::Column::RoleId)).equals((Self, Column::Id));
        let mut given = Self::find().column(account_role::Column::AccountId);
        QueryTrait::query(&mut given).inner_join(account_role::Entity, is_same);
        given.order_by_asc(Column::Name).order_by_asc(Column::Id)
    }
}
