//! Named sets of permissions, given to the people who work in the shop.

use sea_orm::{QuerySelect, Select, entity::prelude::*};

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
    /// The roles that an account has.
    pub fn of_account(account: AccountId) -> Select<Self> {
        let given = account_role::Entity::find()
            .select_only()
            .column(account_role::Column::RoleId)
            .filter(account_role::Column::AccountId.eq(account));
        Self::find().filter(Column::Id.in_subquery(sea_orm::QueryTrait::into_query(given)))
    }
}
