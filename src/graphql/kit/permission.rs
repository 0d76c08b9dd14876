//! Permissions in the API.

use async_graphql::{Enum, TypeDirective};
use entity::Permissions;

/// Permission of staff and API keys for one part of the shop.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Permission")]
pub enum Permission {
    /// Change the catalogue.
    ProductsEdit,
    /// Change stock levels.
    InventoryEdit,
    /// View and change discounts and their codes.
    DiscountsEdit,
    /// View the orders of all customers.
    OrdersView,
    /// Change orders.
    OrdersEdit,
    /// Issue refunds.
    RefundsIssue,
    /// View customers.
    CustomersView,
    /// Change, block and unblock customers.
    CustomersEdit,
    /// View reports.
    ReportsView,
    /// View and change staff and roles.
    StaffEdit,
    /// Change the shop's settings and shipping, manage API keys and dead letters, and view the audit log.
    SettingsEdit,
}

/// Permission that the field requires; without it the field fails with `FORBIDDEN`.
#[TypeDirective(name = "requires", location = "FieldDefinition")]
pub(in crate::graphql) fn requires(#[graphql(desc = "Name of the permission.")] permission: Permission) {}

pub(in crate::graphql) fn list(permissions: Permissions) -> Vec<Permission> {
    permissions.iter().map(Permission::from).collect()
}

pub(in crate::graphql) fn set(permissions: Vec<Permission>) -> Permissions {
    permissions.into_iter().map(entity::Permission::from).collect()
}

#[cfg(test)]
mod tests {
    use async_graphql::resolver_utils::{EnumType, enum_value};

    use super::*;

    #[test]
    fn permissions_have_the_names_that_are_stored() {
        assert_eq!(Permission::items().len(), entity::Permission::ALL.len());
        for permission in entity::Permission::ALL {
            assert_eq!(enum_value(Permission::from(*permission)).to_string(), permission.name());
        }
    }
}
